//! A person who holds a post gets a token for the bus, and nobody else, and only as long as the post is held.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, Ask, Browser, Change, Site, answer::claims, on_both_stores};

const BUS: &str = "https://lgsp.test";

fn ask(client: &str) -> Ask {
    Ask::of(client).with("scope", "openid vn_identity lgsp")
}

/// Signs in and trades the code.
async fn tokens(site: &Site, client: &str, provider: &str, person: &str) -> Answer {
    let answer = Browser::new(site).sign_in(&ask(client), provider, person).await;
    site.trade(client, &answer.code()).await
}

/// That an answer gives nothing to act with on the bus.
#[track_caller]
fn assert_no_officer(answer: &Answer) {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(!answer.text("scope").split(' ').any(|scope| scope == "lgsp"), "{answer:?}");
    let token = claims(&answer.text("access_token"));
    assert_eq!(token["aud"], "https://dangnhap.test");
    for claim in ["vn_agency", "vn_officer", "vn_account_level"] {
        assert!(token.get(claim).is_none(), "{claim}: {token}");
    }
}

async fn an_officer_gets_a_token_for_us_and_the_bus_by_either_provider(site: Site) {
    for provider in ["can-bo", "vneid"] {
        let answer = tokens(&site, "mot-cua", provider, "an").await;
        assert_eq!(answer.text("scope"), "lgsp openid vn_identity", "{provider}");
        let token = claims(&answer.text("access_token"));
        let expected = json!({
            "aud": ["https://dangnhap.test", BUS],
            "vn_agency": "000.00.15.H19",
            "vn_officer": "can-bo:an",
            "vn_account_level": 2,
            "acr": "urn:lienthong:nd69:1",
            "scope": "lgsp openid vn_identity",
        });
        for (claim, value) in expected.as_object().unwrap() {
            assert_eq!(&token[claim], value, "{provider} {claim}");
        }
        assert!(token["auth_time"].is_i64());
        // It stays a token of ours.
        let access = answer.text("access_token");
        let info = site.userinfo(&access).await.json();
        assert_eq!((&info["vn_agency"], &info["vn_officer"]), (&json!("000.00.15.H19"), &json!("can-bo:an")));
        let seen = site.introspect("mot-cua", &access).await;
        assert_eq!((&seen["active"], &seen["aud"]), (&json!(true), &token["aud"]));
    }
    let events = site.events().await;
    let issued = events.iter().find(|event| event["event"] == "tokens_issued").unwrap();
    assert_eq!((&issued["officer"], &issued["agency"]), (&json!("can-bo:an"), &json!("000.00.15.H19")));
    assert_eq!((&issued["auth_level"], &issued["account_level"]), (&json!(1), &json!(2)));
    site.close().await;
}

async fn who_holds_no_post_logs_in_like_everybody_and_hears_that_the_scope_is_left_out(site: Site) {
    // Never one, one that has ended, and one in another body than the client's.
    assert_no_officer(&tokens(&site, "mot-cua", "vneid", "chau").await);
    assert_no_officer(&tokens(&site, "mot-cua", "vneid", "giang").await);
    let strong = Browser::new(&site).sign_in(&ask("cap-cao"), "can-bo", "an-strong").await;
    let code = strong.code();
    assert_no_officer(&site.trade("cap-cao", &code).await);
    site.close().await;
}

async fn a_post_that_ends_gives_no_token_any_more(site: Site) {
    let browser = Browser::new(&site);
    let before = tokens(&site, "mot-cua", "vneid", "an").await;
    let waiting = browser.sign_in(&ask("mot-cua"), "vneid", "an").await.code();
    let refresh = before.text("refresh_token");
    site.clock.advance(Duration::from_secs(3595));
    let last = site.refresh("mot-cua", &refresh).await;
    assert_eq!(claims(&last.text("access_token"))["vn_officer"], "can-bo:an");
    let late = browser.get(&ask("mot-cua").path()).await.code();
    site.clock.advance(Duration::from_secs(10));
    // A code that was made before, and a grant that was.
    assert_no_officer(&site.trade("mot-cua", &late).await);
    assert_no_officer(&site.refresh("mot-cua", &refresh).await);
    let alone = [("grant_type", "refresh_token"), ("refresh_token", &*refresh), ("scope", "lgsp")];
    assert_eq!(site.as_client("mot-cua", "/token", &alone).await.text("error"), "invalid_scope");
    let info = site.userinfo(&last.text("access_token")).await.json();
    assert!(info.get("vn_officer").is_none() && info.get("sub").is_some(), "{info}");
    assert_eq!(site.trade("mot-cua", &waiting).await.text("error"), "invalid_grant", "codes live a minute");
    site.close().await;
}

async fn a_post_that_is_taken_away_in_the_file_counts_at_the_next_refresh(site: Site) {
    let refresh = tokens(&site, "mot-cua", "can-bo", "an").await.text("refresh_token");
    let site = site.reopened(Change { posts: Some(|_| "# nobody\n".to_owned()), ..Change::default() }).await;
    assert_no_officer(&site.refresh("mot-cua", &refresh).await);
    // Given back, it counts again: the grant remembers what it was granted.
    let site = site.reopened(Change::default()).await;
    let again = site.refresh("mot-cua", &refresh).await;
    assert_eq!(claims(&again.text("access_token"))["aud"], json!(["https://dangnhap.test", BUS]));
    site.close().await;
}

on_both_stores!(
    an_officer_gets_a_token_for_us_and_the_bus_by_either_provider,
    who_holds_no_post_logs_in_like_everybody_and_hears_that_the_scope_is_left_out,
    a_post_that_ends_gives_no_token_any_more,
    a_post_that_is_taken_away_in_the_file_counts_at_the_next_refresh,
);

#[tokio::test]
async fn the_scope_alone_is_no_login_and_no_client_gets_it_for_itself() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let alone = browser.get(&Ask::of("mot-cua").with("scope", "lgsp").path()).await;
    assert_eq!(alone.param("error").as_deref(), Some("invalid_scope"));
    let stranger = browser.get(&Ask::of("truong-hoc").with("scope", "openid lgsp").path()).await;
    assert_eq!(stranger.param("error").as_deref(), Some("invalid_scope"));
    let pairs = [("grant_type", "client_credentials"), ("scope", "lgsp")];
    assert_eq!(site.as_client("mot-cua", "/token", &pairs).await.text("error"), "invalid_scope");
    site.close().await;
}

#[tokio::test]
async fn a_refresh_may_ask_for_the_bus_alone_or_for_everything_but_it() {
    let site = Site::open().await;
    let refresh = tokens(&site, "mot-cua", "can-bo", "an").await.text("refresh_token");
    let with = async |scope: &str| {
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", &*refresh), ("scope", scope)];
        site.as_client("mot-cua", "/token", &pairs).await
    };
    let bus = with("lgsp").await;
    assert_eq!(claims(&bus.text("access_token"))["vn_officer"], "can-bo:an");
    assert_eq!(site.userinfo(&bus.text("access_token")).await.status, 403, "it does not carry openid");
    assert_no_officer(&with("openid vn_identity").await);
    site.close().await;
}

#[tokio::test]
async fn the_person_reads_on_the_page_that_the_post_is_told() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let state = browser.begin(&ask("mot-cua"), "can-bo").await;
    let officer = browser.read_page(&browser.callback("can-bo", &state, "an").await).await;
    assert!(officer.body.contains("Mã cán bộ"), "{}", officer.body);
    let other = Browser::new(&site);
    let state = other.begin(&ask("mot-cua"), "vneid").await;
    let citizen = other.read_page(&other.callback("vneid", &state, "giang").await).await;
    assert!(!citizen.body.contains("Mã cán bộ"));
    site.close().await;
}

#[tokio::test]
async fn a_token_for_the_bus_alone_is_none_of_ours() {
    let site = Site::open().await;
    let access = tokens(&site, "mot-cua", "can-bo", "an").await.text("access_token");
    let key = site.app.exchange.mint.ring();
    let key = key.signing(signing::Algorithm::ES256).unwrap();
    let mut forged: Value = claims(&access);
    for (aud, status) in
        [(json!([BUS]), 401), (json!(BUS), 401), (json!([]), 401), (json!([BUS, "https://dangnhap.test"]), 200)]
    {
        forged["aud"] = aud.clone();
        let token = signing::jws::sign(key, "at+jwt", &forged).unwrap();
        assert_eq!(site.userinfo(&token).await.status, status, "{aud}");
    }
    site.close().await;
}
