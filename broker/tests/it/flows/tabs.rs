//! Several tabs, the back button, other browsers, and attempts that took too long.

use std::time::Duration;

use crate::support::{Ask, Browser, Site};

#[tokio::test]
async fn two_tabs_go_their_own_ways_in_any_order() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let first = browser.begin(&Ask::of("truong-hoc").with("state", "first"), "vneid").await;
    let second = browser.begin(&Ask::of("qlvb").with("state", "second"), "vneid").await;
    let second = browser.callback("vneid", &second, "an").await;
    let second = browser.decide(&second, "approve").await;
    assert_eq!(second.param("state").as_deref(), Some("second"));
    let first = browser.callback("vneid", &first, "an").await;
    let first = browser.decide(&first, "approve").await;
    assert_eq!(first.param("state").as_deref(), Some("first"));
    assert_eq!(site.trade("truong-hoc", &first.code()).await.status, 200);
    assert_eq!(site.trade("qlvb", &second.code()).await.status, 200);
    site.close().await;
}

#[tokio::test]
async fn the_back_button_to_a_callback_shows_a_page_and_leaves_an_event() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let state = browser.begin(&Ask::of("truong-hoc"), "vneid").await;
    let page = browser.callback("vneid", &state, "an").await;
    for _ in 0..2 {
        let again = browser.callback("vneid", &state, "an").await;
        assert_eq!(again.status, 400);
        assert!(again.is_page() && again.reference().is_some());
    }
    assert_eq!(site.vneid.redeemed(), 1, "refused before the provider is asked");
    assert_eq!(site.count("callback_refused").await, 2);
    // The first tab is none the worse for it.
    assert!(!browser.decide(&page, "approve").await.code().is_empty());
    site.close().await;
}

#[tokio::test]
async fn cve_34_a_callback_in_another_browser_is_refused_and_leaves_the_attempt_to_its_own() {
    let site = Site::open().await;
    let (victim, attacker) = (Browser::new(&site), Browser::new(&site));
    let state = attacker.begin(&Ask::of("truong-hoc"), "vneid").await;
    let forced = victim.callback("vneid", &state, "giang").await;
    assert_eq!((forced.status.as_u16(), victim.session()), (400, None));
    assert_eq!(site.vneid.redeemed(), 0);
    let events = site.events().await;
    assert_eq!(events.last().unwrap()["refusal"], "login.other_browser");
    // A cookie of the right name with another value is no better.
    for name in attacker.cookies().keys() {
        victim.plant(name, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    }
    assert_eq!(victim.callback("vneid", &state, "giang").await.status, 400);
    assert_eq!(attacker.callback("vneid", &state, "giang").await.status, 303);
    site.close().await;
}

#[tokio::test]
async fn cve_37_an_answer_at_another_providers_address_is_refused() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let state = browser.begin(&Ask::of("mot-cua"), "vneid").await;
    let answer = browser.callback("can-bo", &state, "an-strong").await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!((site.vneid.redeemed(), site.can_bo.redeemed()), (0, 0));
    let events = site.events().await;
    let event = events.last().unwrap();
    assert_eq!((&event["event"], &event["refusal"]), (&"callback_refused".into(), &"login.other_provider".into()));
    assert_eq!(event["provider"], "can-bo");
    assert_eq!(browser.callback("vneid", &state, "an").await.status, 303);
    site.close().await;
}

#[tokio::test]
async fn an_attempt_is_over_after_ten_minutes() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let state = browser.begin(&Ask::of("truong-hoc"), "vneid").await;
    let waiting = browser.begin(&Ask::of("qlvb"), "vneid").await;
    let waiting = browser.callback("vneid", &waiting, "an").await.param("login").unwrap();
    let choosing = browser.get(&Ask::of("cap-cao").path()).await.hidden("login").unwrap();
    site.clock.advance(Duration::from_secs(601));
    for answer in [
        browser.callback("vneid", &state, "an").await,
        browser.get(&format!("/consent?login={waiting}")).await,
        browser.post("/consent", &[("login", &waiting), ("decision", "approve")]).await,
        browser.post("/choose", &[("login", &choosing), ("provider", "vneid")]).await,
    ] {
        assert!(answer.status == 400 && answer.is_page(), "{answer:?}");
    }
    assert_eq!(site.vneid.redeemed(), 1);
    site.close().await;
}

#[tokio::test]
async fn another_person_than_the_one_the_application_insists_on_is_refused() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let hint = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await.text("id_token");
    let ask = Ask::of("truong-hoc").with("id_token_hint", &hint).with("prompt", "login");
    let state = browser.begin(&ask, "vneid").await;
    let answer = browser.callback("vneid", &state, "giang").await;
    assert_eq!(answer.param("error").as_deref(), Some("login_required"));
    let same = browser.sign_in(&ask, "vneid", "an").await;
    assert!(!same.code().is_empty());
    site.close().await;
}
