//! Is it what the caller sent, now, and for the first time? Digest, signature, time window, nonce.

use types::SubsystemId;

use crate::{call::Head, caller::Identified};

/// SHA-256 over subsystem, key id and nonce of the message signature as stated, and until when (milliseconds since the epoch)
/// it must be remembered; `None` when the message states none that could be accepted.
#[must_use]
pub fn nonce_of(_head: &Head, _client: &SubsystemId) -> Option<([u8; 32], u64)> {
    None
}

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

#[cfg(test)]
impl Verified {
    /// The stage for tests of the rooms behind this one.
    pub(crate) const fn tested(identified: Identified, signed: bool) -> Self {
        Self { identified, signed }
    }
}
