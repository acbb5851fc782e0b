//! The broker: an OpenID Provider for provincial applications and a relying party of national identity providers.
//!
//! A login, room by room: [`http`] → [`authorization`] → [`login`] → the provider → [`login`] again → [`claims`] →
//! policy → [`grant`] → the application → [`http`] → [`grant`] → [`tokens`]. No room is entered twice, except
//! [`storage`], which every step reaches through a port.

pub mod settings;
pub mod app;
pub mod running;

pub mod http;
pub mod parameters;
pub mod authorization;
pub mod clients;
pub mod login;
pub mod upstream;
pub mod claims;
pub mod people;
pub mod session;
pub mod grant;
pub mod tokens;
pub mod pages;
pub mod audit;
pub mod ids;
pub mod storage;

pub use app::StartError;
pub use running::{Running, start};

/// Makes aws-lc-rs the one cryptographic provider of this process; calling it again changes nothing.
pub fn install_crypto() {
    // An error means that a provider is installed already, which is what is wanted.
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
