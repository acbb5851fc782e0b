//! Access tokens in the JWT profile (RFC 9068).

use clock::Timestamp;
use serde::{Deserialize, Serialize};
use types::{ClientId, Subject};

use crate::ids::{GrantId, TokenId};

/// `typ` of an access token (RFC 9068 §2.1).
pub const TYP: &str = "at+jwt";

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessToken {
    /// Our issuer.
    pub iss: String,
    /// The person as this client knows them, or the client itself.
    pub sub: Subject,
    /// Who may accept it: our own UserInfo endpoint, named by the issuer.
    pub aud: String,
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
