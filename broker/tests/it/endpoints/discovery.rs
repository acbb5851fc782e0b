//! `GET /.well-known/openid-configuration` and `GET /jwks`.

use crate::support::Site;

#[tokio::test]
async fn the_discovery_document_promises_what_is_there() {
    let site = Site::open().await;
    let answer = site.get("/.well-known/openid-configuration").await;
    assert_eq!(answer.status, 200);
    insta::assert_json_snapshot!("discovery", answer.json());
    site.close().await;
}

#[tokio::test]
async fn whatever_is_asked_the_documents_stay_the_same() {
    let site = Site::open().await;
    for path in ["/.well-known/openid-configuration", "/jwks"] {
        let plain = site.get(path).await;
        for query in ["?x=1&x=1", "?x=%00", "?x=%FF", "?issuer=https://evil.test", "?"] {
            let answer = site.get(&format!("{path}{query}")).await;
            assert_eq!((answer.status, &answer.body), (plain.status, &plain.body), "{path}{query}");
        }
        let post = site.form(path, "").await;
        assert_eq!(post.status, 405);
        assert_eq!(post.json()["error"], "invalid_request");
    }
    site.close().await;
}

#[tokio::test]
async fn the_keys_are_public_and_named_by_thumbprint() {
    let site = Site::open().await;
    let keys = site.get("/jwks").await.json();
    for key in keys["keys"].as_array().unwrap() {
        assert_eq!(signing::key::thumbprint(key).as_deref(), key["kid"].as_str());
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
    }
    site.close().await;
}
