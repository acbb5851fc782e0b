//! OIDC Core §3.1.3.7, line by line: is this `id_token` about this attempt, for us, of this provider, and now?
//!
//! The signature is proven before any claim is read. Encryption (line 1) is not offered, so a JWE is malformed here;
//! lines 6 to 8 (signature and algorithm) are in [`crate::keys`]; line 12 (`acr`) asks for nothing, since no level is
//! ever taken over.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use clock::Timestamp;
use contract::Attempt;
use serde_json::{Map, Value};
use signing::Digest;

use crate::{rejection::Rejection, settings::OidcSettings};

/// The claims of a proven and accepted `id_token`.
pub(crate) struct Accepted {
    pub(crate) subject: String,
    pub(crate) auth_time: Option<Timestamp>,
    pub(crate) acr: Option<String>,
    pub(crate) claims: Map<String, Value>,
}

/// What the claims are judged by.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) settings: &'a OidcSettings,
    pub(crate) attempt: &'a Attempt,
    pub(crate) access_token: &'a str,
    pub(crate) now: Timestamp,
}

/// Judges claims whose signature is proven.
pub(crate) fn accept(claims: Map<String, Value>, expected: Expected<'_>) -> Result<Accepted, Rejection> {
    issuer(&claims, expected)?; // line 2
    audience(&claims, expected)?; // lines 3 to 5
    times(&claims, expected)?; // lines 9 and 10
    nonce(&claims, expected)?; // line 11
    let auth_time = auth_time(&claims, expected)?; // line 13
    access_token_hash(&claims, expected)?; // §3.1.3.8
    let subject = subject(&claims)?; // §2
    let acr = claims.get("acr").and_then(Value::as_str).map(str::to_owned);
    Ok(Accepted { subject, auth_time, acr, claims })
}

fn issuer(claims: &Map<String, Value>, expected: Expected<'_>) -> Result<(), Rejection> {
    let stated = claims.get("iss").and_then(Value::as_str);
    if stated == Some(expected.settings.issuer.as_str()) { Ok(()) } else { Err(Rejection::Issuer) }
}

fn audience(claims: &Map<String, Value>, expected: Expected<'_>) -> Result<(), Rejection> {
    let us = expected.settings.client_id.as_str();
    let stated: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().map(Value::as_str).collect::<Option<_>>().ok_or(Rejection::Audience)?,
        _ => return Err(Rejection::Audience),
    };
    let trusted = &expected.settings.checks.trusted_audiences;
    let is_trusted = |audience: &&str| *audience == us || trusted.iter().any(|other| other == audience);
    if !stated.contains(&us) || !stated.iter().all(is_trusted) {
        return Err(Rejection::Audience);
    }
    match claims.get("azp") {
        Some(azp) if azp.as_str() == Some(us) => Ok(()),
        None if stated.iter().all(|audience| *audience == us) => Ok(()),
        _ => Err(Rejection::AuthorizedParty),
    }
}

fn times(claims: &Map<String, Value>, expected: Expected<'_>) -> Result<(), Rejection> {
    let checks = &expected.settings.checks;
    let (earliest, latest) = (expected.now.minus(checks.clock_skew), expected.now.plus(checks.clock_skew));
    if moment(claims, "exp").flatten().is_none_or(|exp| exp <= earliest) {
        return Err(Rejection::Expired);
    }
    let oldest = earliest.minus(checks.id_token_max_age);
    if moment(claims, "iat").flatten().is_none_or(|iat| iat < oldest || iat > latest) {
        return Err(Rejection::IssuedAt);
    }
    match moment(claims, "nbf") {
        None => Ok(()),
        Some(Some(nbf)) if nbf <= latest => Ok(()),
        Some(_) => Err(Rejection::NotYetValid),
    }
}

fn nonce(claims: &Map<String, Value>, expected: Expected<'_>) -> Result<(), Rejection> {
    let stated = claims.get("nonce").and_then(Value::as_str).ok_or(Rejection::Nonce)?;
    let fits = !stated.is_empty() && Digest::of(stated).matches(&Digest::of(&expected.attempt.nonce));
    if fits { Ok(()) } else { Err(Rejection::Nonce) }
}

/// `auth_time` as stated. Where a new sign-in was demanded it must prove one, unless the settings say that this provider
/// cannot.
fn auth_time(claims: &Map<String, Value>, expected: Expected<'_>) -> Result<Option<Timestamp>, Rejection> {
    let checks = &expected.settings.checks;
    let stated = match moment(claims, "auth_time") {
        None => None,
        Some(Some(stated)) if stated <= expected.now.plus(checks.clock_skew) => Some(stated),
        Some(_) => return Err(Rejection::AuthTime),
    };
    let oldest = expected.now.minus(checks.fresh_sign_in_max_age).minus(checks.clock_skew);
    let proof_is_due = expected.attempt.fresh && checks.proves_fresh_sign_in;
    if proof_is_due && stated.is_none_or(|stated| stated < oldest) {
        return Err(Rejection::AuthTime);
    }
    Ok(stated)
}

/// The left half of the SHA-256 of the access token; every algorithm we accept uses SHA-256.
fn access_token_hash(claims: &Map<String, Value>, expected: Expected<'_>) -> Result<(), Rejection> {
    let Some(stated) = claims.get("at_hash") else {
        return if expected.settings.checks.require_at_hash { Err(Rejection::AccessTokenHash) } else { Ok(()) };
    };
    let whole = Digest::of(expected.access_token);
    let (left, _) = whole.as_bytes().split_at(16);
    let ours = URL_SAFE_NO_PAD.encode(left);
    if stated.as_str() == Some(ours.as_str()) { Ok(()) } else { Err(Rejection::AccessTokenHash) }
}

/// At most 255 ASCII characters (OIDC Core §2).
fn subject(claims: &Map<String, Value>) -> Result<String, Rejection> {
    let stated = claims.get("sub").and_then(Value::as_str).ok_or(Rejection::Subject)?;
    let fits = (1..=255).contains(&stated.len()) && stated.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if fits { Ok(stated.to_owned()) } else { Err(Rejection::Subject) }
}

/// A NumericDate (RFC 7519 §2): `None` when absent, `Some(None)` when it is no number of seconds.
fn moment(claims: &Map<String, Value>, name: &str) -> Option<Option<Timestamp>> {
    let stated = claims.get(name)?;
    let whole_seconds = stated.is_number().then(|| stated.to_string());
    let seconds = whole_seconds.and_then(|text| text.split('.').next()?.parse().ok());
    Some(seconds.map(Timestamp::from_seconds))
}

#[cfg(test)]
mod tests;
