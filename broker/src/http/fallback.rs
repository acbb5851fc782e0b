//! A path or a method that does not exist, answered in the format of whoever asks.

use axum::{
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{error::no_store, page, page::PageError, state::AppState};
use crate::pages::ErrorKind;

/// No such path.
pub async fn not_found(State(app): State<AppState>, uri: Uri, headers: HeaderMap) -> Response {
    refuse(&app, &uri, &headers, StatusCode::NOT_FOUND, ErrorKind::NotFound, "http.not_found")
}

/// The path exists, but not for this method.
pub async fn method_not_allowed(State(app): State<AppState>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    tracing::debug!(%method, "method not allowed");
    refuse(&app, &uri, &headers, StatusCode::METHOD_NOT_ALLOWED, ErrorKind::MethodNotAllowed, "http.method_not_allowed")
}

fn refuse(
    app: &AppState,
    uri: &Uri,
    headers: &HeaderMap,
    status: StatusCode,
    kind: ErrorKind<'static>,
    refusal: &'static str,
) -> Response {
    let reference = app.reference();
    let programs = ["/token", "/introspect", "/revoke", "/userinfo", "/jwks", "/.well-known/"];
    let wants_page = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if !wants_page || programs.iter().any(|path| uri.path().starts_with(path)) {
        tracing::info!(login.id = %reference, refusal.code = refusal, "refused");
        let body = json!({ "error": "invalid_request", "error_description": "no such path or method", "reference": reference });
        return (status, no_store(), axum::Json(body)).into_response();
    }
    PageError::new(status, kind, refusal).respond(app, page::locale(&[], headers), reference)
}
