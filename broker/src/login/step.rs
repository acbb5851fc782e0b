//! What happens next in a login, without a word of HTTP.

use std::collections::BTreeSet;

use secrecy::SecretString;
use types::{AccountLevel, AuthLevel, ProviderId};
use url::Url;

use super::attempt::ProvenBinding;
use crate::{
    authorization::{
        accepted::ReturnAddress,
        refusal::{AuthorizationErrorCode, ClientRefusal},
    },
    clients::ClientHandle,
    ids::Reference,
    storage::StoreError,
    upstream::UpstreamError,
};

/// What happens next.
pub enum Step {
    /// The browser goes to the provider.
    ToProvider(Url),
    /// The person chooses a provider.
    Choose {
        /// For which application.
        client: ClientHandle,
        /// Between which.
        providers: Vec<ProviderId>,
        /// The name of the attempt's binding, for the form.
        login: String,
        /// Where the application is answered: when the person does not want to, and when redirects alone lead there from the
        /// form, with a session at the provider and a release accepted before.
        back: ReturnAddress,
    },
    /// The person is to read the information page.
    Release {
        /// The name of the attempt's binding, for the address of the page.
        login: String,
    },
    /// The browser goes back to the application.
    Answer(Url),
    /// A level is not reached; the page leads back to the application with the error.
    Unmet {
        /// Which application.
        client: ClientHandle,
        /// Which level.
        shortfall: Shortfall,
        /// The error answer.
        back: Url,
    },
}

/// Which level is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortfall {
    /// The account is not proven well enough.
    Account {
        /// What is needed.
        needed: AccountLevel,
        /// What there is.
        has: Option<AccountLevel>,
    },
    /// The sign-in is not strong enough.
    Authentication {
        /// What is needed.
        needed: AuthLevel,
        /// What there is.
        has: AuthLevel,
    },
}

/// A step, and the cookies that go with it.
pub struct Outcome {
    /// What happens next.
    pub step: Step,
    /// The number on the page and in the log.
    pub reference: Reference,
    /// A new binding of this attempt.
    pub bind: Option<ProvenBinding>,
    /// The binding that is over.
    pub unbind: Option<String>,
    /// Languages the request asked for.
    pub ui_locales: Vec<String>,
}

/// What came of a callback. The session counts whatever happened after it, so its cookie is set in any case.
pub struct Finished {
    /// What happens next.
    pub result: Result<Outcome, LoginError>,
    /// The value for the session cookie, when a session began.
    pub session: Option<SecretString>,
}

/// What the information page shows.
pub struct ReleaseView {
    /// Which application.
    pub client: ClientHandle,
    /// Which claims.
    pub claims: BTreeSet<String>,
    /// The name of the person, when known.
    pub person_name: Option<String>,
    /// Through which provider the person came.
    pub provider: ProviderId,
    /// Where a decision leads.
    pub back: ReturnAddress,
    /// The number on the page.
    pub reference: Reference,
    /// Languages the request asked for.
    pub ui_locales: Vec<String>,
}

/// Why a login does not go on.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The client gets an error.
    #[error("the request is answered with an error")]
    ToClient(ReturnAddress, ClientRefusal),
    /// The attempt is unknown: expired, answered before, or never there.
    #[error("the attempt is not known")]
    UnknownAttempt,
    /// The attempt belongs to another browser.
    #[error("the attempt belongs to another browser")]
    OtherBrowser,
    /// The attempt was sent to another provider.
    #[error("the attempt was sent to another provider")]
    OtherProvider,
    /// The provider is unknown, disabled, or not this client's.
    #[error("the provider may not be used")]
    ProviderNotAllowed,
    /// The provider gave no identity.
    #[error("the provider gave no identity")]
    Provider(Box<ProviderFailure>),
    /// The client is gone.
    #[error("the client is not registered any more")]
    UnknownClient,
    /// The store gave no answer.
    #[error("the store gave no answer")]
    Store(#[from] StoreError),
    /// Something that must not be.
    #[error("{0}")]
    Internal(&'static str),
}

/// A provider that gave no identity, and what a page about it needs.
#[derive(Debug)]
pub struct ProviderFailure {
    /// Which.
    pub provider: ProviderId,
    /// Why.
    pub error: UpstreamError,
    /// The error answer, so that the page can lead back.
    pub back: Option<Url>,
    /// For which application.
    pub client: ClientHandle,
    /// The number of the attempt.
    pub reference: Reference,
}

impl LoginError {
    /// An error for the client.
    #[must_use]
    pub fn refuse(back: &ReturnAddress, code: AuthorizationErrorCode, description: &'static str) -> Self {
        Self::ToClient(back.clone(), ClientRefusal::new(code, description))
    }

    /// Whether the provider was not asked, because too many wait for it.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Provider(failure) if failure.error == UpstreamError::Busy)
    }

    /// The stable name for logs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ToClient(_, refusal) => refusal.code.name(),
            Self::UnknownAttempt => "login.unknown_attempt",
            Self::OtherBrowser => "login.other_browser",
            Self::OtherProvider => "login.other_provider",
            Self::ProviderNotAllowed => "login.provider_not_allowed",
            Self::Provider(failure) => failure.error.code(),
            Self::UnknownClient => "login.unknown_client",
            Self::Store(_) => "login.store",
            Self::Internal(_) => "login.internal",
        }
    }
}

impl From<clock::entropy::EntropyError> for LoginError {
    fn from(_: clock::entropy::EntropyError) -> Self {
        Self::Internal("no random bytes")
    }
}

impl From<signing::SealingError> for LoginError {
    fn from(_: signing::SealingError) -> Self {
        Self::Internal("a record cannot be sealed or opened")
    }
}
