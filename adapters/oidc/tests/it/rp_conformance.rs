//! The official relying party modules of the OpenID conformance suite, each under its name: RP Basic without
//! `userinfo-bearer-body`, RP Config, and those of RP Comprehensive that touch the code flow.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{IdentityProvider, ProviderError};
use serde_json::{Value, json};
use signing::{Digest, SigningKey};

use crate::support::{
    ACCESS_TOKEN, CLIENT, CODE, ES256, Op, RS256, SECRET, SUBJECT, Script, Signer, attempt, field, issuer, parameter,
};

/// A login with a provider that departs from its honest script must end with this error.
async fn refuses(change: impl FnOnce(&mut Script), expected: ProviderError) {
    let op = Op::start().await;
    change(&mut op.script());
    assert_eq!(op.first_login().await.map(|_| ()), Err(expected));
}

/// Such a login must work all the same.
async fn accepts(change: impl FnOnce(&mut Script)) {
    let op = Op::start().await;
    change(&mut op.script());
    assert_eq!(op.first_login().await.map(|identity| identity.subject).as_deref(), Ok(SUBJECT));
}

async fn refuses_claims(also: Value) {
    refuses(|script| script.id_token_also = also, ProviderError::Message).await;
}

fn publish(script: &mut Script, keys: &[&Arc<SigningKey>]) {
    script.jwks = keys.iter().map(|key| key.public_jwk().clone()).collect();
}

#[tokio::test]
async fn oidcc_client_test() {
    let op = Op::start().await;
    let adapter = op.adapter(op.settings());
    let sent_to = adapter.login_url(&attempt()).await.unwrap();
    let challenge = Digest::of(&attempt().code_verifier).base64url();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("scope", "openid profile"),
        ("nonce", &attempt().nonce),
        ("state", &attempt().state),
        ("redirect_uri", attempt().redirect_uri.as_str()),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("ui_locales", "vi en"),
    ] {
        assert_eq!(parameter(&sent_to, name).as_deref(), Some(value), "{name}");
    }
    let identity = op.login(&adapter).await.unwrap();
    assert_eq!((identity.subject.as_str(), identity.issuer), (SUBJECT, issuer(op.server.base())));
    assert_eq!(identity.profile.name.as_deref(), Some("Phạm Quốc Dũng"));
    let [exchanged] = &op.seen("/token")[..] else { panic!("one token request") };
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", CODE),
        ("redirect_uri", attempt().redirect_uri.as_str()),
        ("code_verifier", &attempt().code_verifier),
    ] {
        assert_eq!(field(exchanged, name).as_deref(), Some(value), "{name}");
    }
}

#[tokio::test]
async fn oidcc_client_test_invalid_iss() {
    refuses_claims(json!({ "iss": "https://evil.example" })).await;
    refuses_claims(json!({ "iss": null })).await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_aud() {
    refuses_claims(json!({ "aud": "somebody-else" })).await;
    refuses_claims(json!({ "aud": [CLIENT, "somebody-else"], "azp": CLIENT })).await;
}

#[tokio::test]
async fn oidcc_client_test_missing_aud() {
    refuses_claims(json!({ "aud": null })).await;
}

#[tokio::test]
async fn oidcc_client_test_missing_sub() {
    refuses_claims(json!({ "sub": null })).await;
}

#[tokio::test]
async fn oidcc_client_test_missing_iat() {
    refuses_claims(json!({ "iat": null })).await;
}

#[tokio::test]
async fn oidcc_client_test_nonce_invalid() {
    refuses_claims(json!({ "nonce": "another" })).await;
    refuses_claims(json!({ "nonce": null })).await;
}

#[tokio::test]
async fn oidcc_client_test_kid_absent_single_jwks() {
    accepts(|script| {
        script.signer = Signer::WithoutKid(Arc::clone(&RS256[0]));
        publish(script, &[&RS256[0]]);
    })
    .await;
}

#[tokio::test]
async fn oidcc_client_test_kid_absent_multiple_jwks() {
    refuses(
        |script| {
            script.signer = Signer::WithoutKid(Arc::clone(&RS256[0]));
            publish(script, &[&RS256[0], &RS256[1]]);
        },
        ProviderError::Message,
    )
    .await;
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_rs256() {
    accepts(|script| script.rotate(&RS256[0])).await;
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_none() {
    refuses(|script| script.signer = Signer::Nothing, ProviderError::Message).await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_rs256() {
    refuses(
        |script| {
            script.signer = Signer::Forged(Arc::clone(&RS256[0]), Arc::clone(&RS256[1]));
            publish(script, &[&RS256[0]]);
        },
        ProviderError::Message,
    )
    .await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_es256() {
    refuses(
        |script| {
            script.signer = Signer::Forged(Arc::clone(&ES256[0]), Arc::clone(&ES256[1]));
            publish(script, &[&ES256[0]]);
        },
        ProviderError::Message,
    )
    .await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_hs256() {
    refuses(|script| script.signer = Signer::Hmac, ProviderError::Message).await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_athash() {
    refuses_claims(json!({ "at_hash": "77QmUPtjPfzWtF2AnpK9RQ" })).await;
}

#[tokio::test]
async fn oidcc_client_test_missing_athash() {
    let op = Op::start().await;
    op.script().id_token_also = json!({ "at_hash": null });
    assert!(op.first_login().await.is_ok(), "optional in the code flow");
    let mut settings = op.settings();
    settings.checks.require_at_hash = true;
    assert_eq!(op.login(&op.adapter(settings)).await.map(|_| ()), Err(ProviderError::Message));
}

#[tokio::test]
async fn oidcc_client_test_userinfo_bearer_header() {
    let op = Op::start().await;
    op.first_login().await.unwrap();
    let [asked] = &op.seen("/userinfo")[..] else { panic!("one userinfo request") };
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {ACCESS_TOKEN}").as_str()));
    assert_eq!((asked.method.as_str(), asked.query.as_str(), asked.body.as_str()), ("GET", "", ""));
}

#[tokio::test]
async fn oidcc_client_test_userinfo_invalid_sub() {
    refuses(|script| script.userinfo_also = json!({ "sub": "somebody-else" }), ProviderError::Message).await;
    refuses(|script| script.userinfo_also = json!({ "sub": null }), ProviderError::Message).await;
}

#[tokio::test]
async fn oidcc_client_test_scope_userinfo_claims() {
    let op = Op::start().await;
    op.script().userinfo_also = json!({ "phone_number": "+84900000004", "address": { "formatted": "1 Hùng Vương" } });
    let mut settings = op.settings();
    settings.scopes = ["openid", "profile", "email", "phone", "address"].map(str::to_owned).to_vec();
    let adapter = op.adapter(settings);
    let sent_to = adapter.login_url(&attempt()).await.unwrap();
    assert_eq!(parameter(&sent_to, "scope").as_deref(), Some("openid profile email phone address"));
    let profile = op.login(&adapter).await.unwrap().profile;
    assert_eq!(profile.email.as_deref(), Some("dung@tinh.example"));
    assert_eq!(profile.email_verified, Some(true));
    assert_eq!(profile.phone_number.as_deref(), Some("+84900000004"));
    assert_eq!(profile.address.as_deref(), Some("1 Hùng Vương"));
}

#[tokio::test]
async fn oidcc_client_test_client_secret_basic() {
    let op = Op::start().await;
    op.first_login().await.unwrap();
    let [exchanged] = &op.seen("/token")[..] else { panic!("one token request") };
    let credentials = STANDARD.encode(format!("{CLIENT}:{SECRET}"));
    assert_eq!(exchanged.header("authorization"), Some(format!("Basic {credentials}").as_str()));
    assert_eq!(field(exchanged, "client_secret"), None);
}

#[tokio::test]
async fn oidcc_client_test_discovery_openid_config() {
    let op = Op::start().await;
    let adapter = op.adapter(op.settings());
    let sent_to = adapter.login_url(&attempt()).await.unwrap();
    assert!(sent_to.as_str().starts_with(&format!("{}/authorize?", issuer(op.server.base()))), "{sent_to}");
    assert_eq!(op.seen("/.well-known/openid-configuration").len(), 1);
}

#[tokio::test]
async fn oidcc_client_test_discovery_jwks_uri_keys() {
    accepts(|script| script.jwks_path = "/keys-of-this-run".to_owned()).await;
}

#[tokio::test]
async fn oidcc_client_test_discovery_issuer_mismatch() {
    let op = Op::start().await;
    op.script().discovery_also = json!({ "issuer": "https://evil.example" });
    let adapter = op.adapter(op.settings());
    assert_eq!(adapter.login_url(&attempt()).await, Err(ProviderError::Message));
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    let op = Op::start().await;
    let adapter = op.adapter(op.settings());
    op.login(&adapter).await.unwrap();
    op.script().rotate(&ES256[1]);
    assert_eq!(op.login(&adapter).await.map(|identity| identity.subject).as_deref(), Ok(SUBJECT));
    assert_eq!(op.seen("/jwks").len(), 2);
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation() {
    let op = Op::start().await;
    let adapter = op.adapter(op.settings());
    op.login(&adapter).await.unwrap();
    // The new key is announced beside the old one, and only later used.
    publish(&mut op.script(), &[&ES256[0], &ES256[1]]);
    op.login(&adapter).await.unwrap();
    op.script().rotate(&ES256[1]);
    assert_eq!(op.login(&adapter).await.map(|identity| identity.subject).as_deref(), Ok(SUBJECT));
}
