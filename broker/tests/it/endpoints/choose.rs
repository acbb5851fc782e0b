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
