//! Does an identity adapter keep the promises of [`IdentityProvider`]? One suite for every dialect.
//!
//! An adapter's tests describe the dialect once, as a [`Dialect`]: how to make the adapter against some address, and how
//! a good provider answers. The suite plays that provider on a loopback port, well at first and then badly in every
//! way it knows: slow, cut off, oversized, of the wrong type, lying. After each it asks for the right
//! [`ProviderError`], within the time limit, and at the end for logs without a secret.
//!
//! ```text
//! let violations = contract::conformance::identity_provider(Arc::new(MyDialect)).await;
//! assert!(violations.is_empty(), "{violations:#?}");
//! ```

use std::{sync::Arc, time::Duration};

use url::Url;

use crate::{Attempt, Callback, IdentityProvider, ProviderError};

mod callbacks;
pub mod exchange;
mod faults;
mod logs;
mod run;
pub mod server;

pub use exchange::{exchange, exchange_with};
pub use logs::Logs;
pub use run::{identity_provider, identity_provider_with};
pub use server::{Reply, Request, Server};

/// How long a suite waits.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For cases that must end by themselves.
    pub long: Duration,
    /// For cases that only the time ends.
    pub short: Duration,
    /// What a busy machine may add.
    pub slack: Duration,
}

/// The limits with which the suite has the adapter made.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For one whole call of [`IdentityProvider::login_url`] or [`IdentityProvider::redeem`], however many exchanges.
    pub timeout: Duration,
    /// The largest answer body that may be read, in bytes.
    pub max_answer_bytes: usize,
}

/// What the provider is asked for at one of its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Metadata or keys, which an adapter may keep and may miss with [`ProviderError::Keys`].
    Keys,
    /// The code is traded here. Never asked with a callback that does not fit the attempt.
    Token,
    /// Facts about the person.
    Person,
}

/// One exchange that a login of this dialect consists of.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The path at which the adapter asks, as `/token`.
    pub path: &'static str,
    /// What for.
    pub purpose: Purpose,
}

/// A way in which a provider of this dialect can lie while it is polite about it.
pub struct Lie {
    /// What is wrong, for the report.
    pub name: &'static str,
    /// The path whose answer is replaced.
    pub path: &'static str,
    /// The answer in place of the good one.
    pub reply: Reply,
    /// What the login must end with.
    pub expected: ProviderError,
}

/// One dialect, as the suite needs it. Everything here is a fixture: keys and secrets are made for the test.
pub trait Dialect: Send + Sync {
    /// The adapter under test, for a provider whose addresses all lie below `base`.
    fn provider(&self, base: &Url, limits: Limits) -> Arc<dyn IdentityProvider>;

    /// The exchanges of one login with a newly made adapter, in their order.
    fn steps(&self) -> Vec<Step>;

    /// How the good provider at `base` answers one request of this attempt's login.
    fn answer(&self, base: &Url, attempt: &Attempt, request: &Request) -> Reply;

    /// The raw query with which the good provider sends the browser back.
    fn callback(&self, base: &Url, attempt: &Attempt) -> String;

    /// The lies that only this dialect knows.
    fn lies(&self, base: &Url, attempt: &Attempt) -> Vec<Lie>;

    /// Texts that must never be logged: client secret, codes, tokens, keys, names, numbers. `state`, `nonce` and
    /// `code_verifier` of the attempts need not be named.
    fn canaries(&self) -> Vec<String>;
}

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where: the step and what was done to it.
    pub case: String,
    /// What came, and what should have come.
    pub found: String,
}

impl Violation {
    fn new(case: impl Into<String>, found: impl Into<String>) -> Self {
        Self { case: case.into(), found: found.into() }
    }
}

/// Runs a login as far as it goes: out, and back with `query`.
async fn login(
    provider: &dyn IdentityProvider,
    attempt: &Attempt,
    query: &str,
) -> Result<crate::VerifiedIdentity, ProviderError> {
    provider.login_url(attempt).await?;
    provider.redeem(attempt, &Callback::new(query)).await
}
