//! What UserInfo answers for an access token (OIDC Core §5.3).

use policies::ReleaseQuestion;
use serde_json::{Map, Value};

use super::{Exchange, Grant, officer};
use crate::{
    audit::{AuditEvent, AuditKind},
    claims::{catalogue, mapping},
    clients::ClientRegistry,
    storage::StoreError,
    tokens::Mint,
};

/// Why UserInfo gives nothing (RFC 6750 §3.1).
#[derive(Debug, thiserror::Error)]
pub enum UserInfoError {
    /// Not a token of ours, expired, revoked, or its session has ended.
    #[error("the access token is not good")]
    Token,
    /// A token without the scope `openid`.
    #[error("the access token does not carry the scope openid")]
    Scope,
    /// Policy said no.
    #[error("policy denies the release")]
    Denied,
    /// The store gave no answer.
    #[error("the store gave no answer")]
    Store(#[from] StoreError),
    /// The person's record does not open or does not exist.
    #[error("the person's record cannot be read")]
    Person,
}

impl UserInfoError {
    /// The stable name for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Token => "userinfo.token",
            Self::Scope => "userinfo.scope",
            Self::Denied => "userinfo.denied",
            Self::Store(_) => "userinfo.store",
            Self::Person => "userinfo.person",
        }
    }
}

/// The claims that policy releases now to the client that holds this token.
pub async fn answer(
    deps: &Exchange,
    clients: &ClientRegistry,
    access_token: &str,
) -> Result<Map<String, Value>, UserInfoError> {
    let now = deps.clock.now();
    let verified = deps.mint.verify_access(access_token).ok_or(UserInfoError::Token)?;
    let grant_id = verified.token.gid.ok_or(UserInfoError::Scope)?;
    if !verified.token.has_scope("openid") {
        return Err(UserInfoError::Scope);
    }
    let client = clients
        .find(&verified.token.client_id)
        .await?
        .filter(|client| client.client.enabled)
        .ok_or(UserInfoError::Token)?;
    let found = deps.stores.grants.release(verified.token.jti, grant_id, now).await?;
    let (grant, sealed) = found.ok_or(UserInfoError::Token)?;
    let names = names(&grant, |scope| verified.token.has_scope(scope));
    let permit = match deps.policies.release(&client.policy, &ReleaseQuestion { claims: &names }) {
        Ok(permit) => permit,
        Err(denied) => {
            let (client, refusal) = (client.client.client_id.clone(), format!("{:?}", denied.reason));
            let kind = AuditKind::ReleaseDenied { client, grant: grant.id, refusal };
            deps.stores.audit.append(AuditEvent { at: now, reference: grant.reference, kind }).await?;
            return Err(UserInfoError::Denied);
        }
    };
    let record = mapping::open(&sealed, &deps.sealer).map_err(|_| UserInfoError::Person)?;
    let post = officer::post_of(deps, &client, &grant);
    let mut claims = Mint::claim_values(names, &record, &grant, post.as_deref());
    let kind = AuditKind::ClaimsReleased {
        client: client.client.client_id.clone(),
        grant: grant.id,
        auth_level: grant.auth_level,
        account_level: grant.account_level,
        claims: claims.keys().cloned().collect(),
        policies: permit.policies().iter().map(ToString::to_string).collect(),
        policy_version: deps.policies.version().to_owned(),
    };
    deps.stores.audit.append(AuditEvent { at: now, reference: grant.reference, kind }).await?;
    claims.insert("sub".to_owned(), Value::from(verified.token.sub.as_str()));
    Ok(claims)
}

/// The claims of the grant that this token's scopes still cover: one that a scope asked for goes when a refresh gave the
/// scope up, one asked for by name stays.
fn names(grant: &Grant, has_scope: impl Fn(&str) -> bool) -> Vec<&str> {
    let given_up = |name: &str| {
        let mut by_scope = grant.scope.iter().filter(|scope| catalogue::of_scope(scope).contains(&name)).peekable();
        by_scope.peek().is_some() && !by_scope.any(|scope| has_scope(scope))
    };
    grant.claims.iter().map(String::as_str).filter(|name| !given_up(name)).collect()
}
