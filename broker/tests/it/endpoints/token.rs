//! `POST /token`.

use http::{Request, header};

use super::{Expect, Fault, check};
use crate::support::{
    Ask, Browser, Site,
    ask::{VERIFIER, redirect_uri},
    clients::SECRET,
    site::{ASSERTION_TYPE, basic},
};

use Expect::Json;

const REPEATED: Expect = Json(400, "invalid_request");

/// Sends each parameter of a request in each bad form; what its absence gets stands in the table.
async fn each(site: &Site, pairs: &[(&str, &str)], absent: &[(&str, Option<Expect>)]) {
    for (name, expect) in absent {
        for fault in Fault::ALL {
            let expect = if fault.is_absence() { *expect } else { Some(REPEATED) };
            let Some(expect) = expect else { continue };
            let answer = site.form("/token", &fault.applied(pairs, name)).await;
            check(&answer, expect, &format!("{name} {fault:?}"));
        }
    }
}

#[tokio::test]
async fn every_parameter_of_a_code_exchange_in_every_bad_form_is_refused_and_uses_nothing_up() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let code = browser.sign_in(&Ask::of("truong-hoc"), "vneid", "an").await.code();
    let redirect_uri = redirect_uri("truong-hoc");
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", &*redirect_uri),
        ("code_verifier", VERIFIER),
        ("client_id", "truong-hoc"),
        ("client_secret", SECRET),
    ];
    let unauthorized = Some(Json(401, "invalid_client"));
    let invalid = Some(Json(400, "invalid_request"));
    each(
        &site,
        &pairs,
        &[
            ("grant_type", invalid),
            ("code", invalid),
            ("redirect_uri", invalid),
            ("code_verifier", Some(Json(400, "invalid_grant"))),
            ("client_id", unauthorized),
            ("client_secret", unauthorized),
            ("never_heard_of", None),
        ],
    )
    .await;
    let encoded = Fault::Missing.applied(&pairs, "never_heard_of");
    assert_eq!(site.form("/token", &encoded).await.status, 200, "the code is still good");
    site.close().await;
}

#[tokio::test]
async fn every_parameter_of_the_other_grants_in_every_bad_form_is_refused() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("cong-dan-so", &Ask::of("cong-dan-so"), "an").await;
    let refresh = tokens.text("refresh_token");
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", &*refresh), ("client_id", "cong-dan-so")];
    let invalid = Some(Json(400, "invalid_request"));
    let absent = [
        ("grant_type", invalid),
        ("refresh_token", invalid),
        ("client_id", Some(Json(401, "invalid_client"))),
        ("scope", None),
    ];
    each(&site, &pairs, &absent).await;
    assert_eq!(site.refresh("cong-dan-so", &refresh).await.status, 200, "the refresh token is still good");

    let assertion = site.assertion("may-chu");
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", &*assertion),
        ("scope", "ho-so.doc"),
    ];
    let absent =
        [("client_assertion_type", invalid), ("client_assertion", Some(Json(401, "invalid_client"))), ("scope", None)];
    each(&site, &pairs, &absent).await;
    let encoded = Fault::Missing.applied(&pairs, "never_heard_of");
    assert_eq!(site.form("/token", &encoded).await.status, 200, "the assertion is still good");
    site.close().await;
}

#[tokio::test]
async fn a_grant_type_that_is_not_there_is_named_as_such() {
    let site = Site::open().await;
    for (client, grant, error) in [
        ("truong-hoc", "password", "unsupported_grant_type"),
        ("truong-hoc", "implicit", "unsupported_grant_type"),
        ("truong-hoc", "Authorization_code", "unsupported_grant_type"),
        ("may-chu", "refresh_token", "unauthorized_client"),
        ("cong-dan-so", "client_credentials", "unauthorized_client"),
    ] {
        let pairs = [("grant_type", grant), ("refresh_token", "x"), ("username", "a"), ("password", "b")];
        check(&site.as_client(client, "/token", &pairs).await, Json(400, error), grant);
    }
    site.close().await;
}

#[tokio::test]
async fn credentials_in_every_bad_form_are_refused_with_a_challenge() {
    let site = Site::open().await;
    let send = async |authorizations: &[&str], body: &str| {
        let mut request = Request::post("/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for value in authorizations {
            request = request.header(header::AUTHORIZATION, *value);
        }
        site.send(request.body(body.to_owned().into()).unwrap()).await
    };
    let body = "grant_type=client_credentials";
    let good = basic("truong-hoc", SECRET);
    assert_eq!(send(&[&good], body).await.status, 200);
    for value in [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic dHJ1b25nLWhvYw==",
        "Bearer x",
        "Digest username=\"x\"",
        &basic("truong-hoc", "wrong"),
        &basic("truong-hoc", ""),
        &basic("", SECRET),
        &basic("khong-co", SECRET),
        &basic("da-tat", SECRET),
        &basic("cong-dan-so", SECRET),
        &basic("mot-cua", SECRET),
        &basic("truong-hoc%00", SECRET),
        &basic("truong-hoc%FF", SECRET),
        "Basic /w==",
    ] {
        let answer = send(&[value], body).await;
        check(&answer, Json(401, "invalid_client"), value);
        assert!(answer.header(header::WWW_AUTHENTICATE).starts_with("Basic "), "{value}");
    }
    check(&send(&[&good, &good], body).await, Json(400, "invalid_request"), "the header twice");
    let both = format!("{body}&client_id=truong-hoc&client_secret={SECRET}");
    check(&send(&[&good], &both).await, Json(400, "invalid_request"), "two methods");
    check(&send(&[&good], &format!("{body}&client_id=mot-cua")).await, Json(400, "invalid_request"), "two clients");
    site.close().await;
}

#[tokio::test]
async fn what_stands_in_the_query_does_not_count() {
    let site = Site::open().await;
    let good = format!("grant_type=client_credentials&client_id=truong-hoc&client_secret={SECRET}");
    assert_eq!(site.form("/token", &good).await.status, 200);
    check(&site.form(&format!("/token?{good}"), "").await, Json(401, "invalid_client"), "all of it");
    let only_secret = site.form(&format!("/token?client_secret={SECRET}"), "grant_type=x&client_id=truong-hoc").await;
    check(&only_secret, Json(401, "invalid_client"), "the secret");
    site.close().await;
}

#[tokio::test]
async fn a_body_that_is_no_form_or_too_long_is_refused_in_json() {
    let site = Site::open().await;
    for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x"] {
        let request = Request::post("/token").header(header::CONTENT_TYPE, content_type);
        let answer = site.send(request.body("{}".to_owned().into()).unwrap()).await;
        check(&answer, Json(400, "invalid_request"), content_type);
    }
    let long = format!("grant_type={}", "a".repeat(1024 * 1024));
    check(&site.form("/token", &long).await, Json(400, "invalid_request"), "1 MB");
    let longer = format!("grant_type={}", "a".repeat(3 * 1024 * 1024));
    check(&site.form("/token", &longer).await, Json(400, "invalid_request"), "3 MB");
    check(&site.get("/token").await, Json(405, "invalid_request"), "GET");
    site.close().await;
}
