//! Makes a code and keeps what it stands for under its hash.

use secrecy::{ExposeSecret, SecretString};
use signing::Digest;

use super::PendingGrant;
use crate::{
    ids::bearer_value,
    storage::{CodeStore, StoreError},
};

/// A new code and the hash it is kept under.
pub struct NewCode {
    /// For the client.
    pub value: SecretString,
    /// For the store.
    pub hash: Digest,
}

/// Makes a code: 256 random bits (RFC 6749 §10.10 asks for at least 128).
pub fn make(entropy: &dyn clock::Entropy) -> Result<NewCode, clock::entropy::EntropyError> {
    let value = bearer_value(entropy)?;
    let hash = Digest::of(value.expose_secret());
    Ok(NewCode { value, hash })
}

/// Keeps what the code stands for.
pub async fn keep(store: &dyn CodeStore, code: &NewCode, pending: &PendingGrant) -> Result<(), StoreError> {
    store.keep(&code.hash, pending).await
}
