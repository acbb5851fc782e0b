//! Who calls an endpoint for clients.

use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::SecretString;

use super::{error::OAuthError, form::authorization, state::AppState};
use crate::{
    audit::{AuditEvent, AuditKind},
    clients::{
        ClientHandle,
        credentials::{CredentialError, Presented},
    },
    ids::Reference,
    parameters::Parameters,
};

/// `client_assertion_type` of a JWT (RFC 7523 §2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The client that sent this request, proven. A client that is not leaves an event and a log line.
pub async fn authenticate(
    app: &AppState,
    headers: &HeaderMap,
    parameters: &Parameters,
    reference: Reference,
) -> Result<ClientHandle, OAuthError> {
    let presented = match presented(headers, parameters) {
        Ok(presented) => presented,
        // Whoever brings no method, two, or one that does not read has proven as little as with a wrong secret.
        Err(error) => {
            let named = parameters.get("client_id").ok().flatten();
            let client = known(app, named).await;
            refused(app, client, error.refusal(), reference).await?;
            return Err(error);
        }
    };
    let error = match app.client_check.run(&presented).await {
        Ok(client) => return Ok(client),
        Err(error) => error,
    };
    if !matches!(error, CredentialError::Store(_)) {
        refused(app, claimed(app, &presented).await, error.code(), reference).await?;
    }
    tracing::info!(login.id = %reference, refusal.code = error.code(), %error, "a client did not prove itself");
    Err(error.into())
}

/// The head of every question about a token: who asks, proven, and about which one (RFC 7662 §2.1, RFC 7009 §2.1).
pub async fn authenticate_with_token(
    app: &AppState,
    headers: &HeaderMap,
    parameters: &Parameters,
    reference: Reference,
) -> Result<(ClientHandle, SecretString), OAuthError> {
    let client = authenticate(app, headers, parameters, reference).await?;
    let token = parameters.get("token").ok().flatten().ok_or(OAuthError::invalid_request("token is missing"))?;
    Ok((client, SecretString::from(token)))
}

/// Records that a client did not prove itself, up to a number each minute.
pub(super) async fn refused(
    app: &AppState,
    client: Option<types::ClientId>,
    refusal: &'static str,
    reference: Reference,
) -> Result<(), OAuthError> {
    let now = app.login.clock.now();
    if !app.login.strangers.allows(now) {
        return Ok(());
    }
    let event = AuditEvent { at: now, reference, kind: AuditKind::ClientRefused { client, refusal } };
    app.exchange.stores.audit.append(event).await.map_err(|error| OAuthError::from(CredentialError::Store(error)))
}

/// Whom an unproven request claims to be, when that is a client we know.
async fn claimed(app: &AppState, presented: &Presented) -> Option<types::ClientId> {
    let claimed = match presented {
        Presented::Secret { client_id, .. } | Presented::Nothing { client_id } => Some(client_id.as_str()),
        Presented::Assertion { client_id, .. } => client_id.as_deref(),
    };
    known(app, claimed).await
}

/// The client of this name, if there is one.
async fn known(app: &AppState, named: Option<&str>) -> Option<types::ClientId> {
    let id = types::ClientId::parse(named?).ok()?;
    app.client_check.registry.find(&id).await.ok().flatten().map(|_| id)
}

/// What the request brings: exactly one method (RFC 6749 §2.3).
fn presented(headers: &HeaderMap, parameters: &Parameters) -> Result<Presented, OAuthError> {
    let text = |name: &str| parameters.get(name).ok().flatten().map(str::to_owned);
    let client_id = text("client_id");
    let in_header = authorization(headers)
        .map_err(|_| OAuthError::invalid_request("more than one Authorization header"))?
        .map(|value| basic(value).ok_or(OAuthError::invalid_client("client.basic")));
    let basic = in_header.transpose()?;
    match (basic, text("client_secret"), text("client_assertion")) {
        (Some((id, secret)), None, None) => {
            if client_id.is_some_and(|named| named != id) {
                return Err(OAuthError::invalid_request("client_id differs from the authenticated client"));
            }
            Ok(Presented::Secret { client_id: id, secret })
        }
        (None, Some(secret), None) => {
            let client_id = client_id.ok_or(OAuthError::invalid_client("client.missing"))?;
            Ok(Presented::Secret { client_id, secret: SecretString::from(secret) })
        }
        (None, None, Some(assertion)) => {
            if text("client_assertion_type").as_deref() != Some(JWT_BEARER) {
                return Err(OAuthError::invalid_request("client_assertion_type is not the JWT one"));
            }
            Ok(Presented::Assertion { client_id, assertion: SecretString::from(assertion) })
        }
        (None, None, None) => {
            let client_id = client_id.ok_or(OAuthError::invalid_client("client.missing"))?;
            Ok(Presented::Nothing { client_id })
        }
        _ => Err(OAuthError::invalid_request("more than one client authentication method")),
    }
}

/// Client id and secret of an `Authorization: Basic` header, each form-encoded inside (RFC 6749 §2.3.1).
fn basic(value: &str) -> Option<(String, SecretString)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = zeroize::Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let text = std::str::from_utf8(&decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |part: &str| {
        let spaced = part.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
    };
    Some((decode(id)?, SecretString::from(decode(secret)?)))
}
