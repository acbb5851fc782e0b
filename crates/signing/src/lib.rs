//! Keys by purpose: what signs a token, what proves one, what seals a value at rest.
//!
//! Private keys are parsed once and kept parsed. An algorithm is always a property of a key that we hold, never
//! something a message may choose (RFC 8725 §3.1).

pub mod algorithm;
pub mod content_digest;
pub mod digest;
pub mod http_signature;
pub mod jws;
pub mod key;
pub mod rotation;
pub mod sealing;

pub use algorithm::Algorithm;
pub use digest::Digest;
pub use jws::{JwsError, VerifyingKey};
pub use key::{KeyError, SigningKey};
pub use rotation::{KeyRing, KeyState, ManagedKey};
pub use sealing::{Sealer, SealingError};
