//! The issuer's keys: made on the first start, sealed at rest, prepared once, read again while the broker runs.

use std::time::Duration;

use clock::{Clock, Entropy, Timestamp};
use signing::{Algorithm, KeyRing, KeyState, ManagedKey, Sealer, SigningKey};

use super::Mint;
use crate::storage::{KeyStore, StoreError, StoredKey};

/// The purpose a private key is sealed for.
const PURPOSE: &str = "signing-key";

/// How long clients may keep what they read of our keys (`max-age` of the JWKS).
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(300);

/// The longest that anything we sign may count: an access token, or an ID token as the hint of its session.
pub const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

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
            .map(|algorithm| make(algorithm, KeyState::Signing, sealer, clock.now(), entropy))
            .collect::<Result<Vec<_>, _>>()?;
        stored = store.add_first(&made).await?;
    }
    prepare(&stored, sealer)
}

/// Puts the keys of the store in force when they are not those in force; gives whether they were not. Keys that cannot be
/// used change nothing.
pub async fn follow(store: &dyn KeyStore, sealer: &Sealer, mint: &Mint) -> Result<bool, KeysError> {
    let stored = store.all().await?;
    if mint.ring().states().eq(stored.iter().map(|key| (key.kid.as_str(), key.state))) {
        return Ok(false);
    }
    mint.replace_keys(prepare(&stored, sealer)?);
    Ok(true)
}

/// Opens the keys. Each algorithm must have one that signs.
pub(super) fn prepare(stored: &[StoredKey], sealer: &Sealer) -> Result<KeyRing, KeysError> {
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

/// A new key in this state.
pub(super) fn make(
    algorithm: Algorithm,
    state: KeyState,
    sealer: &Sealer,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<StoredKey, KeysError> {
    let der = SigningKey::generate(algorithm)?;
    let kid = SigningKey::from_pkcs8(algorithm, &der)?.kid().to_owned();
    let sealed = sealer.seal(entropy, PURPOSE, &der)?;
    Ok(StoredKey { kid, algorithm, state, sealed, created_at: now, since: now })
}
