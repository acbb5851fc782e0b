//! Who calls? The certificate says it, through the registry; headers must agree and decide nothing.

use std::sync::Arc;

use crate::{listener::Accepted, registry::Subsystem};

/// The stage of a call whose caller is known.
#[derive(Debug)]
pub struct Identified {
    _accepted: Accepted,
    subsystem: Arc<Subsystem>,
}

impl Identified {
    /// Who calls.
    #[must_use]
    pub fn subsystem(&self) -> &Arc<Subsystem> {
        &self.subsystem
    }
}
