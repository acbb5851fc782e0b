//! ID tokens (OIDC Core §2, §3.1.3.7), verified with the `jsonwebtoken` library against the published keys.

use anyhow::{Context, Result, bail, ensure};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::sha256;
use crate::op::{Op, equal, now};

/// An ID token that is all it must be.
#[derive(Clone, Debug)]
pub struct IdToken {
    /// As it came.
    pub raw: String,
    /// Its `alg`, by the name of RFC 7518.
    pub algorithm: String,
    /// Its claims.
    pub claims: Map<String, Value>,
}

impl IdToken {
    /// `sub`
    pub fn subject(&self) -> &str {
        self.claims.get("sub").and_then(Value::as_str).unwrap_or_default()
    }

    /// `auth_time`, when it is there.
    pub fn auth_time(&self) -> Option<i64> {
        self.claims.get("auth_time").and_then(Value::as_i64)
    }

    /// `acr`, when it is there.
    pub fn acr(&self) -> Option<&str> {
        self.claims.get("acr").and_then(Value::as_str)
    }
}

/// What an ID token is judged by.
pub struct Expected<'a> {
    /// For whom it is.
    pub client: &'a str,
    /// The `nonce` of the request.
    pub nonce: Option<&'a str>,
    /// The access token it came with.
    pub access_token: &'a str,
}

/// Verifies an ID token.
pub fn verify(op: &Op, raw: &str, expected: &Expected<'_>) -> Result<IdToken> {
    let header = decode_header(raw).context("the header of the ID token")?;
    let algorithm = format!("{:?}", header.alg);
    ensure!(op.lists("id_token_signing_alg_values_supported", &algorithm), "{algorithm} is not in the metadata");
    let kid = header.kid.context("no kid in the header")?;
    let key = op.jwks.key(&kid).with_context(|| format!("no published key {kid}"))?;
    let mut rules = Validation::new(header.alg);
    rules.leeway = 0;
    rules.set_issuer(&[&op.issuer]);
    rules.set_audience(&[expected.client]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let claims =
        decode::<Map<String, Value>>(raw, &DecodingKey::from_jwk(key)?, &rules).context("the ID token")?.claims;
    times(&claims)?;
    audience(&claims, expected.client)?;
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    ensure!((1..=255).contains(&subject.len()) && subject.is_ascii(), "sub is {subject:?}");
    if let Some(nonce) = expected.nonce {
        equal("nonce", nonce, claims.get("nonce").and_then(Value::as_str))?;
    } else {
        ensure!(!claims.contains_key("nonce"), "a nonce that nobody sent");
    }
    at_hash(&claims, &algorithm, expected.access_token)?;
    if let Some(acr) = claims.get("acr") {
        ensure!(acr.as_str().is_some_and(|acr| !acr.is_empty()), "acr is {acr}");
    }
    Ok(IdToken { raw: raw.to_owned(), algorithm, claims })
}

fn times(claims: &Map<String, Value>) -> Result<()> {
    let now = now();
    let seconds = |name: &str| claims.get(name).and_then(Value::as_i64).with_context(|| format!("no number {name}"));
    let (issued, expires) = (seconds("iat")?, seconds("exp")?);
    ensure!((now - 300..=now + 5).contains(&issued), "iat is {} s away from now", issued - now);
    ensure!(expires > now && expires > issued, "exp is {} s away from now", expires - now);
    if claims.contains_key("auth_time") {
        let authenticated = seconds("auth_time")?;
        ensure!(authenticated <= now + 5, "auth_time is in the future");
    }
    Ok(())
}

fn audience(claims: &Map<String, Value>, client: &str) -> Result<()> {
    match claims.get("aud") {
        Some(Value::String(one)) => ensure!(one == client, "aud is {one}"),
        Some(Value::Array(list)) => ensure!(list.len() == 1, "aud names {} parties", list.len()),
        other => bail!("aud is {other:?}"),
    }
    if let Some(party) = claims.get("azp") {
        ensure!(party == client, "azp is {party}");
    }
    Ok(())
}

/// `at_hash` may be missing in the code flow; if it is there it must be right (OIDC Core §3.1.3.6).
fn at_hash(claims: &Map<String, Value>, algorithm: &str, access_token: &str) -> Result<()> {
    let Some(given) = claims.get("at_hash") else { return Ok(()) };
    ensure!(algorithm.ends_with("256"), "at_hash of {algorithm} is not known here");
    let hash = sha256(access_token.as_bytes());
    let half = hash.get(..16).context("a hash has 32 bytes")?;
    ensure!(*given == URL_SAFE_NO_PAD.encode(half), "at_hash is wrong");
    Ok(())
}
