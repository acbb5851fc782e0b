//! Which service is meant, who provides it now, and which endpoint of it is asked? One normalised path is decided on and
//! forwarded.

mod asked;
mod meta;
pub mod path;

use std::sync::Arc;

use clock::Timestamp;
use http::HeaderValue;
use types::ServiceId;

use crate::{
    call::Call,
    refusal::{Code, Refusal},
    registry::{Endpoint, Service, Snapshot},
    reply::Reply,
    trail::Trail,
    verify::Verified,
};

pub use asked::Asked;

/// Whether a service code means a question about the bus itself, so that no service may have it.
#[must_use]
pub fn is_reserved(code: &str) -> bool {
    meta::Question::of(code).is_some()
}

/// The header that tells a caller of a former agency's code which service answered.
pub const ALIAS: http::HeaderName = http::HeaderName::from_static("lgsp-alias");

/// The value of [`ALIAS`], when the service that was found is another than the one that was asked for.
#[must_use]
pub fn alias(trail: &Trail) -> Option<HeaderValue> {
    let found = trail.service_found.as_ref().filter(|found| Some(*found) != trail.service_asked.as_ref())?;
    HeaderValue::try_from(format!("\"{found}\"")).ok()
}

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

/// Where a call goes from here.
pub enum Next {
    /// On to the policy, and then to the register.
    Service(Call<Routed>),
    /// The bus answers by itself (X-Road PR-MREST, PR-META).
    Meta(Reply),
}

impl std::fmt::Debug for Next {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Service(call) => f.debug_tuple("Service").field(&call.stage).finish(),
            Self::Meta(reply) => f.debug_tuple("Meta").field(reply).finish(),
        }
    }
}

/// Finds the service and the endpoint as of now, or answers a question about the bus itself.
///
/// # Errors
/// [`Code::UnknownMember`], [`Code::UnknownService`], [`Code::ServiceDisabled`], [`Code::UnknownEndpoint`].
pub fn route(call: Call<Verified>, now: Timestamp, trail: &mut Trail) -> Result<Next, Refusal> {
    let head = Arc::clone(&call.head);
    let identified = call.stage.identified();
    let (asked, path) = match identified.asked() {
        Asked::ListClients => return meta::list_clients(&head, now, trail).map(Next::Meta),
        Asked::Service { service, path } => (service.clone(), path.clone()),
    };
    if let Some(question) = meta::Question::of(asked.code()) {
        return question.answer(&head, &identified.subsystem().id, &asked, &path, now, trail).map(Next::Meta);
    }
    let service =
        Arc::clone(head.registry.service_now(&asked, now).ok_or_else(|| unknown(&head.registry, &asked, now))?);
    trail.service_found = Some(service.id.clone());
    let endpoint = service.endpoints.iter().find(|endpoint| endpoint.matches(&head.method, &path));
    let endpoint = endpoint.ok_or(Code::UnknownEndpoint)?.clone();
    trail.endpoint = Some(endpoint.to_string().into());
    if !service.enabled {
        return Err(Code::ServiceDisabled.into());
    }
    Ok(Next::Service(call.advance(|verified| Routed { verified, service, endpoint, path })))
}

/// Why nobody offers what was asked for: there is no such member, or it has no such service.
fn unknown(registry: &Snapshot, asked: &ServiceId, now: Timestamp) -> Code {
    if registry.knows_member(asked, now) { Code::UnknownService } else { Code::UnknownMember }
}

#[cfg(test)]
mod tests;
