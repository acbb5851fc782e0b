//! What a code stands for until it is spent, and what remains of it afterwards.

use std::collections::BTreeSet;

use clock::Timestamp;
use contract::AccountType;
use serde::{Deserialize, Serialize};
use types::{AccountLevel, AuthLevel, ClientId, ProviderId};

use crate::{
    ids::{GrantId, PersonId, Reference, SessionId},
    people::person::LinkKey,
};

/// What one person granted one client in one sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The family of all its tokens.
    pub id: GrantId,
    /// The login it came from.
    pub reference: Reference,
    /// To whom it was granted.
    pub client: ClientId,
    /// Who granted it.
    pub person: PersonId,
    /// The session it lives and dies with.
    pub session: SessionId,
    /// Through which provider the person came.
    pub provider: ProviderId,
    /// The key by which that provider knows them; absent in what an older release wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkKey>,
    /// The scopes.
    pub scope: BTreeSet<String>,
    /// The claims that may be released, as permit and page named them.
    pub claims: BTreeSet<String>,
    /// Those of them that were asked for in the ID token.
    pub id_token_claims: BTreeSet<String>,
    /// The authentication level in force.
    pub auth_level: AuthLevel,
    /// The account level in force.
    pub account_level: Option<AccountLevel>,
    /// Person or organisation.
    pub account_type: AccountType,
    /// When the person authenticated.
    pub auth_time: Timestamp,
    /// `nonce` of the request, repeated in every ID token of the grant (OIDC Core §2, §12.2).
    pub nonce: Option<String>,
    /// When nothing of it works any more, whatever happens.
    pub expires_at: Timestamp,
}

/// A grant that waits behind a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingGrant {
    /// What the code is worth.
    pub grant: Grant,
    /// `redirect_uri` of the request (RFC 6749 §4.1.3).
    pub redirect_uri: String,
    /// `code_challenge`, method S256 (RFC 7636 §4.3).
    pub code_challenge: String,
    /// The trace that `/authorize` began, so that `/token` joins it.
    pub traceparent: Option<String>,
    /// When the code dies unspent.
    pub expires_at: Timestamp,
}
