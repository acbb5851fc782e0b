//! Is it what the caller sent, now, and for the first time? Signature, time window, digest, nonce, in this order.
//!
//! The nonce comes last: a message that is refused for anything else does not spend it, and one that is accepted spends it
//! before anybody acts on it. The opened record names it already, so that a restart does not forget it; after one, the nonce of a
//! message that was refused counts as spent too.

mod claim;
mod digest;
pub mod headers;
pub mod memory;
mod nonce;
mod signature;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use clock::{Clock, Timestamp};
use contract::Body;

pub use claim::Claim;
pub use digest::Passed;
pub(crate) use digest::Unproven;
pub use nonce::nonce_of;
pub(crate) use signature::request;

use crate::{
    call::{Call, Form, Head},
    caller::Identified,
    refusal::{Code, Refusal},
    registry::Subsystem,
    storage::{Nonce, ReplayStore},
    trail::Trail,
};

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

/// Verifies messages.
pub struct Verifier {
    clock: Arc<dyn Clock>,
    replay: Arc<dyn ReplayStore>,
}

impl Verifier {
    /// Judges by this clock, remembers nonces in this store.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, replay: Arc<dyn ReplayStore>) -> Self {
        Self { clock, replay }
    }

    /// Verifies a message. Whether a message without a signature is enough is the agreement's to say, later.
    ///
    /// # Errors
    /// [`Code::SignatureInvalid`], [`Code::SignatureStale`], [`Code::RepeatedHeader`], [`Code::DigestMismatch`],
    /// [`Code::Replayed`], [`Code::ReplayStoreUnavailable`]; [`Code::Internal`] when the opened record does not name the nonce.
    pub async fn verify(
        &self,
        call: Call<Identified>,
        claim: &Claim<'_>,
        trail: &mut Trail,
    ) -> Result<Call<Verified>, Refusal> {
        let Call { head, body, stage: identified } = call;
        let (body, signed) = self.judge((&head, claim), identified.subsystem(), body, trail).await?;
        Ok(Call { head, body, stage: Verified { identified, signed } })
    }

    /// The body, to be believed now or checked while it streams, and whether the message is signed.
    async fn judge(
        &self,
        (head, claim): (&Head, &Claim<'_>),
        caller: &Subsystem,
        body: Body,
        trail: &mut Trail,
    ) -> Result<(Body, bool), Refusal> {
        headers::refuse_repeated(&head.headers)?;
        if head.form == Form::XRoad {
            return Ok((digest::of_x_road(&head.headers, body, trail)?, false));
        }
        signature::check((head, claim), caller, self.clock.now(), trail)?;
        let body = digest::stated(&head.headers, body, trail)?;
        signature::check_type(head, caller)?;
        self.spend(trail).await?;
        Ok((body, true))
    }

    async fn spend(&self, trail: &Trail) -> Result<(), Refusal> {
        // INVARIANT: what is spent here is what the opened record names; a record without it is a fault of ours.
        let (key, until) = trail.nonce.ok_or(Code::Internal)?;
        let until = Timestamp::from_micros(i64::try_from(until).unwrap_or(i64::MAX).saturating_mul(1000));
        match self.replay.remember(key, until).await {
            Ok(Nonce::Fresh) => Ok(()),
            Ok(Nonce::Replayed) => Err(Code::Replayed.into()),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "nonces cannot be remembered");
                Err(Code::ReplayStoreUnavailable.into())
            }
        }
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verifier")
    }
}
