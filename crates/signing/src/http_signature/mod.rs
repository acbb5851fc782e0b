//! HTTP Message Signatures (RFC 9421): what is signed of a message, by which key, and whether it holds.
//!
//! The algorithm belongs to a key that is registered, never to a message: `alg` on the wire is at most contradicted.

mod algorithm;
mod key;
mod pem;
mod signing_key;
mod spki;

pub use algorithm::Algorithm;
pub use key::{HttpKeyError, VerifyingKey};
pub use signing_key::SigningKey;
