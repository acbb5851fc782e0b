//! Config OP: `OIDCCConfigTestPlan`.

use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use http::{StatusCode, header};
use serde_json::{Map, Value};
use url::Url;

use crate::{
    checks::jwks::Jwks,
    module::Verdict,
    op::{Op, equal},
};

/// `OIDCCDiscoveryEndpointVerification`: the discovery document is all it must be (OIDC Discovery §3, RFC 8414 §2).
pub async fn oidcc_discovery_endpoint_verification(op: Arc<Op>) -> Verdict {
    let metadata = document(&op).await?;
    equal("issuer", &op.issuer, metadata.get("issuer").and_then(Value::as_str))?;
    let issuer: Url = op.issuer.parse()?;
    ensure!(issuer.query().is_none() && issuer.fragment().is_none(), "the issuer has a query or fragment");

    let mut differences = addresses(&op, &metadata)?;
    for (name, must_hold) in [
        ("response_types_supported", "code"),
        ("subject_types_supported", ""),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("scopes_supported", "openid"),
        ("claims_supported", "sub"),
    ] {
        let values = texts(&metadata, name)?.with_context(|| format!("no {name}"))?;
        ensure!(must_hold.is_empty() || values.contains(&must_hold), "{name} lacks {must_hold}");
    }
    let subject_types = texts(&metadata, "subject_types_supported")?.unwrap_or_default();
    ensure!(subject_types.iter().all(|kind| matches!(*kind, "public" | "pairwise")), "subject types {subject_types:?}");
    for (name, value) in &metadata {
        well_typed(name, value, &metadata)?;
        if !is_registered(name) {
            let known = op.expects.unknown_metadata.iter().find(|(member, _)| member == name);
            let (_, reason) = known.with_context(|| format!("the unknown member {name}"))?;
            differences.push((*reason).to_owned());
        }
    }
    let jwks_uri = op.endpoint("jwks_uri")?;
    let keys = op.http.get(jwks_uri).send().await?;
    ensure!(keys.status() == StatusCode::OK, "jwks_uri answers {}", keys.status());
    Jwks::read(keys.json().await?)?;
    Ok(differences)
}

/// The document as it is served now.
async fn document(op: &Op) -> Result<Map<String, Value>> {
    let answer = op.http.get(format!("{}/.well-known/openid-configuration", op.issuer)).send().await?;
    ensure!(answer.status() == StatusCode::OK, "discovery answers {}", answer.status());
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ensure!(kind.split(';').next() == Some("application/json"), "discovery is {kind:?}");
    answer.json().await.context("discovery is no JSON object")
}

/// Every address is https; over loopback, plain http is a difference with its reason.
fn addresses(op: &Op, metadata: &Map<String, Value>) -> Result<Vec<String>> {
    for name in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        ensure!(metadata.contains_key(name), "no {name}");
    }
    let mut plain = false;
    for (name, value) in metadata {
        if name != "issuer" && name != "jwks_uri" && !name.ends_with("_endpoint") {
            continue;
        }
        let url: Url = value.as_str().with_context(|| format!("{name} is no text"))?.parse()?;
        match (url.scheme(), url.host_str()) {
            ("https", _) => {}
            ("http", Some("localhost" | "127.0.0.1")) => plain = true,
            _ => bail!("{name} is {url}"),
        }
    }
    Ok(plain.then(|| op.expects.plain_http.to_owned()).into_iter().collect())
}

/// A list of texts, each of them there once.
fn texts<'a>(metadata: &'a Map<String, Value>, name: &str) -> Result<Option<Vec<&'a str>>> {
    let Some(value) = metadata.get(name) else { return Ok(None) };
    let list = value.as_array().with_context(|| format!("{name} is no array"))?;
    let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
    let texts = texts.with_context(|| format!("{name} holds something that is no text"))?;
    ensure!(!texts.is_empty(), "{name} is empty");
    let mut sorted = texts.clone();
    sorted.sort_unstable();
    sorted.dedup();
    ensure!(sorted.len() == texts.len(), "{name} repeats a value");
    Ok(Some(texts))
}

fn well_typed(name: &str, value: &Value, metadata: &Map<String, Value>) -> Result<()> {
    if name.ends_with("_parameter_supported") || name.ends_with("_session_supported") || BOOLEANS.contains(&name) {
        ensure!(value.is_boolean(), "{name} is {value}");
    } else if name.ends_with("_supported") {
        let values = texts(metadata, name)?.unwrap_or_default();
        if name.ends_with("locales_supported") {
            ensure!(values.iter().all(|tag| is_language_tag(tag)), "{name} is {value}");
        }
    } else {
        ensure!(value.as_str().is_some_and(|text| !text.is_empty()), "{name} is {value}");
    }
    Ok(())
}

/// The shape of a BCP 47 tag: subtags of one to eight letters and digits, the first of letters.
fn is_language_tag(tag: &str) -> bool {
    let subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let language = tag.split('-').next().unwrap_or_default();
    tag.split('-').all(subtag) && language.len() >= 2 && language.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Members that are true or false and whose name does not show it.
const BOOLEANS: [&str; 6] = [
    "require_request_uri_registration",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "tls_client_certificate_bound_access_tokens",
    "backchannel_logout_supported",
    "frontchannel_logout_supported",
];

/// Whether a member is known: OIDC Discovery §3, or the IANA registry "OAuth Authorization Server Metadata".
fn is_registered(name: &str) -> bool {
    const NAMES: [&str; 34] = [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "registration_endpoint",
        "introspection_endpoint",
        "revocation_endpoint",
        "end_session_endpoint",
        "pushed_authorization_request_endpoint",
        "device_authorization_endpoint",
        "response_types_supported",
        "response_modes_supported",
        "grant_types_supported",
        "acr_values_supported",
        "subject_types_supported",
        "scopes_supported",
        "claims_supported",
        "claim_types_supported",
        "display_values_supported",
        "prompt_values_supported",
        "ui_locales_supported",
        "claims_locales_supported",
        "code_challenge_methods_supported",
        "claims_parameter_supported",
        "request_parameter_supported",
        "request_uri_parameter_supported",
        "authorization_response_iss_parameter_supported",
        "service_documentation",
        "op_policy_uri",
        "op_tos_uri",
        "dpop_signing_alg_values_supported",
        "backchannel_logout_session_supported",
        "frontchannel_logout_session_supported",
    ];
    let by_family = ["id_token_", "userinfo_", "request_object_"].iter().any(|family| name.starts_with(family))
        && (name.ends_with("_alg_values_supported") || name.ends_with("_enc_values_supported"));
    let by_endpoint = ["token_endpoint_auth_", "introspection_endpoint_auth_", "revocation_endpoint_auth_"]
        .iter()
        .any(|family| name.starts_with(family))
        && (name.ends_with("_methods_supported") || name.ends_with("_signing_alg_values_supported"));
    NAMES.contains(&name) || BOOLEANS.contains(&name) || by_family || by_endpoint
}
