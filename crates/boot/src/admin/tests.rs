use super::{Checks, router};
use crate::metrics::Metrics;
use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

const LIMIT: Duration = Duration::from_secs(5);

async fn ask(checks: Checks, stop: &CancellationToken, method: Method, path: &str) -> (StatusCode, String) {
    let router = router(checks, Metrics::new("broker").unwrap(), stop.clone());
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn ready(checks: Checks) -> (StatusCode, serde_json::Value) {
    let (status, body) = ask(checks, &CancellationToken::new(), Method::GET, "/ready").await;
    let mut body: serde_json::Value = serde_json::from_str(&body).unwrap();
    for check in body["checks"].as_array_mut().unwrap() {
        assert!(check.as_object_mut().unwrap().remove("took_ms").unwrap().is_u64());
    }
    (status, body)
}

#[tokio::test]
async fn a_program_whose_checks_all_pass_is_ready() {
    let checks = Checks::new()
        .with("sign", LIMIT, || async { Ok::<_, String>(()) })
        .with("write", LIMIT, || async { Ok::<_, String>(()) })
        .with_note("age", LIMIT, || async { Ok::<_, String>("3 s".to_owned()) });
    let (status, body) = ready(checks).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["ready"], true);
    assert_eq!(body["checks"][1], serde_json::json!({ "name": "write", "passed": true, "fault": null }));
    let aged = serde_json::json!({ "name": "age", "passed": true, "fault": null, "note": "3 s" });
    assert_eq!(body["checks"][2], aged);
}

#[tokio::test]
async fn one_check_that_fails_hangs_or_panics_is_enough_not_to_be_ready() {
    let checks = Checks::new()
        .with("good", LIMIT, || async { Ok::<_, String>(()) })
        .with("bad", LIMIT, || async { Err("the store is full") })
        .with("slow", Duration::from_millis(1), std::future::pending::<Result<(), String>>)
        .with("broken", LIMIT, || async { if true { panic!("on purpose") } else { Ok::<_, String>(()) } });
    let (status, body) = ready(checks).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        body,
        serde_json::json!({ "ready": false, "stopping": false, "checks": [
            { "name": "good", "passed": true, "fault": null },
            { "name": "bad", "passed": false, "fault": "the store is full" },
            { "name": "slow", "passed": false, "fault": "no answer within 1ms" },
            { "name": "broken", "passed": false, "fault": "the check failed" },
        ]})
    );
}

#[tokio::test]
async fn a_program_that_stops_is_alive_but_not_ready() {
    let stop = CancellationToken::new();
    stop.cancel();
    assert_eq!(ask(Checks::new(), &stop, Method::GET, "/ready").await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ask(Checks::new(), &stop, Method::GET, "/live").await, (StatusCode::OK, "{\"live\":true}".to_owned()));
}

#[tokio::test]
async fn the_metrics_are_shown_as_text() {
    let (status, text) = ask(Checks::new(), &CancellationToken::new(), Method::GET, "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("\nprocess_resident_memory_bytes "), "{text}");
}

#[tokio::test]
async fn another_path_or_method_is_a_problem_document() {
    let stop = CancellationToken::new();
    let (status, body) = ask(Checks::new(), &stop, Method::GET, "/").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body.contains("urn:lienthong:problem:not-found"));
    let (status, body) = ask(Checks::new(), &stop, Method::POST, "/live").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(body.contains("urn:lienthong:problem:method-not-allowed"));
}
