//! Where does one message of a connection end and the next begin? Read along with what comes (RFC 9112 §6.3), so that every head is
//! looked at before hyper gets it, also one that came together with the message before it.

mod chunks;
mod head;

pub(super) use head::Ambiguity;

use chunks::ChunkScan;
use head::{BodyLength, HeadScan};

/// Where in a message a connection is.
#[derive(Debug, Default)]
pub(super) enum Framing {
    /// Before the first message, or after one that is complete.
    #[default]
    Between,
    Head(HeadScan),
    /// So many bytes of the body are still to come.
    Body(u64),
    Chunks(ChunkScan),
    /// In a body whose chunks are not written as they must be: nobody knows where it ends.
    Broken,
}

impl Framing {
    /// Whether what comes next is a message of its own.
    pub(super) fn is_between(&self) -> bool {
        matches!(self, Self::Between)
    }

    /// Whether a head is read.
    pub(super) fn is_head(&self) -> bool {
        matches!(self, Self::Head(_))
    }

    /// Whether nothing of a head has come yet but the empty lines that may stand before it.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Head(scan) if !scan.has_begun())
    }

    /// Whether something of a body is still to come.
    pub(super) fn is_body(&self) -> bool {
        matches!(self, Self::Body(_) | Self::Chunks(_) | Self::Broken)
    }

    /// Whether the body cannot be followed any further.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self, Self::Broken)
    }

    /// Lets the next message begin.
    pub(super) fn begin(&mut self) {
        *self = Self::Head(HeadScan::default());
    }

    /// Follows the next bytes, and gives how many of them belong to this message. Where the chunks of a body are not written as they
    /// must be, it is broken, and none of the bytes belong to it that came in one piece with the fault.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Result<usize, Ambiguity> {
        let mut taken = 0;
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            let (part, next) = match self {
                Self::Between | Self::Broken => break,
                Self::Head(scan) => match scan.look(rest)? {
                    None => (rest.len(), None),
                    Some((length, body)) => (length, Some(Self::before(body))),
                },
                Self::Body(left) => {
                    let part = usize::try_from(*left).map_or(rest.len(), |left| left.min(rest.len()));
                    *left = left.saturating_sub(u64::try_from(part).unwrap_or(u64::MAX));
                    (part, (*left == 0).then_some(Self::Between))
                }
                Self::Chunks(scan) => match scan.look(rest) {
                    None => (0, Some(Self::Broken)),
                    Some(part) => (part, scan.is_complete().then_some(Self::Between)),
                },
            };
            taken += part;
            if let Some(next) = next {
                *self = next;
            }
        }
        Ok(taken)
    }

    fn before(body: BodyLength) -> Self {
        match body {
            BodyLength::Stated(0) => Self::Between,
            BodyLength::Stated(left) => Self::Body(left),
            BodyLength::Chunked => Self::Chunks(ChunkScan::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ambiguity, Framing};
    use proptest::{collection::vec, prelude::*, sample::Index};

    /// Cuts what came into messages, as it comes in these pieces; what is left is no whole message.
    fn messages<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Vec<u8>>, Result<(), Ambiguity>) {
        let (mut framing, mut found) = (Framing::default(), vec![Vec::new()]);
        for mut piece in pieces {
            while !piece.is_empty() && !framing.is_broken() {
                if framing.is_between() {
                    framing.begin();
                }
                let ours = match framing.follow(piece) {
                    Ok(ours) => ours,
                    Err(ambiguity) => return (found, Err(ambiguity)),
                };
                found.last_mut().unwrap().extend_from_slice(&piece[..ours]);
                if framing.is_between() {
                    found.push(Vec::new());
                }
                piece = &piece[ours..];
            }
        }
        (found, Ok(()))
    }

    const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    const POST: &str = "POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nGET /\n\n\r\n";
    const CHUNKS: &str = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5;a=b\r\n0\r\n\r\n\r\nA\r\n0123456789\r\n0\r\nx: y\r\n\r\n";

    #[test]
    fn an_ambiguous_head_is_found_behind_any_message_wherever_they_are_cut() {
        for before in [GET, POST, CHUNKS] {
            let all = format!("{before}GET / HTTP/1.1\r\nhost: x\n\r\n");
            for size in 1..=all.len() {
                let (found, end) = messages(all.as_bytes().chunks(size));
                assert_eq!(
                    (found[0].as_slice(), end),
                    (before.as_bytes(), Err(Ambiguity::LineFeed)),
                    "pieces of {size}"
                );
            }
        }
    }

    /// A body as it can be, whatever stands in it.
    fn body() -> impl Strategy<Value = Vec<u8>> {
        vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'0'), any::<u8>()], 0..40)
    }

    fn message() -> impl Strategy<Value = Vec<u8>> {
        let stated = body().prop_map(|body| {
            let mut message = format!("POST / HTTP/1.1\r\nContent-Length: \t{}\r\n\r\n", body.len()).into_bytes();
            message.extend(body);
            message
        });
        let extension = prop_oneof![Just(""), Just(";a=b"), Just(" \t;x")];
        let trailer = prop_oneof![Just(""), Just("x: y\r\n"), Just("content-length: 9\r\nx:\r\n")];
        let chunked = (vec((body(), extension), 0..4), trailer).prop_map(|(chunks, trailer)| {
            let mut message = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
            for (body, extension) in chunks.iter().filter(|(body, _)| !body.is_empty()) {
                message.extend(format!("0{:X}{extension}\r\n", body.len()).into_bytes());
                message.extend(body);
                message.extend(b"\r\n");
            }
            message.extend(format!("0\r\n{trailer}\r\n").into_bytes());
            message
        });
        prop_oneof![Just(GET.as_bytes().to_vec()), Just(format!("\r\n\r\n{GET}").into_bytes()), stated, chunked]
    }

    /// The stream in pieces that end at these places.
    fn pieces<'a>(stream: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
        let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).chain([stream.len()]).collect();
        ends.sort_unstable();
        ends.iter().scan(0, |from, end| Some(&stream[std::mem::replace(from, *end)..*end])).collect()
    }

    proptest! {
        #[test]
        fn messages_that_came_together_are_told_apart_wherever_they_are_cut(
            sent in vec(message(), 1..6),
            cuts in vec(any::<Index>(), 0..12),
        ) {
            let (mut found, end) = messages(pieces(&sent.concat(), &cuts));
            prop_assert_eq!(end, Ok(()));
            prop_assert_eq!(found.pop(), Some(Vec::new()));
            prop_assert_eq!(found, sent);
        }

        #[test]
        fn what_is_damaged_is_read_alike_wherever_it_is_cut(
            sent in vec(message(), 1..5),
            (at, byte) in (any::<Index>(), prop_oneof![Just(b'\r'), Just(b'\n'), Just(b':'), Just(b'0'), any::<u8>()]),
            cuts in vec(any::<Index>(), 0..12),
        ) {
            let mut stream = sent.concat();
            *at.get_mut(&mut stream) = byte;
            let (mut whole, end) = messages([stream.as_slice()]);
            let (mut cut, cut_end) = messages(pieces(&stream, &cuts));
            prop_assert_eq!(cut_end, end);
            // Of a message that is not whole, more or less may have come before the fault.
            whole.pop();
            cut.pop();
            prop_assert_eq!(cut, whole);
        }
    }
}
