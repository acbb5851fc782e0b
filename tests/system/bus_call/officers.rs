//! Who acts: an officer's token is believed only when the broker issued it for the bus, now, to an officer of the caller.

use serde_json::{Value, json};

use super::{
    issuer::Issuer,
    world::{Question, World, an},
};

#[tokio::test]
async fn without_a_good_token_of_an_officer_nothing_is_asked() {
    let issuer = Issuer::start().await;
    let world = World::with_issuer(&issuer).await;
    let question = world.question(an());
    assert_eq!(world.answered(&question).await, json!({ "KetQua": true }));
    let changed = |claims: Value| issuer.token(&claims);
    let past = clock::Clock::now(&clock::SystemClock).seconds() - 600;
    for (what, token) in [
        ("forged", issuer.forged()),
        ("an ID token", issuer.token_of_type("JWT")),
        ("expired", changed(json!({ "exp": past, "iat": past - 300 }))),
        ("without an end", changed(json!({ "exp": null }))),
        ("for another audience", changed(json!({ "aud": issuer.name }))),
        ("of another issuer", changed(json!({ "iss": "https://somebody.example" }))),
        ("without an officer", changed(json!({ "vn_officer": null }))),
        ("without an agency", changed(json!({ "vn_agency": null }))),
        ("without a level", changed(json!({ "acr": null }))),
        ("not a token", "xxx".to_owned()),
        ("without algorithm", unsigned(&changed(json!({})))),
    ] {
        let refusal = world.refused(&Question { officer: Some(token), ..question.clone() }).await;
        assert_eq!((refusal.code.as_str(), refusal.status.as_u16()), ("actor-invalid", 401), "{what}");
        assert!(refusal.record.is_some(), "{what}");
    }
}

#[tokio::test]
async fn an_officer_of_another_agency_or_of_too_low_a_level_is_denied() {
    let issuer = Issuer::start().await;
    let world = World::with_issuer(&issuer).await;
    let question = world.question(an());
    for (what, claims) in [
        ("another agency", json!({ "vn_agency": "000.00.16.H19" })),
        ("no authentication level", json!({ "acr": "0" })),
        ("a low account level", json!({ "vn_account_level": 1 })),
        ("no account level", json!({ "vn_account_level": null })),
    ] {
        let refusal = world.refused(&Question { officer: Some(issuer.token(&claims)), ..question.clone() }).await;
        assert_eq!(refusal.code, "access-denied", "{what}");
    }
    // An officer whom the database does not know.
    let token = issuer.token(&json!({ "vn_officer": "can-bo:moi" }));
    let refusal = world.refused(&Question { officer: Some(token), ..question.clone() }).await;
    assert_eq!((refusal.code.as_str(), refusal.detail.as_deref()), ("mapping-missing", Some("officer")));
}

#[tokio::test]
async fn where_an_officer_is_demanded_a_system_does_not_get_in_alone() {
    let world = World::start().await;
    let refusal = world.refused(&Question { officer: None, ..world.question(an()) }).await;
    assert!(["access-denied", "actor-invalid"].contains(&refusal.code.as_str()), "{}", refusal.code);
}

/// The same claims under `alg: none` (RFC 8725 §2.1).
fn unsigned(token: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#);
    let claims = token.split('.').nth(1).expect("claims");
    format!("{head}.{claims}.")
}
