//! `GET` and `POST /authorize`.

use super::{Expect, Fault, check};
use crate::support::{Ask, Browser, Site};

use Expect::{Goes, Page, Redirect};

/// Each parameter, what its absence gets, and what a broken or repeated one gets.
const PARAMETERS: &[(&str, Expect, Expect)] = &[
    ("client_id", Page(400), Page(400)),
    ("redirect_uri", Page(400), Page(400)),
    ("response_type", Redirect("invalid_request"), Redirect("invalid_request")),
    ("response_mode", Goes, Redirect("invalid_request")),
    ("scope", Redirect("invalid_scope"), Redirect("invalid_request")),
    ("state", Goes, Redirect("invalid_request")),
    ("nonce", Goes, Redirect("invalid_request")),
    ("code_challenge", Redirect("invalid_request"), Redirect("invalid_request")),
    ("code_challenge_method", Redirect("invalid_request"), Redirect("invalid_request")),
    ("prompt", Goes, Redirect("invalid_request")),
    ("max_age", Goes, Redirect("invalid_request")),
    ("claims", Goes, Redirect("invalid_request")),
    ("acr_values", Goes, Redirect("invalid_request")),
    ("ui_locales", Goes, Redirect("invalid_request")),
    ("id_token_hint", Goes, Redirect("invalid_request")),
    ("request", Goes, Redirect("invalid_request")),
    ("request_uri", Goes, Redirect("invalid_request")),
    ("registration", Goes, Redirect("invalid_request")),
    ("login_hint", Goes, Redirect("invalid_request")),
    ("display", Goes, Redirect("invalid_request")),
    ("never_heard_of", Goes, Redirect("invalid_request")),
];

fn good() -> Ask {
    Ask::of("truong-hoc")
        .with("response_mode", "query")
        .with("prompt", "login")
        .with("max_age", "60")
        .with("claims", r#"{"userinfo":{"name":null}}"#)
        .with("acr_values", "urn:lienthong:nd69:1")
        .with("ui_locales", "vi")
}

#[tokio::test]
async fn every_parameter_in_every_bad_form_gets_a_named_refusal() {
    let site = Site::open().await;
    let good = good();
    let pairs: Vec<(&str, &str)> = good.parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
    for (name, absent, broken) in PARAMETERS {
        for fault in Fault::ALL {
            let encoded = fault.applied(&pairs, name);
            let expect = if fault.is_absence() { *absent } else { *broken };
            for (method, answer) in [
                ("GET", site.get(&format!("/authorize?{encoded}")).await),
                ("POST", site.form("/authorize", &encoded).await),
            ] {
                let what = format!("{method} {name} {fault:?}");
                check(&answer, expect, &what);
                let told_state = matches!(expect, Redirect(_)) && *name != "state";
                assert!(!told_state || answer.param("state").as_deref() == Some("state-of-the-application"), "{what}");
            }
        }
    }
    assert_eq!(site.vneid.redeemed(), 0);
    site.close().await;
}

#[tokio::test]
async fn a_value_nobody_can_use_gets_the_error_of_its_specification() {
    let site = Site::open().await;
    for (name, value, expect) in [
        ("client_id", "khong-co", Page(400)),
        ("client_id", "một-cửa", Page(400)),
        ("client_id", "da-tat", Page(400)),
        ("redirect_uri", "https://evil.test/cb", Page(400)),
        ("redirect_uri", "https://truong-hoc.test/cb", Page(400)),
        ("response_type", "token", Redirect("unsupported_response_type")),
        ("response_type", "code id_token", Redirect("unsupported_response_type")),
        ("response_type", "none", Redirect("unsupported_response_type")),
        ("response_mode", "fragment", Redirect("invalid_request")),
        ("response_mode", "form_post", Redirect("invalid_request")),
        ("scope", "profile", Redirect("invalid_scope")),
        ("scope", "openid email", Redirect("invalid_scope")),
        ("code_challenge", "short", Redirect("invalid_request")),
        ("code_challenge_method", "plain", Redirect("invalid_request")),
        ("prompt", "none login", Redirect("invalid_request")),
        ("prompt", "create", Redirect("invalid_request")),
        ("prompt", "none", Redirect("login_required")),
        ("max_age", "-1", Redirect("invalid_request")),
        ("max_age", "1.5", Redirect("invalid_request")),
        ("max_age", "99999999999999999999", Redirect("invalid_request")),
        ("claims", "[]", Redirect("invalid_request")),
        ("claims", r#"{"userinfo":"#, Redirect("invalid_request")),
        ("claims", r#"{"userinfo":[]}"#, Redirect("invalid_request")),
        ("id_token_hint", "not.a.token", Redirect("invalid_request")),
        ("request", "e30.e30.", Redirect("request_not_supported")),
        ("request_uri", "https://truong-hoc.test/request", Redirect("request_uri_not_supported")),
        ("registration", "{}", Redirect("registration_not_supported")),
    ] {
        let answer = site.get(&Ask::of("truong-hoc").with(name, value).path()).await;
        check(&answer, expect, &format!("{name}={value}"));
    }
    site.close().await;
}

#[tokio::test]
async fn a_claims_parameter_as_deep_as_it_is_long_is_refused() {
    let site = Site::open().await;
    let deep = format!("{{\"userinfo\":{}{}}}", "{\"a\":".repeat(1200), "}".repeat(1200));
    let answer = site.get(&Ask::of("truong-hoc").with("claims", &deep).path()).await;
    check(&answer, Redirect("invalid_request"), "depth");
    site.close().await;
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused_on_a_page() {
    let site = Site::open().await;
    for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
        let request = http::Request::post("/authorize").header("content-type", content_type);
        let answer = site.send(request.body(good().encoded().into()).unwrap()).await;
        check(&answer, Page(400), content_type);
    }
    site.close().await;
}

#[tokio::test]
async fn a_body_of_a_megabyte_is_refused() {
    let site = Site::open().await;
    let encoded = format!("{}&filler={}", good().encoded(), "a".repeat(1024 * 1024));
    check(&site.form("/authorize", &encoded).await, Redirect("invalid_request"), "1 MB");
    let longer = "a".repeat(3 * 1024 * 1024);
    for path in ["/authorize", "/choose", "/consent", "/logout"] {
        check(&site.form(path, &longer).await, Page(413), path);
    }
    check(&site.form("/userinfo", &longer).await, Expect::Json(413, "invalid_request"), "/userinfo");
    site.close().await;
}

#[tokio::test]
async fn a_method_that_is_not_there_is_answered_in_the_format_of_who_asks() {
    let site = Site::open().await;
    let request = |accept: &str| http::Request::put("/authorize").header("accept", accept).body(String::new().into());
    check(&site.send(request("text/html").unwrap()).await, Page(405), "browser");
    check(&site.send(request("*/*").unwrap()).await, Expect::Json(405, "invalid_request"), "program");
    site.close().await;
}

#[tokio::test]
async fn a_bad_request_never_costs_a_cookie_of_another_tab() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let state = browser.begin(&Ask::of("truong-hoc"), "vneid").await;
    for (name, value) in [("client_id", "khong-co"), ("scope", "x"), ("redirect_uri", "https://evil.test/")] {
        browser.get(&Ask::of("truong-hoc").with(name, value).path()).await;
    }
    check(&browser.callback("vneid", &state, "an").await, Goes, "the first tab");
    site.close().await;
}
