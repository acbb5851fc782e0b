//! HTTP Message Signatures (RFC 9421): what is signed of a message, by which key, and whether it holds.
//!
//! [`Fields`] finds a signature in a message, [`Unverified::base`] writes the bytes it is said to sign, a [`VerifyingKey`]
//! says whether it does. The algorithm belongs to a key that is registered, never to a message: `alg` on the wire is at
//! most contradicted.

mod algorithm;
mod base;
mod component;
mod field;
mod key;
pub mod lgsp_v1;
mod message;
mod pem;
mod signing_key;
mod spki;
mod structured;
#[cfg(test)]
mod tests;

pub use algorithm::Algorithm;
pub use base::{BaseError, signature_base};
pub use component::Component;
pub use field::{FieldError, Fields, SIGNATURE, SIGNATURE_INPUT, Unverified};
pub use key::{HttpKeyError, VerifyingKey};
pub use message::{Message, Request, Response};
pub use signing_key::SigningKey;
