//! A refresh token becomes new tokens (RFC 6749 §6). For a public client it is replaced at each use, and a second use of
//! a replaced one ends the family (RFC 9700 §4.14.2); for a confidential client it stays, because its credentials bind it.

use std::{borrow::Cow, collections::BTreeSet};

use secrecy::{ExposeSecret, SecretString};
use signing::Digest;

use super::{
    Exchange, Grant, GrantError, TokenResponse,
    authorization_code::{id_token, scope_text, still_permitted},
    officer,
};
use crate::{
    audit::{AuditEvent, AuditKind},
    clients::{ClientHandle, client::GrantType},
    ids::{Reference, bearer_value},
    storage::{FoundRefresh, NewRefresh, Rotation},
    tokens::MintError,
};

const NOT_GOOD: GrantError = GrantError::Grant("the refresh token is not good");

/// Exchanges a refresh token.
pub async fn exchange(
    deps: &Exchange,
    client: &ClientHandle,
    presented: &SecretString,
    scope: Option<&str>,
    reference: Reference,
) -> Result<TokenResponse, GrantError> {
    let now = deps.clock.now();
    let hash = Digest::of(presented.expose_secret());
    let found = deps.stores.grants.find_refresh(&hash, now).await?.ok_or(NOT_GOOD)?;
    if found.grant.client != client.client.client_id {
        return Err(NOT_GOOD);
    }
    // A replaced token is reuse whatever else the request says, and whatever the client has become since; it ends the family
    // before anything else is looked at.
    if found.used {
        let kind = AuditKind::ReplayDetected {
            client: client.client.client_id.clone(),
            grant: found.grant.id,
            what: GrantType::RefreshToken.name(),
        };
        deps.stores.grants.revoke(found.grant.id, now, AuditEvent { at: now, reference, kind }).await?;
        return Err(NOT_GOOD);
    }
    if !found.alive || found.expires_at <= now {
        return Err(NOT_GOOD);
    }
    still_permitted(deps, client, &found.grant)?;
    let worth = officer::weigh(deps, client, Cow::Owned(narrow(&found, client, scope)?))?;
    let access = deps.mint.access_token(&client.client, &worth)?;
    let (id_token, policies) = id_token(deps, client, &worth, &access.value).await?;
    let issued = AuditEvent {
        at: now,
        reference: found.grant.reference,
        kind: AuditKind::TokensIssued {
            client: client.client.client_id.clone(),
            grant: Some(found.grant.id),
            grant_type: GrantType::RefreshToken.name(),
            token: access.id,
            auth_level: Some(found.grant.auth_level),
            account_level: found.grant.account_level,
            officer: worth.acting().map(|post| post.officer.clone()),
            agency: worth.acting().map(|post| post.agency.clone()),
            claims: worth.grant.id_token_claims.iter().cloned().collect(),
            kid: access.kid,
            policies,
            policy_version: deps.policies.version().to_owned(),
        },
    };
    let refresh_token = if client.client.is_public() {
        Some(rotate(deps, client, &found, &hash, issued, reference).await?)
    } else {
        deps.stores.audit.append(issued).await?;
        None
    };
    Ok(TokenResponse {
        access_token: access.value,
        token_type: "Bearer",
        expires_in: access.expires_in,
        refresh_token,
        id_token: Some(id_token),
        scope: scope_text(&worth.grant),
    })
}

async fn rotate(
    deps: &Exchange,
    client: &ClientHandle,
    found: &FoundRefresh,
    old: &Digest,
    issued: AuditEvent,
    reference: Reference,
) -> Result<String, GrantError> {
    let now = deps.clock.now();
    let value = bearer_value(&*deps.entropy).map_err(MintError::Entropy)?;
    let new = NewRefresh {
        hash: Digest::of(value.expose_secret()),
        expires_at: now.plus(client.client.refresh_token_lifetime()).min(found.grant.expires_at),
    };
    let kind = AuditKind::ReplayDetected {
        client: client.client.client_id.clone(),
        grant: found.grant.id,
        what: GrantType::RefreshToken.name(),
    };
    match deps.stores.grants.rotate(old, new, now, issued, AuditEvent { at: now, reference, kind }).await? {
        Rotation::Rotated => Ok(value.expose_secret().to_owned()),
        Rotation::Reused => {
            tracing::warn!(client.id = %client.client.client_id, refusal.code = "refresh.reused", "a replaced refresh token came back");
            Err(NOT_GOOD)
        }
        Rotation::Gone => Err(NOT_GOOD),
    }
}

/// The grant with no more scope than was granted (RFC 6749 §6) and is still registered. The claims shrink with the scope
/// at UserInfo.
fn narrow(found: &FoundRefresh, client: &ClientHandle, scope: Option<&str>) -> Result<Grant, GrantError> {
    let held: BTreeSet<String> = found.grant.scope.intersection(&client.client.scopes).cloned().collect();
    let asked = match scope {
        None => held,
        Some(scope) => {
            let asked: BTreeSet<String> = scope.split(' ').filter(|part| !part.is_empty()).map(str::to_owned).collect();
            if asked.is_empty() || !asked.is_subset(&held) {
                return Err(GrantError::Scope);
            }
            asked
        }
    };
    Ok(Grant { scope: asked, ..found.grant.clone() })
}
