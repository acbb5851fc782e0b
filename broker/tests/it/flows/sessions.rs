//! Single sign-on, sign-out, and who may use a session.

use std::time::Duration;

use crate::support::{Ask, Browser, Site};

#[tokio::test]
async fn the_second_application_needs_no_second_login() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    browser.sign_in(&Ask::of("mot-cua"), "vneid", "an").await;
    let page = browser.get(&Ask::of("truong-hoc").path()).await;
    let answer = browser.decide(&page, "approve").await;
    assert_eq!(site.trade("truong-hoc", &answer.code()).await.status, 200);
    assert_eq!(site.vneid.redeemed(), 1);
    // And the third time not even a page.
    assert!(!browser.get(&Ask::of("truong-hoc").path()).await.code().is_empty());
    assert!(!browser.get(&Ask::of("truong-hoc").with("prompt", "none").path()).await.code().is_empty());
    site.close().await;
}

#[tokio::test]
async fn a_new_sign_in_is_demanded_and_got() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    browser.sign_in(&Ask::of("truong-hoc"), "vneid", "an").await;
    site.clock.advance(Duration::from_secs(120));
    for (name, value) in [("prompt", "login"), ("prompt", "select_account"), ("max_age", "60")] {
        let answer = browser.get(&Ask::of("truong-hoc").with(name, value).path()).await;
        assert_eq!(answer.location().host_str(), Some("vneid.test"), "{name}={value}");
        assert_eq!(answer.param("fresh").as_deref(), Some("yes"), "{name}={value}");
    }
    assert!(!browser.get(&Ask::of("truong-hoc").with("max_age", "180").path()).await.code().is_empty());
    site.close().await;
}

#[tokio::test]
async fn no_sign_in_is_young_enough_for_a_max_age_of_zero() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    browser.sign_in(&Ask::of("truong-hoc"), "vneid", "an").await;
    let ask = Ask::of("truong-hoc").with("max_age", "0");
    let answer = browser.get(&ask.path()).await;
    assert_eq!(answer.param("fresh").as_deref(), Some("yes"), "{answer:?}");
    let silent = browser.get(&ask.clone().with("prompt", "none").path()).await;
    assert_eq!(silent.param("error").as_deref(), Some("login_required"));
    assert!(!browser.sign_in(&ask, "vneid", "an").await.code().is_empty(), "and the new one is");
    site.close().await;
}

#[tokio::test]
async fn after_logout_every_token_is_dead_in_the_same_second() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let first = browser.tokens("mot-cua", &Ask::of("mot-cua"), "an").await;
    let second = browser.get(&Ask::of("truong-hoc").path()).await;
    let second = browser.decide(&second, "approve").await;
    let second = site.trade("truong-hoc", &second.code()).await;
    let unspent = browser.get(&Ask::of("truong-hoc").path()).await.code();
    let session = browser.cookies();
    let hint = first.text("id_token");
    let pairs =
        [("id_token_hint", &*hint), ("post_logout_redirect_uri", "https://mot-cua.test/"), ("state", "after & out")];
    let out = browser.post("/logout", &pairs).await;
    assert_eq!(out.location().as_str(), "https://mot-cua.test/?state=after+%26+out");
    for (client, tokens) in [("mot-cua", &first), ("truong-hoc", &second)] {
        let access = tokens.text("access_token");
        assert_eq!(site.userinfo(&access).await.status, 401, "{client}");
        assert_eq!(site.introspect(client, &access).await["active"], false, "{client}");
        assert_eq!(
            site.refresh(client, &tokens.text("refresh_token")).await.text("error"),
            "invalid_grant",
            "{client}"
        );
    }
    assert_eq!(site.trade("truong-hoc", &unspent).await.text("error"), "invalid_grant", "a code on its way");
    // Who kept the cookie has nothing either.
    let thief = Browser::with_cookies(&site, session);
    let answer = thief.get(&Ask::of("truong-hoc").with("prompt", "none").path()).await;
    assert_eq!(answer.param("error").as_deref(), Some("login_required"));
    site.close().await;
}

#[tokio::test]
async fn a_planted_session_cookie_is_worth_nothing_after_the_sign_in() {
    let site = Site::open().await;
    let attacker = Browser::new(&site);
    attacker.sign_in(&Ask::of("truong-hoc"), "vneid", "giang").await;
    let planted = attacker.session().unwrap();
    let victim = Browser::new(&site);
    victim.plant("__Host-lt-session", &planted);
    let tokens = victim.sign_in(&Ask::of("truong-hoc").with("prompt", "login"), "vneid", "an").await;
    assert_eq!(site.trade("truong-hoc", &tokens.code()).await.status, 200);
    assert_ne!(victim.session().unwrap(), planted);
    // The attacker is not the victim, and is signed out besides.
    let answer = attacker.get(&Ask::of("truong-hoc").with("prompt", "none").path()).await;
    assert_eq!(answer.param("error").as_deref(), Some("login_required"));
    site.close().await;
}

#[tokio::test]
async fn a_cookie_that_stands_there_twice_is_no_session() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    browser.sign_in(&Ask::of("truong-hoc"), "vneid", "an").await;
    let session = browser.session().unwrap();
    let twice = format!("__Host-lt-session={session}; __Host-lt-session={session}");
    let ask = Ask::of("truong-hoc").with("prompt", "none");
    let request = http::Request::get(ask.path()).header("cookie", twice).body(String::new().into()).unwrap();
    assert_eq!(site.send(request).await.param("error").as_deref(), Some("login_required"));
    site.close().await;
}

#[tokio::test]
async fn cookies_are_bound_to_the_host_and_out_of_reach_of_scripts() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let begun = browser.get(&Ask::of("truong-hoc").path()).await;
    let finished = browser.callback("vneid", &begun.param("state").unwrap(), "an").await;
    let mut seen = 0;
    for answer in [&begun, &finished] {
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            seen += 1;
            assert!(line.starts_with("__Host-lt-"), "{line}");
            for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
                assert!(line.contains(attribute), "{line}");
            }
            assert!(!line.contains("Domain"), "{line}");
        }
    }
    assert!(seen >= 2);
    site.close().await;
}

#[tokio::test]
async fn a_session_ends_after_its_eight_hours_with_everything_in_it() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await;
    site.clock.advance(Duration::from_secs(8 * 3600 + 1));
    assert_eq!(site.refresh("truong-hoc", &tokens.text("refresh_token")).await.text("error"), "invalid_grant");
    assert_eq!(site.userinfo(&tokens.text("access_token")).await.status, 401);
    let silent = browser.get(&Ask::of("truong-hoc").with("prompt", "none").path()).await;
    assert_eq!(silent.param("error").as_deref(), Some("login_required"));
    site.close().await;
}
