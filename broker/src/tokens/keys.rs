//! The issuer's keys: made on the first start, sealed at rest, prepared once.

use clock::{Clock, Entropy};
use signing::{Algorithm, KeyRing, KeyState, ManagedKey, Sealer, SigningKey};

use crate::storage::{KeyStore, StoreError, StoredKey};

/// The purpose a private key is sealed for.
const PURPOSE: &str = "signing-key";

/// Why the keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The store gave no answer.
    #[error("the signing keys cannot be read from the store")]
    Store(#[from] StoreError),
    /// A key does not open: the root key is not the one it was sealed with.
    #[error("a signing key does not open with this root key")]
    Sealed(#[from] signing::SealingError),
    /// A key is not usable.
    #[error("a signing key is not usable")]
    Key(#[from] signing::KeyError),
    /// A public key is not usable.
    #[error("the public part of a signing key is not usable")]
    Public(#[from] signing::JwsError),
    /// No key signs with an algorithm that we offer.
    #[error("no key signs with {0}")]
    Missing(Algorithm),
}

/// Reads all keys, making the first of each algorithm where none is, and prepares them.
pub async fn load(
    store: &dyn KeyStore,
    sealer: &Sealer,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<KeyRing, KeysError> {
    let mut stored = store.all().await?;
    let missing: Vec<_> =
        Algorithm::ALL.into_iter().filter(|algorithm| !stored.iter().any(|key| key.algorithm == *algorithm)).collect();
    if !missing.is_empty() {
        let made = missing
            .into_iter()
            .map(|algorithm| make(algorithm, sealer, clock, entropy))
            .collect::<Result<Vec<_>, _>>()?;
        stored = store.add_first(&made).await?;
    }
    let mut managed = Vec::with_capacity(stored.len());
    for key in stored {
        let der = sealer.open(PURPOSE, &key.sealed)?;
        managed.push(ManagedKey { key: SigningKey::from_pkcs8(key.algorithm, &der)?, state: key.state });
    }
    let ring = KeyRing::new(managed)?;
    match Algorithm::ALL.into_iter().find(|algorithm| ring.signing(*algorithm).is_none()) {
        Some(algorithm) => Err(KeysError::Missing(algorithm)),
        None => Ok(ring),
    }
}

fn make(
    algorithm: Algorithm,
    sealer: &Sealer,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<StoredKey, KeysError> {
    let der = SigningKey::generate(algorithm)?;
    let kid = SigningKey::from_pkcs8(algorithm, &der)?.kid().to_owned();
    let sealed = sealer.seal(entropy, PURPOSE, &der)?;
    Ok(StoredKey { kid, algorithm, state: KeyState::Signing, sealed, created_at: clock.now() })
}
