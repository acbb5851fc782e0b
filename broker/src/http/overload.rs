//! A request that ends before its handler is done: shed, too large, too slow or broken. Answered in the format of whoever
//! asks, like everything else.

use axum::{
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use boot::limits::Refusal;
use serde_json::json;

use super::{error::no_store, page::PageError, state::AppState};
use crate::pages::{ErrorKind, Locale};

/// The answer, logged once.
#[must_use]
pub fn answer(app: &AppState, refusal: Refusal, uri: &Uri) -> Response {
    let (status, error, kind, code) = match refusal {
        Refusal::Overloaded => {
            (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", ErrorKind::Overloaded, "http.overloaded")
        }
        Refusal::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", ErrorKind::TooLarge, "http.too_large"),
        Refusal::TimedOut => {
            (StatusCode::GATEWAY_TIMEOUT, "temporarily_unavailable", ErrorKind::Timeout, "http.timeout")
        }
        Refusal::Panicked => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", ErrorKind::Internal, "http.panic"),
    };
    let reference = app.reference();
    let mut response = if is_for_people(uri.path()) {
        PageError::new(status, kind, code).respond(app, Locale::default(), reference)
    } else {
        tracing::warn!(login.id = %reference, refusal.code = code, "refused before the handler was done");
        let body =
            json!({ "error": error, "error_description": "the request was not handled", "reference": reference });
        (status, no_store(), axum::Json(body)).into_response()
    };
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// Paths that people's browsers go to.
fn is_for_people(path: &str) -> bool {
    ["/authorize", "/choose", "/callback/", "/consent", "/logout"].iter().any(|known| path.starts_with(known))
}
