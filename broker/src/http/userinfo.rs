//! `GET` and `POST /userinfo` (OIDC Core §5.3).

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use super::{
    error::{bearer_challenge, no_store, userinfo_error},
    form::{WholeBody, authorization, is_form},
    state::AppState,
};
use crate::{grant::userinfo, parameters::Parameters};

/// The token in the `Authorization` header.
pub async fn get(State(app): State<AppState>, headers: HeaderMap) -> Response {
    answer(&app, &headers, None).await
}

/// The token in the `Authorization` header or, once, in the form body (RFC 6750 §2.2).
pub async fn post(State(app): State<AppState>, headers: HeaderMap, WholeBody(body): WholeBody) -> Response {
    let form = is_form(&headers).then(|| Parameters::parse(&body));
    answer(&app, &headers, form.as_ref()).await
}

async fn answer(app: &AppState, headers: &HeaderMap, form: Option<&Parameters>) -> Response {
    let reference = app.reference();
    let in_header = match authorization(headers) {
        Ok(Some(value)) => match bearer(value) {
            Some(token) => Some(token),
            None => return refuse(StatusCode::UNAUTHORIZED, "invalid_token", reference),
        },
        Ok(None) => None,
        Err(_) => return refuse(StatusCode::BAD_REQUEST, "invalid_request", reference),
    };
    let in_form = match form.map(|form| form.get("access_token")) {
        Some(Ok(token)) => token,
        Some(Err(_)) => return refuse(StatusCode::BAD_REQUEST, "invalid_request", reference),
        None => None,
    };
    let token = match (in_header, in_form) {
        (Some(token), None) | (None, Some(token)) => token,
        (Some(_), Some(_)) => return refuse(StatusCode::BAD_REQUEST, "invalid_request", reference),
        (None, None) => {
            tracing::info!(login.id = %reference, refusal.code = "userinfo.no_token", "refused");
            return bearer_challenge(StatusCode::UNAUTHORIZED, None, reference);
        }
    };
    match userinfo::answer(&app.exchange, &app.login.clients, token).await {
        Ok(claims) => (no_store(), axum::Json(claims)).into_response(),
        Err(error) => userinfo_error(&error, reference),
    }
}

fn refuse(status: StatusCode, code: &'static str, reference: crate::ids::Reference) -> Response {
    tracing::info!(login.id = %reference, refusal.code = "userinfo.request", error = code, "refused");
    bearer_challenge(status, Some(code), reference)
}

/// The token of a bearer header; the scheme's letter case does not matter (RFC 9110 §11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim_start();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= 4096).then_some(token)
}
