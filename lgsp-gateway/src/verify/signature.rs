//! Is the signature that of the caller's own key over this very message, and of this moment?

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use clock::Timestamp;
use signing::http_signature::{
    Request,
    lgsp_v1::{Limits, ProfileError, request},
};

use super::Claim;
use crate::{
    call::Head,
    refusal::{Code, Refusal},
    registry::{MemberKey, Subsystem},
    trail::{MessageSignature, Trail},
};

/// The request as its signature sees it. Calls come over TLS only.
pub(crate) fn request(head: &Head) -> Request<'_> {
    Request {
        method: &head.method,
        scheme: "https",
        authority: &head.authority,
        path: &head.path,
        query: head.query.as_deref(),
        headers: &head.headers,
    }
}

/// Checks the signature and its time window; what it is goes into the trail once it is proven.
pub(super) fn check(
    (head, claim): (&Head, &Claim<'_>),
    caller: &Subsystem,
    now: Timestamp,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    let refused = |error| refused(head, caller, error);
    let claimed = claim.claimed().map_err(refused)?;
    let member = key(caller, claimed.key_id(), now).ok_or_else(|| refused(ProfileError::UnknownKey))?;
    let base = claimed.prove(&request(head), &member.key).map_err(refused)?;
    trail.request_signature = Some(MessageSignature {
        key_id: claimed.key_id().to_owned(),
        algorithm: member.key.algorithm().name(),
        public_key: Arc::clone(member.key.spki_base64()),
        base,
        signature: STANDARD.encode(claimed.signature()),
    });
    claimed.timely(now, Limits::default()).map_err(refused)
}

/// Whether a body has a type, which the signature then covers; asked when its digest is known to be right.
pub(super) fn check_type(head: &Head, caller: &Subsystem) -> Result<(), Refusal> {
    request::check_type(&head.headers).map_err(|error| refused(head, caller, error))
}

fn refused(head: &Head, caller: &Subsystem, error: ProfileError) -> Refusal {
    tracing::info!(transaction.id = %head.id, member.id = %caller.id, refusal.reason = error.name(),
        "a signature is not accepted");
    refusal(error)
}

/// A key of the caller that has this id and may be used now.
fn key<'a>(subsystem: &'a Subsystem, id: &str, now: Timestamp) -> Option<&'a MemberKey> {
    subsystem.keys.iter().find(|key| key.validity.holds(now) && key.ids.iter().any(|known| **known == *id))
}

/// What the caller is told. Which part of a signature is wrong is not said: that helps whoever probes, and a member finds it
/// in the published vectors.
fn refusal(error: ProfileError) -> Refusal {
    match error {
        ProfileError::RepeatedField => Code::RepeatedHeader,
        ProfileError::Stale | ProfileError::Future => Code::SignatureStale,
        ProfileError::Missing
        | ProfileError::MissingField
        | ProfileError::Malformed
        | ProfileError::Label
        | ProfileError::Tag
        | ProfileError::Parameters
        | ProfileError::Components
        | ProfileError::Algorithm
        | ProfileError::UnknownKey
        | ProfileError::Signature
        | ProfileError::Window
        | ProfileError::Sign => Code::SignatureInvalid,
    }
    .into()
}
