//! What introspection and revocation may say and do: only about tokens that the asking client may see.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use signing::Digest;
use types::{ClientId, Subject};

use super::Exchange;
use crate::{
    audit::{AuditEvent, AuditKind},
    clients::{Client, ClientHandle, ClientRegistry},
    ids::{Reference, TokenId},
    storage::StoreError,
    tokens::Audience,
};

/// An introspection answer (RFC 7662 §2.2). A token the caller may not see looks like one that does not exist.
#[derive(Debug, Default, Serialize)]
pub struct Introspection {
    /// Whether the token is good.
    pub active: bool,
    /// Its scopes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// To whom it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// `Bearer` for access tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// Until when, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// When issued, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Whom it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<Subject>,
    /// Who may accept it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<Audience>,
    /// Our issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<TokenId>,
    /// At which level the person authenticated (RFC 9470 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// When the person authenticated (RFC 9470 §6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
}

/// Whether `asking` may know about tokens of `owner`.
fn may_see(asking: &Client, owner: &ClientId) -> bool {
    asking.client_id == *owner || asking.may_introspect.contains(owner)
}

/// Says what a token is worth now. A token of a client that is gone or disabled is worth nothing.
pub async fn introspect(
    deps: &Exchange,
    clients: &ClientRegistry,
    client: &ClientHandle,
    value: &SecretString,
    reference: Reference,
) -> Result<Introspection, StoreError> {
    let now = deps.clock.now();
    let value = value.expose_secret();
    if let Some(verified) = deps.mint.verify_access(value) {
        let token = &verified.token;
        if !may_see(&client.client, &token.client_id) {
            let (client, owner) = (client.client.client_id.clone(), token.client_id.clone());
            let kind = AuditKind::IntrospectionRefused { client, owner, token: token.jti };
            deps.stores.audit.append(AuditEvent { at: now, reference, kind }).await?;
            return Ok(Introspection::default());
        }
        if !deps.stores.grants.token_alive(token.jti, token.gid, now).await? {
            return Ok(Introspection::default());
        }
        let Some(owner) = clients.find(&token.client_id).await?.filter(|owner| owner.client.enabled) else {
            return Ok(Introspection::default());
        };
        // A person's `sub` is pairwise: another legal entity must not learn it.
        let same_body = owner.client.legal_entity.code == client.client.legal_entity.code;
        let sub = (same_body || token.gid.is_none()).then(|| token.sub.clone());
        return Ok(Introspection {
            active: true,
            scope: Some(token.scope.clone()).filter(|scope| !scope.is_empty()),
            client_id: Some(token.client_id.clone()),
            token_type: Some("Bearer"),
            exp: Some(token.exp),
            iat: Some(token.iat),
            sub,
            aud: Some(token.aud.clone()),
            iss: Some(token.iss.clone()),
            jti: Some(token.jti),
            acr: token.acr.clone(),
            auth_time: token.auth_time,
        });
    }
    let Some(found) = deps.stores.grants.find_refresh(&Digest::of(value), now).await? else {
        return Ok(Introspection::default());
    };
    // A refresh token is its own client's affair alone.
    let good = found.grant.client == client.client.client_id && found.alive && !found.used && found.expires_at > now;
    if !good {
        return Ok(Introspection::default());
    }
    Ok(Introspection {
        active: true,
        scope: Some(super::authorization_code::scope_text(&found.grant)),
        sub: Some(deps.mint.subject(&client.client, &found.grant)),
        client_id: Some(found.grant.client),
        exp: Some(found.expires_at.seconds()),
        ..Introspection::default()
    })
}

/// Revokes a token of the client's own: a refresh token ends the grant, an access token only itself (RFC 7009 §2.1). A
/// token that is unknown or somebody else's is left alone and gets the same answer (§2.2).
pub async fn revoke(
    deps: &Exchange,
    client: &ClientHandle,
    value: &SecretString,
    reference: Reference,
) -> Result<(), StoreError> {
    let now = deps.clock.now();
    let value = value.expose_secret();
    let client_id = client.client.client_id.clone();
    if let Some(verified) = deps.mint.verify_access(value) {
        if verified.token.client_id != client_id {
            return Ok(());
        }
        let kind = AuditKind::Revoked { client: client_id, grant: None, token: Some(verified.token.jti) };
        let event = AuditEvent { at: now, reference, kind };
        return deps.stores.grants.revoke_token(verified.token.jti, verified.expires_at, event).await;
    }
    match deps.stores.grants.find_refresh(&Digest::of(value), now).await? {
        Some(found) if found.grant.client == client_id => {
            let kind = AuditKind::Revoked { client: client_id, grant: Some(found.grant.id), token: None };
            deps.stores.grants.revoke(found.grant.id, now, AuditEvent { at: now, reference, kind }).await
        }
        _ => Ok(()),
    }
}
