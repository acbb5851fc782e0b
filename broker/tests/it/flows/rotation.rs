//! One signing key comes and another goes, while people are logged in.

use std::{collections::BTreeSet, time::Duration};

use broker::tokens::{
    keys,
    rotation::{Haste, RotationError},
};
use serde_json::Value;
use signing::{Algorithm, KeyState, VerifyingKey, jws};

use crate::support::{Answer, Ask, Browser, Site, answer::claims, on_both_stores};

/// What a running broker does every second.
async fn follow(site: &Site) -> bool {
    let app = &site.app;
    keys::follow(&*app.keys.store, &app.keys.sealer, &app.exchange.mint).await.unwrap()
}

async fn signing(site: &Site, algorithm: Algorithm) -> String {
    let all = site.app.keys.store.all().await.unwrap();
    let mut found = all.into_iter().filter(|key| key.state == KeyState::Signing && key.algorithm == algorithm);
    let kid = found.next().unwrap().kid;
    assert!(found.next().is_none(), "two keys sign with {algorithm}");
    kid
}

fn kids(jwks: &Value) -> BTreeSet<String> {
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn kid(token: &str) -> String {
    jws::unverified_header(token).unwrap().kid.unwrap()
}

/// Proves a token with a key set that was fetched before.
fn prove(jwks: &Value, token: &str) -> Value {
    let kid = kid(token);
    let key = jwks["keys"].as_array().unwrap().iter().find(|key| key["kid"] == *kid).unwrap();
    VerifyingKey::from_jwk(key).unwrap().verify(token).unwrap()
}

/// `mot-cua` gets ID tokens of ES256, `truong-hoc` of RS256.
const CLIENTS: [(&str, Algorithm); 2] = [("mot-cua", Algorithm::ES256), ("truong-hoc", Algorithm::RS256)];

async fn who_is_logged_in_notices_nothing_of_a_rotation(site: Site) {
    let browser = Browser::new(&site);
    let mut before: Vec<Answer> = Vec::new();
    for (client, _) in CLIENTS {
        before.push(browser.tokens(client, &Ask::of(client).with("prompt", "login"), "an").await);
    }
    let first = site.get("/jwks").await;
    assert_eq!(first.header("cache-control"), "public, max-age=300");
    let mut new = Vec::new();
    for algorithm in Algorithm::ALL {
        new.push(site.app.keys.announce(algorithm).await.unwrap().kid);
    }
    assert!(follow(&site).await);
    assert!(!follow(&site).await, "nothing more to follow");
    // What an application fetches now is all it will ever know here.
    let cached = site.get("/jwks").await.json();
    assert_eq!(kids(&cached).len(), 4);
    assert!(kids(&first.json()).is_subset(&kids(&cached)));
    for (kid, algorithm) in new.iter().zip(Algorithm::ALL) {
        assert_ne!(signing(&site, algorithm).await, *kid, "it does not sign yet");
        site.clock.advance(Duration::from_secs(152));
        assert!(matches!(site.app.keys.activate(kid, Haste::Wait).await, Err(RotationError::TooEarly(_))));
    }
    site.clock.advance(Duration::from_secs(1));
    for (kid, algorithm) in new.iter().zip(Algorithm::ALL) {
        site.app.keys.activate(kid, Haste::Wait).await.unwrap();
        assert_eq!(signing(&site, algorithm).await, *kid);
    }
    assert!(follow(&site).await);
    for ((client, algorithm), before) in CLIENTS.into_iter().zip(&before) {
        let (access, hint) = (before.text("access_token"), before.text("id_token"));
        assert_eq!(site.userinfo(&access).await.status, 200, "{client}");
        assert_eq!(site.introspect(client, &access).await["active"], true, "{client}");
        let renewed = site.refresh(client, &before.text("refresh_token")).await;
        assert_eq!(kid(&renewed.text("id_token")), signing(&site, algorithm).await, "{client}");
        assert_eq!(prove(&cached, &renewed.text("id_token"))["sub"], claims(&hint)["sub"], "{client}");
        prove(&cached, &renewed.text("access_token"));
        assert_eq!(site.userinfo(&renewed.text("access_token")).await.status, 200, "{client}");
        let silent = Ask::of(client).with("prompt", "none").with("id_token_hint", &hint);
        assert!(!browser.get(&silent.path()).await.code().is_empty(), "{client}: the old ID token is still a hint");
    }
    former_keys_go_by_themselves(&site, &before, &new).await;
    site.close().await;
}

async fn former_keys_go_by_themselves(site: &Site, before: &[Answer], new: &[String]) {
    site.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(site.app.keys.remove_due().await.unwrap(), 0, "a moment is left");
    site.clock.advance(Duration::from_secs(10));
    assert_eq!(site.app.keys.remove_due().await.unwrap(), 2);
    assert_eq!(site.app.keys.remove_due().await.unwrap(), 0);
    assert!(follow(site).await);
    let left = site.get("/jwks").await.json();
    assert_eq!(kids(&left), new.iter().cloned().collect());
    let out = site.get(&format!("/logout?id_token_hint={}", before[0].text("id_token"))).await;
    assert_eq!(out.status, 400, "what it signed is nobody's any more");
    for (event, times) in [("key_announced", 2), ("key_activated", 2), ("key_removed", 2)] {
        assert_eq!(site.count(event).await, times, "{event}");
    }
    let events = site.events().await;
    let activated = events.iter().find(|event| event["event"] == "key_activated").unwrap();
    assert_eq!((&activated["early"], &activated["kid"]), (&Value::from(false), &Value::from(new[0].as_str())));
    assert_eq!(activated["former"], kid(&before[0].text("id_token")));
}

async fn a_key_that_somebody_else_knows_is_out_at_once_by_force(site: Site) {
    let tokens = Browser::new(&site).tokens("mot-cua", &Ask::of("mot-cua"), "an").await;
    let access = tokens.text("access_token");
    assert_eq!(site.userinfo(&access).await.status, 200, "and now it is known by its hash");
    let old = signing(&site, Algorithm::ES256).await;
    let keys = &site.app.keys;
    let new = keys.announce(Algorithm::ES256).await.unwrap().kid;
    assert!(matches!(keys.announce(Algorithm::ES256).await, Err(RotationError::AlreadyAnnounced(_))));
    assert!(matches!(keys.retire(&old, Haste::Force).await, Err(RotationError::Signs)), "never without a key");
    assert!(matches!(keys.activate(&old, Haste::Force).await, Err(RotationError::NotAnnounced(_))));
    assert!(matches!(keys.activate("none", Haste::Force).await, Err(RotationError::Unknown(_))));
    keys.activate(&new, Haste::Force).await.unwrap();
    assert!(matches!(keys.retire(&old, Haste::Wait).await, Err(RotationError::StillNeeded(_))));
    keys.retire(&old, Haste::Force).await.unwrap();
    assert!(follow(&site).await);
    assert_eq!(site.userinfo(&access).await.status, 401);
    let renewed = site.refresh("mot-cua", &tokens.text("refresh_token")).await;
    assert_eq!(kid(&renewed.text("access_token")), new, "the session goes on");
    assert_eq!(site.userinfo(&renewed.text("access_token")).await.status, 200);
    let events = site.events().await;
    for name in ["key_activated", "key_removed"] {
        assert_eq!(events.iter().find(|event| event["event"] == name).unwrap()["early"], true, "{name}");
    }
    site.close().await;
}

async fn an_announcement_can_be_taken_back(site: Site) {
    let keys = &site.app.keys;
    let new = keys.announce(Algorithm::RS256).await.unwrap().kid;
    follow(&site).await;
    keys.retire(&new, Haste::Wait).await.unwrap();
    assert!(follow(&site).await);
    assert!(!kids(&site.get("/jwks").await.json()).contains(&new));
    keys.announce(Algorithm::RS256).await.unwrap();
    site.close().await;
}

on_both_stores!(
    who_is_logged_in_notices_nothing_of_a_rotation,
    a_key_that_somebody_else_knows_is_out_at_once_by_force,
    an_announcement_can_be_taken_back,
);

#[tokio::test]
async fn keys_that_cannot_be_used_change_nothing() {
    let site = Site::open().await;
    let app = &site.app;
    let before = site.get("/jwks").await.body;
    let stranger = std::sync::Arc::new(signing::Sealer::new(&[8; 32]).unwrap());
    let foreign = broker::tokens::rotation::Keys { sealer: stranger.clone(), ..app.keys.clone() };
    foreign.announce(Algorithm::ES256).await.unwrap_err();
    assert_eq!(app.keys.store.all().await.unwrap().len(), 2, "another root key announces nothing");
    app.keys.announce(Algorithm::ES256).await.unwrap();
    keys::follow(&*app.keys.store, &stranger, &app.exchange.mint).await.unwrap_err();
    assert_eq!(site.get("/jwks").await.body, before);
    site.close().await;
}
