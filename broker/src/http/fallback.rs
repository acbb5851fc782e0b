//! A path or a method that does not exist, answered in the format of whoever asks.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{error::no_store, page, page::PageError, state::AppState};
use crate::pages::ErrorKind;

/// No such path.
pub async fn not_found(State(app): State<AppState>, uri: Uri, headers: HeaderMap) -> Response {
    refuse(&app, &uri, &headers, StatusCode::NOT_FOUND, ErrorKind::NotFound, "http.not_found")
}

/// The path exists, but not for this method; which it takes is said too (RFC 9110 §15.5.6).
pub async fn method_not_allowed(State(app): State<AppState>, request: Request) -> Response {
    let (uri, headers) = (request.uri(), request.headers());
    tracing::debug!(method = %request.method(), "method not allowed");
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut response = refuse(&app, uri, headers, status, ErrorKind::MethodNotAllowed, "http.method_not_allowed");
    let path = request.extensions().get::<MatchedPath>().map_or(uri.path(), MatchedPath::as_str);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed(path)));
    response
}

/// The methods that a path of the route table takes. HEAD is only for documents.
fn allowed(path: &str) -> &'static str {
    match path {
        "/authorize" | "/consent" | "/userinfo" | "/logout" => "GET, POST",
        "/callback/{provider}" => "GET",
        "/choose" | "/token" | "/introspect" | "/revoke" => "POST",
        _ => "GET, HEAD",
    }
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
