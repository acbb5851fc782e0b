//! One attempt, from acceptance to answer.

pub mod answer;
pub mod approve;
pub mod attempt;
pub mod finish;
pub mod proceed;
pub mod start;
pub mod step;

use std::{sync::Arc, time::Duration};

use clock::{Clock, Entropy};
use policies::Policies;
use signing::Sealer;

pub use step::{Finished, LoginError, Outcome, ProviderFailure, ReleaseView, Step};

use crate::{
    audit::StrangerBudget, clients::ClientRegistry, people::post::Posts, storage::Stores, tokens::Mint,
    upstream::Providers,
};

/// Everything a login needs. Cheap to clone.
#[derive(Clone)]
pub struct Login {
    /// Our issuer, `iss` of every answer (RFC 9207).
    pub issuer: Arc<str>,
    /// What is kept.
    pub stores: Stores,
    /// Finds clients.
    pub clients: ClientRegistry,
    /// The upstream providers.
    pub providers: Providers,
    /// Decides.
    pub policies: Arc<Policies>,
    /// Reads hints, makes subjects.
    pub mint: Arc<Mint>,
    /// Seals people's records.
    pub sealer: Arc<Sealer>,
    /// The posts that people hold.
    pub posts: Posts,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives chance.
    pub entropy: Arc<dyn Entropy>,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// How many events strangers may still cause.
    pub strangers: Arc<StrangerBudget>,
}

/// How long the pieces of a login live.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// From acceptance to answer, at most ten minutes.
    pub attempt: Duration,
    /// A code.
    pub code: Duration,
    /// A browser session.
    pub session: Duration,
}
