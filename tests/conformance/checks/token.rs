//! The token endpoint (RFC 6749 §5, OIDC Core §3.1.3).

use anyhow::{Context, Result, ensure};
use http::{StatusCode, header};
use serde_json::{Map, Value};

use super::{LEAST_BITS, answer, entropy_bits};
use crate::op::{Client, ClientAuth, Op};

/// What a token endpoint answered.
#[derive(Debug)]
pub struct TokenAnswer {
    /// Its status.
    pub status: StatusCode,
    /// Its body.
    pub body: Map<String, Value>,
}

/// Tokens that came in a good answer.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// `access_token`
    pub access_token: String,
    /// `id_token`
    pub id_token: Option<String>,
    /// `refresh_token`
    pub refresh_token: Option<String>,
}

/// Sends a token request of `client`.
pub async fn request(op: &Op, client: &Client, parameters: &[(&str, &str)]) -> Result<TokenAnswer> {
    let mut form: Vec<(&str, &str)> = parameters.to_vec();
    let mut post = op.http.post(op.endpoint("token_endpoint")?);
    match client.auth {
        ClientAuth::Basic => post = post.basic_auth(&client.id, Some(&client.secret)),
        ClientAuth::Post => form.extend([("client_id", client.id.as_str()), ("client_secret", client.secret.as_str())]),
    }
    let answer = post.form(&form).send().await?;
    let status = answer.status();
    let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (kind, cache) = (text(header::CONTENT_TYPE), text(header::CACHE_CONTROL));
    ensure!(kind.split(';').next() == Some("application/json"), "the token answer is {kind:?}");
    ensure!(cache.contains("no-store"), "Cache-Control of the token answer is {cache:?}");
    Ok(TokenAnswer { status, body: answer.json().await.context("the token answer")? })
}

impl TokenAnswer {
    /// The tokens of a good answer.
    pub fn tokens(&self) -> Result<Tokens> {
        ensure!(self.status == StatusCode::OK, "the token endpoint answered {}: {:?}", self.status, self.body);
        let text = |name: &str| self.body.get(name).and_then(Value::as_str);
        let kind = text("token_type").context("no token_type")?;
        ensure!(kind.eq_ignore_ascii_case("bearer"), "token_type is {kind}");
        let access_token = text("access_token").context("no access_token")?;
        for secret in [Some(access_token), text("refresh_token")].into_iter().flatten() {
            ensure!(entropy_bits(secret) >= LEAST_BITS, "a token can be guessed: {} bits", entropy_bits(secret));
            ensure!(secret.bytes().all(|byte| (0x20..=0x7e).contains(&byte)), "a token has characters beyond VSCHAR");
        }
        if let Some(seconds) = self.body.get("expires_in") {
            ensure!(seconds.as_u64().is_some_and(|seconds| seconds > 0), "expires_in is {seconds}");
        }
        if let Some(scope) = self.body.get("scope") {
            ensure!(scope.is_string(), "scope is {scope}");
        }
        let owned = |name: &str| text(name).map(str::to_owned);
        Ok(Tokens {
            access_token: access_token.to_owned(),
            id_token: owned("id_token"),
            refresh_token: owned("refresh_token"),
        })
    }

    /// Expects this error.
    pub fn error(&self, status: StatusCode, error: &str) -> Result<()> {
        let text = |name: &str| self.body.get(name).and_then(Value::as_str);
        let given = text("error");
        ensure!(given == Some(error), "the token endpoint answered {} {given:?}, not {error}", self.status);
        ensure!(self.status == status, "{error} came with {}, not {status}", self.status);
        answer::texts(error, text("error_description"), text("error_uri"))
    }
}
