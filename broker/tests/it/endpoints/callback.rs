//! `GET /callback/{provider}`.

use super::{Expect, Fault, check};
use crate::support::{Ask, Browser, Site};

use Expect::{Goes, Page};

#[tokio::test]
async fn every_bad_state_is_refused_before_the_provider_is_asked() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let state = browser.begin(&Ask::of("truong-hoc"), "vneid").await;
    let mut refused = 0;
    for fault in Fault::ALL {
        let encoded = fault.applied(&[("state", &state), ("code", "an")], "state");
        let answer = browser.get(&format!("/callback/vneid?{encoded}")).await;
        check(&answer, Page(400), &format!("state {fault:?}"));
        refused += 1;
        assert_eq!(site.count("callback_refused").await, refused, "{fault:?}");
    }
    assert_eq!(site.vneid.redeemed(), 0);
    check(&browser.callback("vneid", &state, "an").await, Goes, "the good one afterwards");
    site.close().await;
}

#[tokio::test]
async fn every_bad_code_ends_in_a_page_and_is_written_down() {
    let site = Site::open().await;
    for (number, fault) in Fault::ALL.into_iter().enumerate() {
        let browser = Browser::new(&site);
        let state = browser.begin(&Ask::of("truong-hoc"), "vneid").await;
        let encoded = fault.applied(&[("state", &state), ("code", "an")], "code");
        let answer = browser.get(&format!("/callback/vneid?{encoded}")).await;
        assert_eq!(answer.status, 502, "{fault:?}: {answer:?}");
        assert!(answer.is_page() && answer.reference().is_some(), "{fault:?}");
        assert_eq!(browser.session(), None, "{fault:?}");
        assert_eq!(site.count("sign_in_failed").await, number + 1, "{fault:?}");
    }
    site.close().await;
}

#[tokio::test]
async fn a_provider_that_is_not_one_is_refused_on_a_page() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let state = browser.begin(&Ask::of("truong-hoc"), "vneid").await;
    for provider in ["khong-co", "VNEID", "%FF", "vneid%00", "vneid%0D%0A", "%2e%2e", "v%C3%AAneid", &"a".repeat(4096)]
    {
        let answer = browser.get(&format!("/callback/{provider}?state={state}&code=an")).await;
        check(&answer, Page(403), provider);
    }
    assert_eq!(site.vneid.redeemed(), 0);
    check(&browser.callback("vneid", &state, "an").await, Goes, "the good one afterwards");
    site.close().await;
}

#[tokio::test]
async fn each_failure_of_a_provider_gets_a_page_with_the_way_back() {
    let site = Site::open().await;
    for (code, status, error) in [
        ("unreachable", 502, "temporarily_unavailable"),
        ("timeout", 502, "temporarily_unavailable"),
        ("keyless", 502, "temporarily_unavailable"),
        ("refused", 502, "server_error"),
        ("nonsense", 502, "server_error"),
        ("nobody", 502, "server_error"),
    ] {
        let browser = Browser::new(&site);
        let state = browser.begin(&Ask::of("truong-hoc"), "vneid").await;
        let answer = browser.callback("vneid", &state, code).await;
        assert_eq!(answer.status, status, "{code}: {answer:?}");
        let reference = answer.reference().unwrap();
        assert!(answer.body.contains(&format!("error={error}")), "{code}: {}", answer.body);
        let events = site.events().await;
        let event = events.last().unwrap();
        assert_eq!(event["event"], "sign_in_failed", "{code}");
        assert_eq!(event["reference"], *reference, "{code}");
    }
    site.close().await;
}

#[tokio::test]
async fn a_person_who_declines_goes_back_with_access_denied() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let state = browser.begin(&Ask::of("truong-hoc"), "vneid").await;
    check(&browser.callback("vneid", &state, "declined").await, Expect::Redirect("access_denied"), "declined");
    assert_eq!(browser.session(), None);
    site.close().await;
}
