//! The two answers: a permit, which only this crate can make, and a denial with its reason.

use std::{fmt, sync::Arc};

use types::{AccountLevel, AuthLevel, ClientId, ProviderId};

/// Why the answer is no. When several apply, the first in this order is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The client is switched off.
    ClientDisabled,
    /// The client is not registered for this provider, or the provider is switched off.
    ProviderNotAllowed,
    /// The authentication level is below the client's minimum or below what the request demands.
    AuthLevelTooLow,
    /// The account level is below the client's minimum, or absent.
    AccountLevelTooLow,
    /// A claim is asked that the registration does not list.
    ClaimNotRegistered,
    /// The grant type is not registered.
    GrantNotRegistered,
    /// A scope is asked that the registration does not list.
    ScopeNotRegistered,
    /// No policy permits it; also a registration without purpose or legal basis.
    NotPermitted,
    /// The decision itself failed: an evaluation error, or a question that does not fit the schema.
    /// A human must look.
    PolicyError,
}

impl Reason {
    /// Every reason, in order of precedence.
    pub const ALL: [Self; 9] = [
        Self::ClientDisabled,
        Self::ProviderNotAllowed,
        Self::AuthLevelTooLow,
        Self::AccountLevelTooLow,
        Self::ClaimNotRegistered,
        Self::GrantNotRegistered,
        Self::ScopeNotRegistered,
        Self::NotPermitted,
        Self::PolicyError,
    ];

    /// The stable name, as in the annotation `@reason` and in audit events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientDisabled => "client_disabled",
            Self::ProviderNotAllowed => "provider_not_allowed",
            Self::AuthLevelTooLow => "auth_level_too_low",
            Self::AccountLevelTooLow => "account_level_too_low",
            Self::ClaimNotRegistered => "claim_not_registered",
            Self::GrantNotRegistered => "grant_not_registered",
            Self::ScopeNotRegistered => "scope_not_registered",
            Self::NotPermitted => "not_permitted",
            Self::PolicyError => "policy_error",
        }
    }
}

/// A list of reasons, as the engine uses it. Its order is the order of precedence.
pub trait Because: Copy + Ord {
    /// No policy permits it.
    const NOT_PERMITTED: Self;
    /// The decision itself failed.
    const FAILED: Self;

    /// The reason that a policy's `@reason` names. A policy cannot claim that it failed.
    fn from_annotation(text: &str) -> Option<Self>;
}

impl Because for Reason {
    const NOT_PERMITTED: Self = Self::NotPermitted;
    const FAILED: Self = Self::PolicyError;

    fn from_annotation(text: &str) -> Option<Self> {
        Self::ALL.into_iter().filter(|reason| *reason != Self::FAILED).find(|reason| reason.as_str() == text)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The answer no, to the broker's questions ([`Reason`]) or to the gateway's ([`CallReason`](crate::CallReason)).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("denied: {reason}")]
pub struct Denied<R = Reason> {
    /// The reason to act on.
    pub reason: R,
    /// Ids of the policies that forbade it, sorted; empty when nothing permitted it.
    pub policies: Arc<[Arc<str>]>,
    /// What the engine reported, for the log of the operator and never for the caller. Not empty exactly when
    /// the decision itself failed; names policies, attributes and clients, never people.
    pub diagnostics: Vec<String>,
}

impl<R: Because> Denied<R> {
    /// A decision that could not be made.
    pub(crate) fn failed(diagnostics: Vec<String>) -> Self {
        Self { reason: R::FAILED, policies: Arc::new([]), diagnostics }
    }

    /// A decision that could not be made because of `error`, with all its causes.
    pub(crate) fn because(error: &dyn std::error::Error) -> Self {
        let chain = std::iter::successors(Some(error), |error| error.source());
        Self::failed(chain.map(ToString::to_string).collect())
    }
}

/// A person whom this provider vouches for may enter this client, with these levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInPermit {
    pub(crate) client_id: ClientId,
    pub(crate) provider: ProviderId,
    pub(crate) auth_level: AuthLevel,
    pub(crate) account_level: Option<AccountLevel>,
    pub(crate) policies: Arc<[Arc<str>]>,
}

impl SignInPermit {
    /// The client it holds for.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The provider it holds for.
    #[must_use]
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// The authentication level that was judged; no higher one may be stated.
    #[must_use]
    pub fn auth_level(&self) -> AuthLevel {
        self.auth_level
    }

    /// The account level that was judged.
    #[must_use]
    pub fn account_level(&self) -> Option<AccountLevel> {
        self.account_level
    }

    /// Ids of the policies that made it, sorted.
    #[must_use]
    pub fn policies(&self) -> &[Arc<str>] {
        &self.policies
    }
}

/// These claims about a person may go to this client, and no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasePermit {
    pub(crate) client_id: ClientId,
    pub(crate) claims: Vec<Arc<str>>,
    pub(crate) policies: Arc<[Arc<str>]>,
}

impl ReleasePermit {
    /// The client it holds for.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Names of the claims, sorted, each once.
    #[must_use]
    pub fn claims(&self) -> &[Arc<str>] {
        &self.claims
    }

    /// Whether the claim may go out.
    #[must_use]
    pub fn allows(&self, claim: &str) -> bool {
        self.claims.binary_search_by(|name| name.as_ref().cmp(claim)).is_ok()
    }

    /// Ids of the policies that made it, sorted.
    #[must_use]
    pub fn policies(&self) -> &[Arc<str>] {
        &self.policies
    }
}

/// This client may have a token for itself with these scopes, and no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientPermit {
    pub(crate) client_id: ClientId,
    pub(crate) scopes: Vec<Arc<str>>,
    pub(crate) policies: Arc<[Arc<str>]>,
}

impl ClientPermit {
    /// The client it holds for.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The scopes, sorted, each once.
    #[must_use]
    pub fn scopes(&self) -> &[Arc<str>] {
        &self.scopes
    }

    /// Ids of the policies that made it, sorted.
    #[must_use]
    pub fn policies(&self) -> &[Arc<str>] {
        &self.policies
    }
}
