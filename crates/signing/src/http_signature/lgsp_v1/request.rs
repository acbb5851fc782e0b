//! The request: signed by a member, checked by the bus.

use std::{sync::Arc, time::Duration};

use clock::Timestamp;
use http::{
    HeaderMap, HeaderName,
    header::{AUTHORIZATION, CONTENT_TYPE},
};

use super::{
    LGSP_ACTOR, LGSP_CLIENT, LGSP_ID, LGSP_LEGAL_BASIS, LGSP_PURPOSE, LGSP_SERVICE, Limits, ProfileError,
    REQUEST_LABEL, Signed, TAG,
    values::{only, plain, seal},
};
use crate::{
    content_digest::{CONTENT_DIGEST, Stated},
    http_signature::{
        Component, Message, Request, SIGNATURE, SIGNATURE_INPUT, SigningKey, Unverified, VerifyingKey, signature_base,
    },
};

const DPOP: HeaderName = HeaderName::from_static("dpop");
/// Components that every request covers and that are not fields.
const DERIVED: [&str; 4] = ["@method", "@authority", "@path", "@query"];
/// Fields that every request has once and covers.
const FIELDS: [HeaderName; 7] =
    [CONTENT_DIGEST, LGSP_CLIENT, LGSP_SERVICE, LGSP_ID, LGSP_PURPOSE, LGSP_LEGAL_BASIS, LGSP_ACTOR];

/// The signature of a request as it says of itself: well formed, nothing believed yet.
#[derive(Debug)]
pub struct Claimed<'a> {
    found: Unverified<'a>,
    created: i64,
    expires: i64,
}

impl<'a> Claimed<'a> {
    /// Reads the two fields and the parameters; cheap, and without any key.
    ///
    /// # Errors
    /// [`ProfileError`] for whatever in the signature itself does not keep the profile.
    pub fn of(headers: &'a HeaderMap, limits: Limits) -> Result<Self, ProfileError> {
        let field = |name: &HeaderName| {
            let value = only(headers, name).map_err(|error| match error {
                ProfileError::MissingField => ProfileError::Missing,
                error => error,
            })?;
            value.to_str().map_err(|_| ProfileError::Malformed)
        };
        let found = Unverified::find(field(&SIGNATURE_INPUT)?, field(&SIGNATURE)?, REQUEST_LABEL)?;
        let known = |name: &str| matches!(name, "created" | "expires" | "nonce" | "keyid" | "alg" | "tag");
        if found.string("tag") != Some(TAG) {
            return Err(ProfileError::Tag);
        }
        let nonce_fits = found.string("nonce").is_some_and(|nonce| (22..=128).contains(&nonce.len()));
        let key_fits = found.string("keyid").is_some_and(|id| (1..=128).contains(&id.len()));
        let (Some(created), Some(expires)) = (found.integer("created"), found.integer("expires")) else {
            return Err(ProfileError::Parameters);
        };
        if !nonce_fits || !key_fits || !found.parameter_names().all(known) || expires <= created {
            return Err(ProfileError::Parameters);
        }
        if expires.saturating_sub(created) > limits.window_seconds() {
            return Err(ProfileError::Window);
        }
        Ok(Self { found, created, expires })
    }

    /// The id of the key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        self.found.string("keyid").unwrap_or_default()
    }

    /// The nonce.
    #[must_use]
    pub fn nonce(&self) -> &str {
        self.found.string("nonce").unwrap_or_default()
    }

    /// Until when its nonce must be remembered: for as long as anybody's clock may still accept it.
    #[must_use]
    pub fn until(&self, limits: Limits) -> Timestamp {
        Timestamp::from_seconds(self.expires).plus(limits.skew)
    }

    /// Whether the signature covers exactly what it must and is that of the key; gives the base.
    ///
    /// # Errors
    /// [`ProfileError::Components`], [`ProfileError::Algorithm`], [`ProfileError::Signature`], or what is wrong with the
    /// fields it covers.
    pub fn prove(&self, request: &Request<'_>, key: &VerifyingKey) -> Result<String, ProfileError> {
        let expected = covered(request.headers)?;
        let components = self.found.components()?;
        let listed = |component: &Component<'_>| {
            let plain = !component.req && !component.sf && !component.bs && component.key.is_none();
            plain && expected.contains(&component.name.as_ref())
        };
        if !components.iter().all(listed) {
            return Err(ProfileError::Components);
        }
        let base = signature_base(&Message::Request(*request), &components, &self.found.signature_params())?;
        // None is listed twice, each is among the expected: as many as expected are all of them.
        if components.len() != expected.len() {
            return Err(ProfileError::Components);
        }
        let alg_fits = !self.found.parameter_names().any(|name| name == "alg")
            || self.found.string("alg") == Some(key.algorithm().name());
        if !alg_fits {
            return Err(ProfileError::Algorithm);
        }
        if key.verify(base.as_bytes(), self.found.signature()) { Ok(base) } else { Err(ProfileError::Signature) }
    }

    /// Whether its time window holds now.
    ///
    /// # Errors
    /// [`ProfileError::Stale`] or [`ProfileError::Future`].
    pub fn timely(&self, now: Timestamp, limits: Limits) -> Result<(), ProfileError> {
        if Timestamp::from_seconds(self.created).minus(limits.skew) > now {
            Err(ProfileError::Future)
        } else if self.until(limits) < now {
            Err(ProfileError::Stale)
        } else {
            Ok(())
        }
    }

    /// The signature as it was sent.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.found.signature()
    }
}

/// The names that a request with these headers covers: no more, no less.
fn covered(headers: &HeaderMap) -> Result<Vec<&str>, ProfileError> {
    let mut names = Vec::with_capacity(16);
    names.extend(DERIVED);
    for name in &FIELDS {
        only(headers, name)?;
    }
    match only(headers, &CONTENT_TYPE) {
        Ok(_) => names.push("content-type"),
        // Whether it may be missing is asked when the digest is known to be right: see `check_type`.
        Err(ProfileError::MissingField) => {}
        Err(error) => return Err(error),
    }
    names.push("content-digest");
    for name in headers.keys() {
        if name.as_str().starts_with("lgsp-") || *name == AUTHORIZATION || *name == DPOP {
            only(headers, name)?;
            names.push(name.as_str());
        }
    }
    Ok(names)
}

/// Whether a request without `Content-Type` has no body, by the digest that it states: nothing is of no type, anything else is of
/// one. Asked after the digest was held against the body, so that a wrong digest is called one.
///
/// # Errors
/// [`ProfileError::MissingField`].
pub fn check_type(headers: &HeaderMap) -> Result<(), ProfileError> {
    let fits = headers.contains_key(CONTENT_TYPE) || Stated::of(headers).is_ok_and(|digest| digest.is_of_nothing());
    if fits { Ok(()) } else { Err(ProfileError::MissingField) }
}

/// A request that keeps the profile.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The id of the key that signed it.
    pub key_id: String,
    /// The nonce, not yet spent.
    pub nonce: String,
    /// Until when the nonce must be remembered.
    pub until: Timestamp,
    /// The signature base.
    pub base: String,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Checks a request but for its body and its nonce: those are [`crate::content_digest`]'s, with [`check_type`] after it, and the replay
/// memory's.
/// `key` finds a key of the sender that is valid now.
///
/// # Errors
/// [`ProfileError`]: the first that fails, in the order of fields, key, signature, time.
pub fn check(
    request: &Request<'_>,
    now: Timestamp,
    limits: Limits,
    key: impl FnOnce(&str) -> Option<Arc<VerifyingKey>>,
) -> Result<Checked, ProfileError> {
    let claimed = Claimed::of(request.headers, limits)?;
    let key = key(claimed.key_id()).ok_or(ProfileError::UnknownKey)?;
    let base = claimed.prove(request, &key)?;
    claimed.timely(now, limits)?;
    Ok(Checked {
        key_id: claimed.key_id().to_owned(),
        nonce: claimed.nonce().to_owned(),
        until: claimed.until(limits),
        base,
        signature: claimed.signature().to_vec(),
    })
}

/// When a request is signed, for how long, and its nonce.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// Now.
    pub created: Timestamp,
    /// For how long it holds, in whole seconds; at most 60.
    pub lifetime: Duration,
    /// At least 16 random bytes, as 22 to 128 characters such as base64.
    pub nonce: &'a str,
}

/// Signs a request whose headers are complete: `Content-Digest` ([`crate::content_digest::set`]) and all `Lgsp-*` fields.
/// The result is put into the headers by [`Signed::apply`].
///
/// # Errors
/// A field of the profile is missing or repeated, or the key cannot sign.
pub fn sign(
    request: &Request<'_>,
    key: &SigningKey,
    key_id: &str,
    occasion: Occasion<'_>,
) -> Result<Signed, ProfileError> {
    check_type(request.headers)?;
    let components: Vec<Component<'_>> = covered(request.headers)?.into_iter().map(Component::new).collect();
    let list: Vec<&str> = components.iter().map(Component::identifier).collect();
    let lifetime = i64::try_from(occasion.lifetime.as_secs()).map_err(|_| ProfileError::Window)?;
    let params = format!(
        r#"({});created={};expires={};nonce="{}";keyid="{}";tag="{TAG}""#,
        list.join(" "),
        occasion.created.seconds(),
        occasion.created.seconds().saturating_add(lifetime),
        plain(occasion.nonce)?,
        plain(key_id)?,
    );
    let base = signature_base(&Message::Request(*request), &components, &params)?;
    seal(key, REQUEST_LABEL, &params, base)
}
