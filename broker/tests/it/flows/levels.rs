//! Which level a sign-in amounts to, and what happens when it is too low.

use crate::support::{Ask, Browser, Site, answer::claims, clients::SECRET};

/// Signs in at a provider and gives the ID token's claims.
async fn id_token(site: &Site, client: &str, ask: &Ask, provider: &str, person: &str) -> serde_json::Value {
    let answer = Browser::new(site).sign_in(ask, provider, person).await;
    claims(&site.trade(client, &answer.code()).await.text("id_token"))
}

#[tokio::test]
async fn a_pupil_of_account_level_one_learns_what_is_missing_and_can_go_back_with_the_error() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let answer = browser.sign_in(&Ask::of("qlvb").with("ui_locales", "en"), "vneid", "chau").await;
    assert_eq!(answer.status, 403);
    assert!(answer.is_page() && answer.body.contains("level 2"), "{}", answer.body);
    let reference = answer.reference().unwrap();
    let link = answer.body.split("href=\"").find(|rest| rest.starts_with("https://qlvb.test/cb")).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    let link: url::Url = link.parse().unwrap();
    let pairs: Vec<_> = link.query_pairs().collect();
    for (name, value) in [
        ("tab", "1"),
        ("error", "unmet_authentication_requirements"),
        ("state", "state-of-the-application"),
        ("iss", "https://dangnhap.test"),
    ] {
        assert!(pairs.iter().any(|(known, found)| known == name && found == value), "{name}: {link}");
    }
    let events = site.events().await;
    let denied = events.iter().find(|event| event["event"] == "sign_in_denied").unwrap();
    assert_eq!(denied["reference"], *reference);
    assert_eq!(site.count("sign_in_permitted").await, 0);
    // Without a word to the person, the application hears it directly.
    let silent = browser.get(&Ask::of("qlvb").with("prompt", "none").path()).await;
    assert_eq!(silent.param("error").as_deref(), Some("unmet_authentication_requirements"));
    site.close().await;
}

#[tokio::test]
async fn acr_is_the_lower_of_what_the_provider_proves_and_its_ceiling() {
    let site = Site::open().await;
    for (provider, person, acr) in [
        ("vneid", "an", "urn:lienthong:nd69:1"),
        ("vneid", "an-boasts", "urn:lienthong:nd69:1"),
        ("vneid", "an-silent", "urn:lienthong:nd69:0"),
        ("can-bo", "an", "urn:lienthong:nd69:1"),
        ("can-bo", "an-boasts", "urn:lienthong:nd69:2"),
    ] {
        let token = id_token(&site, "mot-cua", &Ask::of("mot-cua"), provider, person).await;
        assert_eq!(token["acr"], acr, "{provider} {person}");
    }
    site.close().await;
}

#[tokio::test]
async fn the_account_level_is_told_apart_and_left_out_when_nobody_stated_it() {
    let site = Site::open().await;
    let ask = Ask::of("truong-hoc").with("scope", "openid vn_identity");
    let pupil = id_token(&site, "truong-hoc", &ask, "vneid", "chau").await;
    assert_eq!((&pupil["vn_account_level"], &pupil["acr"]), (&1.into(), &"urn:lienthong:nd69:1".into()));
    let nobody = id_token(&site, "truong-hoc", &ask, "vneid", "an-silent").await;
    assert!(nobody.get("vn_account_level").is_none());
    site.close().await;
}

#[tokio::test]
async fn a_level_that_is_asked_for_and_not_reached_is_never_a_weaker_token() {
    let site = Site::open().await;
    for acr in ["urn:lienthong:nd69:2", "urn:lienthong:nd69:4"] {
        let answer = Browser::new(&site).sign_in(&Ask::of("truong-hoc").with("acr_values", acr), "vneid", "an").await;
        assert_eq!(answer.status, 403, "{acr}: {answer:?}");
        assert!(answer.body.contains("unmet_authentication_requirements"), "{acr}");
    }
    let claims = r#"{"id_token":{"acr":{"essential":true,"value":"urn:lienthong:nd69:3"}}}"#;
    let answer = Browser::new(&site).sign_in(&Ask::of("truong-hoc").with("claims", claims), "vneid", "an").await;
    assert_eq!(answer.status, 403);
    assert_eq!(site.count("tokens_issued").await, 0);
    site.close().await;
}

#[tokio::test]
async fn a_stronger_application_sends_a_weak_session_to_a_stronger_provider() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    browser.sign_in(&Ask::of("mot-cua"), "vneid", "an").await;
    let weak = browser.sign_in(&Ask::of("cap-cao"), "vneid", "an-boasts").await;
    assert_eq!(weak.status, 403, "{weak:?}");
    let strong = browser.sign_in(&Ask::of("cap-cao"), "can-bo", "an-strong").await;
    let body = [
        ("grant_type", "authorization_code"),
        ("code", &*strong.code()),
        ("redirect_uri", "https://cap-cao.test/cb?tab=1"),
        ("code_verifier", crate::support::ask::VERIFIER),
        ("client_id", "cap-cao"),
        ("client_secret", SECRET),
    ];
    let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(body).finish();
    let tokens = site.form("/token", &encoded).await;
    assert_eq!(claims(&tokens.text("id_token"))["acr"], "urn:lienthong:nd69:2");
    site.close().await;
}

#[tokio::test]
async fn sub_is_one_per_legal_body_and_another_for_each_other_body() {
    let site = Site::open().await;
    let of = async |client: &str| id_token(&site, client, &Ask::of(client), "vneid", "an").await["sub"].clone();
    let (mot_cua, truong_hoc, qlvb, cong_dan_so) =
        (of("mot-cua").await, of("truong-hoc").await, of("qlvb").await, of("cong-dan-so").await);
    assert_eq!(mot_cua, truong_hoc, "one body");
    assert!(mot_cua != qlvb && qlvb != cong_dan_so && mot_cua != cong_dan_so);
    let giang = id_token(&site, "mot-cua", &Ask::of("mot-cua"), "vneid", "giang").await;
    assert_ne!(mot_cua, giang["sub"]);
    // The same number from another provider is another link: nothing is ever joined by the number.
    let by_staff = id_token(&site, "mot-cua", &Ask::of("mot-cua"), "can-bo", "an").await;
    assert_ne!(mot_cua, by_staff["sub"]);
    site.close().await;
}

#[tokio::test]
async fn the_number_leaves_only_to_who_is_registered_for_it_however_it_is_asked() {
    let site = Site::open().await;
    let claims_parameter = r#"{"userinfo":{"vn_citizen_id":{"essential":true}},"id_token":{"vn_citizen_id":null}}"#;
    for (client, gets) in [("mot-cua", true), ("qlvb", false), ("truong-hoc", false), ("cong-dan-so", false)] {
        let ask = Ask::of(client).with("scope", "openid profile vn_identity").with("claims", claims_parameter);
        let answer = Browser::new(&site).sign_in(&ask, "vneid", "an").await;
        let tokens = site.trade(client, &answer.code()).await;
        let in_token = claims(&tokens.text("id_token")).get("vn_citizen_id").is_some();
        let info = site.userinfo(&tokens.text("access_token")).await;
        assert_eq!((in_token, info.body.contains("075085000001")), (gets, gets), "{client}: {info:?}");
        assert!(!claims(&tokens.text("access_token")).to_string().contains("075085000001"), "{client}");
    }
    site.close().await;
}
