//! The UserInfo endpoint (OIDC Core §5.3).

use anyhow::{Context, Result, ensure};
use http::{Method, StatusCode, header};
use serde_json::{Map, Value};

use crate::op::Op;

/// How the access token is sent (RFC 6750 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// GET with the `Authorization` header.
    GetHeader,
    /// POST with the `Authorization` header.
    PostHeader,
    /// POST with the token in the form.
    PostBody,
}

/// Asks with a token.
pub async fn ask(op: &Op, access_token: &str, sent: Sent) -> Result<reqwest::Response> {
    let method = if sent == Sent::GetHeader { Method::GET } else { Method::POST };
    let request = op.http.request(method, op.endpoint("userinfo_endpoint")?);
    let request = match sent {
        Sent::GetHeader | Sent::PostHeader => request.bearer_auth(access_token),
        Sent::PostBody => request.form(&[("access_token", access_token)]),
    };
    Ok(request.send().await?)
}

/// The claims of a good answer about `subject`.
pub async fn claims(op: &Op, access_token: &str, sent: Sent, subject: &str) -> Result<Map<String, Value>> {
    let answer = ask(op, access_token, sent).await?;
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (status, kind) = (answer.status(), kind.to_owned());
    ensure!(status == StatusCode::OK, "userinfo answered {status}");
    ensure!(kind.split(';').next() == Some("application/json"), "userinfo is {kind:?}");
    let claims: Map<String, Value> = answer.json().await.context("the userinfo answer")?;
    ensure!(claims.get("sub").is_some_and(|sub| sub == subject), "userinfo speaks of somebody else");
    claims.iter().try_for_each(|(name, value)| well_typed(name, value))?;
    Ok(claims)
}

/// Expects that the token is not good any more.
pub async fn is_dead(op: &Op, access_token: &str) -> Result<bool> {
    let answer = ask(op, access_token, Sent::GetHeader).await?;
    if answer.status().is_success() {
        return Ok(false);
    }
    ensure!(answer.status() == StatusCode::UNAUTHORIZED, "a dead token is answered with {}", answer.status());
    let challenge = answer.headers().get(header::WWW_AUTHENTICATE).and_then(|value| value.to_str().ok());
    ensure!(challenge.is_some_and(|challenge| challenge.contains("invalid_token")), "the challenge is {challenge:?}");
    Ok(true)
}

/// The type of each standard claim (OIDC Core §5.1); others may be anything but empty.
pub fn well_typed(name: &str, value: &Value) -> Result<()> {
    let fits = match name {
        "email_verified" | "phone_number_verified" => value.is_boolean(),
        "updated_at" => value.as_i64().is_some_and(|seconds| seconds > 0),
        "address" => value.as_object().is_some_and(|parts| {
            !parts.is_empty() && parts.values().all(|part| part.as_str().is_some_and(|part| !part.is_empty()))
        }),
        "birthdate" => value.as_str().is_some_and(is_birthdate),
        _ if STANDARD.iter().any(|(_, claims)| claims.contains(&name)) => value.as_str().is_some_and(|s| !s.is_empty()),
        _ => !value.is_null(),
    };
    ensure!(fits, "{name} is {value}");
    Ok(())
}

/// `YYYY-MM-DD`, or `YYYY` alone.
fn is_birthdate(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00" || shape == "0000"
}

/// The standard claims of each scope (OIDC Core §5.4).
pub const STANDARD: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];
