//! May this subsystem call this service, now, for this purpose, with this officer? Default deny.

use std::sync::Arc;

use contract::Actor;

use crate::{registry::Agreement, route::Routed};

/// The stage of a call that an agreement and the policy permit.
#[derive(Debug)]
pub struct Permitted {
    routed: Routed,
    agreement: Arc<Agreement>,
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
