//! The reply: signed by the bus, checked by the member that called.

use std::{fmt::Write as _, sync::Arc};

use clock::Timestamp;
use http::{HeaderMap, HeaderName, header::CONTENT_TYPE};

use super::{
    LGSP_DECISION, LGSP_ID, Limits, ProfileError, REPLY_LABEL, REQUEST_LABEL, Signed, TAG,
    values::{only, plain, seal},
};
use crate::{
    content_digest::CONTENT_DIGEST,
    http_signature::{
        Component, Message, Request, Response, SIGNATURE, SIGNATURE_INPUT, SigningKey, Unverified, VerifyingKey,
        base::is_printable,
        component::{listed, listed_of_request},
        field::has_label,
        signature_base,
    },
};

/// What a reply covers, in our order. Fields of the reply must be there once; of the request, what is there and can be written.
fn covered<'a>(response: &Response<'a>) -> Result<Vec<Component<'a>>, ProfileError> {
    let request = response.request.ok_or(ProfileError::MissingField)?;
    let mut components = Vec::with_capacity(12);
    components.push(listed("@status", "\"@status\""));
    only(response.headers, &CONTENT_DIGEST)?;
    components.push(listed("content-digest", "\"content-digest\""));
    if response.headers.contains_key(CONTENT_TYPE) {
        only(response.headers, &CONTENT_TYPE)?;
        components.push(listed("content-type", "\"content-type\""));
    }
    only(response.headers, &LGSP_DECISION)?;
    for name in response.headers.keys().filter(|name| name.as_str().starts_with("lgsp-")) {
        only(response.headers, name)?;
        components.push(match name.as_str() {
            "lgsp-id" => listed("lgsp-id", "\"lgsp-id\""),
            "lgsp-decision" => listed("lgsp-decision", "\"lgsp-decision\""),
            "lgsp-record" => listed("lgsp-record", "\"lgsp-record\""),
            other => Component::new(other),
        });
    }
    components.push(listed_of_request("@method", "\"@method\";req"));
    if is_printable(request.path) {
        components.push(listed_of_request("@path", "\"@path\";req"));
    }
    if only(request.headers, &CONTENT_DIGEST).is_ok_and(|value| value.to_str().is_ok()) {
        components.push(listed_of_request("content-digest", "\"content-digest\";req"));
    }
    if has_signature(&request) {
        let mut signature = listed_of_request("signature", "\"signature\";req;key=\"lgsp\"");
        signature.key = Some(REQUEST_LABEL.into());
        components.push(signature);
    }
    Ok(components)
}

/// Whether the request has a signature under the label of the profile that can be written again; whether it is any good was
/// judged elsewhere.
fn has_signature(request: &Request<'_>) -> bool {
    let value = only(request.headers, &SIGNATURE).ok().and_then(|value| value.to_str().ok());
    value.is_some_and(|value| has_label(value, REQUEST_LABEL))
}

/// Signs a reply whose headers are complete; `response.request` is the request as it came. The result is put into the
/// headers by [`Signed::apply`].
///
/// # Errors
/// A field of the profile is missing or repeated, or the key cannot sign.
pub fn sign(
    response: &Response<'_>,
    key: &SigningKey,
    key_id: &str,
    created: Timestamp,
    nonce: &str,
) -> Result<Signed, ProfileError> {
    let components = covered(response)?;
    let mut params = String::with_capacity(384);
    params.push('(');
    for (place, component) in components.iter().enumerate() {
        if place > 0 {
            params.push(' ');
        }
        params.push_str(component.identifier());
    }
    write!(
        params,
        r#");created={};nonce="{}";keyid="{}";tag="{TAG}""#,
        created.seconds(),
        plain(nonce)?,
        plain(key_id)?
    )
    .map_err(|_| ProfileError::Sign)?;
    let base = signature_base(&Message::Response(*response), &components, &params)?;
    seal(key, REPLY_LABEL, &params, base)
}

/// A reply that keeps the profile. Its body is still to be held against its digest ([`crate::content_digest::check`]).
#[derive(Clone, Debug)]
pub struct Checked {
    /// The id of the key that signed it.
    pub key_id: String,
    /// When it was signed.
    pub created: Timestamp,
    /// The signature base.
    pub base: String,
}

/// Checks a reply to a request that was sent: `response.request` is the request as it was sent, with its signature. `key`
/// finds a key of the bus.
///
/// # Errors
/// [`ProfileError`]: the first that fails.
pub fn check(
    response: &Response<'_>,
    now: Timestamp,
    limits: Limits,
    key: impl FnOnce(&str) -> Option<Arc<VerifyingKey>>,
) -> Result<Checked, ProfileError> {
    let request = response.request.ok_or(ProfileError::MissingField)?;
    let field = |name: &HeaderName| {
        let value = only(response.headers, name).map_err(|error| match error {
            ProfileError::MissingField => ProfileError::Missing,
            error => error,
        })?;
        value.to_str().map_err(|_| ProfileError::Malformed)
    };
    let found = Unverified::find(field(&SIGNATURE_INPUT)?, field(&SIGNATURE)?, REPLY_LABEL)?;
    let known = |name: &str| matches!(name, "created" | "nonce" | "keyid" | "alg" | "tag");
    if found.string("tag") != Some(TAG) {
        return Err(ProfileError::Tag);
    }
    let (Some(created), Some(key_id), Some(_)) =
        (found.integer("created"), found.string("keyid"), found.string("nonce"))
    else {
        return Err(ProfileError::Parameters);
    };
    if !found.parameter_names().all(known) {
        return Err(ProfileError::Parameters);
    }
    if loses_id(request.headers, response.headers) {
        return Err(ProfileError::MissingField);
    }
    let expected = covered(response)?;
    let components = found.components()?;
    if components.len() != expected.len() || !expected.iter().all(|component| components.contains(component)) {
        return Err(ProfileError::Components);
    }
    let key = key(key_id).ok_or(ProfileError::UnknownKey)?;
    if found.parameter_names().any(|name| name == "alg") && found.string("alg") != Some(key.algorithm().name()) {
        return Err(ProfileError::Algorithm);
    }
    let base = signature_base(&Message::Response(*response), &components, &found.signature_params())?;
    if !key.verify(base.as_bytes(), found.signature()) {
        return Err(ProfileError::Signature);
    }
    let created = Timestamp::from_seconds(created);
    if created.minus(limits.skew) > now {
        return Err(ProfileError::Future);
    }
    if created.plus(limits.window).plus(limits.skew) < now {
        return Err(ProfileError::Stale);
    }
    Ok(Checked { key_id: key_id.to_owned(), created, base })
}

/// Whether the request has a number that the reply does not repeat.
fn loses_id(request: &HeaderMap, response: &HeaderMap) -> bool {
    request.contains_key(LGSP_ID) && request.get(LGSP_ID) != response.get(LGSP_ID)
}
