//! A registered client: who answers for it, what for, and the least it may have.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};
use signing::{Algorithm, Digest};
use types::{AccountLevel, AuthLevel, ClientId, LegalEntity, ProviderId};
use url::Url;

/// A text in both languages of our pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

/// The legal body that answers for a client; also the sector of its pairwise subjects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegalBody {
    /// Its code, such as an agency code.
    pub code: LegalEntity,
    /// Its name in Vietnamese.
    pub vi: String,
    /// Its name in English.
    pub en: String,
}

/// How a client proves itself (OIDC Core §9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Credentials {
    /// `private_key_jwt`: signed assertions under one of these public keys.
    PrivateKeyJwt {
        /// JWK set (RFC 7517 §5).
        jwks: serde_json::Value,
    },
    /// `client_secret_basic` or `client_secret_post`: only for clients marked legacy.
    LegacySecret {
        /// SHA-256 of the generated 256-bit secret, base64url.
        secret_sha256: SecretHash,
    },
    /// `none`: a public client, which PKCE binds.
    Public,
}

/// SHA-256 of a client secret, base64url in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretHash(pub Digest);

impl TryFrom<String> for SecretHash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Digest::from_base64url(&text).map(Self).ok_or("a secret hash is 32 bytes in base64url")
    }
}

impl From<SecretHash> for String {
    fn from(hash: SecretHash) -> Self {
        hash.0.base64url()
    }
}

/// Where the client runs, which decides how its redirect URIs are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// On a server: redirect URIs match exactly.
    #[default]
    Web,
    /// On a device: the port of a loopback IP address is free (RFC 8252 §7.3).
    Native,
}

/// What the page before the release is: public bodies inform, others ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleasePage {
    /// The law is the basis: the person is informed.
    #[default]
    Information,
    /// The person's consent is the basis: the person may refuse.
    Consent,
}

/// A grant type a client may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4.
    ClientCredentials,
}

impl GrantType {
    /// Every grant type there is here.
    pub const ALL: [Self; 3] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];

    /// The value of `grant_type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    /// Reads a value of `grant_type`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.name() == name)
    }
}

/// A registered client, as it stands in the clients file and in the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// `client_id`.
    pub client_id: ClientId,
    /// A client that is not enabled gets nothing anywhere.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The name people read.
    pub name: Bilingual,
    /// Who answers for it.
    pub legal_entity: LegalBody,
    /// What it needs the data for.
    pub purpose: Bilingual,
    /// The law or agreement that allows it.
    pub legal_basis: String,
    /// Information or consent.
    #[serde(default)]
    pub release_page: ReleasePage,
    /// Where a person finds the application.
    #[serde(default)]
    pub client_uri: Option<Url>,
    /// Web or native.
    #[serde(default)]
    pub application_type: ApplicationType,
    /// How it proves itself.
    pub credentials: Credentials,
    /// Marks the class that may still use a shared secret.
    #[serde(default)]
    pub legacy: bool,
    /// Where answers may go, compared as text.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Where a person may go after signing out, compared as text.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// The grants it may use.
    pub grant_types: BTreeSet<GrantType>,
    /// The scopes it may ask.
    pub scopes: BTreeSet<String>,
    /// The claims it may get.
    #[serde(default)]
    pub claims: BTreeSet<String>,
    /// The providers its users may come from; the first is offered first.
    #[serde(default)]
    pub providers: Vec<ProviderId>,
    /// The lowest account level it accepts.
    #[serde(default)]
    pub min_account_level: Option<AccountLevel>,
    /// The lowest authentication level it accepts.
    #[serde(default)]
    pub min_auth_level: AuthLevel,
    /// What its ID tokens are signed with.
    #[serde(default = "es256")]
    pub id_token_signed_response_alg: Algorithm,
    /// Life of an access token in seconds.
    #[serde(default = "ten_minutes")]
    pub access_token_seconds: u32,
    /// Life of a refresh token in seconds; never beyond its session.
    #[serde(default = "eight_hours")]
    pub refresh_token_seconds: u32,
    /// Other clients whose access tokens it may introspect, because it serves their calls.
    #[serde(default)]
    pub may_introspect: BTreeSet<ClientId>,
}

fn yes() -> bool {
    true
}

fn es256() -> Algorithm {
    Algorithm::ES256
}

fn ten_minutes() -> u32 {
    600
}

fn eight_hours() -> u32 {
    8 * 3600
}

impl Client {
    /// Whether the client holds no credential (RFC 6749 §2.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        matches!(self.credentials, Credentials::Public)
    }

    /// Whether an answer to this address can be of use to nobody else: the client proves itself when it trades the code, or
    /// the address is on a domain that it holds. Any program of a device can listen on its loopback or claim a private
    /// scheme (RFC 8252 §8.6).
    #[must_use]
    pub fn is_assured_at(&self, redirect_uri: &str) -> bool {
        !self.is_public() || redirect_uri.starts_with("https://")
    }

    /// Life of an access token.
    #[must_use]
    pub fn access_token_lifetime(&self) -> Duration {
        Duration::from_secs(self.access_token_seconds.into())
    }

    /// Life of a refresh token.
    #[must_use]
    pub fn refresh_token_lifetime(&self) -> Duration {
        Duration::from_secs(self.refresh_token_seconds.into())
    }
}
