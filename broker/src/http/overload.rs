//! What a request gets that ends before its handler is done: too many at once, too large, too slow, or a fault of ours.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use boot::limits::Refusal;
use http::{StatusCode, Uri};
use serde_json::json;

use super::error::no_store;

/// The answer when a request ends before its handler is done, in the format of the path.
#[must_use]
pub fn answer(refusal: Refusal, uri: &Uri) -> Response {
    let (status, code) = match refusal {
        Refusal::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
        Refusal::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request"),
        Refusal::TimedOut => (StatusCode::GATEWAY_TIMEOUT, "temporarily_unavailable"),
        Refusal::Panicked => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
    };
    tracing::warn!(refusal.code = ?refusal, path = uri.path(), "refused before the handler was done");
    let body = json!({ "error": code, "error_description": "the request was not handled" });
    let mut response = (status, no_store(), Json(body)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from_static("1"));
    }
    response
}
