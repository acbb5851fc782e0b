//! The way of a call, room by room:
//!
//! [`listener`] accepts it over mutual TLS → [`caller`] says who it is → [`message_log`] opens its record → [`verify`] checks
//! digest, signature and replay → [`route`] finds the service → [`authorize`] asks the policy → [`shape`] checks it against
//! the contract → [`dispatch`] hands it to an adapter; and back: [`shape`] leaves only the permitted fields, [`sign`] seals the
//! answer or the refusal, [`message_log`] closes the record, [`listener`] answers.
//!
//! Beside that way, [`timekeeping`] says whether our clock may be believed; while it may not, no call is taken.
//!
//! Before any of it, [`checked`] looks whether everything holds that [`settings`] name, and [`app`] puts it together.
//!
//! [`stack`] has that way in one function, [`call`] the types that keep its order, [`refusal`] every way it can end early.

pub mod app;
pub mod checked;
pub mod running;
pub mod settings;
pub mod stack;

pub mod authorize;
pub mod call;
pub mod caller;
pub mod dispatch;
pub mod http;
pub mod listener;
#[cfg(test)]
mod logged;
pub mod measure;
pub mod message_log;
pub mod refusal;
pub mod registry;
pub mod reply;
pub mod route;
pub mod shape;
pub mod sign;
pub mod storage;
pub mod timekeeping;
pub mod trail;
pub mod verify;

pub use app::StartError;
pub use running::{Running, start};

/// Makes aws-lc-rs the one cryptographic provider of this process; calling it again changes nothing.
pub fn install_crypto() {
    // An error means that a provider is installed already, which is what is wanted.
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
