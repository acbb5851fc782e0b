//! A code becomes tokens: once, for its own client, with its own verifier (RFC 6749 §4.1.3, RFC 7636 §4.6).

use std::borrow::Cow;

use policies::{ReleaseQuestion, SignInQuestion};
use secrecy::{ExposeSecret, SecretString};
use signing::Digest;
use tracing::Instrument;
use types::AuthLevel;

use super::{
    Exchange, Grant, GrantError, PendingGrant, TokenResponse,
    officer::{self, Worth},
};
use crate::{
    audit::{AuditEvent, AuditKind},
    authorization::pkce,
    claims::mapping,
    clients::{ClientHandle, client::GrantType},
    ids::{GrantId, Reference, bearer_value},
    people::post,
    storage::{NewRefresh, Spend},
    tokens::Mint,
};

/// Spends the code and issues tokens. Whatever is wrong with the request, the code is gone afterwards: it was seen by
/// somebody who could not use it.
pub async fn exchange(
    deps: &Exchange,
    client: &ClientHandle,
    code: &SecretString,
    redirect_uri: &str,
    code_verifier: &SecretString,
    reference: Reference,
) -> Result<TokenResponse, GrantError> {
    let now = deps.clock.now();
    let hash = Digest::of(code.expose_secret());
    let pending = match deps.stores.codes.spend(&hash, now).await? {
        Spend::Fresh(pending) => pending,
        Spend::Replayed(grant) => return replayed(deps, client, grant, reference).await,
        Spend::Expired => return Err(GrantError::Grant("the code has expired")),
        Spend::Unknown => {
            // A store may have forgotten in a crash that a code was spent; what came of it has not forgotten.
            let grant = GrantId::of_code(&hash);
            if deps.stores.grants.get(grant, now).await?.is_some() {
                return replayed(deps, client, grant, reference).await;
            }
            return Err(GrantError::Grant("the code is not known"));
        }
    };
    // One trace from /authorize to here, through a browser that carried nothing of it: a span of its own, because only one
    // that was not entered yet can go on in another trace.
    let span = tracing::info_span!("broker.grant.authorization_code");
    if let Some(traceparent) = &pending.traceparent {
        boot::telemetry::continue_trace(&span, traceparent);
    }
    let trade = async {
        agree(&pending, client, redirect_uri, code_verifier)?;
        still_permitted(deps, client, &pending.grant)?;
        issue(deps, client, &pending.grant).await
    };
    trade.instrument(span).await
}

/// A code that was used before ends the family that came of it (RFC 6749 §4.1.2).
async fn replayed(
    deps: &Exchange,
    client: &ClientHandle,
    grant: GrantId,
    reference: Reference,
) -> Result<TokenResponse, GrantError> {
    let now = deps.clock.now();
    let kind = AuditKind::ReplayDetected { client: client.client.client_id.clone(), grant, what: "code" };
    deps.stores.grants.revoke(grant, now, AuditEvent { at: now, reference, kind }).await?;
    Err(GrantError::Grant("the code was used before"))
}

/// Asks policy once more at redemption: provider, levels and registration may have changed since the sign-in.
pub(super) fn still_permitted(deps: &Exchange, client: &ClientHandle, grant: &Grant) -> Result<(), GrantError> {
    let question = SignInQuestion {
        provider: &grant.provider,
        auth_level: grant.auth_level,
        account_level: grant.account_level,
        required_level: AuthLevel::UNKNOWN,
    };
    let permit = deps.policies.sign_in(&client.policy, &question);
    permit.map(drop).map_err(|denied| GrantError::Denied(format!("{:?}", denied.reason)))
}

/// Client, address and verifier must be those of the request.
fn agree(
    pending: &PendingGrant,
    client: &ClientHandle,
    redirect_uri: &str,
    code_verifier: &SecretString,
) -> Result<(), GrantError> {
    if pending.grant.client != client.client.client_id {
        return Err(GrantError::Grant("the code belongs to another client"));
    }
    if pending.redirect_uri != redirect_uri {
        return Err(GrantError::Grant("redirect_uri is not that of the request"));
    }
    if !pkce::verifies(code_verifier.expose_secret(), &pending.code_challenge) {
        return Err(GrantError::Grant("code_verifier does not belong to code_challenge"));
    }
    Ok(())
}

async fn issue(deps: &Exchange, client: &ClientHandle, grant: &Grant) -> Result<TokenResponse, GrantError> {
    let now = deps.clock.now();
    let worth = officer::weigh(deps, client, Cow::Borrowed(grant))?;
    let access = deps.mint.access_token(&client.client, &worth)?;
    let (id_token, policies) = id_token(deps, client, &worth, &access.value).await?;
    let refresh = if client.client.grant_types.contains(&GrantType::RefreshToken) {
        Some(bearer_value(&*deps.entropy).map_err(crate::tokens::MintError::Entropy)?)
    } else {
        None
    };
    let kept = refresh.as_ref().map(|value| NewRefresh {
        hash: Digest::of(value.expose_secret()),
        expires_at: now.plus(client.client.refresh_token_lifetime()).min(grant.expires_at),
    });
    let kind = AuditKind::TokensIssued {
        client: client.client.client_id.clone(),
        grant: Some(grant.id),
        grant_type: GrantType::AuthorizationCode.name(),
        token: access.id,
        auth_level: Some(grant.auth_level),
        account_level: grant.account_level,
        officer: worth.acting().map(|post| post.officer.clone()),
        agency: worth.acting().map(|post| post.agency.clone()),
        claims: grant.id_token_claims.iter().cloned().collect(),
        kid: access.kid,
        policies,
        policy_version: deps.policies.version().to_owned(),
    };
    let event = AuditEvent { at: now, reference: grant.reference, kind };
    // The grant is kept as it was made: a post that begins or is prolonged later counts at the next refresh.
    if !deps.stores.grants.open(grant, kept, now, event).await? {
        return Err(GrantError::Grant("the session of this code has ended"));
    }
    Ok(TokenResponse {
        access_token: access.value,
        token_type: "Bearer",
        expires_in: access.expires_in,
        refresh_token: refresh.map(|value| value.expose_secret().to_owned()),
        id_token: Some(id_token),
        scope: scope_text(&worth.grant),
    })
}

/// The ID token of a grant, with the claims that policy releases now, and the policies that did.
pub(super) async fn id_token(
    deps: &Exchange,
    client: &ClientHandle,
    worth: &Worth<'_>,
    access_token: &str,
) -> Result<(String, Vec<String>), GrantError> {
    let grant = &worth.grant;
    let names: Vec<&str> = grant.id_token_claims.iter().map(String::as_str).collect();
    // What the access token says of the post is released like everything else.
    let of_post = if worth.acting().is_some() { post::CLAIMS.as_slice() } else { &[] };
    let asked: Vec<&str> = names.iter().chain(of_post.iter().filter(|name| !names.contains(name))).copied().collect();
    let permit = deps
        .policies
        .release(&client.policy, &ReleaseQuestion { claims: &asked })
        .map_err(|denied| GrantError::Denied(format!("{:?}", denied.reason)))?;
    // The record is read only when something of it is released.
    let sealed = if names.iter().all(|name| name.starts_with("vn_account_") || post::CLAIMS.contains(name)) {
        None
    } else {
        Some(deps.stores.sessions.person(grant.person).await?.ok_or(GrantError::Person)?)
    };
    let record = match sealed {
        Some(sealed) => mapping::open(&sealed, &deps.sealer).map_err(|_| GrantError::Person)?,
        None => Default::default(),
    };
    let claims = Mint::claim_values(names, &record, grant, worth.post.as_deref());
    let token = deps.mint.id_token(&client.client, grant, access_token, claims)?;
    Ok((token, permit.policies().iter().map(ToString::to_string).collect()))
}

/// The scopes of a grant as text.
pub(super) fn scope_text(grant: &Grant) -> String {
    grant.scope.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}
