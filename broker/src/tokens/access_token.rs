//! Access tokens in the JWT profile (RFC 9068).

use clock::Timestamp;
use serde::{Deserialize, Serialize};
use types::{AccountLevel, AgencyCode, ClientId, Subject};

use crate::{
    ids::{GrantId, TokenId},
    people::post::OfficerCode,
};

/// `typ` of an access token (RFC 9068 §2.1).
pub const TYP: &str = "at+jwt";

/// `aud`: one name, or several (RFC 7519 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Audience {
    /// Whether it names this one.
    #[must_use]
    pub fn names(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Several(all) => all.iter().any(|one| one == name),
        }
    }
}

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessToken {
    /// Our issuer.
    pub iss: String,
    /// The person as this client knows them, or the client itself.
    pub sub: Subject,
    /// Who may accept it: our own UserInfo endpoint, named by the issuer, and for an officer the bus.
    pub aud: Audience,
    /// To whom it was issued.
    pub client_id: ClientId,
    /// When, in seconds since the epoch.
    pub iat: i64,
    /// Until when, in seconds since the epoch.
    pub exp: i64,
    /// Its own id.
    pub jti: TokenId,
    /// The scopes, separated by spaces; absent when there are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The grant it belongs to; absent for a client acting alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<GrantId>,
    /// When the person authenticated (RFC 9068 §2.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// At which level (RFC 9068 §2.2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The agency for which an officer acts on the bus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vn_agency: Option<AgencyCode>,
    /// As which officer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vn_officer: Option<OfficerCode>,
    /// The officer's account level, for a client registered for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vn_account_level: Option<AccountLevel>,
}

impl AccessToken {
    /// Whether it names this scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scope.split(' ').any(|held| held == scope)
    }
}

/// An access token whose signature, issuer, audience and time were checked. Whether it was revoked is the store's to say.
#[derive(Clone, Debug)]
pub struct VerifiedAccess {
    /// Its claims.
    pub token: AccessToken,
    /// Until when.
    pub expires_at: Timestamp,
}
