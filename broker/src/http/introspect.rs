//! `POST /introspect` (RFC 7662).

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};

use super::{
    client_auth::{authenticate_with_token, refused},
    error::{OAuthError, no_store},
    form::OAuthForm,
    state::AppState,
};
use crate::grant::{GrantError, inspect};

/// Says what a token is worth now, to a confidential client that may see it.
pub async fn post(State(app): State<AppState>, headers: HeaderMap, OAuthForm(parameters): OAuthForm) -> Response {
    let reference = app.reference();
    let answer = async {
        let (client, token) = authenticate_with_token(&app, &headers, &parameters, reference).await?;
        // Whoever only names a client has proven nothing (RFC 7662 §2.1).
        if client.client.is_public() {
            let id = client.client.client_id.clone();
            refused(&app, Some(id), "client.public", reference).await?;
            return Err(OAuthError::invalid_client("client.public"));
        }
        let introspection = inspect::introspect(&app.exchange, &app.login.clients, &client, &token, reference).await;
        Ok(introspection.map_err(GrantError::Store)?)
    };
    match answer.await {
        Ok(introspection) => (no_store(), axum::Json(introspection)).into_response(),
        Err(error) => error.respond(reference),
    }
}
