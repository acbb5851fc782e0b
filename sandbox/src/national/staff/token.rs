//! `/token`: the code for tokens (RFC 6749 §4.1.3), with `client_secret_basic` and PKCE.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::ExposeSecret;
use serde_json::json;
use signing::Digest;
use url::form_urlencoded;

use super::{Shared, Staff, StaffClient, authorize::parameters, id_token, memory::ACCESS_TOKEN_SECONDS};

pub(super) async fn post(State(staff): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let Some(client) = authenticated(&staff, &headers) else {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_client");
    };
    let Some(form) = parameters(&body) else {
        return refusal(StatusCode::BAD_REQUEST, "invalid_request");
    };
    let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if text("grant_type") != "authorization_code" {
        return refusal(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let now = staff.clock.now();
    let grant = staff.memory.spend_code(text("code"), now).filter(|grant| {
        grant.client_id == client.id
            && grant.redirect_uri == text("redirect_uri")
            && grant.code_challenge == Digest::of(text("code_verifier")).base64url()
    });
    let Some(grant) = grant else {
        return refusal(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let Some(access_token) = staff.random() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Ok(id_token) = id_token::make(&staff, &grant, &access_token) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let answer = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_SECONDS,
        "scope": grant.scope,
        "id_token": id_token,
    });
    staff.memory.keep_access_token(&access_token, grant, now);
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// `client_secret_basic`: name and secret are form-encoded before they are joined (RFC 6749 §2.3.1).
fn authenticated<'a>(staff: &'a Staff, headers: &HeaderMap) -> Option<&'a StaffClient> {
    let encoded = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let joined = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = joined.split_once(':')?;
    let client = staff.client(&decoded(id)?)?;
    Digest::of(decoded(secret)?).matches(&Digest::of(client.secret.expose_secret())).then_some(client)
}

fn decoded(text: &str) -> Option<String> {
    form_urlencoded::parse(format!("v={text}").as_bytes()).next().map(|(_, value)| value.into_owned())
}

fn refusal(status: StatusCode, error: &'static str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::WWW_AUTHENTICATE, "Basic realm=\"token\"")];
    (status, headers, Json(json!({ "error": error }))).into_response()
}
