//! How the stand-in misbehaves: `GET`, `POST` and `DELETE /_operator/behaviour`, in JSON.
//!
//! ```json
//! { "delay_ms": 500, "fail": { "token": 503 }, "lie": "nonce", "rotate_keys": true }
//! ```
//!
//! `POST` sets everything anew: what it leaves out is normal again. `rotate_keys` happens once, at the call.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{Shared, locked, new_key};

/// The longest delay that may be asked for, in milliseconds.
const LONGEST_DELAY_MS: u64 = 120_000;

/// One way to be dishonest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lie {
    /// `iss` of the `id_token` is another issuer.
    Iss,
    /// `aud` is another client.
    Aud,
    /// `nonce` is another attempt's.
    Nonce,
    /// `sub` of userinfo is somebody else.
    Sub,
    /// `at_hash` is that of another access token.
    AtHash,
    /// The `id_token` is over.
    Expired,
    /// The `id_token` is unsigned (`alg: none`).
    AlgNone,
    /// The signature is by a key that nobody published, under the name of the published one.
    Signature,
    /// The discovery document is another issuer's.
    Discovery,
    /// `iss` in the authorization answer is another issuer (RFC 9207).
    CallbackIss,
}

/// An address that can be told to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `/.well-known/openid-configuration`.
    Discovery,
    /// `/jwks`.
    Jwks,
    /// `/authorize`.
    Authorize,
    /// `/token`.
    Token,
    /// `/userinfo`.
    Userinfo,
    /// `/logout`.
    Logout,
}

impl Endpoint {
    fn at(path: &str) -> Option<Self> {
        Some(match path {
            "/.well-known/openid-configuration" => Self::Discovery,
            "/jwks" => Self::Jwks,
            "/authorize" => Self::Authorize,
            "/token" => Self::Token,
            "/userinfo" => Self::Userinfo,
            "/logout" => Self::Logout,
            _ => return None,
        })
    }
}

/// What is wrong at the moment; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behavior {
    /// Every answer comes this much later, in milliseconds.
    pub delay_ms: u64,
    /// These addresses answer with this status and nothing else.
    pub fail: BTreeMap<Endpoint, u16>,
    /// The one lie that is told.
    pub lie: Option<Lie>,
    /// Sign with a new key from now on and publish it alone. Only in a `POST`; a `GET` never shows it.
    #[serde(skip_serializing)]
    pub rotate_keys: bool,
}

impl Behavior {
    pub(super) fn tells(&self, lie: Lie) -> bool {
        self.lie == Some(lie)
    }
}

pub(super) async fn get(State(staff): State<Shared>) -> Json<Behavior> {
    Json(staff.behavior())
}

pub(super) async fn post(State(staff): State<Shared>, Json(mut wanted): Json<Behavior>) -> Response {
    let statuses_fit = wanted.fail.values().all(|status| (400..=599).contains(status));
    if wanted.delay_ms > LONGEST_DELAY_MS || !statuses_fit {
        let reason = "delay_ms is at most 120000, a status is from 400 to 599\n";
        return (StatusCode::UNPROCESSABLE_ENTITY, reason).into_response();
    }
    if std::mem::take(&mut wanted.rotate_keys) {
        match new_key() {
            Ok(key) => *locked(&staff.key) = key,
            Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
    *locked(&staff.behavior) = wanted;
    Json(staff.behavior()).into_response()
}

pub(super) async fn delete(State(staff): State<Shared>) -> Json<Behavior> {
    *locked(&staff.behavior) = Behavior::default();
    Json(staff.behavior())
}

/// Delays and breaks what is behind it.
pub(super) async fn misbehave(State(staff): State<Shared>, request: Request, next: Next) -> Response {
    let behavior = staff.behavior();
    if behavior.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(behavior.delay_ms)).await;
    }
    let failing = Endpoint::at(request.uri().path()).and_then(|endpoint| behavior.fail.get(&endpoint));
    match failing.and_then(|status| StatusCode::from_u16(*status).ok()) {
        Some(status) => status.into_response(),
        None => next.run(request).await,
    }
}
