//! POST /token: a code for an access token, once.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use serde_json::json;
use signing::Digest;

use super::{
    Shared,
    behaviour::Endpoint,
    envelope::{self, CannotSeal, guid},
    parameters::Parameters,
    pending::Grant,
};

const TOKEN_LIFETIME: Duration = Duration::from_secs(300);

pub(super) async fn post(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let behaviour = shared.behaviour();
    if let Some(failure) = behaviour.before(Endpoint::Token).await {
        return failure;
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
    }
    let Some(form) = Parameters::read(&body) else { return refusal(StatusCode::BAD_REQUEST, "invalid_request") };
    if form.get("grant_type") != "authorization_code" {
        return refusal(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let client = shared.client(form.get("client_id")).filter(|client| {
        Digest::of(client.client_secret.expose_secret()).matches(&Digest::of(form.get("client_secret")))
    });
    let Some(client) = client else { return refusal(StatusCode::UNAUTHORIZED, "invalid_client") };
    let Some(grant) = spend(&shared, &form) else { return refusal(StatusCode::BAD_REQUEST, "invalid_grant") };
    let answer = issue(&shared, grant).and_then(|token| {
        let claims = json!({
            "access_token": token, "expires_in": TOKEN_LIFETIME.as_secs(), "token_type": "Bearer", "scope": "openid",
        });
        envelope::body(&shared, client, &behaviour, Endpoint::Token, claims)
    });
    answer.map_or_else(CannotSeal::into_response, |body| {
        ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
    })
}

/// The grant of the code, when everything that went with it comes back.
fn spend(shared: &Shared, form: &Parameters) -> Option<Grant> {
    shared.pending.spend_code(form.get("code"), shared.config.clock.now()).filter(|grant| {
        grant.client_id == form.get("client_id")
            && grant.redirect_uri == form.get("redirect_uri")
            && grant.encrypt_key.as_deref().unwrap_or_default() == form.get("encrypt_key")
    })
}

fn issue(shared: &Shared, grant: Grant) -> Result<String, CannotSeal> {
    let token = format!("{}{}", guid(shared.config.entropy.as_ref())?, guid(shared.config.entropy.as_ref())?);
    let now = shared.config.clock.now();
    shared.pending.keep_token(&token, Grant { expires_at: now.plus(TOKEN_LIFETIME), ..grant }, now);
    Ok(token)
}

fn refusal(status: StatusCode, error: &str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(json!({ "error": error }))).into_response()
}
