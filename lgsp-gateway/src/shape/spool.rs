//! A reply that is larger than what is held in memory, kept in an unnamed file until it is sent.

/// A body in an unnamed file.
#[derive(Debug)]
pub struct Spool {
    bytes: u64,
}

impl Spool {
    /// Its length in bytes.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}
