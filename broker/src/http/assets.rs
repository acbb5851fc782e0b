//! `GET /assets/{file}`: the stylesheet of the pages, under a name that changes with its content.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use super::{page, page::PageError, state::AppState};
use crate::pages::{ErrorKind, STYLESHEET, stylesheet_path};

/// The stylesheet, for a year; any other name is not found.
pub async fn get(State(app): State<AppState>, uri: Uri, headers: HeaderMap) -> Response {
    if uri.path() != stylesheet_path() {
        let error = PageError::new(StatusCode::NOT_FOUND, ErrorKind::NotFound, "http.not_found");
        return error.respond(&app, page::locale(&[], &headers), app.reference());
    }
    let mut response = STYLESHEET.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
