//! Where does a chunked body end (RFC 9112 §7.1)? Nothing is taken that any reader could understand otherwise: each line ends with
//! CR LF, and no CR stands elsewhere in it.

/// Reads along with one chunked body, however it is cut into pieces.
#[derive(Debug, Default)]
pub(in crate::serve) struct ChunkScan {
    place: Place,
    /// The size of the present chunk, then what of it is still to come.
    left: u64,
    digits: u8,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Size,
    Extension,
    SizeLineFeed,
    Data,
    DataReturn,
    DataLineFeed,
    TrailerBegin,
    Trailer,
    TrailerLineFeed,
    LastLineFeed,
    Complete,
}

/// More digits than 64 bits have.
const TOO_MANY: u8 = 17;

impl ChunkScan {
    pub(super) fn is_complete(&self) -> bool {
        self.place == Place::Complete
    }

    /// Looks at the next bytes, and gives how many of them belong to the body; `None` when it is not written as it must be, and
    /// nothing can be said of it any more.
    pub(super) fn look(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut taken = 0;
        while let Some((&byte, _)) = bytes.get(taken..).and_then(<[u8]>::split_first) {
            match self.place {
                Place::Complete => break,
                Place::Data => {
                    let here = bytes.len() - taken;
                    let part = usize::try_from(self.left).map_or(here, |left| left.min(here));
                    taken += part;
                    self.left = self.left.saturating_sub(u64::try_from(part).unwrap_or(u64::MAX));
                    if self.left == 0 {
                        self.place = Place::DataReturn;
                    }
                }
                _ => {
                    self.place = self.step(byte)?;
                    taken += 1;
                }
            }
        }
        Some(taken)
    }

    /// Where the scan is after a byte that is not data.
    fn step(&mut self, byte: u8) -> Option<Place> {
        match (self.place, byte) {
            (Place::Size, b'\r') if self.digits > 0 => Some(Place::SizeLineFeed),
            (Place::Size, b';' | b' ' | b'\t') if self.digits > 0 => Some(Place::Extension),
            (Place::Size, _) => {
                let digit = char::from(byte).to_digit(16)?;
                self.digits += 1;
                self.left = self.left << 4 | u64::from(digit);
                (self.digits < TOO_MANY).then_some(Place::Size)
            }
            (Place::Extension, b'\r') => Some(Place::SizeLineFeed),
            (Place::Trailer, b'\r') => Some(Place::TrailerLineFeed),
            (Place::TrailerBegin, b'\r') => Some(Place::LastLineFeed),
            (Place::DataReturn, b'\r') => Some(Place::DataLineFeed),
            (Place::SizeLineFeed, b'\n') if self.left == 0 => Some(Place::TrailerBegin),
            (Place::SizeLineFeed, b'\n') => Some(Place::Data),
            (Place::DataLineFeed, b'\n') => {
                *self = Self::default();
                Some(Place::Size)
            }
            (Place::TrailerLineFeed, b'\n') => Some(Place::TrailerBegin),
            (Place::LastLineFeed, b'\n') => Some(Place::Complete),
            (Place::Extension, byte) => (byte != b'\n').then_some(Place::Extension),
            (Place::TrailerBegin | Place::Trailer, byte) => (byte != b'\n').then_some(Place::Trailer),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ChunkScan;

    /// How much of what came is the body: all at once and byte by byte. `None` when it is refused.
    fn look(bytes: &str) -> Option<usize> {
        let mut whole = ChunkScan::default();
        let found = whole.look(bytes.as_bytes());
        let (mut scan, mut taken) = (ChunkScan::default(), 0);
        for byte in bytes.as_bytes() {
            match scan.look(std::slice::from_ref(byte)) {
                Some(one) => taken += one,
                None => {
                    assert_eq!(found, None, "{bytes:?}");
                    return None;
                }
            }
        }
        assert_eq!(found, Some(taken), "{bytes:?}");
        assert!(whole.is_complete() && scan.is_complete(), "{bytes:?}");
        found
    }

    #[test]
    fn a_body_ends_where_its_last_chunk_does() {
        let long = format!("aB;name=\"va lue\"\r\n0\r\n\r\n{}\r\n0\r\n\r\n", "7".repeat(0xab - 5));
        for body in [
            "0\r\n\r\n",
            "000\r\n\r\n",
            "5\r\n12345\r\n0\r\n\r\n",
            "1 \t;x\r\n\n\r\n0;last\r\nlength: 5\r\nx:\r\n\r\n",
            &long,
        ] {
            assert_eq!(look(body), Some(body.len()));
            assert_eq!(look(&format!("{body}GET / HTTP/1.1\r\n")), Some(body.len()));
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for body in [
            "\r\n",
            "g\r\n",
            "-5\r\n",
            "+5\r\n",
            "0x5\r\n",
            ";x\r\n",
            " 5\r\n",
            "5\n12345",
            "5;x\n12345",
            "5;x\rx",
            "5\r\r\n",
            "1\r\nx\n",
            "1\r\nxy",
            "1\r\nx\rx",
            "0\r\nx: y\n\r\n",
            "0\r\nx: y\rz",
            "0\r\n\n",
            "0\r\n\r\r",
            "10000000000000000\r\n",
            "fffffffffffffffff\r\n",
        ] {
            assert_eq!(look(body), None, "{body:?}");
        }
    }
}
