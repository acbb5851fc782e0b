//! The sealed evidence of a call opens only as that of this call.

use signing::Sealer;
use tlog::Evidence;
use types::TransactionId;

/// The purpose under which the evidence of a call is sealed.
pub(super) fn purpose(id: TransactionId) -> String {
    format!("lgsp/message-log/evidence/{id}")
}

/// Opens the evidence of a call; `None` when the key is another or the evidence was changed.
pub(super) fn unseal(sealer: &Sealer, id: TransactionId, sealed: &[u8]) -> Option<Evidence> {
    Evidence::decode(&sealer.open(&purpose(id), sealed).ok()?)
}
