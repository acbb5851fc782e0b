//! The broker: an OpenID Provider for provincial applications and a relying party of national identity providers.
//!
//! A login, room by room: [`http`] → [`authorization`] → [`login`] → the provider → [`login`] again → [`claims`] →
//! policy → [`grant`] → the application → [`http`] → [`grant`] → [`tokens`]. No room is entered twice, except
//! [`storage`], which every step reaches through a port.

pub mod app;
pub mod keys_command;
pub mod running;
pub mod settings;

pub mod audit;
pub mod authorization;
pub mod claims;
pub mod clients;
pub mod grant;
pub mod http;
pub mod ids;
pub mod login;
pub mod pages;
pub mod parameters;
pub mod people;
pub mod session;
pub mod storage;
pub mod tokens;
pub mod upstream;

pub use app::StartError;
pub use running::{Running, start};

/// Makes aws-lc-rs the one cryptographic provider of this process; calling it again changes nothing.
pub fn install_crypto() {
    // An error means that a provider is installed already, which is what is wanted.
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
