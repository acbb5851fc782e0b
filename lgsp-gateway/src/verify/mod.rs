//! Is it what the caller sent, now, and for the first time? Digest, signature, time window, nonce.

use crate::caller::Identified;

/// The stage of a call that may be believed: its body has the stated digest (or is checked while it streams), its signature
/// holds or its form has none, and it was not seen before.
#[derive(Debug)]
pub struct Verified {
    identified: Identified,
    signed: bool,
}

impl Verified {
    /// Who calls.
    #[must_use]
    pub fn identified(&self) -> &Identified {
        &self.identified
    }

    /// Whether the message carries a signature that holds.
    #[must_use]
    pub const fn signed(&self) -> bool {
        self.signed
    }
}
