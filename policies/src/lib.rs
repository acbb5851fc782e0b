//! Who may sign in where, who may get which claims, who may get a token for itself; and which system may call which
//! service on the bus ([`CallPolicies`]).
//!
//! What comes in: the Cedar policies beside this crate, a client registration, a question. What goes out: a
//! permit, or [`Denied`] with one named [`Reason`]. The order: [`Policies::load`] parses and validates the set
//! once, [`Policies::prepare`] turns a registration into a [`PreparedClient`] once, and then each question is
//! one call. Only this crate can make a permit, so a step that demands one cannot be reached without a decision.
//!
//! Nothing is allowed by default, and whatever goes wrong while deciding is a refusal.

mod authorizer;
mod call;
mod decided;
mod engine;
mod entities;
mod error;
mod load;
mod permit;
mod request;
mod self_test;
mod slice;

pub use authorizer::Policies;
pub use call::{
    ActorFacts, AgreementFacts, CallPermit, CallPolicies, CallQuestion, CallReason, HoursFacts, OfficerFacts,
    PreparedAgreement,
};
pub use entities::{ClientFacts, PreparedClient};
pub use error::PolicyError;
pub use permit::{ClientPermit, Denied, Reason, ReleasePermit, SignInPermit};
pub use request::{ReleaseQuestion, SignInQuestion};
