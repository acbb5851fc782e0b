//! Would another parser see the same head? hyper takes a lone line feed as the end of a line, and lets the chunked coding
//! overrule a stated length. Both are allowed (RFC 9112 §2.2, §6.3), and both are how one request is hidden in another
//! when something in front reads them differently; so the head is looked at before hyper gets it. So are a length that is
//! stated twice, of which hyper keeps one, and a fragment in the target, which it cuts off: neither could be seen afterwards.

use memchr::memchr;

/// How much of a line is kept: both names that are looked for, and a length written in every way it may be written in.
const KEPT: usize = 48;
const LENGTH: &[u8] = b"content-length:";
const CODING: &[u8] = b"transfer-encoding:";

/// What makes a head ambiguous.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::serve) enum Ambiguity {
    /// A line ends with a line feed alone.
    LineFeed,
    /// Both a length and a transfer coding are stated, or a length twice.
    TwoFramings,
    /// The length is not a number, or does not stand at the beginning of its line (RFC 9110 §8.6).
    Length,
    /// The request line has a fragment, which no target has (RFC 9112 §3.2).
    Fragment,
}

/// How long the body is that follows a head (RFC 9112 §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyLength {
    /// So many bytes; a request that states nothing has none.
    Stated(u64),
    /// It comes in chunks.
    Chunked,
}

/// Reads along with one request head, however it is cut into pieces.
#[derive(Debug)]
pub(in crate::serve) struct HeadScan {
    /// The beginning of the present line.
    beginning: [u8; KEPT],
    /// How long the present line is so far.
    length: usize,
    last: u8,
    any_line: bool,
    stated: Option<u64>,
    states_coding: bool,
    has_fragment: bool,
}

impl Default for HeadScan {
    fn default() -> Self {
        Self {
            beginning: [0; KEPT],
            length: 0,
            last: 0,
            any_line: false,
            stated: None,
            states_coding: false,
            has_fragment: false,
        }
    }
}

impl HeadScan {
    /// Looks at the next bytes. When the head ends among them: how many of them it took, and the body that follows.
    pub(super) fn look(&mut self, bytes: &[u8]) -> Result<Option<(usize, BodyLength)>, Ambiguity> {
        let mut taken = 0;
        while let Some(rest) = bytes.get(taken..) {
            let Some((line, _)) = memchr(b'\n', rest).and_then(|end| rest.split_at_checked(end)) else {
                self.take(rest);
                break;
            };
            self.take(line);
            taken += line.len() + 1;
            if self.end_line()? {
                let body = if self.states_coding {
                    BodyLength::Chunked
                } else {
                    BodyLength::Stated(self.stated.unwrap_or_default())
                };
                return Ok(Some((taken, body)));
            }
        }
        Ok(None)
    }

    /// Whether more has come than empty lines, which may stand before a head (RFC 9112 §2.2).
    pub(super) fn has_begun(&self) -> bool {
        self.any_line || self.length > usize::from(self.last == b'\r')
    }

    fn take(&mut self, part: &[u8]) {
        for (to, from) in self.beginning.iter_mut().skip(self.length).zip(part) {
            *to = from.to_ascii_lowercase();
        }
        self.has_fragment |= !self.any_line && memchr(b'#', part).is_some();
        self.length = self.length.saturating_add(part.len());
        self.last = part.last().copied().unwrap_or(self.last);
    }

    /// Whether the line that ends here is the empty one after the head.
    fn end_line(&mut self) -> Result<bool, Ambiguity> {
        if self.length == 0 || self.last != b'\r' {
            return Err(Ambiguity::LineFeed);
        }
        let empty = self.length == 1;
        if !empty {
            self.any_line = true;
            if self.has_fragment {
                return Err(Ambiguity::Fragment);
            }
            self.framing_line()?;
        }
        self.length = 0;
        // Empty lines before the request line are no head yet (RFC 9112 §2.2).
        Ok(empty && self.any_line)
    }

    fn framing_line(&mut self) -> Result<(), Ambiguity> {
        let line = self.beginning.get(..self.length).unwrap_or(&self.beginning);
        if let Some(value) = line.strip_prefix(LENGTH) {
            if self.stated.is_some() {
                return Err(Ambiguity::TwoFramings);
            }
            // A line that is longer than what is kept of it has more than a number, or hides one behind spaces.
            let value = if self.length > KEPT { None } else { number(value.trim_ascii()) };
            self.stated = Some(value.ok_or(Ambiguity::Length)?);
        }
        self.states_coding |= line.starts_with(CODING);
        if self.stated.is_some() && self.states_coding {
            return Err(Ambiguity::TwoFramings);
        }
        Ok(())
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Ambiguity, BodyLength, HeadScan};

    /// The same finding, whole and cut anywhere: the length of the head and what follows it.
    #[track_caller]
    fn check(head: &str, expected: Result<(usize, BodyLength), Ambiguity>) {
        let bytes = head.as_bytes();
        let expected = expected.map(Some);
        assert_eq!(HeadScan::default().look(bytes), expected, "{head:?}");
        for cut in 0..bytes.len() {
            let (first, second) = bytes.split_at(cut);
            let mut scan = HeadScan::default();
            let found = match scan.look(first) {
                Ok(None) => scan.look(second).map(|end| end.map(|(taken, body)| (cut + taken, body))),
                found => found,
            };
            assert_eq!(found, expected, "{head:?} cut at {cut}");
        }
        let mut scan = HeadScan::default();
        let singly = bytes.iter().enumerate().find_map(|(at, byte)| match scan.look(std::slice::from_ref(byte)) {
            Ok(None) => None,
            Ok(Some((_, body))) => Some(Ok(Some((at + 1, body)))),
            Err(ambiguity) => Some(Err(ambiguity)),
        });
        assert_eq!(singly, Some(expected), "{head:?} byte by byte");
    }

    /// A head of which all is head.
    #[track_caller]
    fn passes(head: &str, body: BodyLength) {
        for after in ["", "a\nb\ntransfer-encoding: chunked", "GET / HTTP/1.1\n\n"] {
            check(&format!("{head}{after}"), Ok((head.len(), body)));
        }
    }

    #[test]
    fn a_plain_head_passes_and_what_follows_it_is_not_looked_at() {
        passes("GET / HTTP/1.1\r\nhost: x\r\n\r\n", BodyLength::Stated(0));
        passes("\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n", BodyLength::Stated(0));
        passes("POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\n", BodyLength::Stated(3));
        passes("POST / HTTP/1.1\r\nContent-Length:\t 18446744073709551615 \r\n\r\n", BodyLength::Stated(u64::MAX));
        passes("POST / HTTP/1.1\r\nx: content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n", BodyLength::Chunked);
        passes("POST / HTTP/1.1\r\ncontent-lengths: 3\r\ntransfer-encoding: chunked\r\n\r\n", BodyLength::Chunked);
    }

    #[test]
    fn a_lone_line_feed_is_found_wherever_it_stands() {
        check("GET / HTTP/1.1\nhost: x\r\n\r\n", Err(Ambiguity::LineFeed));
        check("GET / HTTP/1.1\r\nhost: x\n\r\n", Err(Ambiguity::LineFeed));
        check("GET / HTTP/1.1\r\nhost: x\r\n\n", Err(Ambiguity::LineFeed));
        check("GET / HTTP/1.1\r\nx: y\ntransfer-encoding: chunked\r\n\r\n", Err(Ambiguity::LineFeed));
        check("\nGET / HTTP/1.1\r\n\r\n", Err(Ambiguity::LineFeed));
    }

    #[test]
    fn a_length_that_is_stated_twice_and_a_fragment_are_found() {
        let twice = "POST / HTTP/1.1\r\ncontent-length: 3\r\nx: y\r\nContent-Length: 3\r\n\r\n";
        check(twice, Err(Ambiguity::TwoFramings));
        check("GET /a#b HTTP/1.1\r\nhost: x\r\n\r\n", Err(Ambiguity::Fragment));
        check("\r\nGET /# HTTP/1.1\r\n\r\n", Err(Ambiguity::Fragment));
        passes("GET /a HTTP/1.1\r\nreferer: /a#b\r\n\r\n", BodyLength::Stated(0));
    }

    #[test]
    fn a_length_that_is_no_number_is_found() {
        let spaces = " ".repeat(40);
        for value in ["", "+5", "-1", "0x5", "5 5", "5, 5", "5;", "18446744073709551616", &format!("{spaces}5")] {
            check(&format!("POST / HTTP/1.1\r\ncontent-length: {value}\r\n\r\n"), Err(Ambiguity::Length));
        }
    }

    #[test]
    fn a_length_beside_a_coding_is_found_in_either_order_and_any_case() {
        check(
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            Err(Ambiguity::TwoFramings),
        );
        check(
            "POST / HTTP/1.1\r\nTRANSFER-ENCODING:chunked\r\nx: y\r\ncontent-length:3\r\n\r\n",
            Err(Ambiguity::TwoFramings),
        );
    }
}
