//! What is written down: every decision has its event, and neither events nor log lines hold what is secret.

use crate::support::{Ask, Browser, Site, ask::VERIFIER, clients::SECRET, logs, provider::NUMBER_OF_AN};

#[tokio::test]
async fn cve_42_nothing_secret_is_in_any_log_line_or_event() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let ask = Ask::of("truong-hoc").with("scope", "openid profile").with("state", "canary-of-the-state");
    let state = browser.begin(&ask, "vneid").await;
    let mut secrets: Vec<String> = browser.cookies().into_values().collect();
    let page = browser.callback("vneid", &state, "an").await;
    let code = browser.decide(&page, "approve").await.code();
    let tokens = site.trade("truong-hoc", &code).await;
    secrets.extend(["access_token", "refresh_token", "id_token"].map(|name| tokens.text(name)));
    secrets.extend(browser.cookies().into_values());
    secrets.extend([state, code.clone(), SECRET.to_owned(), VERIFIER.to_owned(), NUMBER_OF_AN.to_owned()]);
    secrets.extend(["Nguyễn Văn An".to_owned(), "1985-03-12".to_owned(), "canary-of-the-state".to_owned()]);
    let assertion = site.assertion("may-chu");
    secrets.push(assertion.clone());
    // And once more through every way in, where it is wrong.
    for (number, secret) in secrets.clone().iter().enumerate() {
        let value: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for path in ["/authorize", "/callback/vneid", "/consent", "/choose", "/logout", "/userinfo", "/jwks", "/x"] {
            browser
                .get(&format!("{path}?state={value}&code={value}&login={value}&client_id={value}&{value}={value}"))
                .await;
        }
        browser.get(&format!("/callback/{value}?state={value}")).await;
        for path in ["/token", "/introspect", "/revoke", "/consent", "/choose", "/logout", "/userinfo", "/authorize"] {
            let body = format!("client_id={value}&client_secret={value}&token={value}&code={value}&login={value}");
            browser.post_encoded(path, format!("{body}&grant_type={value}&access_token={value}&n={number}")).await;
        }
        site.userinfo(&value).await;
        let request = http::Request::post("/token").header("authorization", format!("Basic {value}"));
        site.send(
            request.header("content-type", "application/x-www-form-urlencoded").body(String::new().into()).unwrap(),
        )
        .await;
    }
    site.trade("truong-hoc", &code).await;
    let events = serde_json::to_string(&site.events().await).unwrap();
    for secret in secrets {
        assert!(!events.contains(&secret), "an event holds {secret}");
        assert!(!logs::hold(&secret), "a log line holds {secret}");
    }
    site.close().await;
}

#[tokio::test]
async fn every_decision_leaves_its_event() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    // In, permitted, accepted, issued, released, refreshed.
    let tokens = browser.tokens("truong-hoc", &Ask::of("truong-hoc").with("scope", "openid profile"), "an").await;
    site.userinfo(&tokens.text("access_token")).await;
    site.as_client("truong-hoc", "/revoke", &[("token", &tokens.text("access_token"))]).await;
    site.as_client("may-chu", "/token", &[("grant_type", "client_credentials")]).await;
    // Refused in every way there is.
    browser.callback("vneid", "never", "an").await;
    let state = browser.begin(&Ask::of("truong-hoc").with("prompt", "login"), "vneid").await;
    browser.callback("vneid", &state, "nonsense").await;
    Browser::new(&site).sign_in(&Ask::of("qlvb"), "vneid", "chau").await;
    let other = Browser::new(&site);
    let state = other.begin(&Ask::of("truong-hoc"), "vneid").await;
    let page = other.callback("vneid", &state, "giang").await;
    other.decide(&page, "deny").await;
    site.form("/token", "grant_type=client_credentials&client_id=truong-hoc&client_secret=wrong").await;
    let code = browser.get(&Ask::of("truong-hoc").with("scope", "openid profile").path()).await.code();
    site.trade("truong-hoc", &code).await;
    site.trade("truong-hoc", &code).await;
    let hint = tokens.text("id_token");
    browser.post("/logout", &[("id_token_hint", &hint)]).await;
    let events = site.events().await;
    for name in [
        "signed_in",
        "sign_in_failed",
        "callback_refused",
        "sign_in_permitted",
        "sign_in_denied",
        "release_accepted",
        "release_refused",
        "tokens_issued",
        "claims_released",
        "replay_detected",
        "client_refused",
        "revoked",
        "signed_out",
    ] {
        assert!(events.iter().any(|event| event["event"] == name), "{name} is missing");
    }
    for event in &events {
        assert!(broker::ids::Reference::parse(event["reference"].as_str().unwrap()).is_some(), "{event}");
        assert!(event["at"].is_i64(), "{event}");
    }
    let permitted = events.iter().find(|event| event["event"] == "sign_in_permitted").unwrap();
    for member in ["client", "provider", "auth_level", "account_level", "claims", "policies", "policy_version"] {
        assert!(!permitted[member].is_null(), "{member}: {permitted}");
    }
    let issued = events.iter().find(|event| event["event"] == "tokens_issued").unwrap();
    assert!(issued["kid"].is_string() && issued["token"].is_string(), "{issued}");
    site.close().await;
}
