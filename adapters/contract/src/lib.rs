//! What adapters promise, in two faces. Every *exchange* adapter carries a bus call to one foreign system and back, see
//! [`exchange`]. Every *identity* adapter keeps this promise: it turns what one upstream dialect says into one [`VerifiedIdentity`],
//! or into an error that says whose fault it is and whether a second try can help.
//!
//! A login passes through an adapter twice: [`IdentityProvider::login_url`] on the way out,
//! [`IdentityProvider::redeem`] on the way back. Between the two the broker keeps the [`Attempt`], bound to the
//! browser and to the provider, and takes it out exactly once before `redeem` is called.

pub mod attempt;
pub mod callback;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod error;
pub mod exchange;
pub mod identity;
pub mod provider;

pub use attempt::Attempt;
pub use callback::Callback;
pub use error::{Fault, ProviderError};
pub use exchange::{
    Actor, Body, BodyError, BodyStream, Exchange, ExchangeError, ExchangeFault, ExchangeReply, ExchangeRequest,
    ForeignCodes,
};
pub use identity::{AccountType, PersonProfile, VerifiedIdentity};
pub use provider::IdentityProvider;
