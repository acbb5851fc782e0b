//! What can be called, and behind which adapter it lies.

use std::{sync::Arc, time::Duration};

use types::ServiceId;

use super::{Endpoint, Validity};
use crate::shape::Contract;

/// How a service is described to callers (X-Road PR-MREST §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Endpoints only.
    Rest,
    /// An OpenAPI description, against which requests and replies are checked.
    OpenApi,
}

/// A service.
#[derive(Debug)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// Its title, for people.
    pub title: String,
    /// When it is offered.
    pub validity: Validity,
    /// Whether it is switched on.
    pub enabled: bool,
    /// The adapter of the settings (`[adapter.NAME]`) that reaches it.
    pub adapter: Arc<str>,
    /// How it is described.
    pub style: Style,
    /// Its endpoints: methods and path templates below the service.
    pub endpoints: Vec<Endpoint>,
    /// Its contract, when it has one.
    pub contract: Option<Arc<Contract>>,
    /// The longest a call may take, of the gateway's own limit.
    pub timeout: Duration,
    /// Whether a call with this method may be repeated after it may have reached the register, beside GET and HEAD.
    pub idempotent: Vec<http::Method>,
    /// The longest request body, in bytes.
    pub max_request_bytes: u64,
    /// The longest reply body, in bytes.
    pub max_reply_bytes: u64,
}
