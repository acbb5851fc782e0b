//! `GET` and `POST /consent`.

use super::{Expect, Fault, check};
use crate::support::{Ask, Browser, Site};

use Expect::{Goes, Page};

async fn waiting(browser: &Browser<'_>) -> String {
    let state = browser.begin(&Ask::of("truong-hoc").with("scope", "openid profile"), "vneid").await;
    let answer = browser.callback("vneid", &state, "an").await;
    answer.param("login").unwrap()
}

#[tokio::test]
async fn every_bad_decision_is_refused_and_the_page_still_waits() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let login = waiting(&browser).await;
    let pairs = [("login", &*login), ("decision", "approve")];
    for name in ["login", "decision"] {
        for fault in Fault::ALL {
            let answer = browser.post_encoded("/consent", fault.applied(&pairs, name)).await;
            check(&answer, Page(400), &format!("{name} {fault:?}"));
        }
    }
    for fault in Fault::ALL {
        let answer = browser.get(&format!("/consent?{}", fault.applied(&pairs[..1], "login"))).await;
        check(&answer, Page(400), &format!("GET login {fault:?}"));
    }
    for decision in ["Approve", "yes", "deny approve"] {
        check(&browser.post("/consent", &[("login", &login), ("decision", decision)]).await, Page(400), decision);
    }
    assert_eq!(site.count("release_accepted").await, 0);
    assert_eq!(site.count("tokens_issued").await, 0);
    check(&browser.get(&format!("/consent?login={login}")).await, Goes, "the page itself");
    assert!(!browser.post("/consent", &pairs).await.code().is_empty());
    check(&browser.post("/consent", &pairs).await, Page(400), "a second time");
    site.close().await;
}

#[tokio::test]
async fn another_browser_neither_sees_nor_decides() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let login = waiting(&browser).await;
    let stranger = Browser::new(&site);
    stranger.sign_in(&Ask::of("qlvb"), "vneid", "giang").await;
    check(&stranger.get(&format!("/consent?login={login}")).await, Page(400), "sees");
    let pairs = [("login", &*login), ("decision", "approve")];
    check(&stranger.post("/consent", &pairs).await, Page(400), "decides");
    site.close().await;
}
