//! How a client proves itself at our own endpoints.

use std::{sync::Arc, time::Duration};

use clock::{Clock, Timestamp};
use serde::Deserialize;
use signing::{Digest, jws};
use types::ClientId;

use super::{ClientHandle, ClientRegistry, client::Credentials};
use crate::storage::{OnceStore, StoreError};

/// What a request brings to prove who sends it. It may hold a secret, so it never prints.
pub enum Presented {
    /// `client_secret_basic` or `client_secret_post`.
    Secret {
        /// The claimed client.
        client_id: String,
        /// The secret.
        secret: secrecy::SecretString,
    },
    /// `private_key_jwt` (RFC 7523 §2.2).
    Assertion {
        /// `client_id`, when sent beside the assertion.
        client_id: Option<String>,
        /// `client_assertion`.
        assertion: secrecy::SecretString,
    },
    /// Only a `client_id`.
    Nothing {
        /// The claimed client.
        client_id: String,
    },
}

/// Why a client is not believed. To the caller all of them are `invalid_client`.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// No such client, or it is disabled.
    #[error("unknown or disabled client")]
    Unknown,
    /// It proves itself in another way than it is registered for.
    #[error("another authentication method is registered")]
    Method,
    /// The secret is wrong.
    #[error("the secret is wrong")]
    Secret,
    /// The assertion is not signed by a registered key, or its claims are not what they must be.
    #[error("the assertion is not acceptable: {0}")]
    Assertion(&'static str),
    /// The assertion was used before.
    #[error("the assertion was used before")]
    Replayed,
    /// The store gave no answer.
    #[error("the client cannot be checked now")]
    Store(#[from] StoreError),
}

impl CredentialError {
    /// The stable name for logs and audit.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "client.unknown",
            Self::Method => "client.method",
            Self::Secret => "client.secret",
            Self::Assertion(_) => "client.assertion",
            Self::Replayed => "client.replayed",
            Self::Store(_) => "client.store",
        }
    }
}

/// Checks clients.
#[derive(Clone)]
pub struct ClientCheck {
    /// Finds the client.
    pub registry: ClientRegistry,
    /// Remembers assertion ids.
    pub once: Arc<dyn OnceStore>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Our issuer: the one audience of an assertion (RFC 10070).
    pub issuer: Arc<str>,
}

/// How far a clock may be off, either way.
const SKEW: Duration = Duration::from_secs(60);
/// The longest an assertion may live, so that its id need not be remembered for ever.
const LONGEST: Duration = Duration::from_secs(3600);

#[derive(Deserialize)]
struct AssertionClaims {
    iss: String,
    sub: String,
    aud: serde_json::Value,
    exp: i64,
    jti: String,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    nbf: Option<i64>,
}

impl ClientCheck {
    /// The client, proven.
    pub async fn run(&self, presented: &Presented) -> Result<ClientHandle, CredentialError> {
        use secrecy::ExposeSecret;
        match presented {
            Presented::Secret { client_id, secret } => {
                let client = self.find(client_id).await?;
                let Credentials::LegacySecret { secret_sha256 } = &client.client.credentials else {
                    return Err(CredentialError::Method);
                };
                let matches = Digest::of(secret.expose_secret()).matches(&secret_sha256.0);
                if matches { Ok(client) } else { Err(CredentialError::Secret) }
            }
            Presented::Assertion { client_id, assertion } => {
                self.assertion(client_id.as_deref(), assertion.expose_secret()).await
            }
            Presented::Nothing { client_id } => {
                let client = self.find(client_id).await?;
                if client.client.is_public() { Ok(client) } else { Err(CredentialError::Method) }
            }
        }
    }

    async fn find(&self, client_id: &str) -> Result<ClientHandle, CredentialError> {
        let id = ClientId::parse(client_id).map_err(|_| CredentialError::Unknown)?;
        let client = self.registry.find(&id).await?.ok_or(CredentialError::Unknown)?;
        if client.client.enabled { Ok(client) } else { Err(CredentialError::Unknown) }
    }

    async fn assertion(&self, client_id: Option<&str>, assertion: &str) -> Result<ClientHandle, CredentialError> {
        let refuse = |why| Err(CredentialError::Assertion(why));
        let unproven = jws::unverified_claims(assertion).map_err(|_| CredentialError::Assertion("malformed"))?;
        let claimed =
            unproven.get("sub").and_then(serde_json::Value::as_str).ok_or(CredentialError::Assertion("sub"))?;
        if client_id.is_some_and(|id| id != claimed) {
            return refuse("client_id");
        }
        let client = self.find(claimed).await?;
        if !matches!(client.client.credentials, Credentials::PrivateKeyJwt { .. }) {
            return Err(CredentialError::Method);
        }
        let header = jws::unverified_header(assertion).map_err(|_| CredentialError::Assertion("header"))?;
        // RFC 7523 bis names a type of its own; plain JWT is what clients of today send.
        let typ = header.typ.as_deref().map(str::to_ascii_lowercase);
        if !matches!(typ.as_deref(), None | Some("jwt" | "client-authentication+jwt")) {
            return refuse("typ");
        }
        let kid = header.kid.as_deref();
        let mut keys = client.keys.iter().filter(|key| kid.is_none() || key.kid().is_none() || key.kid() == kid);
        let proven = keys.find_map(|key| key.verify::<AssertionClaims>(assertion).ok());
        let claims = proven.ok_or(CredentialError::Assertion("signature or claims"))?;
        self.judge(&claims)?;
        // The id counts for its client only, and only a proven assertion may use it up.
        let seen = Digest::of(format!("assertion\n{}\n{}", claims.sub, claims.jti));
        let until = Timestamp::from_seconds(claims.exp).plus(SKEW);
        match self.once.first_use(&seen, until, self.clock.now()).await? {
            true => Ok(client),
            false => Err(CredentialError::Replayed),
        }
    }

    fn judge(&self, claims: &AssertionClaims) -> Result<(), CredentialError> {
        let refuse = |why| Err(CredentialError::Assertion(why));
        let now = self.clock.now();
        let expires = Timestamp::from_seconds(claims.exp);
        let early = |moment: Option<i64>| moment.is_some_and(|at| Timestamp::from_seconds(at) > now.plus(SKEW));
        if claims.iss != claims.sub {
            return refuse("iss");
        }
        // One string, the issuer, and nothing else: an array or an endpoint address could be meant for somebody else.
        if claims.aud.as_str() != Some(&*self.issuer) {
            return refuse("aud");
        }
        if expires.plus(SKEW) <= now {
            return refuse("exp");
        }
        if expires > now.plus(LONGEST) {
            return refuse("exp too far");
        }
        if early(claims.iat) || early(claims.nbf) {
            return refuse("iat or nbf in the future");
        }
        if claims.jti.is_empty() || claims.jti.len() > 256 {
            return refuse("jti");
        }
        Ok(())
    }
}
