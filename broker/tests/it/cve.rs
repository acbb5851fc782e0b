//! One test for each known hole of other products that touches what exists here, under its number. Those that need a whole
//! flow of their own stand with it: 12 in `flows/concurrency.rs`, 17 in `flows/consent.rs`, 34 and 37 in `flows/tabs.rs`, 40
//! in `flows/assertions.rs`, 42 in `flows/logs.rs`.

mod redirects;

use std::time::Duration;

use crate::support::{
    Ask, Browser, Change, Site,
    ask::{VERIFIER, redirect_uri},
    site::ASSERTION_TYPE,
};

#[tokio::test]
async fn cve_11_a_provider_that_was_switched_off_finishes_no_login() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let state = browser.begin(&Ask::of("truong-hoc"), "vneid").await;
    let choosing = browser.get(&Ask::of("mot-cua").path()).await.hidden("login").unwrap();
    let cookies = browser.cookies();
    let site = site.reopened(Change { disabled_provider: Some("vneid"), ..Change::default() }).await;
    let browser = Browser::with_cookies(&site, cookies);
    let answer = browser.callback("vneid", &state, "an").await;
    assert!(answer.status == 403 && answer.is_page(), "{answer:?}");
    assert_eq!((site.vneid.redeemed(), browser.session()), (0, None));
    assert_eq!(site.events().await.last().unwrap()["event"], "callback_refused");
    let chosen = browser.post("/choose", &[("login", &choosing), ("provider", "vneid")]).await;
    assert_eq!(chosen.status, 403);
    let begun = browser.get(&Ask::of("truong-hoc").path()).await;
    assert_eq!(begun.param("error").as_deref(), Some("temporarily_unavailable"));
    site.close().await;
}

#[tokio::test]
async fn cve_11_a_session_of_a_provider_that_was_switched_off_opens_no_application() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    browser.sign_in(&Ask::of("truong-hoc"), "vneid", "an").await;
    let cookies = browser.cookies();
    let site = site.reopened(Change { disabled_provider: Some("vneid"), ..Change::default() }).await;
    let browser = Browser::with_cookies(&site, cookies);
    let answer = browser.get(&Ask::of("truong-hoc").with("prompt", "none").path()).await;
    assert_eq!(answer.param("code"), None, "{answer:?}");
    assert_eq!(answer.param("error").as_deref(), Some("login_required"));
    site.close().await;
}

#[tokio::test]
async fn cve_24_a_cancelled_new_sign_in_leaves_the_old_session_as_it_was_and_nothing_half() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let before = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await;
    let session = browser.session();
    let state = browser.begin(&Ask::of("truong-hoc").with("prompt", "login"), "vneid").await;
    let cancelled = browser.callback("vneid", &state, "declined").await;
    assert_eq!(cancelled.param("error").as_deref(), Some("access_denied"));
    assert_eq!(browser.session(), session);
    // Neither the cancelled attempt nor its page can be taken up again.
    assert_eq!(browser.callback("vneid", &state, "giang").await.status, 400);
    assert_eq!(site.count("signed_in").await, 1);
    let silent = browser.get(&Ask::of("truong-hoc").with("prompt", "none").path()).await;
    let after = site.trade("truong-hoc", &silent.code()).await;
    let sub = |answer: &crate::support::Answer| crate::support::answer::claims(&answer.text("id_token"))["sub"].clone();
    assert_eq!(sub(&before), sub(&after), "still the same person");
    site.close().await;
}

#[tokio::test]
async fn cve_25_all_eight_ways_to_leave_parts_of_pkce_out() {
    let site = Site::open().await;
    for number in 0..8 {
        let (challenge, method, verifier) = (number & 1 != 0, number & 2 != 0, number & 4 != 0);
        for client in ["truong-hoc", "cong-dan-so", "mot-cua"] {
            let what = format!("{client}: challenge {challenge}, method {method}, verifier {verifier}");
            let mut ask = Ask::of(client);
            if !challenge {
                ask = ask.without("code_challenge");
            }
            if !method {
                ask = ask.without("code_challenge_method");
            }
            if !(challenge && method) {
                let answer = Browser::new(&site).get(&ask.path()).await;
                assert_eq!(answer.param("error").as_deref(), Some("invalid_request"), "{what}");
                continue;
            }
            let code = Browser::new(&site).sign_in(&ask, "vneid", "an").await.code();
            let redirect_uri = redirect_uri(client);
            let mut pairs =
                vec![("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &redirect_uri)];
            if verifier {
                pairs.push(("code_verifier", VERIFIER));
            }
            let answer = site.as_client(client, "/token", &pairs).await;
            assert_eq!(answer.status == 200, verifier, "{what}: {answer:?}");
        }
    }
    site.close().await;
}

#[tokio::test]
async fn cve_41_another_verifier_uses_the_code_up() {
    let site = Site::open().await;
    let code = Browser::new(&site).sign_in(&Ask::of("mot-cua"), "vneid", "an").await.code();
    let wrong = "a".repeat(43);
    let redirect_uri = redirect_uri("mot-cua");
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", &*redirect_uri),
        ("code_verifier", &*wrong),
    ];
    assert_eq!(site.as_client("mot-cua", "/token", &pairs).await.text("error"), "invalid_grant");
    assert_eq!(site.trade("mot-cua", &code).await.text("error"), "invalid_grant", "whoever had it could not use it");
    site.close().await;
}

#[tokio::test]
async fn cve_27_a_scope_beyond_the_registration_is_refused_in_every_grant() {
    let site = Site::open().await;
    let alone = async |client: &str, scope: &str| {
        site.as_client(client, "/token", &[("grant_type", "client_credentials"), ("scope", scope)]).await
    };
    assert_eq!(alone("may-chu", "ho-so.doc").await.status, 200);
    for (client, scope) in [
        ("may-chu", "ho-so.doc ho-so.ghi"),
        ("may-chu", "openid"),
        ("may-chu", "*"),
        ("may-chu", "ho-so"),
        ("may-chu", "HO-SO.DOC"),
        ("truong-hoc", "ho-so.doc"),
        ("mot-cua", "openid profile"),
    ] {
        assert_eq!(alone(client, scope).await.text("error"), "invalid_scope", "{client} {scope}");
    }
    let asked = Ask::of("truong-hoc").with("scope", "openid phone");
    let answer = Browser::new(&site).get(&asked.path()).await;
    assert_eq!(answer.param("error").as_deref(), Some("invalid_scope"));
    site.close().await;
}

#[tokio::test]
async fn cve_29_no_header_of_a_proxy_or_attacker_changes_an_answer() {
    let site = Site::open().await;
    let hostile = [
        ("host", "evil.test"),
        ("forwarded", "for=1.2.3.4;host=evil.test;proto=http"),
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "1"),
        ("x-forwarded-prefix", "/evil"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-original-url", "/jwks"),
        ("x-rewrite-url", "/jwks"),
        ("x-http-method-override", "DELETE"),
        ("origin", "https://evil.test"),
        ("referer", "https://evil.test/"),
    ];
    let choose = Ask::of("mot-cua").path();
    let refused = Ask::of("truong-hoc").with("scope", "x").path();
    for path in [
        "/.well-known/openid-configuration",
        "/jwks",
        &choose,
        &refused,
        "/authorize",
        "/callback/vneid?state=x",
        "/consent?login=x",
        "/logout?client_id=truong-hoc",
        "/userinfo",
        "/x",
    ] {
        let plain = site.get(path).await;
        for (name, value) in hostile {
            let request = http::Request::get(path).header(name, value).body(String::new().into()).unwrap();
            let answer = site.send(request).await;
            assert_eq!(answer.status, plain.status, "{path} {name}");
            assert!(!format!("{answer:?}").contains("evil"), "{path} {name}: {answer:?}");
            assert_eq!(
                answer.headers.get("location").is_some(),
                plain.headers.get("location").is_some(),
                "{path} {name}"
            );
        }
    }
    // The address that the provider is told to answer to.
    let request = http::Request::get(Ask::of("truong-hoc").path()).header("host", "evil.test");
    let answer = site.send(request.header("x-forwarded-host", "evil.test").body(String::new().into()).unwrap()).await;
    assert_eq!(answer.param("redirect_uri").as_deref(), Some("https://dangnhap.test/callback/vneid"));
    site.close().await;
}

#[tokio::test]
async fn cve_30_an_assertion_is_used_up_at_every_endpoint_and_after_a_restart() {
    let site = Site::open().await;
    let assertion = site.assertion("may-chu");
    let body = format!(
        "token=x&grant_type=client_credentials&client_assertion_type={ASSERTION_TYPE}&client_assertion={assertion}"
    );
    assert_eq!(site.form("/token", &body).await.status, 200);
    for path in ["/token", "/introspect", "/revoke"] {
        assert_eq!(site.form(path, &body).await.text("error"), "invalid_client", "{path}");
    }
    let site = site.reopened(Change::default()).await;
    assert_eq!(site.form("/token", &body).await.text("error"), "invalid_client", "after a restart");
    // It stays so until it has expired, and then it is refused for that.
    for seconds in [59, 1, 60, 1] {
        site.clock.advance(Duration::from_secs(seconds));
        site.app.exchange.stores.care.sweep(clock::Clock::now(&*site.clock)).await.unwrap();
        assert_eq!(site.form("/token", &body).await.text("error"), "invalid_client", "{seconds}");
    }
    site.close().await;
}

#[tokio::test]
async fn cve_31_a_store_that_fails_never_means_success() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await;
    let (access, refresh, id_token) =
        (tokens.text("access_token"), tokens.text("refresh_token"), tokens.text("id_token"));
    let code = browser.get(&Ask::of("truong-hoc").path()).await.code();
    let state = browser.begin(&Ask::of("truong-hoc").with("prompt", "login"), "vneid").await;
    site.app.exchange.stores.care.close().await;
    for token in [&access, &refresh] {
        for path in ["/revoke", "/introspect"] {
            let answer = site.as_client("truong-hoc", path, &[("token", token)]).await;
            assert_eq!((answer.status.as_u16(), &*answer.text("error")), (503, "temporarily_unavailable"), "{path}");
        }
    }
    assert_eq!(site.trade("truong-hoc", &code).await.status, 503);
    assert_eq!(site.refresh("truong-hoc", &refresh).await.status, 503);
    assert_eq!(site.userinfo(&access).await.status, 503);
    let alone = site.as_client("truong-hoc", "/token", &[("grant_type", "client_credentials")]).await;
    assert_eq!(alone.status, 503, "no token without its event");
    let session = browser.session();
    for answer in
        [browser.callback("vneid", &state, "an").await, browser.post("/logout", &[("id_token_hint", &id_token)]).await]
    {
        assert!(answer.status == 503 && answer.is_page() && answer.reference().is_some(), "{answer:?}");
    }
    assert_eq!(browser.session(), session, "nobody is told that it ended");
    let begun = browser.get(&Ask::of("truong-hoc").path()).await;
    assert!(begun.param("code").is_none() && begun.param("error").as_deref() == Some("temporarily_unavailable"));
    site.close().await;
}

#[tokio::test]
async fn cve_33_who_asked_before_changes_nothing_for_who_asks_next() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let answer = browser.sign_in(&Ask::of("mot-cua").with("scope", "openid profile"), "vneid", "an").await;
    let tokens = site.trade("mot-cua", &answer.code()).await;
    let (wide, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", &*refresh), ("scope", "openid")];
    let narrow = site.as_client("mot-cua", "/token", &pairs).await.text("access_token");
    for _ in 0..2 {
        assert_eq!(site.introspect("mot-cua", &wide).await["scope"], "openid profile");
        assert_eq!(site.introspect("mot-cua", &narrow).await["scope"], "openid");
        assert_eq!(site.introspect("truong-hoc", &wide).await["active"], false);
        assert_eq!(site.userinfo(&wide).await.json()["name"], "Nguyễn Văn An");
        assert!(site.userinfo(&narrow).await.json().get("name").is_none());
    }
    site.as_client("mot-cua", "/revoke", &[("token", &wide)]).await;
    assert_eq!(site.introspect("mot-cua", &wide).await["active"], false, "at once");
    assert_eq!(site.introspect("mot-cua", &narrow).await["active"], true, "and it alone");
    site.close().await;
}

#[tokio::test]
async fn cve_38_an_expired_foreign_or_spent_code_is_worth_nothing() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let late = browser.sign_in(&Ask::of("truong-hoc"), "vneid", "an").await.code();
    site.clock.advance(Duration::from_secs(61));
    assert_eq!(site.trade("truong-hoc", &late).await.text("error"), "invalid_grant", "too late");
    let stolen = browser.get(&Ask::of("truong-hoc").path()).await.code();
    let redirect_uri = redirect_uri("truong-hoc");
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", &*stolen),
        ("redirect_uri", &*redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(site.as_client("mot-cua", "/token", &pairs).await.text("error"), "invalid_grant", "another client");
    let good = browser.get(&Ask::of("truong-hoc").path()).await.code();
    let elsewhere = [pairs[0], ("code", &*good), ("redirect_uri", "https://truong-hoc.test/"), pairs[3]];
    assert_eq!(site.as_client("truong-hoc", "/token", &elsewhere).await.text("error"), "invalid_grant", "address");
    let twice = browser.get(&Ask::of("truong-hoc").path()).await.code();
    let tokens = site.trade("truong-hoc", &twice).await;
    assert_eq!(site.userinfo(&tokens.text("access_token")).await.status, 200);
    assert_eq!(site.trade("truong-hoc", &twice).await.text("error"), "invalid_grant", "spent");
    assert_eq!(site.userinfo(&tokens.text("access_token")).await.status, 401, "and what came of it is dead");
    assert_eq!(site.refresh("truong-hoc", &tokens.text("refresh_token")).await.text("error"), "invalid_grant");
    site.close().await;
}
