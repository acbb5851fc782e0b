//! The information page and the consent page: when they are shown, and what a refusal does.

use crate::support::{Ask, Browser, Change, Site};

#[tokio::test]
async fn an_acceptance_is_remembered_until_the_application_wants_more() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    browser.sign_in(&Ask::of("truong-hoc"), "vneid", "an").await;
    assert!(!browser.get(&Ask::of("truong-hoc").path()).await.code().is_empty(), "remembered");
    let more = browser.get(&Ask::of("truong-hoc").with("scope", "openid profile").path()).await;
    assert_eq!(more.location().path(), "/consent", "one claim more");
    let silent = Ask::of("truong-hoc").with("scope", "openid profile").with("prompt", "none");
    assert_eq!(browser.get(&silent.path()).await.param("error").as_deref(), Some("consent_required"));
    let again = browser.get(&Ask::of("truong-hoc").with("prompt", "consent").path()).await;
    assert_eq!(again.location().path(), "/consent", "asked for by the application");
    site.close().await;
}

#[tokio::test]
async fn a_public_native_client_never_gets_a_code_in_silence() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let ask = Ask::of("cong-dan-so");
    browser.sign_in(&ask, "vneid", "an").await;
    for _ in 0..2 {
        let again = browser.get(&ask.path()).await;
        assert_eq!(again.location().path(), "/consent", "whatever was accepted before");
        let silent = browser.get(&ask.clone().with("prompt", "none").path()).await;
        assert_eq!(silent.param("error").as_deref(), Some("consent_required"));
        assert!(!browser.decide(&again, "approve").await.code().is_empty());
    }
    assert_eq!(site.vneid.redeemed(), 1, "the sign-in itself is not asked for again");
    // On a domain that it holds, nobody else gets the answer; and who proves itself is known anyway.
    let claimed = |text: String| {
        text.replace("\"http://127.0.0.1/cb\"", "\"https://cong-dan-so.test/cb\", \"http://127.0.0.1/cb\"")
    };
    let cookies = browser.cookies();
    let site = site.reopened(Change { clients: Some(claimed), ..Change::default() }).await;
    let browser = Browser::with_cookies(&site, cookies);
    let ask = ask.with("redirect_uri", "https://cong-dan-so.test/cb");
    assert!(!browser.get(&ask.path()).await.code().is_empty());
    assert!(!browser.get(&ask.with("prompt", "none").path()).await.code().is_empty());
    site.close().await;
}

#[tokio::test]
async fn another_purpose_is_another_acceptance() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    browser.sign_in(&Ask::of("truong-hoc"), "vneid", "an").await;
    let cookies = browser.cookies();
    let change = Change {
        clients: Some(|text| text.replace("vi = \"Thử nghiệm\"", "vi = \"Việc khác\"")),
        ..Change::default()
    };
    let site = site.reopened(change).await;
    let browser = Browser::with_cookies(&site, cookies);
    let answer = browser.get(&Ask::of("truong-hoc").path()).await;
    assert_eq!(answer.location().path(), "/consent");
    site.close().await;
}

#[tokio::test]
async fn another_body_is_another_acceptance() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    browser.sign_in(&Ask::of("truong-hoc"), "vneid", "an").await;
    let cookies = browser.cookies();
    let clients: Option<fn(String) -> String> =
        Some(|text| text.replace("code = \"000.00.15.H19\"", "code = \"000.09.15.H19\""));
    let site = site.reopened(Change { clients, ..Change::default() }).await;
    let answer = Browser::with_cookies(&site, cookies).get(&Ask::of("truong-hoc").path()).await;
    assert_eq!(answer.location().path(), "/consent");
    site.close().await;
}

#[tokio::test]
async fn what_was_not_on_the_page_does_not_go_out_with_it() {
    // Giang's post begins while the page is before her.
    let posts: Option<fn(String) -> String> = Some(|text| {
        text.replace("valid_from = 2025-01-01\nvalid_to = 2026-01-01", "valid_from = 2026-11-21T00:05:00Z")
    });
    let site = Site::open().await.reopened(Change { posts, ..Change::default() }).await;
    let browser = Browser::new(&site);
    let ask = Ask::of("mot-cua").with("scope", "openid lgsp");
    let state = browser.begin(&ask, "vneid").await;
    let answer = browser.callback("vneid", &state, "giang").await;
    let page = browser.read_page(&answer).await;
    assert!(!page.body.contains("Mã cán bộ"));
    site.clock.advance(std::time::Duration::from_secs(360));
    let pairs = [("login", &*page.hidden("login").unwrap()), ("decision", "approve")]
        .map(|(name, value)| (name, value.to_owned()));
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, &**value)).collect();
    let again = browser.post("/consent", &pairs).await;
    assert_eq!(site.count("release_accepted").await, 0);
    let page = browser.read_page(&again).await;
    assert!(page.body.contains("Mã cán bộ"), "{}", page.body);
    let code = browser.post("/consent", &pairs).await.code();
    let claims = crate::support::answer::claims(&site.trade("mot-cua", &code).await.text("access_token"));
    assert_eq!(claims["vn_officer"], "can-bo:giang");
    let events = site.events().await;
    let accepted: Vec<_> = events.iter().filter(|event| event["event"] == "release_accepted").collect();
    assert_eq!(accepted.len(), 1);
    assert!(accepted[0]["claims"].as_array().unwrap().contains(&"vn_officer".into()), "{accepted:?}");
    assert_eq!(browser.post("/consent", &pairs).await.status, 400, "decided on");
    site.close().await;
}

#[tokio::test]
async fn a_refusal_goes_back_as_access_denied_and_releases_nothing() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let state = browser.begin(&Ask::of("truong-hoc").with("scope", "openid profile"), "vneid").await;
    let page = browser.callback("vneid", &state, "an").await;
    let answer = browser.decide(&page, "deny").await;
    assert_eq!(answer.param("error").as_deref(), Some("access_denied"));
    assert_eq!(answer.param("code"), None);
    assert_eq!(site.count("release_refused").await, 1);
    assert_eq!(site.count("sign_in_permitted").await, 0);
    let login = page.param("login").unwrap();
    let late = browser.post("/consent", &[("login", &login), ("decision", "approve")]).await;
    assert_eq!(late.status, 400, "the decision stands");
    site.close().await;
}

#[tokio::test]
async fn the_page_names_the_body_the_purpose_and_each_claim_and_escapes_the_person() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let ask = Ask::of("mot-cua").with("scope", "openid profile vn_identity").with("ui_locales", "en");
    let state = browser.begin(&ask, "vneid").await;
    let answer = browser.callback("vneid", &state, "markup").await;
    let page = browser.read_page(&answer).await;
    for text in
        ["Application mot-cua", "Body 000.00.15.H19", "Testing", "Date of birth", "Personal identification number"]
    {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert!(!page.body.contains("<script"), "{}", page.body);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    site.close().await;
}

#[tokio::test]
async fn cve_17_nothing_a_browser_adds_to_a_decision_changes_what_was_asked() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let state = browser.begin(&Ask::of("truong-hoc"), "vneid").await;
    let login = browser.callback("vneid", &state, "an").await.param("login").unwrap();
    let forged = [
        ("login", &*login),
        ("decision", "approve"),
        ("client_id", "mot-cua"),
        ("redirect_uri", "https://evil.test/cb"),
        ("scope", "openid profile vn_identity"),
        ("claims", r#"{"userinfo":{"vn_citizen_id":null}}"#),
        ("response_type", "token"),
        ("response_mode", "fragment"),
        ("code_challenge", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ];
    let answer = browser.post("/consent", &forged).await;
    assert_eq!(answer.location().host_str(), Some("truong-hoc.test"));
    assert_eq!(answer.location().fragment(), None);
    let tokens = site.trade("truong-hoc", &answer.code()).await;
    assert_eq!(tokens.text("scope"), "openid");
    let info = site.userinfo(&tokens.text("access_token")).await;
    assert!(info.json().get("name").is_none() && !info.body.contains("075085000001"), "{info:?}");
    site.close().await;
}
