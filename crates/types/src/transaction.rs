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
        let mut digits = text.bytes().filter(|byte| *byte != b'-').map(|byte| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        });
        for byte in &mut bytes {
            *byte = digits.next()?? << 4 | digits.next()??;
        }
        let id = Self(bytes);
        (digits.next().is_none() && id.to_string() == text && bytes.get(6)? >> 4 == 7).then_some(id)
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
        for (place, byte) in self.0.iter().enumerate() {
            if matches!(place, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
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
        for bad in ["", "0", &id.to_string().to_uppercase(), &format!("{id}0"), "00000000-0000-4000-8000-000000000000"]
        {
            assert_eq!(TransactionId::parse(bad), None, "{bad:?}");
        }
    }
}
