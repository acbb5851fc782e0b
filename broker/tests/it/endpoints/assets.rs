//! `GET /assets/{file}`, and paths that are not there.

use super::{Expect, check};
use crate::support::Site;

#[tokio::test]
async fn a_file_that_is_not_ours_is_not_there() {
    let site = Site::open().await;
    let ours = broker::pages::stylesheet_path();
    assert_eq!(site.get(ours).await.status, 200);
    for file in ["x", "..%2Fbroker.toml", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%00", "%0D%0A", "%FF", &"a".repeat(9000)] {
        let answer = site.get(&format!("/assets/{file}")).await;
        check(&answer, Expect::Page(404), file);
    }
    site.close().await;
}

#[tokio::test]
async fn there_is_no_debug_page_and_no_page_of_operators() {
    let site = Site::open().await;
    for path in [
        "/debug",
        "/metrics",
        "/live",
        "/ready",
        "/admin",
        "/token/",
        "/authorize/",
        "//authorize",
        "/Authorize",
        "/introspect/..;/token",
        "/callback",
        "/callback/",
        "/callback/vneid/x",
        "/.env",
        "/broker.toml",
        "/",
    ] {
        check(&site.get(path).await, Expect::Json(404, "invalid_request"), path);
        let request = http::Request::get(path).header("accept", "text/html").body(String::new().into());
        let answer = site.send(request.unwrap()).await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
    }
    site.close().await;
}
