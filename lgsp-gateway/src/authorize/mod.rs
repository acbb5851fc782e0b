//! May this subsystem call this service, now, for this purpose, with this officer? Default deny.

mod actor;
mod decide;
mod fetch;
mod keys;

use std::sync::Arc;

use clock::Clock;
use contract::Actor;
use policies::{CallPermit, CallPolicies};

use crate::{
    call::Call,
    refusal::Refusal,
    registry::Agreement,
    route::Routed,
    trail::{BodyCopy, Trail},
};

pub(crate) use fetch::acceptable;

pub use actor::{Officer, Officers, OfficersError, OfficersSettings};
pub use keys::{KeySource, KeysError};

/// The stage of a call that an agreement and the policy permit.
#[derive(Debug)]
pub struct Permitted {
    routed: Routed,
    agreement: Arc<Agreement>,
    permit: CallPermit,
    actor: Option<Actor>,
    procedure: Option<Arc<str>>,
}

impl Permitted {
    /// Where it goes.
    #[must_use]
    pub fn routed(&self) -> &Routed {
        &self.routed
    }

    /// The agreement that permits it; it names what may be released.
    #[must_use]
    pub fn agreement(&self) -> &Arc<Agreement> {
        &self.agreement
    }

    /// The decision itself.
    #[must_use]
    pub const fn permit(&self) -> &CallPermit {
        &self.permit
    }

    /// The officer behind it.
    #[must_use]
    pub fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// The procedure it serves.
    #[must_use]
    pub fn procedure(&self) -> Option<&Arc<str>> {
        self.procedure.as_ref()
    }
}

/// What decides about calls.
pub struct Authorizer {
    policies: Arc<CallPolicies>,
    officers: Officers,
    clock: Arc<dyn Clock>,
}

impl Authorizer {
    /// Decides by these policies, about officers whose tokens these keys prove.
    #[must_use]
    pub fn new(policies: Arc<CallPolicies>, officers: Officers, clock: Arc<dyn Clock>) -> Self {
        Self { policies, officers, clock }
    }

    /// What verifies officers' tokens, for readiness.
    #[must_use]
    pub const fn officers(&self) -> &Officers {
        &self.officers
    }

    /// Verifies the officer's token when there is one, and asks the policy about each agreement between caller and service
    /// until one permits the call, in the order of their ids. Where that one wants copies of the bodies, the request's is in
    /// `trail`.
    ///
    /// # Errors
    /// [`Code::ActorInvalid`](crate::refusal::Code::ActorInvalid),
    /// [`Code::ActorKeysUnavailable`](crate::refusal::Code::ActorKeysUnavailable),
    /// [`Code::AccessDenied`](crate::refusal::Code::AccessDenied), and
    /// [`Code::PolicyFailed`](crate::refusal::Code::PolicyFailed) when a decision could not be made cleanly.
    pub async fn permit(&self, call: Call<Routed>, trail: &mut Trail) -> Result<Call<Permitted>, Refusal> {
        trail.policy_version = Some(Arc::clone(self.policies.version()));
        let now = self.clock.now();
        let officer = self.officers.of(&call.head, now).await?;
        if let Some(officer) = &officer {
            trail.officer = Some(Arc::clone(&officer.actor.officer));
            trail.officer_agency = Some(officer.actor.agency.to_string());
            trail.officer_level = Some(officer.auth_level.get());
        }
        let decided = decide::decide(&self.policies, &call, officer.as_deref(), now, trail)?;
        let actor = officer.map(|officer| officer.actor.clone());
        let procedure = trail.procedure.as_deref().map(Arc::from);
        let decide::Decided { agreement, permit } = decided;
        if agreement.keep_bodies {
            trail.request_copy = Some(BodyCopy::of(&call.body));
        }
        Ok(call.advance(|routed| Permitted { routed, agreement, permit, actor, procedure }))
    }
}

impl std::fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authorizer").field("policies", &self.policies).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
