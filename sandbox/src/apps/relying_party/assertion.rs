//! `private_key_jwt`: how an application proves itself with a key (RFC 7523 §2.2). `openidconnect` has no such thing for
//! EC keys, so the assertion is made here and added to the token request.

use clock::{Clock, Entropy};
use serde::Serialize;
use signing::{SigningKey, jws};

use super::{LoginError, Registered, random};

/// `client_assertion_type` (RFC 7523 §2.2).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// `typ` of the assertion, so that it can pass for nothing else (RFC 8725 §3.11).
const HEADER_TYPE: &str = "client-authentication+jwt";

/// Long enough for a slow network, short enough that a stolen one is worth little.
const LIFE_SECONDS: i64 = 60;

/// The claims of an assertion (RFC 7523 §3).
#[derive(Debug, Serialize)]
pub struct ClientAssertion {
    iss: String,
    sub: String,
    aud: String,
    jti: String,
    iat: i64,
    exp: i64,
}

impl ClientAssertion {
    /// A new assertion; its audience is the issuer alone, so that it is worth nothing elsewhere.
    pub(super) fn new(clock: &dyn Clock, entropy: &dyn Entropy, registered: &Registered) -> Result<Self, LoginError> {
        let now = clock.now().seconds();
        Ok(Self {
            iss: registered.client_id.clone(),
            sub: registered.client_id.clone(),
            aud: registered.issuer.clone(),
            jti: random(entropy)?,
            iat: now,
            exp: now.saturating_add(LIFE_SECONDS),
        })
    }

    pub(super) fn signed(&self, key: &SigningKey) -> Result<String, LoginError> {
        jws::sign(key, HEADER_TYPE, self).map_err(|_| LoginError::Assertion)
    }
}
