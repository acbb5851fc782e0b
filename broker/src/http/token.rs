//! `POST /token` (RFC 6749 §3.2).

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use secrecy::SecretString;
use tracing::Instrument;

use super::{
    client_auth::authenticate,
    error::{OAuthError, no_store},
    form::OAuthForm,
    state::AppState,
};
use crate::{
    audit::{AuditEvent, AuditKind},
    clients::client::GrantType,
    grant::{GrantError, TokenRequest, TokenResponse},
    ids::Reference,
    parameters::Parameters,
};

/// Trades one grant for tokens. The answer is never cached (RFC 6749 §5.1).
pub async fn post(State(app): State<AppState>, headers: HeaderMap, OAuthForm(parameters): OAuthForm) -> Response {
    let reference = app.reference();
    let span = tracing::info_span!("broker.token.post", login.id = %reference, client.id = tracing::field::Empty);
    async {
        match exchange(&app, &headers, &parameters, reference).await {
            Ok(issued) => (no_store(), axum::Json(issued)).into_response(),
            Err(error) => error.respond(reference),
        }
    }
    .instrument(span)
    .await
}

async fn exchange(
    app: &AppState,
    headers: &HeaderMap,
    parameters: &Parameters,
    reference: Reference,
) -> Result<TokenResponse, OAuthError> {
    let client = authenticate(app, headers, parameters, reference).await?;
    tracing::Span::current().record("client.id", client.client.client_id.as_str());
    let grant_type = parameters.get("grant_type").ok().flatten().and_then(GrantType::from_name).map(GrantType::name);
    let issued = match read(parameters) {
        Ok(request) => app.exchange.run(&client, request, reference).await,
        Err(error) => Err(error),
    };
    match issued {
        Ok(issued) => Ok(issued),
        // A store that gives no answer can keep no event either.
        Err(error @ GrantError::Store(_)) => Err(error.into()),
        Err(error) => {
            let now = app.exchange.clock.now();
            // Anybody can name a public client.
            if !client.client.is_public() || app.login.strangers.allows(now) {
                let client = client.client.client_id.clone();
                let kind =
                    AuditKind::GrantRefused { client, grant_type, refusal: error.code(), why: error.to_string() };
                let event = AuditEvent { at: now, reference, kind };
                app.exchange.stores.audit.append(event).await.map_err(GrantError::Store)?;
            }
            Err(error.into())
        }
    }
}

/// Reads the parameters of the grant type.
fn read(parameters: &Parameters) -> Result<TokenRequest, GrantError> {
    let text = |name: &str| parameters.get(name).ok().flatten().map(str::to_owned);
    let needed = |name: &str, missing| text(name).ok_or(GrantError::Request(missing));
    let grant_type = needed("grant_type", "grant_type is missing")?;
    match GrantType::from_name(&grant_type).ok_or(GrantError::UnsupportedGrantType)? {
        GrantType::AuthorizationCode => Ok(TokenRequest::AuthorizationCode {
            code: SecretString::from(needed("code", "code is missing")?),
            redirect_uri: needed("redirect_uri", "redirect_uri is missing")?,
            // PKCE is not optional: leaving the verifier out must not skip it.
            code_verifier: SecretString::from(
                text("code_verifier").ok_or(GrantError::Grant("code_verifier is missing"))?,
            ),
        }),
        GrantType::RefreshToken => Ok(TokenRequest::RefreshToken {
            refresh_token: SecretString::from(needed("refresh_token", "refresh_token is missing")?),
            scope: text("scope"),
        }),
        GrantType::ClientCredentials => Ok(TokenRequest::ClientCredentials { scope: text("scope") }),
    }
}
