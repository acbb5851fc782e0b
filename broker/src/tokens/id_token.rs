//! ID tokens (OIDC Core §2).

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Map, Value};
use types::{ClientId, Subject};

/// The claims of an ID token. Its life is that of one hand-over: five minutes.
#[derive(Serialize)]
pub struct IdToken<'a> {
    /// Our issuer.
    pub iss: &'a str,
    /// The person as this legal entity knows them.
    pub sub: &'a Subject,
    /// The client, alone.
    pub aud: &'a ClientId,
    /// Until when, in seconds since the epoch.
    pub exp: i64,
    /// When issued, in seconds since the epoch.
    pub iat: i64,
    /// When the person authenticated, in seconds since the epoch.
    pub auth_time: i64,
    /// The request's `nonce`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<&'a str>,
    /// The level in force.
    pub acr: String,
    /// Left half of the access token's SHA-256 (OIDC Core §3.1.3.6).
    pub at_hash: String,
    /// The session as this client knows it.
    pub sid: String,
    /// Released claims.
    #[serde(flatten)]
    pub claims: Map<String, Value>,
}

/// Life of an ID token in seconds.
pub const LIFETIME_SECONDS: i64 = 300;

/// `at_hash` of an access token; both our algorithms hash with SHA-256.
#[must_use]
pub fn at_hash(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..16).unwrap_or_default())
}
