//! RFC 9068 line by line, and what is remembered of it.

use std::{sync::Arc, time::Duration};

use http::Method;
use serde_json::{Value, json};
use signing::Algorithm;

use super::made::{AUDIENCE, Broker, ISSUER, claims, key};
use crate::{
    authorize::{KeysError, Officer, Officers},
    caller::tested::Asking,
    refusal::{Code, Refusal},
    registry::tested::{POPULATION, snapshot},
};

async fn officer(broker: &Broker, officers: &Officers, actor: &str) -> Result<Option<Arc<Officer>>, Refusal> {
    let asking = Asking::signed(&snapshot(&[]), Method::POST, POPULATION, "").with("lgsp-actor", actor);
    officers.of(&asking.call().head, broker.now()).await
}

async fn said(broker: &Broker, officers: &Officers, actor: &str) -> String {
    let refusal = officer(broker, officers, actor).await.unwrap_err();
    assert_eq!(refusal.code, Code::ActorInvalid, "{refusal:?}");
    refusal.detail.unwrap().into_owned()
}

fn changed(claim: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[claim] = value;
    claims
}

#[tokio::test]
async fn a_good_token_names_the_officer() {
    let broker = Broker::new();
    let officers = broker.officers();
    let token = broker.token(&claims());
    for stated in [token.clone(), format!("\"{token}\""), broker.token(&changed("acr", json!("2")))] {
        let officer = officer(&broker, &officers, &stated).await.unwrap().unwrap();
        assert_eq!((&*officer.actor.officer, officer.auth_level.get()), ("can-bo:dung", 2));
    }
    let alone = broker.token(&changed("aud", json!(AUDIENCE)));
    assert!(officer(&broker, &officers, &alone).await.is_ok());
    let full = broker.token_as("application/AT+JWT", &claims(), &key(Algorithm::ES256));
    assert_eq!(said(&broker, &officers, &full).await, "the token's kid names no key of the broker");
}

#[tokio::test]
async fn every_claim_is_checked() {
    let broker = Broker::new();
    let officers = broker.officers();
    let now = broker.now().seconds();
    for (claims, detail) in [
        (changed("iss", json!("https://dangnhap.test/")), "the token is of another issuer"),
        (changed("aud", json!(ISSUER)), "the token is not meant for this bus"),
        (changed("aud", json!([])), "the token is not meant for this bus"),
        (changed("exp", json!(now - 30)), "the token has expired"),
        (changed("iat", json!(now + 31)), "the token does not hold yet"),
        (changed("nbf", json!(now + 31)), "the token does not hold yet"),
        (changed("iat", json!(now + 20)), ""),
        (changed("nbf", json!(now + 30)), ""),
        (changed("exp", json!(now - 29)), "the token does not hold yet"),
        (changed("sub", json!("")), "the token misses a claim, or has one of another form"),
        (changed("acr", json!("5")), "the token misses a claim, or has one of another form"),
        (changed("acr", json!("urn:lienthong:nd69:02")), "the token misses a claim, or has one of another form"),
        (changed("vn_agency", json!("a b")), "the token misses a claim, or has one of another form"),
        (changed("vn_officer", json!("012345678901")), "the token misses a claim, or has one of another form"),
        (changed("vn_officer", json!("a\nb")), "the token misses a claim, or has one of another form"),
        (changed("vn_account_level", json!(3)), "the token misses a claim, or has one of another form"),
        (changed("exp", json!("soon")), "the token misses a claim, or has one of another form"),
    ] {
        let token = broker.token(&claims);
        match officer(&broker, &officers, &token).await {
            Ok(_) => assert_eq!(detail, "", "{claims}"),
            Err(refusal) => assert_eq!(refusal.detail.as_deref(), Some(detail), "{claims}"),
        }
    }
}

#[tokio::test]
async fn every_required_claim_must_be_there() {
    let broker = Broker::new();
    let officers = broker.officers();
    for name in ["iss", "sub", "aud", "jti", "client_id", "acr", "vn_agency", "vn_officer"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        let token = broker.token(&claims);
        assert_eq!(
            said(&broker, &officers, &token).await,
            "the token misses a claim, or has one of another form",
            "{name}"
        );
    }
}

#[tokio::test]
async fn another_kind_of_token_another_key_and_a_changed_token_are_refused() {
    let broker = Broker::new();
    let officers = broker.officers();
    let token = broker.token(&claims());
    let (head, rest) = token.split_once('.').unwrap();
    let forged = broker.token_as("at+jwt", &claims(), &key(Algorithm::ES256));
    let swapped = format!("{head}.{}", forged.split_once('.').unwrap().1);
    for (stated, detail) in [
        (broker.token_as("JWT", &claims(), &key(Algorithm::ES256)), "the token's typ is not at+jwt"),
        (forged, "the token's kid names no key of the broker"),
        (swapped, "the token's signature does not verify"),
        (format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{rest}"), "the token's alg is not accepted"),
        (token.replace('.', "_"), "the token is not a compact JWS"),
        ("?1".to_owned(), "the token is not a compact JWS"),
        (String::new(), "the token is not a compact JWS"),
        (format!("{head}.{}", "a".repeat(9_000)), "the token is not a compact JWS"),
    ] {
        assert_eq!(said(&broker, &officers, &stated).await, detail, "{stated}");
    }
}

#[tokio::test]
async fn who_acts_must_be_said_once() {
    let broker = Broker::new();
    let officers = broker.officers();
    let asking = || Asking::signed(&snapshot(&[]), Method::POST, POPULATION, "");
    assert_eq!(officer(&broker, &officers, "?0").await, Ok(None));
    let missing = officers.of(&asking().without("lgsp-actor").call().head, broker.now()).await;
    assert_eq!(missing.unwrap_err().code, Code::ActorInvalid);
    let twice = officers.of(&asking().also("lgsp-actor", "?0").call().head, broker.now()).await;
    assert_eq!(twice.unwrap_err().code, Code::RepeatedHeader);
}

#[tokio::test]
async fn a_verified_token_is_remembered_until_it_expires_and_no_longer() {
    let broker = Broker::new();
    let officers = broker.officers();
    let token = broker.token(&claims());
    let first = officer(&broker, &officers, &token).await.unwrap().unwrap();
    let again = officer(&broker, &officers, &token).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &again), "not verified a second time");
    broker.pass(Duration::from_secs(629));
    assert!(officer(&broker, &officers, &token).await.is_ok());
    broker.pass(Duration::from_secs(1));
    assert_eq!(said(&broker, &officers, &token).await, "the token has expired");
}

#[tokio::test]
async fn a_remembered_token_falls_with_its_key() {
    let broker = Broker::new();
    let officers = broker.officers();
    let token = broker.token(&claims());
    assert!(officer(&broker, &officers, &token).await.is_ok());
    let new = key(Algorithm::ES256);
    broker.publish(Ok(json!({ "keys": [new.public_jwk()] })));
    broker.pass(Duration::from_secs(60));
    let by_new = broker.token_as("at+jwt", &claims(), &new);
    assert!(officer(&broker, &officers, &by_new).await.is_ok(), "an unknown kid fetches the keys again");
    assert_eq!(said(&broker, &officers, &token).await, "the token's kid names no key of the broker");
}

#[tokio::test]
async fn an_unknown_kid_fetches_at_most_once_a_minute() {
    let broker = Broker::new();
    let officers = broker.officers();
    assert!(officer(&broker, &officers, &broker.token(&claims())).await.is_ok());
    assert_eq!(broker.asked(), 1);
    let strange = broker.token_as("at+jwt", &claims(), &key(Algorithm::ES256));
    for _ in 0..5 {
        said(&broker, &officers, &strange).await;
    }
    assert_eq!(broker.asked(), 1, "the keys are less than a minute old");
    broker.pass(Duration::from_secs(61));
    for _ in 0..5 {
        said(&broker, &officers, &strange).await;
    }
    assert_eq!(broker.asked(), 2);
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_again_are_used_until_they_are_too_old() {
    let broker = Broker::new();
    let officers = broker.officers();
    let token = broker.token(&changed("exp", json!(broker.now().seconds() + 200_000)));
    assert!(officer(&broker, &officers, &token).await.is_ok());
    broker.publish(Err(KeysError::Unreachable));
    broker.pass(Duration::from_secs(86_400));
    assert!(officer(&broker, &officers, &token).await.is_ok());
    broker.pass(Duration::from_secs(1));
    let refusal = officer(&broker, &officers, &token).await.unwrap_err();
    assert_eq!(refusal.code, Code::ActorKeysUnavailable, "not even a remembered token");
    assert!(!officers.ready(broker.now()).await);
    broker.publish(Ok(json!({ "keys": [] })));
    broker.pass(Duration::from_secs(60));
    assert!(!officers.ready(broker.now()).await, "a set without a usable key is none");
}

#[tokio::test]
async fn nothing_of_a_token_is_in_a_refusal_or_a_debug_text() {
    let broker = Broker::new();
    let officers = broker.officers();
    let token = broker.token(&changed("aud", json!("khac")));
    let refusal = officer(&broker, &officers, &token).await.unwrap_err();
    let shown = format!("{refusal:?} {refusal} {officers:?}");
    for part in token.split('.') {
        assert!(!shown.contains(part), "{shown}");
    }
}
