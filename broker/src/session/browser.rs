//! The session behind the cookie.

use clock::Timestamp;
use contract::AccountType;
use serde::{Deserialize, Serialize};
use types::{AccountLevel, AuthLevel, ProviderId};

use crate::{
    ids::{PersonId, SessionId},
    people::person::LinkKey,
};

/// A signed-in browser. The cookie holds 256 random bits; stores know only their SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id, safe to log.
    pub id: SessionId,
    /// Who is signed in.
    pub person: PersonId,
    /// Through which provider.
    pub provider: ProviderId,
    /// The key by which that provider knows them, for the posts they hold; absent in what an older release wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkKey>,
    /// The authentication level after the provider's ceiling.
    pub auth_level: AuthLevel,
    /// The account level the provider stated.
    pub account_level: Option<AccountLevel>,
    /// Person or organisation.
    pub account_type: AccountType,
    /// When the person authenticated: the provider's proven time, else the moment its answer reached us.
    pub auth_time: Timestamp,
    /// When the session ends by itself.
    pub expires_at: Timestamp,
}
