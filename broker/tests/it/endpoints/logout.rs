//! `GET` and `POST /logout`.

use super::{Expect, Fault, check};
use crate::support::{Ask, Browser, Site};

use Expect::{Goes, Page};

const PARAMETERS: &[(&str, Expect)] = &[
    ("id_token_hint", Goes),
    ("client_id", Goes),
    ("post_logout_redirect_uri", Goes),
    ("state", Goes),
    ("csrf", Goes),
    ("ui_locales", Goes),
    ("logout_hint", Goes),
    ("never_heard_of", Goes),
];

#[tokio::test]
async fn every_parameter_in_every_bad_form_is_refused_and_ends_no_session() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await;
    let (id_token, session) = (tokens.text("id_token"), browser.session().unwrap());
    let pairs = [
        ("id_token_hint", &*id_token),
        ("client_id", "truong-hoc"),
        ("post_logout_redirect_uri", "https://truong-hoc.test/"),
        ("state", "s"),
    ];
    for (name, _) in PARAMETERS {
        for fault in Fault::ALL.into_iter().filter(|fault| !fault.is_absence()) {
            let encoded = fault.applied(&pairs, name);
            for answer in [
                browser.get(&format!("/logout?{encoded}")).await,
                browser.post_encoded("/logout", encoded.clone()).await,
            ] {
                check(&answer, Page(400), &format!("{name} {fault:?}"));
            }
        }
    }
    assert_eq!(browser.session(), Some(session));
    assert_eq!(site.count("signed_out").await, 0);
    for (name, expect) in PARAMETERS {
        // Without a session nothing is lost, and every parameter may be missing.
        let answer = site.get(&format!("/logout?{}", Fault::Missing.applied(&pairs, name))).await;
        check(&answer, *expect, name);
    }
    site.close().await;
}

#[tokio::test]
async fn values_that_do_not_belong_together_are_refused() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await;
    let (id_token, access) = (tokens.text("id_token"), tokens.text("access_token"));
    for (what, pairs) in [
        ("no token", vec![("id_token_hint", "a.b.c")]),
        ("an access token", vec![("id_token_hint", &*access)]),
        ("another client", vec![("id_token_hint", &*id_token), ("client_id", "mot-cua")]),
        ("no client", vec![("client_id", "khong-co")]),
        ("no client at all", vec![("client_id", "một cửa")]),
    ] {
        check(&browser.post("/logout", &pairs).await, Page(400), what);
    }
    assert_eq!(site.count("signed_out").await, 0);
    site.close().await;
}

#[tokio::test]
async fn without_a_hint_the_person_is_asked_and_a_forged_answer_is_asked_again() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    browser.sign_in(&Ask::of("truong-hoc"), "vneid", "an").await;
    let asked = browser.get("/logout").await;
    check(&asked, Goes, "asked");
    let csrf = asked.hidden("csrf").unwrap();
    let forged = browser.post("/logout", &[("csrf", "x")]).await;
    assert!(forged.hidden("csrf").is_some(), "{forged:?}");
    assert_eq!(site.count("signed_out").await, 0);
    // The confirmation of another person's browser is worth nothing here.
    let other = Browser::new(&site);
    other.sign_in(&Ask::of("truong-hoc"), "vneid", "giang").await;
    let asked = other.post("/logout", &[("csrf", &csrf)]).await;
    assert!(asked.hidden("csrf").is_some());
    check(&browser.post("/logout", &[("csrf", &csrf)]).await, Goes, "confirmed");
    assert_eq!(site.count("signed_out").await, 1);
    assert_eq!(browser.session(), None);
    site.close().await;
}
