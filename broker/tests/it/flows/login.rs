//! The way that works, so that the ways that do not are known to fail for their own reason.

use crate::support::{Ask, Browser, ISSUER, Site, answer::claims};

#[tokio::test]
async fn a_person_signs_in_and_the_application_gets_what_it_is_registered_for() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let ask = Ask::of("mot-cua").with("scope", "openid profile vn_identity");
    let answer = browser.sign_in(&ask, "vneid", "an").await;
    assert_eq!(answer.param("state").as_deref(), Some("state-of-the-application"));
    assert_eq!(answer.param("iss").as_deref(), Some(ISSUER));
    let tokens = site.trade("mot-cua", &answer.code()).await;
    let id_token = claims(&tokens.text("id_token"));
    assert_eq!(id_token["acr"], "urn:lienthong:nd69:1");
    assert_eq!(id_token["nonce"], "nonce-of-the-application");
    let info = site.userinfo(&tokens.text("access_token")).await.json();
    assert_eq!(info["vn_citizen_id"], "075085000001");
    assert_eq!(info["name"], "Nguyễn Văn An");
    assert_eq!(info["sub"], id_token["sub"]);
    site.close().await;
}
