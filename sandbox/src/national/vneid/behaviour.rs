//! How well the stand-in behaves, and the operator calls that change it.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::Shared;

/// What an operator may ask for. The default is a provider that behaves well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// How long to wait before an answer, in milliseconds.
    pub delay_ms: u64,
    /// Where to wait.
    pub delay_at: Vec<Endpoint>,
    /// Which endpoint answers with an error, and which.
    pub fail: Option<Failure>,
    /// Which message is wrong, and how.
    pub lie: Option<Lie>,
    /// How messages are encrypted.
    pub cipher: Cipher,
    /// Whether messages are encrypted at all.
    pub encrypt: bool,
    /// Encrypt for a public key whose private half nobody has, as after a rotation that the other side missed.
    pub rotate_keys: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            delay_ms: 0,
            delay_at: vec![Endpoint::Authorize, Endpoint::Token, Endpoint::Userinfo],
            fail: None,
            lie: None,
            cipher: Cipher::default(),
            encrypt: true,
            rotate_keys: false,
        }
    }
}

/// A place where the stand-in can misbehave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The page, and the code in the redirect from it.
    Authorize,
    /// The token request.
    Token,
    /// The userinfo request.
    Userinfo,
}

/// An endpoint that answers with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Which one.
    pub at: Endpoint,
    /// The HTTP status, 400 to 599.
    pub status: u16,
}

/// A message that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lie {
    /// Whose message; at `authorize` it is the code.
    pub at: Endpoint,
    /// In which way.
    pub how: LieHow,
}

/// In which way a message is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LieHow {
    /// It decrypts well, to something else: no JSON, or a code that nobody gave out.
    WrongPlaintext,
    /// Random bytes of the right length.
    Garbage,
    /// Encrypted under another AES key than the one that comes with it.
    WrongKey,
    /// The fact that matters is missing: the token, the number.
    MissingClaim,
    /// The number has eleven digits.
    MalformedNumber,
    /// Not encrypted, although everything else is.
    Plain,
    /// Two megabytes.
    Oversize,
}

/// How messages are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cipher {
    /// AES-256 in electronic code book mode.
    #[default]
    AesEcb,
    /// AES-256 in cipher block chaining mode, the vector in front.
    AesCbc,
}

impl Behaviour {
    /// The lie that is due here.
    pub(super) fn lie_at(&self, endpoint: Endpoint) -> Option<LieHow> {
        self.lie.filter(|lie| lie.at == endpoint).map(|lie| lie.how)
    }

    /// Waits as told; then the error that is due here, if any.
    pub(super) async fn before(&self, endpoint: Endpoint) -> Option<Response> {
        if self.delay_ms > 0 && self.delay_at.contains(&endpoint) {
            tokio::time::sleep(Duration::from_millis(self.delay_ms)).await;
        }
        let failure = self.fail.filter(|failure| failure.at == endpoint)?;
        let status = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Some((status, Json(serde_json::json!({ "error": "stand_in_was_told_to_fail" }))).into_response())
    }
}

pub(super) async fn get(State(shared): State<Arc<Shared>>) -> Json<Behaviour> {
    Json(shared.behaviour())
}

/// Replaces all of it; what is not named is good again.
pub(super) async fn post(State(shared): State<Arc<Shared>>, Json(behaviour): Json<Behaviour>) -> Response {
    if behaviour.fail.is_some_and(|failure| !(400..=599).contains(&failure.status)) {
        return (StatusCode::UNPROCESSABLE_ENTITY, "fail.status must be 400 to 599").into_response();
    }
    shared.behave(behaviour.clone());
    Json(behaviour).into_response()
}

pub(super) async fn delete(State(shared): State<Arc<Shared>>) -> Json<Behaviour> {
    shared.behave(Behaviour::default());
    Json(Behaviour::default())
}
