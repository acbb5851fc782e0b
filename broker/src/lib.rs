//! The broker: an OpenID Provider for provincial applications and a relying party of national identity providers.
//!
//! A login, room by room: [`http`] → [`authorization`] → [`login`] → the provider → [`login`] again → [`claims`] →
//! policy → [`grant`] → the application → [`http`] → [`grant`] → [`tokens`].

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
