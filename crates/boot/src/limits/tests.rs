use super::{Refusal, RequestLimits, limits};
use crate::settings::{Document, Environment};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame};
use std::convert::Infallible;
use std::time::Duration;
use tower::{Service, ServiceExt, service_fn};

fn answer(refusal: Refusal, uri: &Uri) -> Response {
    let status = match refusal {
        Refusal::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        Refusal::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, uri.path().to_owned()).into_response()
}

const SMALL: RequestLimits = RequestLimits { max_in_flight: 1, max_body_bytes: 8, timeout: Duration::from_secs(5) };

fn post(body: impl Into<Body>) -> Request<Body> {
    Request::post("/token").body(body.into()).unwrap()
}

async fn read_all(request: Request<Body>) -> Result<Response, Infallible> {
    Ok(match request.into_body().collect().await {
        Ok(body) => body.to_bytes().into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    })
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn a_request_within_all_bounds_is_answered_by_its_handler() {
    let response = limits(service_fn(read_all), SMALL, answer).oneshot(post("12345678")).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(response).await, "12345678");
}

#[tokio::test]
async fn a_body_that_announces_too_much_never_reaches_the_handler() {
    let response = limits(service_fn(read_all), SMALL, answer).oneshot(post("123456789")).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(text(response).await, "/token");
}

#[tokio::test]
async fn a_body_of_unknown_length_breaks_off_at_the_bound() {
    let chunks = (0..3).map(|_| Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"1234"))));
    let request = post(Body::new(StreamBody::new(futures::stream::iter(chunks))));
    let response = limits(service_fn(read_all), SMALL, answer).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(text(response).await, "length limit exceeded");
}

#[tokio::test]
async fn a_request_beyond_the_room_is_shed_and_room_comes_back() {
    let never = service_fn(|_: Request<Body>| std::future::pending::<Result<Response, Infallible>>());
    let mut service = limits(never, SMALL, answer);
    let first = service.call(post(""));
    let second = service.call(post("")).await.unwrap();
    assert_eq!(second.status(), StatusCode::SERVICE_UNAVAILABLE);
    drop(first);
    assert!(futures::poll!(std::pin::pin!(service.call(post("")))).is_pending());
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_replaced() {
    let never = service_fn(|_: Request<Body>| std::future::pending::<Result<Response, Infallible>>());
    let at_once = RequestLimits { timeout: Duration::ZERO, ..SMALL };
    let response = limits(never, at_once, answer).oneshot(post("")).await.unwrap();
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn a_panic_before_or_while_waiting_is_an_answer() {
    let at_once =
        service_fn(|_: Request<Body>| -> std::future::Ready<Result<Response, Infallible>> { panic!("at once") });
    let later = service_fn(|_: Request<Body>| async { panic!("later") });
    let first = limits(at_once, SMALL, answer).oneshot(post("")).await.unwrap();
    let second = limits(later, SMALL, answer).oneshot(post("")).await.unwrap();
    assert_eq!(first.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(second.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_router_fits_inside() {
    let router = axum::Router::new().route("/token", axum::routing::post(|body: String| async move { body }));
    let response = limits(router, SMALL, answer).oneshot(post("abc")).await.unwrap();
    assert_eq!(text(response).await, "abc");
}

#[test]
fn the_bounds_are_read_and_one_that_would_refuse_everybody_is_a_fault() {
    let read = |text: &str| {
        let document = Document::parse(text, "broker.toml".as_ref(), "BROKER", &Environment::empty());
        let limits = RequestLimits::read(&document.section("limits"));
        document.finish(limits)
    };
    assert_eq!(read("").unwrap(), RequestLimits::default());
    assert_eq!(read("[limits]\nmax_body = \"1MiB\"\n").unwrap().max_body_bytes, 1 << 20);
    for wrong in ["max_in_flight = 0", "max_body = \"0B\"", "request_timeout = \"1ms\""] {
        assert!(read(&format!("[limits]\n{wrong}\n")).is_err(), "{wrong}");
    }
}
