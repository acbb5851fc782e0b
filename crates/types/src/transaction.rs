//! The number of one call, under which everything about it is found.

use std::fmt;

/// A call's own id: a UUID of version 7 (RFC 9562 §5.7), so that ids sort by the time of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId([u8; 16]);

impl TransactionId {
    /// Makes the id from the time, in microseconds since the epoch, and 80 random bits.
    #[must_use]
    pub fn new(micros: i64, random: [u8; 10]) -> Self {
        let millis = u64::try_from(micros / 1000).unwrap_or(0).to_be_bytes();
        let [_, _, a, b, c, d, e, f] = millis;
        let [g, h, i, j, k, l, m, n, o, p] = random;
        Self([a, b, c, d, e, f, 0x70 | (g & 0x0f), h, 0x80 | (i & 0x3f), j, k, l, m, n, o, p])
    }

    /// Reads the usual form of 36 characters; `None` unless it is a UUID of version 7 in lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        let mut rest = text.bytes();
        for (place, byte) in bytes.iter_mut().enumerate() {
            if ends_group(place) && rest.next()? != b'-' {
                return None;
            }
            *byte = value(rest.next()?)? << 4 | value(rest.next()?)?;
        }
        (rest.next().is_none() && bytes.get(6)? >> 4 == 7).then_some(Self(bytes))
    }

    /// The time it was made, in milliseconds since the epoch.
    #[must_use]
    pub fn millis(&self) -> u64 {
        let [a, b, c, d, e, f, ..] = self.0;
        u64::from_be_bytes([0, 0, a, b, c, d, e, f])
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Written as a whole: ids are printed several times in every call.
        let mut text = [b'-'; 36];
        let mut places = text.iter_mut();
        for (place, byte) in self.0.iter().enumerate() {
            if ends_group(place) {
                places.next();
            }
            for (digit, to) in [byte >> 4, byte & 0x0f].into_iter().zip(places.by_ref()) {
                *to = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
            }
        }
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// Whether a hyphen stands before this byte.
const fn ends_group(place: usize) -> bool {
    matches!(place, 4 | 6 | 8 | 10)
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_carries_its_time_and_reads_back() {
        let id = TransactionId::new(1_795_219_200_123_456, [0xff; 10]);
        assert_eq!(id.millis(), 1_795_219_200_123);
        assert_eq!(TransactionId::parse(&id.to_string()), Some(id));
        assert_eq!(id.to_string().as_bytes()[14], b'7');
        let text = id.to_string();
        for bad in [
            "",
            "0",
            &text.to_uppercase(),
            &format!("{id}0"),
            &text.replacen('-', "", 1),
            &text.replacen('-', "0", 1),
            &text.replacen('f', "-", 1),
            "00000000-0000-4000-8000-000000000000",
        ] {
            assert_eq!(TransactionId::parse(bad), None, "{bad:?}");
        }
    }
}
