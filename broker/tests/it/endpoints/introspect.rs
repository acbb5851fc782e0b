//! `POST /introspect` (RFC 7662) and `POST /revoke` (RFC 7009).

use super::{Expect, Fault, check};
use crate::support::{Ask, Browser, Site, clients::SECRET};

use Expect::Json;

#[tokio::test]
async fn every_parameter_in_every_bad_form_is_refused_at_both_endpoints() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let access = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await.text("access_token");
    let pairs = [
        ("token", &*access),
        ("token_type_hint", "access_token"),
        ("client_id", "truong-hoc"),
        ("client_secret", SECRET),
    ];
    for path in ["/introspect", "/revoke"] {
        for (name, absent) in [
            ("token", Some(Json(400, "invalid_request"))),
            ("token_type_hint", None),
            ("client_id", Some(Json(401, "invalid_client"))),
            ("client_secret", Some(Json(401, "invalid_client"))),
        ] {
            for fault in Fault::ALL {
                let expect = if fault.is_absence() { absent } else { Some(Json(400, "invalid_request")) };
                let Some(expect) = expect else { continue };
                let answer = site.form(path, &fault.applied(&pairs, name)).await;
                check(&answer, expect, &format!("{path} {name} {fault:?}"));
            }
        }
        check(&site.get(path).await, Json(405, "invalid_request"), path);
    }
    assert_eq!(site.introspect("truong-hoc", &access).await["active"], true, "nothing of that revoked it");
    site.close().await;
}

#[tokio::test]
async fn a_hint_of_any_kind_finds_the_token_all_the_same() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let access = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await.text("access_token");
    for hint in ["access_token", "refresh_token", "id_token", "never-heard-of"] {
        let pairs = [("token", &*access), ("token_type_hint", hint)];
        assert_eq!(site.as_client("truong-hoc", "/introspect", &pairs).await.json()["active"], true, "{hint}");
    }
    let pairs = [("token", &*access), ("token_type_hint", "refresh_token")];
    assert_eq!(site.as_client("truong-hoc", "/revoke", &pairs).await.status, 200);
    assert_eq!(site.introspect("truong-hoc", &access).await["active"], false);
    site.close().await;
}

#[tokio::test]
async fn a_public_client_may_not_introspect_even_its_own() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let access = browser.tokens("cong-dan-so", &Ask::of("cong-dan-so"), "an").await.text("access_token");
    let answer = site.as_client("cong-dan-so", "/introspect", &[("token", &access)]).await;
    check(&answer, Json(401, "invalid_client"), "public");
    site.close().await;
}

#[tokio::test]
async fn strangers_learn_and_revoke_nothing() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("mot-cua", &Ask::of("mot-cua"), "an").await;
    let (access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    let nothing = serde_json::json!({ "active": false });
    for token in [&access, &refresh] {
        assert_eq!(site.introspect("truong-hoc", token).await, nothing);
        assert_eq!(site.introspect("qlvb", token).await, nothing);
        for stranger in ["truong-hoc", "qlvb", "may-chu", "cong-dan-so"] {
            assert_eq!(site.as_client(stranger, "/revoke", &[("token", token)]).await.status, 200);
        }
    }
    assert_eq!(site.introspect("mot-cua", &access).await["active"], true);
    assert_eq!(site.introspect("mot-cua", &refresh).await["active"], true);
    // The service that serves its calls sees the access token, and only that.
    assert_eq!(site.introspect("may-chu", &access).await["active"], true);
    assert_eq!(site.introspect("may-chu", &refresh).await, nothing);
    assert_eq!(site.count("revoked").await, 0);
    site.close().await;
}
