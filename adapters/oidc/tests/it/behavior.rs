//! What the adapter does beyond the official modules: settings, keys over time, client authentication, the callback.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use adapter_oidc::{ClientAuth, Discovery, Endpoints};
use clock::Timestamp;
use contract::{Attempt, Callback, IdentityProvider, ProviderError};
use secrecy::SecretString;
use serde_json::{Value, json};
use signing::{VerifyingKey, jws::unverified_header};
use types::AuthLevel;
use url::Url;

use crate::support::{CLIENT, CODE, ES256, NOW, Op, SECRET, SUBJECT, attempt, field, issuer, parameter};

fn at(op: &Op, path: &str) -> Url {
    op.server.base().join(path).unwrap()
}

#[tokio::test]
async fn the_issuer_may_be_no_address_at_all_when_the_endpoints_are_settings() {
    // The Ministry's realm: `iss` is an internal name and port.
    const STATED: &str = "http://10.0.0.7:8080/auth/realms/citizen";
    let op = Op::start().await;
    op.script().id_token_also = json!({ "iss": STATED });
    let mut settings = op.settings();
    settings.issuer = STATED.to_owned();
    settings.discovery = Discovery::Off;
    settings.endpoints = Endpoints {
        authorization: Some(at(&op, "/authorize")),
        token: Some(at(&op, "/token")),
        jwks: Some(at(&op, "/jwks")),
        userinfo: None,
        end_session: None,
    };
    let identity = op.login(&op.adapter(settings)).await.unwrap();
    assert_eq!((identity.issuer.as_str(), identity.subject.as_str()), (STATED, SUBJECT));
    assert!(op.seen("/.well-known/openid-configuration").is_empty());
    assert!(op.seen("/userinfo").is_empty());
}

#[tokio::test]
async fn many_first_logins_at_once_fetch_metadata_and_keys_once() {
    let op = Op::start().await;
    let adapter = Arc::new(op.adapter(op.settings()));
    let logins: Vec<_> = (0..20)
        .map(|_| {
            let adapter = Arc::clone(&adapter);
            tokio::spawn(async move {
                adapter.login_url(&attempt()).await?;
                let answer = format!("code={CODE}&state={}", attempt().state);
                adapter.redeem(&attempt(), &Callback::new(&answer)).await
            })
        })
        .collect();
    for login in logins {
        assert!(login.await.unwrap().is_ok());
    }
    assert_eq!(op.seen("/.well-known/openid-configuration").len(), 1);
    assert_eq!(op.seen("/jwks").len(), 1);
}

#[tokio::test]
async fn the_last_good_keys_serve_for_a_day_and_then_no_longer() {
    let op = Op::start().await;
    let adapter = op.adapter(op.settings());
    op.login(&adapter).await.unwrap();
    op.script().down.extend(["/jwks", "/.well-known/openid-configuration"]);
    op.clock.advance(Duration::from_hours(23));
    let later = |after: i64| json!({ "iat": NOW + after, "exp": NOW + after + 300 });
    op.script().id_token_also = later(23 * 3600);
    assert!(op.login(&adapter).await.is_ok());
    assert!(adapter.ready());
    op.clock.advance(Duration::from_hours(1));
    op.script().id_token_also = later(24 * 3600);
    assert_eq!(op.login(&adapter).await.map(|_| ()), Err(ProviderError::Unreachable));
    assert!(!adapter.ready());
    op.script().down.clear();
    op.clock.advance(Duration::from_secs(5));
    assert!(op.login(&adapter).await.is_ok(), "a failure is not remembered for long");
    assert!(adapter.ready());
}

#[tokio::test]
async fn a_key_address_that_hangs_does_not_use_up_the_time_of_a_login() {
    let op = Op::start().await;
    let mut settings = op.settings();
    settings.limits.call_timeout = Duration::from_secs(6);
    let adapter = op.adapter(settings);
    op.login(&adapter).await.unwrap();
    op.script().silent.insert("/jwks");
    op.clock.advance(Duration::from_hours(2));
    op.script().id_token_also = json!({ "iat": NOW + 7200, "exp": NOW + 7500 });
    assert!(op.login(&adapter).await.is_ok(), "with the last good keys");
    assert!(op.login(&adapter).await.is_ok());
    assert_eq!(op.seen("/jwks").len(), 2, "and without asking again at once");
}

#[tokio::test]
async fn keys_that_never_came_are_named_as_the_reason() {
    let op = Op::start().await;
    op.script().down.insert("/jwks");
    assert_eq!(op.first_login().await.map(|_| ()), Err(ProviderError::Keys));
}

#[tokio::test]
async fn unknown_key_ids_cause_one_fetch_a_minute() {
    let op = Op::start().await;
    let adapter = op.adapter(op.settings());
    op.login(&adapter).await.unwrap();
    let published = op.script().jwks.clone();
    op.script().rotate(&ES256[1]);
    op.script().jwks = published;
    assert_eq!(op.login(&adapter).await.map(|_| ()), Err(ProviderError::Message));
    for _ in 0..5 {
        assert_eq!(op.login(&adapter).await.map(|_| ()), Err(ProviderError::Keys));
    }
    assert_eq!(op.seen("/jwks").len(), 2);
    op.clock.advance(Duration::from_mins(1));
    op.script().rotate(&ES256[1]);
    assert!(op.login(&adapter).await.is_ok());
    assert_eq!(op.seen("/jwks").len(), 3);
}

#[tokio::test]
async fn a_client_assertion_names_the_issuer_alone_and_is_never_the_same_twice() {
    let op = Op::start().await;
    let mut settings = op.settings();
    settings.client_auth = ClientAuth::PrivateKeyJwt(Arc::clone(&ES256[1]));
    let adapter = op.adapter(settings);
    op.login(&adapter).await.unwrap();
    op.login(&adapter).await.unwrap();
    let asked = op.seen("/token");
    let assertions: Vec<Value> = asked
        .iter()
        .map(|request| {
            assert_eq!(request.header("authorization"), None);
            let kind = field(request, "client_assertion_type").unwrap();
            assert_eq!(kind, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            let assertion = field(request, "client_assertion").unwrap();
            assert_eq!(unverified_header(&assertion).unwrap().typ.as_deref(), Some("client-authentication+jwt"));
            VerifyingKey::from_jwk(ES256[1].public_jwk()).unwrap().verify(&assertion).unwrap()
        })
        .collect();
    let [first, second] = &assertions[..] else { panic!("two token requests") };
    assert_eq!((&first["iss"], &first["sub"]), (&json!(CLIENT), &json!(CLIENT)));
    assert_eq!(first["aud"], json!(issuer(op.server.base())));
    assert_eq!(first["exp"], json!(NOW + 60));
    assert_ne!(first["jti"], second["jti"]);
}

#[tokio::test]
async fn a_secret_goes_into_the_body_only_when_the_settings_say_so() {
    let op = Op::start().await;
    let mut settings = op.settings();
    settings.client_auth = ClientAuth::SecretPost(SecretString::from(SECRET));
    op.login(&op.adapter(settings)).await.unwrap();
    let [asked] = &op.seen("/token")[..] else { panic!("one token request") };
    assert_eq!(field(asked, "client_secret").as_deref(), Some(SECRET));
    assert_eq!(field(asked, "client_id").as_deref(), Some(CLIENT));
    assert_eq!(asked.header("authorization"), None);
}

#[tokio::test]
async fn a_new_sign_in_is_asked_for_and_must_be_proven() {
    let op = Op::start().await;
    let adapter = op.adapter(op.settings());
    let fresh = Attempt { fresh: true, ..attempt() };
    let ordinary = adapter.login_url(&attempt()).await.unwrap();
    assert_eq!((parameter(&ordinary, "prompt"), parameter(&ordinary, "max_age")), (None, None));
    let sent_to = adapter.login_url(&fresh).await.unwrap();
    assert_eq!(parameter(&sent_to, "prompt").as_deref(), Some("login"));
    assert_eq!(parameter(&sent_to, "max_age").as_deref(), Some("0"));
    assert_eq!(op.login_as(&adapter, &fresh).await.map(|_| ()), Err(ProviderError::Message));
    op.script().id_token_also = json!({ "auth_time": NOW - 86_400 });
    assert_eq!(op.login_as(&adapter, &fresh).await.map(|_| ()), Err(ProviderError::Message));
    op.script().id_token_also = json!({ "auth_time": NOW - 5 });
    let identity = op.login_as(&adapter, &fresh).await.unwrap();
    assert_eq!(identity.auth_time, Some(Timestamp::from_seconds(NOW - 5)));
}

#[tokio::test]
async fn an_answer_without_iss_is_refused_where_the_provider_promises_one() {
    let op = Op::start().await;
    op.script().discovery_also = json!({ "authorization_response_iss_parameter_supported": true });
    let adapter = op.adapter(op.settings());
    assert_eq!(op.login(&adapter).await.map(|_| ()), Err(ProviderError::Response));
    op.script().callback_also = "&iss=https://evil.example".to_owned();
    assert_eq!(op.login(&adapter).await.map(|_| ()), Err(ProviderError::Response));
    assert!(op.seen("/token").is_empty(), "refused before the code is shown to anybody");
    op.script().callback_also = format!("&iss={}", issuer(op.server.base()));
    assert!(op.login(&adapter).await.is_ok());
}

#[tokio::test]
async fn a_wrong_iss_is_refused_even_where_none_was_promised() {
    let op = Op::start().await;
    op.script().callback_also = "&iss=https://evil.example".to_owned();
    assert_eq!(op.first_login().await.map(|_| ()), Err(ProviderError::Response));
}

#[tokio::test]
async fn another_attempts_state_is_refused_before_anybody_is_asked() {
    let op = Op::start().await;
    let adapter = op.adapter(op.settings());
    let answer = adapter.redeem(&attempt(), &Callback::new("code=c&state=another")).await;
    assert_eq!(answer.map(|_| ()), Err(ProviderError::Response));
    assert!(op.server.seen().is_empty());
}

#[tokio::test]
async fn a_level_is_given_by_rule_and_an_upstream_acr_alone_gives_none() {
    let op = Op::start().await;
    op.script().id_token_also = json!({ "acr": "urn:lienthong:nd69:4" });
    assert_eq!(op.first_login().await.unwrap().asserted, AuthLevel::UNKNOWN);
    let mut settings = op.settings();
    settings.levels.by_acr = BTreeMap::from([("urn:lienthong:nd69:4".to_owned(), AuthLevel::ONE)]);
    assert_eq!(op.login(&op.adapter(settings)).await.unwrap().asserted, AuthLevel::ONE);
}

#[tokio::test]
async fn logout_leads_to_the_providers_address_once_it_is_known() {
    let op = Op::start().await;
    let adapter = op.adapter(op.settings());
    let back = Url::parse("https://broker.example/signed-out").unwrap();
    assert_eq!(adapter.logout_url(&back), None);
    adapter.login_url(&attempt()).await.unwrap();
    let leaving = adapter.logout_url(&back).unwrap();
    assert_eq!(leaving.path(), "/logout");
    assert_eq!(parameter(&leaving, "post_logout_redirect_uri").as_deref(), Some(back.as_str()));
    assert_eq!(parameter(&leaving, "client_id").as_deref(), Some(CLIENT));
}

#[tokio::test]
async fn an_attempt_without_its_secrets_goes_nowhere() {
    let op = Op::start().await;
    let adapter = op.adapter(op.settings());
    for broken in [
        Attempt { state: String::new(), ..attempt() },
        Attempt { nonce: String::new(), ..attempt() },
        Attempt { code_verifier: "short".to_owned(), ..attempt() },
        Attempt { code_verifier: "ả".repeat(50), ..attempt() },
    ] {
        assert_eq!(adapter.login_url(&broken).await, Err(ProviderError::Settings));
    }
}
