//! Why no tokens are given.

use crate::{storage::StoreError, tokens::MintError};

/// Why a grant is not exchanged. The codes are those of RFC 6749 §5.2.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// A parameter is missing or malformed.
    #[error("{0}")]
    Request(&'static str),
    /// Code, refresh token or verifier are not good, or not this client's.
    #[error("{0}")]
    Grant(&'static str),
    /// The client may not use this grant type.
    #[error("the client is not registered for this grant type")]
    Unauthorized,
    /// We do not know this grant type.
    #[error("the grant type is not supported")]
    UnsupportedGrantType,
    /// A scope the client may not have.
    #[error("a scope is not registered for this client")]
    Scope,
    /// Policy said no.
    #[error("policy denies: {0}")]
    Denied(String),
    /// The store gave no answer.
    #[error("the store gave no answer")]
    Store(#[from] StoreError),
    /// No token could be made.
    #[error("no token could be made")]
    Mint(#[from] MintError),
    /// A person's record does not open or does not exist.
    #[error("the person's record cannot be read")]
    Person,
}

impl GrantError {
    /// The stable name for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Request(_) => "grant.request",
            Self::Grant(_) => "grant.invalid",
            Self::Unauthorized => "grant.unauthorized_client",
            Self::UnsupportedGrantType => "grant.unsupported",
            Self::Scope => "grant.scope",
            Self::Denied(_) => "grant.denied",
            Self::Store(_) => "grant.store",
            Self::Mint(_) => "grant.mint",
            Self::Person => "grant.person",
        }
    }
}
