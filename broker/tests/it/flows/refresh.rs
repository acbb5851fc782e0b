//! Refresh tokens: replaced for public clients, kept for confidential ones, never worth more than they were granted.

use crate::support::{Ask, Browser, Change, Site, answer::claims, clients::SECRET};

#[tokio::test]
async fn a_confidential_client_keeps_its_refresh_token() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await;
    let refresh = tokens.text("refresh_token");
    for _ in 0..3 {
        let answer = site.refresh("truong-hoc", &refresh).await;
        assert_eq!(answer.status, 200);
        assert!(answer.json().get("refresh_token").is_none());
        let (first, later) = (claims(&tokens.text("id_token")), claims(&answer.text("id_token")));
        for member in ["iss", "sub", "aud", "auth_time", "acr", "sid"] {
            assert_eq!(first[member], later[member], "{member} (OIDC Core §12.2)");
        }
    }
    site.close().await;
}

#[tokio::test]
async fn a_public_client_gets_a_new_one_and_the_old_one_ends_the_family() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let first = browser.tokens("cong-dan-so", &Ask::of("cong-dan-so"), "an").await;
    let second = site.refresh("cong-dan-so", &first.text("refresh_token")).await;
    assert_ne!(first.text("refresh_token"), second.text("refresh_token"));
    assert_eq!(site.refresh("cong-dan-so", &first.text("refresh_token")).await.text("error"), "invalid_grant");
    assert_eq!(site.refresh("cong-dan-so", &second.text("refresh_token")).await.text("error"), "invalid_grant");
    assert_eq!(site.userinfo(&second.text("access_token")).await.status, 401);
    let events = site.events().await;
    let replay = events.iter().find(|event| event["event"] == "replay_detected").unwrap();
    assert_eq!(replay["what"], "refresh_token");
    site.close().await;
}

#[tokio::test]
async fn a_replaced_token_stays_replaced_when_its_client_gets_a_credential() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let first = browser.tokens("cong-dan-so", &Ask::of("cong-dan-so"), "an").await.text("refresh_token");
    let second = site.refresh("cong-dan-so", &first).await.text("refresh_token");
    let with_secret = |text: String| {
        let hash = signing::Digest::of(SECRET).base64url();
        let secret =
            format!("credentials = {{ method = \"legacy_secret\", secret_sha256 = \"{hash}\" }}\nlegacy = true");
        text.replace("credentials = { method = \"public\" }", &secret)
    };
    let site = site.reopened(Change { clients: Some(with_secret), ..Change::default() }).await;
    let refresh = async |token: &str| {
        let secret = format!("client_id=cong-dan-so&client_secret={SECRET}");
        site.form("/token", &format!("grant_type=refresh_token&refresh_token={token}&{secret}")).await
    };
    assert_eq!(refresh(&second).await.status, 200, "the one that replaced it");
    assert_eq!(refresh(&first).await.text("error"), "invalid_grant");
    assert_eq!(refresh(&second).await.text("error"), "invalid_grant", "the family has ended");
    assert_eq!(site.count("replay_detected").await, 1);
    site.close().await;
}

#[tokio::test]
async fn scope_shrinks_and_never_grows_and_claims_shrink_with_it() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let ask = Ask::of("mot-cua").with("scope", "openid profile");
    let answer = browser.sign_in(&ask, "vneid", "an").await;
    let refresh = site.trade("mot-cua", &answer.code()).await.text("refresh_token");
    let with = async |scope: &str| {
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", &*refresh), ("scope", scope)];
        site.as_client("mot-cua", "/token", &pairs).await
    };
    for scope in ["openid profile vn_identity", "openid ho-so.doc", "openid email", " "] {
        assert_eq!(with(scope).await.text("error"), "invalid_scope", "{scope:?}");
    }
    let narrow = with("openid").await;
    assert_eq!(narrow.text("scope"), "openid");
    let info = site.userinfo(&narrow.text("access_token")).await.json();
    assert!(info.get("name").is_none(), "{info}");
    let whole = site.refresh("mot-cua", &refresh).await;
    assert_eq!(site.userinfo(&whole.text("access_token")).await.json()["name"], "Nguyễn Văn An");
    site.close().await;
}

#[tokio::test]
async fn another_clients_refresh_token_is_unknown() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let refresh = browser.tokens("cong-dan-so", &Ask::of("cong-dan-so"), "an").await.text("refresh_token");
    for stranger in ["truong-hoc", "mot-cua", "qlvb"] {
        assert_eq!(site.refresh(stranger, &refresh).await.text("error"), "invalid_grant", "{stranger}");
    }
    assert_eq!(site.count("replay_detected").await, 0);
    assert_eq!(site.refresh("cong-dan-so", &refresh).await.status, 200);
    site.close().await;
}

#[tokio::test]
async fn a_client_of_rs256_gets_rs256_and_the_key_is_published() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let token = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await.text("id_token");
    let header = signing::jws::unverified_header(&token).unwrap();
    assert_eq!(header.alg, "RS256");
    let keys = site.get("/jwks").await.json();
    let key =
        keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == *header.kid.as_deref().unwrap()).unwrap();
    let proven: serde_json::Value = signing::VerifyingKey::from_jwk(key).unwrap().verify(&token).unwrap();
    assert_eq!(proven["aud"], "truong-hoc");
    site.close().await;
}
