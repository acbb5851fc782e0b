//! A client for itself (RFC 6749 §4.4): no person, no refresh token, no ID token.

use super::{Exchange, GrantError, TokenResponse};
use crate::{
    audit::{AuditEvent, AuditKind},
    clients::{ClientHandle, client::GrantType},
    ids::Reference,
};

/// Scopes that speak of a person; a client acting alone gets none of them.
fn of_a_person(scope: &str) -> bool {
    crate::claims::catalogue::is_scope(scope)
}

/// Issues a token to the client itself.
pub async fn exchange(
    deps: &Exchange,
    client: &ClientHandle,
    scope: Option<&str>,
    reference: Reference,
) -> Result<TokenResponse, GrantError> {
    let asked: Vec<&str> = scope.unwrap_or_default().split(' ').filter(|part| !part.is_empty()).collect();
    if asked.iter().any(|scope| of_a_person(scope)) {
        return Err(GrantError::Scope);
    }
    let permit = deps.policies.issue_to_client(&client.policy, &asked).map_err(|denied| match denied.reason {
        policies::Reason::ScopeNotRegistered => GrantError::Scope,
        policies::Reason::GrantNotRegistered => GrantError::Unauthorized,
        reason => GrantError::Denied(format!("{reason:?}")),
    })?;
    let access = deps.mint.client_token(&client.client, &asked)?;
    let kind = AuditKind::TokensIssued {
        client: client.client.client_id.clone(),
        grant: None,
        grant_type: GrantType::ClientCredentials.name(),
        token: access.id,
        auth_level: None,
        account_level: None,
        officer: None,
        agency: None,
        claims: Vec::new(),
        kid: access.kid,
        policies: permit.policies().iter().map(ToString::to_string).collect(),
        policy_version: deps.policies.version().to_owned(),
    };
    deps.stores.audit.append(AuditEvent { at: deps.clock.now(), reference, kind }).await?;
    Ok(TokenResponse {
        access_token: access.value,
        token_type: "Bearer",
        expires_in: access.expires_in,
        refresh_token: None,
        id_token: None,
        scope: asked.join(" "),
    })
}
