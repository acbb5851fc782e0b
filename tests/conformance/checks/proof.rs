//! Shows that the checks can fail: each takes a good answer, and refuses it with one thing wrong.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use signing::{Algorithm, SigningKey, jws};
use url::Url;

use super::{
    answer,
    id_token::{self, Expected},
    jwks::Jwks,
    sha256, userinfo,
};
use crate::{
    op::{Client, ClientAuth, Clients, Expects, Op, Side, now},
    person::Person,
    request::Request,
};

const ACCESS_TOKEN: &str = "an-access-token";

/// A provider that exists on paper only, with its key.
fn paper() -> Result<(Arc<Op>, SigningKey)> {
    let key = key()?;
    let client = Client {
        id: "paper".to_owned(),
        secret: "secret".to_owned(),
        auth: ClientAuth::Basic,
        redirect_uri: "http://127.0.0.1:7999/cb".to_owned(),
        post_logout_redirect_uri: None,
    };
    let four = || client.clone();
    let op = Op {
        side: Side::Control,
        issuer: "https://op.example".to_owned(),
        metadata: json!({
            "id_token_signing_alg_values_supported": ["ES256"],
            "authorization_response_iss_parameter_supported": true,
        }),
        jwks: Jwks::read(json!({ "keys": [key.public_jwk()] }))?,
        clients: Clients { first: four(), second: four(), post: four(), rs256: four() },
        person: Person { provider: "", login: "", password: "" },
        expects: Expects::default(),
        http: reqwest::Client::builder().build()?,
    };
    Ok((Arc::new(op), key))
}

fn key() -> Result<SigningKey> {
    Ok(SigningKey::from_pkcs8(Algorithm::ES256, &SigningKey::generate(Algorithm::ES256)?)?)
}

/// A wrong ID token is refused, whatever is wrong with it.
pub fn a_wrong_id_token_is_refused() -> Result<()> {
    let (op, key) = paper()?;
    let half = sha256(ACCESS_TOKEN.as_bytes()).get(..16).map(|half| URL_SAFE_NO_PAD.encode(half));
    let good = json!({
        "iss": op.issuer, "sub": "s", "aud": "paper", "iat": now(), "exp": now() + 300, "auth_time": now(),
        "nonce": "n", "at_hash": half, "acr": "1",
    });
    let judge = |raw: &str, nonce| {
        let expected = Expected { client: "paper", nonce, access_token: ACCESS_TOKEN };
        id_token::verify(&op, raw, &expected)
    };
    let sign = |claims: &Value| jws::sign(&key, "JWT", claims).context("no signature");
    judge(&sign(&good)?, Some("n")).context("the good token")?;
    ensure!(judge(&sign(&good)?, None).is_err(), "a nonce that nobody sent");
    ensure!(judge(&sign(&good)?, Some("m")).is_err(), "another nonce");
    for (name, value) in [
        ("iss", json!("https://op.example/")),
        ("sub", json!("")),
        ("sub", Value::Null),
        ("aud", json!("other")),
        ("aud", json!(["paper", "other"])),
        ("azp", json!("other")),
        ("iat", json!(now() - 400)),
        ("iat", json!("now")),
        ("exp", json!(now() - 1)),
        ("exp", Value::Null),
        ("auth_time", json!("now")),
        ("auth_time", json!(now() + 60)),
        ("nonce", Value::Null),
        ("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")),
        ("acr", json!("")),
    ] {
        ensure!(judge(&sign(&with(&good, name, &value))?, Some("n")).is_err(), "{name} {value} was accepted");
    }
    let stranger = self::key()?;
    ensure!(judge(&jws::sign(&stranger, "JWT", &good)?, Some("n")).is_err(), "a stranger's signature");
    let raw = sign(&good)?;
    let payload = raw.split('.').nth(1).context("no payload")?;
    let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
    ensure!(judge(&unsigned, Some("n")).is_err(), "an unsigned token");
    Ok(())
}

/// The object with one member changed, or without it for null.
fn with(object: &Value, name: &str, value: &Value) -> Value {
    let mut changed: Map<String, Value> = object.as_object().cloned().unwrap_or_default();
    if value.is_null() {
        changed.remove(name);
    } else {
        changed.insert(name.to_owned(), value.clone());
    }
    Value::from(changed)
}

/// A wrong authorization answer is refused, good or error.
pub fn a_wrong_answer_is_refused() -> Result<()> {
    let (op, _) = paper()?;
    let request = Request::new(&op.clients.first)?.with("state", "s");
    let code = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_";
    let at = |query: &str| Url::parse(&format!("http://127.0.0.1:7999/cb{query}"));
    let iss = "iss=https%3A%2F%2Fop.example";
    answer::code(&op, &request, &at(&format!("?code={code}&state=s&{iss}"))?).context("the good answer")?;
    for query in [
        format!("?code={code}&state=s"),
        format!("?code={code}&state=s&iss=https%3A%2F%2Fother.example"),
        format!("?code={code}&state=t&{iss}"),
        format!("?code={code}&{iss}"),
        format!("?code={code}&state=s&state=s&{iss}"),
        format!("?code={code}&state=s&{iss}&token=x"),
        format!("?code={code}&state=s&{iss}#x"),
        format!("#code={code}&state=s&{iss}"),
        format!("?code=12345678&state=s&{iss}"),
        format!("?state=s&{iss}"),
    ] {
        ensure!(answer::code(&op, &request, &at(&query)?).is_err(), "{query} was accepted");
    }
    let allowed = ["login_required"];
    let error = |query: &str| answer::error(&op, &request, &at(query)?, &allowed);
    error(&format!("?error=login_required&error_description=why&state=s&{iss}")).context("the good error")?;
    for query in [
        format!("?error=server_error&state=s&{iss}"),
        format!("?error=login_required&state=t&{iss}"),
        "?error=login_required&state=s".to_owned(),
        format!("?error=login_required&error_description=a%0Db&state=s&{iss}"),
        format!("?error=login_required&error_description=a%22b&state=s&{iss}"),
        format!("?error=login_required&error_uri=nowhere&state=s&{iss}"),
        format!("?error=login_required&code={code}&state=s&{iss}"),
        format!("?state=s&{iss}"),
    ] {
        ensure!(error(&query).is_err(), "{query} was accepted");
    }
    Ok(())
}

/// A wrong key set or claim is refused.
pub fn a_wrong_key_or_claim_is_refused() -> Result<()> {
    let public = key()?.public_jwk().clone();
    Jwks::read(json!({ "keys": [public] })).context("the good set")?;
    for keys in [
        json!([]),
        json!([public, public]),
        json!([with(&public, "kid", &Value::Null)]),
        json!([with(&public, "d", &json!("AA"))]),
        json!([with(&public, "x", &Value::Null)]),
    ] {
        ensure!(Jwks::read(json!({ "keys": keys })).is_err(), "{keys} was accepted");
    }
    for (name, good, bad) in [
        ("name", json!("An"), json!("")),
        ("email_verified", json!(true), json!("true")),
        ("updated_at", json!(1), json!("2026")),
        ("address", json!({ "formatted": "x" }), json!("x")),
        ("birthdate", json!("1985-03-14"), json!("14/03/1985")),
        ("anything", json!(0), Value::Null),
    ] {
        userinfo::well_typed(name, &good)?;
        ensure!(userinfo::well_typed(name, &bad).is_err(), "{name} {bad} was accepted");
    }
    Ok(())
}
