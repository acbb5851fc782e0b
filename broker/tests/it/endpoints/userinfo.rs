//! `GET` and `POST /userinfo` (RFC 6750).

use http::{Request, header};

use super::{Expect, Fault, check};
use crate::support::{Ask, Browser, Site};

use Expect::Json;

#[tokio::test]
async fn every_bad_token_is_refused_with_a_challenge() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await;
    let (access, id_token) = (tokens.text("access_token"), tokens.text("id_token"));
    let send = async |values: &[&str]| {
        let mut request = Request::get("/userinfo");
        for value in values {
            request = request.header(header::AUTHORIZATION, *value);
        }
        site.send(request.body(String::new().into()).unwrap()).await
    };
    let good = format!("Bearer {access}");
    assert_eq!(send(&[&good]).await.status, 200);
    let (head, signature) = access.rsplit_once('.').unwrap();
    for value in [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Basic dHJ1b25nLWhvYzp4",
        &format!("Bearer {id_token}"),
        &format!("Bearer {head}."),
        &format!("Bearer {head}.{}", signature.chars().rev().collect::<String>()),
        &format!("Bearer {access} {access}"),
        &format!("Bearer {access}{}", "a".repeat(9 * 1024)),
    ] {
        let answer = send(&[value]).await;
        check(&answer, Json(401, "invalid_token"), value);
        assert!(answer.header(header::WWW_AUTHENTICATE).starts_with("Bearer "), "{value}");
    }
    check(&send(&[&good, &good]).await, Json(400, "invalid_request"), "the header twice");
    let none = send(&[]).await;
    assert_eq!(none.status, 401);
    assert_eq!(none.header(header::WWW_AUTHENTICATE), "Bearer realm=\"userinfo\"");
    assert_eq!(site.get(&format!("/userinfo?access_token={access}")).await.status, 401, "a token in the query");
    site.close().await;
}

#[tokio::test]
async fn a_token_in_the_body_in_every_bad_form_is_refused() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let access = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await.text("access_token");
    let pairs = [("access_token", &*access)];
    assert_eq!(site.form("/userinfo", &format!("access_token={access}")).await.status, 200);
    for fault in Fault::ALL {
        let answer = site.form("/userinfo", &fault.applied(&pairs, "access_token")).await;
        let expect = if fault.is_absence() { (401, "invalid_request") } else { (400, "invalid_request") };
        check(&answer, Json(expect.0, expect.1), &format!("{fault:?}"));
    }
    let both = Request::post("/userinfo")
        .header(header::AUTHORIZATION, format!("Bearer {access}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = site.send(both.body(format!("access_token={access}").into()).unwrap()).await;
    check(&answer, Json(400, "invalid_request"), "header and body");
    site.close().await;
}

#[tokio::test]
async fn a_client_alone_has_no_person_to_tell_of() {
    let site = Site::open().await;
    let pairs = [("grant_type", "client_credentials"), ("scope", "ho-so.doc")];
    let access = site.as_client("may-chu", "/token", &pairs).await.text("access_token");
    check(&site.userinfo(&access).await, Json(403, "insufficient_scope"), "client token");
    site.close().await;
}
