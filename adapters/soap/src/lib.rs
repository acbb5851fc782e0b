//! SOAP 1.1 over HTTP: one element goes out in an envelope, one comes back or a fault does.
//!
//! [`write`] makes the envelope with its elements in the order they are given, because foreign systems insist on it;
//! [`client`] sends it through the pool of [`adapter_rest`]; [`read`] takes the answer apart within bounds and without
//! anything that makes XML dangerous; [`envelope`] finds the answer or the fault in it. The vocabulary belongs to the
//! dialect above: this crate knows no element but SOAP's own.

pub mod client;
pub mod envelope;
pub mod read;
pub mod write;

pub use adapter_rest::{Network, RestSettings, SettingsError};
pub use client::{Question, SoapClient};
pub use read::{Node, ReadError};
pub use write::{Element, WriteError};

/// The namespace of SOAP 1.1 envelopes (SOAP 1.1 §3).
pub const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
