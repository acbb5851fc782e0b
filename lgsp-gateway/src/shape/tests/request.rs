//! Which calls fit a contract.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use clock::Timestamp;
use contract::{Body, BodyError};
use http::{HeaderMap, Method, header::CONTENT_TYPE};
use tokio::time::Instant;
use types::TransactionId;

use crate::{
    call::{Form, Head},
    refusal::{Code, Refusal},
    registry::Snapshot,
    shape::request::fitting,
};

fn head(method: Method, kind: Option<&str>) -> Head {
    let mut headers = HeaderMap::new();
    headers.extend(kind.map(|kind| (CONTENT_TYPE, kind.parse().unwrap())));
    let now = Timestamp::from_seconds(1_795_219_200);
    Head {
        id: TransactionId::new(now.micros(), [1; 10]),
        received: now,
        deadline: Instant::now() + Duration::from_millis(300),
        method,
        authority: String::new(),
        path: String::new(),
        query: None,
        headers,
        form: Form::Signed,
        certificate: "".into(),
        certificate_key: "".into(),
        registry: Arc::new(Snapshot::empty(now)),
    }
}

async fn fits(method: Method, path: &str, kind: Option<&str>, body: Body) -> Result<Body, Refusal> {
    fitting(&super::contract::contract(), &head(method, kind), path, body, 1000).await
}

fn held(text: &str) -> Body {
    Body::Held(Bytes::copy_from_slice(text.as_bytes()))
}

const JSON: Option<&str> = Some("application/json");

#[tokio::test]
async fn a_fitting_call_goes_on_byte_for_byte() {
    let text = "{ \"ten\" :\"An\" }";
    for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        let body = fits(Method::POST, "/tra-cuu", Some(kind), held(text)).await.unwrap();
        assert!(matches!(body, Body::Held(bytes) if bytes == text));
    }
    let pieces: Vec<Result<Bytes, BodyError>> =
        text.as_bytes().chunks(3).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let streamed = Body::Streamed { stream: Box::pin(futures::stream::iter(pieces)), length: None };
    let body = fits(Method::POST, "/tra-cuu", JSON, streamed).await.unwrap();
    assert!(matches!(body, Body::Held(bytes) if bytes == text));
    assert!(fits(Method::GET, "/8001", None, Body::empty()).await.is_ok());
}

#[tokio::test]
async fn what_does_not_fit_is_named_by_the_contract_and_not_by_the_call() {
    let check = async |method: Method, path: &str, kind, body: &str, code: Code, detail: Option<&str>| {
        let refusal = fits(method, path, kind, held(body)).await.unwrap_err();
        assert_eq!((refusal.code, refusal.detail.as_deref()), (code, detail), "{path} {body}");
    };
    let misfit = Code::RequestContract;
    check(Method::POST, "/tra-cuu", JSON, r#"{"ten":1}"#, misfit, Some("/properties/ten/type")).await;
    check(Method::POST, "/tra-cuu", JSON, "{}", misfit, Some("/required")).await;
    check(Method::POST, "/tra-cuu", JSON, r#"{"ten":"An","075085000001":1}"#, misfit, Some("/additionalProperties"))
        .await;
    check(Method::POST, "/tra-cuu", JSON, r#"{"ten":"An","ten":"Binh"}"#, misfit, Some("the body has a name twice"))
        .await;
    check(Method::POST, "/tra-cuu", JSON, &"[".repeat(900), misfit, Some("the body is nested too deeply")).await;
    check(Method::POST, "/tra-cuu", JSON, "ten=An", misfit, Some("the body is not JSON")).await;
    check(Method::POST, "/tra-cuu", Some("text/plain"), "{}", misfit, Some("content-type")).await;
    check(Method::POST, "/tra-cuu", None, r#"{"ten":"An"}"#, misfit, Some("content-type")).await;
    check(Method::POST, "/tra-cuu", None, "", misfit, Some("requestBody")).await;
    check(Method::GET, "/8001", JSON, "{}", misfit, Some("requestBody")).await;
    check(Method::GET, "/80", None, "", misfit, Some("ma_so")).await;
    check(Method::DELETE, "/8001", None, "", Code::UnknownEndpoint, None).await;
}

#[tokio::test]
async fn a_body_that_does_not_come_to_its_end_has_its_own_refusal() {
    let fault = async |stream: contract::BodyStream| {
        fits(Method::POST, "/tra-cuu", JSON, Body::Streamed { stream, length: None }).await.unwrap_err().code
    };
    let with = |error| Box::pin(futures::stream::iter([Ok(Bytes::from_static(b"{")), Err(error)]));
    assert_eq!(fault(with(BodyError::Cut)).await, Code::BodyCut);
    assert_eq!(fault(with(BodyError::Digest)).await, Code::DigestMismatch);
    assert_eq!(fault(Box::pin(futures::stream::pending())).await, Code::BodyTimeout);
    let long: Vec<Result<Bytes, BodyError>> = vec![Ok(Bytes::from(vec![b' '; 600])); 2];
    assert_eq!(fault(Box::pin(futures::stream::iter(long))).await, Code::BodyTooLarge);
}
