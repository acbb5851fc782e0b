//! Does an exchange adapter keep the promises of [`Exchange`]? One suite for every dialect.
//!
//! An adapter's tests describe the dialect once, as an [`ExchangeDialect`]. The suite plays the register on a loopback
//! port, well at first and then badly in every way it knows: slow, cut off, oversized, of the wrong type, redirecting,
//! refusing, lying. After each it asks for the right [`ExchangeError`], within the time that was left, after one request
//! and no second, and at the end for logs without a secret.

use std::sync::Arc;

use url::Url;

use super::{Reply, Request, Violation};
use crate::{Exchange, ExchangeError, ExchangeRequest};

mod faults;
mod run;

pub use run::{exchange, exchange_with};

/// A way in which a register of this dialect can lie while it is polite about it.
pub struct ExchangeLie {
    /// What is wrong, for the report.
    pub name: &'static str,
    /// The answer in place of the good one.
    pub reply: Reply,
    /// What the call must end with.
    pub expected: ExchangeError,
}

/// One dialect, as the suite needs it. Everything here is a fixture: secrets and people are made for the test.
pub trait ExchangeDialect: Send + Sync {
    /// The adapter under test for a register at `base`, taking answers of at most `max_answer_bytes`.
    fn exchange(&self, base: &Url, max_answer_bytes: u64) -> Arc<dyn Exchange>;

    /// A call that the good register answers. The suite sets the time that is left.
    fn request(&self) -> ExchangeRequest;

    /// The good answer to a request as it came.
    fn answer(&self, request: &Request) -> Reply;

    /// Whether the adapter understands answers (a dialect of its own) or passes them on as they are.
    fn understands(&self) -> bool;

    /// The lies that only this dialect knows, about a request as it came.
    fn lies(&self, request: &Request) -> Vec<ExchangeLie>;

    /// Texts that must never be logged: keys, names, numbers.
    fn canaries(&self) -> Vec<String>;
}
