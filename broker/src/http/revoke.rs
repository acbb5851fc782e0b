//! `POST /revoke` (RFC 7009).

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use super::{
    client_auth::authenticate_with_token,
    error::{OAuthError, no_store},
    form::OAuthForm,
    state::AppState,
};
use crate::grant::{GrantError, inspect};

/// Revokes a token of the calling client; an unknown one gets the same answer (RFC 7009 §2.2).
pub async fn post(State(app): State<AppState>, headers: HeaderMap, OAuthForm(parameters): OAuthForm) -> Response {
    let reference = app.reference();
    let answer = async {
        let (client, token) = authenticate_with_token(&app, &headers, &parameters, reference).await?;
        let revoked = inspect::revoke(&app.exchange, &client, &token, reference).await;
        Ok(revoked.map_err(GrantError::Store)?)
    };
    match answer.await {
        Ok(()) => (StatusCode::OK, no_store()).into_response(),
        Err(error) => OAuthError::respond(error, reference),
    }
}
