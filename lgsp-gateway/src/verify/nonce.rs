//! Under which key is a nonce remembered, and until when? Read from the message before anything of it is believed.

use aws_lc_rs::digest::{Context, SHA256};
use signing::http_signature::lgsp_v1::Limits;
use types::SubsystemId;

use super::Claim;
use crate::call::Head;

/// The key under which the nonce of a signed message is remembered, and until when, in milliseconds since the epoch; `None`
/// when there is no signature that could be accepted. The subsystem is that of the certificate: nobody can use up another's
/// nonces.
#[must_use]
pub fn nonce_of(head: &Head, claim: &Claim<'_>, subsystem: &SubsystemId) -> Option<([u8; 32], u64)> {
    let limits = Limits::default();
    let claimed = claim.claimed().ok()?;
    // A message from the future is refused; until then it must not reserve memory for longer than any other.
    let latest = head.received.plus(limits.window).plus(limits.skew * 2);
    let until = claimed.until(limits).min(latest);
    let millis = u64::try_from(until.micros() / 1000).ok()?;
    Some((key(subsystem, claimed.key_id(), claimed.nonce()), millis))
}

/// SHA-256 over subsystem, key id and nonce, a zero octet between them: none of the three can have one.
fn key(subsystem: &SubsystemId, key_id: &str, nonce: &str) -> [u8; 32] {
    let mut hash = Context::new(&SHA256);
    for part in [subsystem.as_str(), "\0", key_id, "\0", nonce] {
        hash.update(part.as_bytes());
    }
    let mut key = [0; 32];
    key.iter_mut().zip(hash.finish().as_ref()).for_each(|(to, from)| *to = *from);
    key
}
