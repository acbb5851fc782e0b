//! `POST /choose`.

use super::{Expect, Fault, check};
use crate::support::{Ask, Browser, Site};

use Expect::{Goes, Page};

#[tokio::test]
async fn every_bad_choice_is_refused_and_a_good_one_still_works() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let login = browser.get(&Ask::of("mot-cua").path()).await.hidden("login").unwrap();
    let pairs = [("login", &*login), ("provider", "vneid")];
    for fault in Fault::ALL {
        let by_login = browser.post_encoded("/choose", fault.applied(&pairs, "login")).await;
        check(&by_login, Page(400), &format!("login {fault:?}"));
        let by_provider = browser.post_encoded("/choose", fault.applied(&pairs, "provider")).await;
        check(&by_provider, Page(403), &format!("provider {fault:?}"));
    }
    for provider in ["khong-co", "../vneid", "VNEID"] {
        check(&browser.post("/choose", &[("login", &login), ("provider", provider)]).await, Page(403), provider);
    }
    check(&Browser::new(&site).post("/choose", &pairs).await, Page(400), "another browser");
    check(&browser.post("/choose", &pairs).await, Goes, "good");
    check(&browser.post("/choose", &pairs).await, Goes, "the back button, and again");
    site.close().await;
}

#[tokio::test]
async fn a_provider_of_other_clients_cannot_be_chosen() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let login = browser.get(&Ask::of("mot-cua").path()).await.hidden("login").unwrap();
    let site_without = [("login", &*login), ("provider", "truong-hoc")];
    check(&browser.post("/choose", &site_without).await, Page(403), "no provider of that name");
    check(&browser.get("/choose").await, Expect::Json(405, "invalid_request"), "GET by a program");
    site.close().await;
}

#[tokio::test]
async fn who_does_not_want_to_sign_in_goes_back_to_the_application_and_the_attempt_is_over() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let chooser = browser.get(&Ask::of("mot-cua").path()).await;
    assert!(chooser.body.contains("name=\"decision\" value=\"cancel\""), "{}", chooser.body);
    let policy = chooser.header("content-security-policy");
    assert!(policy.ends_with("form-action 'self' https: https: https://mot-cua.test"), "{policy}");
    let login = chooser.hidden("login").unwrap();
    let pairs = [("login", &*login), ("decision", "cancel")];
    for fault in Fault::ALL {
        let by_login = browser.post_encoded("/choose", fault.applied(&pairs, "login")).await;
        check(&by_login, Page(400), &format!("login {fault:?}"));
        let by_decision = browser.post_encoded("/choose", fault.applied(&pairs, "decision")).await;
        check(&by_decision, Page(403), &format!("decision {fault:?}"));
    }
    check(&Browser::new(&site).post("/choose", &pairs).await, Page(400), "another browser");
    assert_eq!(site.count("sign_in_canceled").await, 0);
    let state = browser.post("/choose", &[("login", &login), ("provider", "vneid")]).await.param("state").unwrap();
    let answer = browser.post("/choose", &pairs).await;
    check(&answer, Expect::Redirect("access_denied"), "canceled");
    assert_eq!(answer.param("state").as_deref(), Some("state-of-the-application"));
    assert_eq!(answer.param("tab").as_deref(), Some("1"), "the address as it was registered");
    let event = site.events().await.pop().unwrap();
    assert_eq!((&event["event"], &event["client"]), (&"sign_in_canceled".into(), &"mot-cua".into()));
    assert!(browser.cookies().is_empty(), "the attempt's cookie went with it");
    for late in [
        browser.post("/choose", &pairs).await,
        browser.post("/choose", &[("login", &login), ("provider", "vneid")]).await,
        browser.callback("vneid", &state, "an").await,
    ] {
        check(&late, Page(400), "afterwards");
    }
    assert_eq!((site.vneid.redeemed(), site.count("sign_in_canceled").await), (0, 1));
    site.close().await;
}
