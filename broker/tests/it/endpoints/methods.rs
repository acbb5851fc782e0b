//! Which method each route takes, and that looking is not doing.

use axum::body::Body;
use http::{Request, header};

use super::coverage::routes;
use crate::support::{Answer, Ask, Browser, Site};

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

async fn send(site: &Site, method: &str, target: &str, headers: &[(header::HeaderName, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    site.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_method_that_a_route_does_not_take_hears_which_it_takes() {
    let site = Site::open().await;
    for route in routes() {
        let target = route.replace("{provider}", "vneid").replace("/assets/{file}", broker::pages::stylesheet_path());
        let (mut taken, mut told) = (Vec::new(), Vec::new());
        for method in METHODS {
            let answer = send(&site, method, &target, &[]).await;
            if answer.status == 405 {
                told.push(answer.header(header::ALLOW).to_owned());
                assert!(method == "HEAD" || answer.reference().is_some(), "{method} {target}: {answer:?}");
            } else {
                assert_eq!(answer.header(header::ALLOW), "", "{method} {target}");
                taken.push(method);
            }
        }
        assert!(!taken.is_empty() && !told.is_empty(), "{route}");
        assert!(told.iter().all(|told| *told == taken.join(", ")), "{route} takes {taken:?} and says {told:?}");
    }
    site.close().await;
}

#[tokio::test]
async fn whoever_only_looks_begins_spends_ends_and_records_nothing() {
    let site = Site::open().await;
    let browser = Browser::new(&site);
    let tokens = browser.tokens("truong-hoc", &Ask::of("truong-hoc"), "an").await;
    let (id_token, access) = (tokens.text("id_token"), tokens.text("access_token"));
    let state = browser.begin(&Ask::of("truong-hoc").with("prompt", "login"), "vneid").await;
    let waiting = browser.get(&Ask::of("truong-hoc").with("scope", "openid profile").path()).await;
    let waiting = waiting.location();
    let cookies: Vec<String> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let (cookies, bearer) = (cookies.join("; "), format!("Bearer {access}"));
    let callback = format!("/callback/vneid?state={state}&code=an");
    let before = site.events().await;
    for target in [
        &Ask::of("truong-hoc").path(),
        &Ask::of("mot-cua").path(),
        &callback,
        &format!("/consent?{}", waiting.query().unwrap()),
        &format!("/logout?id_token_hint={id_token}"),
        "/userinfo",
    ] {
        let headers = [(header::COOKIE, &*cookies), (header::AUTHORIZATION, &*bearer), (header::ACCEPT, "text/html")];
        let answer = send(&site, "HEAD", target, &headers).await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (405, ""), "{target}");
        for name in [header::SET_COOKIE, header::LOCATION] {
            assert_eq!(answer.header(&name), "", "{target}");
        }
    }
    assert_eq!(site.events().await, before);
    assert_eq!(site.vneid.redeemed(), 1);
    // Everything is as it was.
    assert_eq!(browser.get(&callback).await.status, 303);
    assert_eq!(site.userinfo(&access).await.status, 200);
    site.close().await;
}

#[tokio::test]
async fn a_document_that_is_only_looked_at_has_the_same_headers_and_no_body() {
    let site = Site::open().await;
    for target in ["/.well-known/openid-configuration", "/jwks", broker::pages::stylesheet_path()] {
        let (whole, head) = (site.get(target).await, send(&site, "HEAD", target, &[]).await);
        assert_eq!((head.status, &*head.body), (whole.status, ""), "{target}");
        for name in [header::CONTENT_TYPE, header::CACHE_CONTROL, header::CONTENT_LENGTH] {
            assert_eq!(head.header(&name), whole.header(&name), "{target} {name}");
        }
        assert!(!whole.header(header::CONTENT_LENGTH).is_empty(), "{target}");
    }
    site.close().await;
}
