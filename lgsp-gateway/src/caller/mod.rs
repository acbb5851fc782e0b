//! Who calls? The certificate says it, through the registry; headers must agree and decide nothing.

mod fields;
mod stated;

use std::sync::Arc;

use clock::Timestamp;
use types::{ServiceId, SubsystemId};

use crate::{
    call::{Call, Form, Head},
    listener::Accepted,
    refusal::{Code, Refusal},
    registry::Subsystem,
    route::Asked,
    trail::Trail,
    verify::{self, Claim},
};

pub use fields::{LONGEST_TEXT, single};
use stated::Stated;

/// The stage of a call whose caller is known.
#[derive(Debug)]
pub struct Identified {
    _accepted: Accepted,
    subsystem: Arc<Subsystem>,
    asked: Asked,
}

impl Identified {
    /// Who calls.
    #[must_use]
    pub fn subsystem(&self) -> &Arc<Subsystem> {
        &self.subsystem
    }

    /// What the path asks for, in its one form.
    #[must_use]
    pub fn asked(&self) -> &Asked {
        &self.asked
    }
}

/// Finds out who calls, and reads what the call says of itself. Everything that could be read is in `trail`, also when the
/// call is refused.
///
/// # Errors
/// [`Code::RegistryExpired`]; [`Code::UnknownCertificate`]; [`Code::AmbiguousPath`] and [`Code::BadRequest`] for what cannot
/// be understood; [`Code::RepeatedHeader`] for what was said twice; [`Code::ClientMismatch`] for a client that is not the
/// certificate's.
pub fn identify(
    call: Call<Accepted>,
    claim: &Claim<'_>,
    now: Timestamp,
    trail: &mut Trail,
) -> Result<Call<Identified>, Refusal> {
    let head = Arc::clone(&call.head);
    if head.registry.freshness.expired(now) {
        return Err(Code::RegistryExpired.into());
    }
    let subsystem = head.registry.subsystem_of_key(&head.certificate_key, now);
    let subsystem = Arc::clone(subsystem.ok_or(Code::UnknownCertificate)?);
    trail.client = Some(subsystem.id.clone());
    trail.nonce = verify::nonce_of(&head, claim, &subsystem.id);
    let asked = Asked::read(&head.path);
    if let Ok(Asked::Service { service, .. }) = &asked {
        trail.service_asked = Some(service.clone());
    }
    let stated = Stated::read(&head.headers, head.form);
    note(&stated, trail);
    if trail.message_id.is_none() && head.form == Form::XRoad {
        // X-Road's own form of an id that the caller left out (PR-REST §4.3).
        trail.message_id = Some(format!("{}-{}", subsystem.id.part(0), head.id));
    }
    let asked = asked?;
    agree(&head, &asked, &subsystem.id, stated)?;
    Ok(call.advance(|accepted| Identified { _accepted: accepted, subsystem, asked }))
}

/// Keeps what could be read.
fn note(stated: &Stated, trail: &mut Trail) {
    let kept = |read: &Result<Option<String>, Refusal>| read.as_ref().ok().cloned().flatten();
    trail.message_id = kept(&stated.message_id);
    trail.purpose = kept(&stated.purpose);
    trail.legal_basis = kept(&stated.legal_basis);
    trail.procedure = kept(&stated.procedure);
    trail.issue = kept(&stated.issue);
}

/// Whether everything could be read, and agrees with the certificate and with the path.
fn agree(head: &Head, asked: &Asked, caller: &SubsystemId, stated: Stated) -> Result<(), Refusal> {
    let client = stated.client?;
    let service = stated.service?;
    stated.message_id?;
    stated.purpose?;
    stated.legal_basis?;
    stated.procedure?;
    stated.issue?;
    stated.informative?;
    match (&client, asked) {
        (Some(client), _) if client != caller => return Err(Code::ClientMismatch.into()),
        (None, Asked::Service { .. }) => return Err(fields::missing("x-road-client")),
        _ => {}
    }
    match (head.form, asked) {
        (Form::Signed, Asked::Service { service: path, .. }) => same_service(service.as_ref(), path),
        (Form::Signed, Asked::ListClients) => {
            Err(Refusal::new(Code::BadRequest).detail("the list of clients is asked for without Lgsp headers"))
        }
        (Form::XRoad, _) => Ok(()),
    }
}

fn same_service(stated: Option<&ServiceId>, path: &ServiceId) -> Result<(), Refusal> {
    if stated == Some(path) {
        return Ok(());
    }
    Err(Refusal::new(Code::RepeatedHeader).detail("lgsp-service and the path name different services"))
}

#[cfg(test)]
pub(crate) mod tested;
#[cfg(test)]
mod tests;
