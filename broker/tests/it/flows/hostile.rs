//! What an attentive attacker tries, and what it gets.

use crate::support::{Ask, Browser, Change, Site};

#[tokio::test]
async fn choosing_again_works_a_few_times_and_no_more() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let page = browser.get(&Ask::of("mot-cua").path()).await;
    let login = page.hidden("login").unwrap();
    let mut sent = 0;
    for _ in 0..20 {
        let answer = browser.post("/choose", &[("login", &login), ("provider", "vneid")]).await;
        sent += usize::from(answer.status == 303);
    }
    assert_eq!(sent, 5);
    site.close().await;
}

#[tokio::test]
async fn a_logout_posted_by_another_site_asks_instead_of_pretending() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("mot-cua", &Ask::of("mot-cua"), "an").await;
    let access = tokens.text("access_token");
    // Another site's form: the browser leaves the cookie at home.
    let asked = site.form("/logout", "client_id=mot-cua").await;
    assert_eq!(asked.hidden("asked").as_deref(), Some("yes"));
    assert_eq!(asked.header("set-cookie"), "");
    assert_eq!(site.userinfo(&access).await.status, 200);
    // From our own page the cookie comes along: first it asks with a proof, then it ends the session.
    let again = browser.post("/logout", &[("client_id", "mot-cua"), ("asked", "yes")]).await;
    let proof = again.hidden("csrf").unwrap();
    assert_eq!(site.userinfo(&access).await.status, 200);
    browser.post("/logout", &[("client_id", "mot-cua"), ("asked", "yes"), ("csrf", &proof)]).await;
    assert_eq!(site.userinfo(&access).await.status, 401);
    site.close().await;
}

#[tokio::test]
async fn a_probe_with_a_replaced_refresh_token_ends_the_family_whatever_else_it_asks() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let first = browser.tokens("cong-dan-so", &Ask::of("cong-dan-so"), "an").await;
    let second = site.refresh("cong-dan-so", &first.text("refresh_token")).await;
    let refresh = first.text("refresh_token");
    let probe = [("grant_type", "refresh_token"), ("refresh_token", &*refresh), ("scope", "zzz")];
    assert_eq!(site.as_client("cong-dan-so", "/token", &probe).await.text("error"), "invalid_grant");
    assert_eq!(site.userinfo(&second.text("access_token")).await.status, 401);
    assert_eq!(site.count("replay_detected").await, 1);
    site.close().await;
}

#[tokio::test]
async fn a_provider_switched_off_after_the_sign_in_gives_no_more_tokens() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("mot-cua", &Ask::of("mot-cua"), "an").await;
    let code = browser.get(&Ask::of("mot-cua").path()).await.code();
    let site = site.reopened(Change { disabled_provider: Some("vneid"), ..Change::default() }).await;
    assert_eq!(site.trade("mot-cua", &code).await.text("error"), "invalid_grant");
    assert_eq!(site.refresh("mot-cua", &tokens.text("refresh_token")).await.text("error"), "invalid_grant");
    assert_eq!(site.count("grant_refused").await, 2);
    site.close().await;
}

#[tokio::test]
async fn strangers_cannot_fill_the_audit() {
    let site = Site::open().await;
    for number in 0..700 {
        assert_eq!(site.get(&format!("/callback/vneid?state=unknown-{number}&code=x")).await.status, 400);
    }
    assert_eq!(site.count("callback_refused").await, 600);
    site.close().await;
}

#[tokio::test]
async fn who_began_one_attempt_cannot_fill_the_audit_with_it() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let state = browser.begin(&Ask::of("truong-hoc"), "vneid").await;
    for number in 0..700 {
        let provider = if number % 2 == 0 { "vneid" } else { "can-bo" };
        assert_eq!(site.get(&format!("/callback/{provider}?state={state}&code=x")).await.status, 400);
    }
    assert_eq!(site.count("callback_refused").await, 600);
    assert_eq!(browser.callback("vneid", &state, "an").await.status, 303, "its own browser is none the worse for it");
    site.close().await;
}

#[tokio::test]
async fn who_only_names_a_public_client_cannot_fill_the_audit() {
    let site = Site::open().await;
    for number in 0..700 {
        assert_eq!(site.refresh("cong-dan-so", &format!("guess-{number}")).await.text("error"), "invalid_grant");
    }
    assert_eq!(site.count("grant_refused").await, 600);
    // A client that proves itself answers for what it does.
    site.refresh("truong-hoc", "guess").await;
    assert_eq!(site.count("grant_refused").await, 601);
    site.close().await;
}

#[tokio::test]
async fn an_essential_level_that_nobody_knows_is_not_reached() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let claims = r#"{"id_token":{"acr":{"essential":true,"values":["urn:elsewhere:gold"]}}}"#;
    let answer = browser.get(&Ask::of("mot-cua").with("claims", claims).path()).await;
    assert_eq!(answer.param("error").as_deref(), Some("unmet_authentication_requirements"));
    site.close().await;
}
