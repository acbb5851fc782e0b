//! When does an entry hold?

use clock::Timestamp;

/// From when until when an entry holds. Everything that law or reorganisation can change has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment at which it holds no more; `None` while no end is known.
    pub to: Option<Timestamp>,
}

impl Validity {
    /// Whether it holds at this moment.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }
}
