//! What an attacker tries leaves an event, and what is released is told with its levels.

use serde_json::Value;

use crate::support::{Ask, Browser, Site, on_both_stores};

async fn last(site: &Site) -> Value {
    site.events().await.pop().unwrap()
}

#[track_caller]
fn assert_event(event: &Value, name: &str, members: &[(&str, Value)]) {
    assert_eq!(event["event"], name, "{event}");
    for (member, value) in members {
        assert_eq!(event[*member], *value, "{member}: {event}");
    }
}

async fn a_choice_or_decision_from_another_browser_leaves_an_event(site: Site) {
    let (browser, stranger) = (Browser::new(&site), Browser::new(&site));
    let login = browser.get(&Ask::of("mot-cua").path()).await.hidden("login").unwrap();
    stranger.post("/choose", &[("login", &login), ("provider", "vneid")]).await;
    let other = ("refusal", "login.other_browser".into());
    assert_event(&last(&site).await, "answer_refused", &[("page", "choose".into()), other.clone()]);
    let state = browser.begin(&Ask::of("mot-cua"), "vneid").await;
    let page = browser.read_page(&browser.callback("vneid", &state, "an").await).await;
    let login = page.hidden("login").unwrap();
    stranger.post("/consent", &[("login", &login), ("decision", "approve")]).await;
    assert_event(&last(&site).await, "answer_refused", &[("page", "consent".into()), other.clone()]);
    stranger.get(&format!("/consent?login={login}")).await;
    assert_event(&last(&site).await, "answer_refused", &[("page", "consent".into()), other]);
    site.close().await;
}

async fn a_client_that_brings_nothing_readable_leaves_an_event(site: Site) {
    let before = site.events().await.len();
    site.form("/token", "grant_type=client_credentials").await;
    assert_event(
        &last(&site).await,
        "client_refused",
        &[("client", Value::Null), ("refusal", "client.missing".into())],
    );
    site.form("/token", "grant_type=client_credentials&client_id=mot-cua&client_secret=x&client_assertion=y").await;
    assert_event(&last(&site).await, "client_refused", &[("client", "mot-cua".into())]);
    let request = http::Request::post("/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", "Basic %%%")
        .body(axum::body::Body::from("grant_type=client_credentials"));
    site.send(request.unwrap()).await;
    assert_event(&last(&site).await, "client_refused", &[("refusal", "client.basic".into())]);
    assert_eq!(site.events().await.len(), before + 3);
    site.close().await;
}

async fn a_client_that_looks_at_anothers_token_leaves_an_event(site: Site) {
    let tokens = Browser::new(&site).tokens("mot-cua", &Ask::of("mot-cua"), "an").await;
    let access = tokens.text("access_token");
    assert_eq!(site.introspect("truong-hoc", &access).await["active"], false);
    let expected = [("client", "truong-hoc".into()), ("owner", "mot-cua".into())];
    assert_event(&last(&site).await, "introspection_refused", &expected);
    site.as_client("cong-dan-so", "/introspect", &[("token", &access)]).await;
    let expected = [("client", "cong-dan-so".into()), ("refusal", "client.public".into())];
    assert_event(&last(&site).await, "client_refused", &expected);
    site.close().await;
}

async fn tokens_claims_and_denials_are_told_with_their_levels(site: Site) {
    let browser = Browser::new(&site);
    let tokens = browser.tokens("mot-cua", &Ask::of("mot-cua").with("scope", "openid profile"), "an").await;
    let levels = [("auth_level", 1.into()), ("account_level", 2.into())];
    assert_event(&last(&site).await, "tokens_issued", &levels);
    site.userinfo(&tokens.text("access_token")).await;
    assert_event(&last(&site).await, "claims_released", &levels);
    Browser::new(&site).sign_in(&Ask::of("qlvb"), "vneid", "chau").await;
    let low = [("auth_level", 1.into()), ("account_level", 1.into()), ("refusal", "AccountLevelTooLow".into())];
    assert_event(&last(&site).await, "sign_in_denied", &low);
    site.close().await;
}

async fn a_provider_that_cannot_even_be_asked_leaves_an_event(site: Site) {
    site.vneid.break_login(true);
    let browser = Browser::new(&site);
    let answer = browser.get(&Ask::of("truong-hoc").path()).await;
    assert_eq!(answer.status, 502, "{answer:?}");
    let expected = [("provider", "vneid".into()), ("client", "truong-hoc".into()), ("refusal", "provider.keys".into())];
    assert_event(&last(&site).await, "sign_in_failed", &expected);
    site.close().await;
}

on_both_stores!(
    a_choice_or_decision_from_another_browser_leaves_an_event,
    a_client_that_brings_nothing_readable_leaves_an_event,
    a_client_that_looks_at_anothers_token_leaves_an_event,
    tokens_claims_and_denials_are_told_with_their_levels,
    a_provider_that_cannot_even_be_asked_leaves_an_event,
);
