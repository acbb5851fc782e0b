//! An operator changes the signing key beside a broker that runs.

use std::time::Duration;

use serde_json::Value;

use super::{Server, login::client};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_signing_key_is_changed_beside_a_running_broker() {
    change_the_key(Server::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs TEST_POSTGRES_URL and TEST_REDIS_URL"]
async fn the_signing_key_is_changed_beside_a_running_broker_on_servers() {
    change_the_key(Server::start_on_servers().await).await;
}

/// The key ids of the JWKS, once there are so many; fails when that takes longer than a few seconds.
async fn kids(server: &Server, expected: usize) -> Vec<String> {
    let jwks = server.issuer().join("/jwks").expect("a URL");
    let mut kids = Vec::new();
    for _ in 0..60 {
        let answer = client().get(jwks.clone()).send().await.expect("an answer").text().await.expect("a body");
        let document: Value = serde_json::from_str(&answer).expect("JSON");
        let keys = document["keys"].as_array().expect("keys");
        kids = keys.iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect();
        if kids.len() == expected {
            return kids;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("there are {} keys, not {expected}: {}", kids.len(), server.log());
}

async fn userinfo(server: &Server, access: &str) -> u16 {
    let url = server.issuer().join("/userinfo").expect("a URL");
    client().get(url).bearer_auth(access).send().await.expect("an answer").status().as_u16()
}

/// Tokens of the way that are signed by this key; fails when that takes longer than a few seconds.
async fn signed_by(server: &Server, kid: &str, refresh: &str) -> String {
    for _ in 0..60 {
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let (status, tokens) = server.way().as_client("/token", &pairs).await.expect("an answer");
        assert_eq!(status, 200, "{tokens}");
        let access = tokens["access_token"].as_str().expect("a token");
        if signing::jws::unverified_header(access).expect("a header").kid.as_deref() == Some(kid) {
            return access.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{kid} does not sign: {}", server.log());
}

async fn change_the_key(mut server: Server) {
    let way = server.way();
    let person = way.log_in().await.expect("a login");
    let (_, tokens) = way.trade(&person.code).await.expect("tokens");
    let (access, refresh) = (tokens["access_token"].as_str().expect("a token"), tokens["refresh_token"].as_str());
    let old = signing::jws::unverified_header(access).expect("a header").kid.expect("a kid");
    let before = kids(&server, 2).await;

    let (good, told, _) = server.run(&["keys", "announce", "ES256"]);
    assert!(good && told.starts_with("announced "), "{told}");
    let new = told.split(' ').nth(1).expect("a kid").to_owned();
    assert!(kids(&server, 3).await.contains(&new) && !before.contains(&new));
    for (args, reason) in [
        (vec!["keys", "activate", &new], "clients may keep what they know of our keys until"),
        (vec!["keys", "announce", "ES256"], "announced already"),
        (vec!["keys", "retire", &old], "the key signs"),
        (vec!["keys", "retire", "--force", &old], "the key signs"),
        (vec!["keys", "activate", "none"], "there is no key none"),
        (vec!["keys", "provider", "vneid"], "there is no provider vneid with"),
        (vec!["keys", "announce", "HS256"], "must be one of ES256, RS256"),
    ] {
        let (good, _, complaint) = server.run(&args);
        assert!(!good && complaint.contains(reason), "{args:?}: {complaint}");
    }
    assert!(server.run(&["keys", "activate", "--force", &new]).0);
    let renewed = signed_by(&server, &new, refresh.expect("a token")).await;
    assert_eq!((userinfo(&server, access).await, userinfo(&server, &renewed).await), (200, 200));
    let (_, list, _) = server.run(&["keys", "list"]);
    let line = |kid: &str| list.lines().find(|line| line.starts_with(kid)).expect("a line").to_owned();
    assert!(line(&new).contains("signing") && line(&old).contains("retiring"), "{list}");

    assert!(server.run(&["keys", "retire", "--force", &old]).0);
    assert!(!kids(&server, 2).await.contains(&old));
    assert_eq!((userinfo(&server, access).await, userinfo(&server, &renewed).await), (401, 200));
    server.terminate();
    assert!(server.ended().await.success());
    // Nobody need run for it.
    let (good, list, _) = server.run(&["keys", "list"]);
    assert!(good && list.contains(&new) && !list.contains(&old), "{list}");
}
