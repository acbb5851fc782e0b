//! Which service is meant, who provides it now, and which endpoint of it is asked? One normalised path is decided on and
//! forwarded.

use std::sync::Arc;

use crate::{
    registry::{Endpoint, Service},
    verify::Verified,
};

/// The stage of a call whose service and endpoint are known.
#[derive(Debug)]
pub struct Routed {
    verified: Verified,
    service: Arc<Service>,
    endpoint: Endpoint,
    path: String,
}

impl Routed {
    /// What was verified.
    #[must_use]
    pub fn verified(&self) -> &Verified {
        &self.verified
    }

    /// The service.
    #[must_use]
    pub fn service(&self) -> &Arc<Service> {
        &self.service
    }

    /// The endpoint of the service that was matched.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What follows the service in the path, normalised: decided on, and forwarded.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}
