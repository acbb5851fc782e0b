//! A client that is switched off gets nothing anywhere, whatever it held before.

use crate::support::{Ask, Browser, Change, Site};

/// Switches `mot-cua` off.
fn off(text: String) -> String {
    text.replace("client_id = \"mot-cua\"", "client_id = \"mot-cua\"\nenabled = false")
}

#[tokio::test]
async fn a_client_that_was_switched_off_gets_nothing_for_what_it_held() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("mot-cua", &Ask::of("mot-cua"), "an").await;
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    let code = browser.get(&Ask::of("mot-cua").path()).await.code();
    let more = browser.get(&Ask::of("mot-cua").with("scope", "openid profile").path()).await;
    let waiting = more.param("login").unwrap();
    let choosing = browser.get(&Ask::of("mot-cua").with("prompt", "login").path()).await.hidden("login").unwrap();
    let state = browser.begin(&Ask::of("mot-cua").with("prompt", "login"), "can-bo").await;
    assert_eq!(site.introspect("may-chu", &access).await["active"], true);
    let cookies = browser.cookies();
    let site = site.reopened(Change { clients: Some(off), ..Change::default() }).await;
    let browser = Browser::with_cookies(&site, cookies);

    for (what, answer) in [
        ("authorize", browser.get(&Ask::of("mot-cua").path()).await),
        ("silently", browser.get(&Ask::of("mot-cua").with("prompt", "none").path()).await),
        ("choose", browser.post("/choose", &[("login", &choosing), ("provider", "vneid")]).await),
        ("callback", browser.callback("can-bo", &state, "an").await),
        ("consent", browser.get(&format!("/consent?login={waiting}")).await),
        ("decision", browser.post("/consent", &[("login", &waiting), ("decision", "approve")]).await),
    ] {
        assert!(answer.status.is_client_error() && answer.is_page(), "{what}: {answer:?}");
    }
    assert_eq!(site.can_bo.redeemed(), 0);
    for answer in [
        site.trade("mot-cua", &code).await,
        site.refresh("mot-cua", &refresh).await,
        site.as_client("mot-cua", "/token", &[("grant_type", "client_credentials")]).await,
        site.as_client("mot-cua", "/introspect", &[("token", &access)]).await,
    ] {
        assert_eq!(answer.text("error"), "invalid_client", "{answer:?}");
    }
    assert_eq!(site.userinfo(&access).await.status, 401);
    assert_eq!(site.introspect("may-chu", &access).await["active"], false, "nor does its token open another's door");
    let pairs = [("client_id", "mot-cua"), ("post_logout_redirect_uri", "https://mot-cua.test/")];
    assert_eq!(browser.post("/logout", &pairs).await.status, 400);
    site.close().await;
}
