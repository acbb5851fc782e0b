//! Would another parser see the same request? hyper takes a lone line feed as the end of a line, and lets the chunked coding
//! overrule a stated length. Both are allowed (RFC 9112 §2.2, §6.3), and both are how one request is hidden in another
//! when something in front reads them differently; so the head is looked at before hyper gets it. So are a length that is
//! stated twice, of which hyper keeps one, and a fragment in the target, which it cuts off: neither could be seen afterwards.

use memchr::memchr;

/// The longer of the two names that are looked for, with its colon.
const LONGEST: usize = CODING.len();
const LENGTH: &[u8] = b"content-length:";
const CODING: &[u8] = b"transfer-encoding:";

/// What makes a head ambiguous.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ambiguity {
    /// A line ends with a line feed alone.
    LineFeed,
    /// Both a length and a transfer coding are stated, or a length twice.
    TwoFramings,
    /// The request line has a fragment, which no target has (RFC 9112 §3.2).
    Fragment,
}

/// Reads along with one request head, however it is cut into pieces.
#[derive(Debug, Default)]
pub(super) struct HeadScan {
    /// The beginning of the present line.
    beginning: [u8; LONGEST],
    /// How long the present line is so far.
    length: usize,
    last: u8,
    any_line: bool,
    states_length: bool,
    states_coding: bool,
    has_fragment: bool,
    /// The empty line has come: what follows is a body, or the next head.
    complete: bool,
}

impl HeadScan {
    /// Looks at the next bytes; those after the head are not looked at.
    pub(super) fn look(&mut self, mut bytes: &[u8]) -> Result<(), Ambiguity> {
        while !self.complete {
            let Some((line, rest)) = memchr(b'\n', bytes).and_then(|end| bytes.split_at_checked(end)) else {
                self.take(bytes);
                break;
            };
            self.take(line);
            self.end_line()?;
            bytes = rest.get(1..).unwrap_or_default();
        }
        Ok(())
    }

    fn take(&mut self, part: &[u8]) {
        for (to, from) in self.beginning.iter_mut().skip(self.length).zip(part) {
            *to = from.to_ascii_lowercase();
        }
        self.has_fragment |= !self.any_line && memchr(b'#', part).is_some();
        self.length = self.length.saturating_add(part.len());
        self.last = part.last().copied().unwrap_or(self.last);
    }

    fn end_line(&mut self) -> Result<(), Ambiguity> {
        if self.length == 0 || self.last != b'\r' {
            return Err(Ambiguity::LineFeed);
        }
        if self.length == 1 {
            // Empty lines before the request line are no head yet (RFC 9112 §2.2).
            self.complete = self.any_line;
        } else {
            self.any_line = true;
            if self.has_fragment {
                return Err(Ambiguity::Fragment);
            }
            let line = self.beginning.get(..self.length).unwrap_or(&self.beginning);
            let is_length = line.starts_with(LENGTH);
            if is_length && self.states_length {
                return Err(Ambiguity::TwoFramings);
            }
            self.states_length |= is_length;
            self.states_coding |= line.starts_with(CODING);
            if self.states_length && self.states_coding {
                return Err(Ambiguity::TwoFramings);
            }
        }
        self.length = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Ambiguity, HeadScan};

    /// The same finding, whole and cut anywhere.
    fn check(head: &str, expected: Result<(), Ambiguity>) {
        assert_eq!(HeadScan::default().look(head.as_bytes()), expected, "{head:?}");
        for cut in 0..head.len() {
            let (first, second) = head.as_bytes().split_at(cut);
            let mut scan = HeadScan::default();
            let found = scan.look(first).and_then(|()| scan.look(second));
            assert_eq!(found, expected, "{head:?} cut at {cut}");
        }
        let mut scan = HeadScan::default();
        let found = head.as_bytes().iter().try_for_each(|byte| scan.look(std::slice::from_ref(byte)));
        assert_eq!(found, expected, "{head:?} byte by byte");
    }

    #[test]
    fn a_plain_head_passes_and_what_follows_it_is_not_looked_at() {
        check("GET / HTTP/1.1\r\nhost: x\r\n\r\n", Ok(()));
        check("\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n", Ok(()));
        check("POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\na\nb\ntransfer-encoding: chunked", Ok(()));
        check("POST / HTTP/1.1\r\nx: content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n", Ok(()));
        check("POST / HTTP/1.1\r\ncontent-lengths: 3\r\ntransfer-encoding: chunked\r\n\r\n", Ok(()));
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
        check("GET /a HTTP/1.1\r\nreferer: /a#b\r\n\r\n", Ok(()));
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
