//! Three sample applications of the province: ordinary OpenID Connect clients, each of another legal body.
//!
//! A login here: [`routes`] sends the browser away and takes the answer → [`attempts`] finds what the answer belongs
//! to → [`relying_party`] proves it → [`sessions`] remembers the person → the application's own pages.

pub mod attempts;
pub mod explain;
pub mod face;
pub mod mot_cua;
pub mod pages;
pub mod qlvb;
pub mod relying_party;
pub mod routes;
pub mod sessions;
pub mod truong_hoc;

use std::sync::Arc;

use clock::{Clock, Entropy};

use self::{attempts::Attempts, relying_party::Registered, sessions::Sessions};
pub use self::{face::Face, relying_party::RelyingParty};

/// What the three applications have in common.
pub struct Application {
    /// Name, owner and looks.
    pub face: &'static Face,
    /// The OpenID Connect client.
    pub party: RelyingParty,
    /// Logins on their way.
    pub attempts: Attempts,
    /// People who are logged in.
    pub sessions: Sessions,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// The start page of the province.
    pub home: String,
}

impl Application {
    /// An application that nobody is logged in to.
    pub fn new(
        face: &'static Face,
        registered: Registered,
        home: String,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, reqwest::Error> {
        let party = RelyingParty::new(registered, clock.clone(), entropy.clone())?;
        Ok(Self { face, party, attempts: Attempts::default(), sessions: Sessions::default(), clock, entropy, home })
    }
}
