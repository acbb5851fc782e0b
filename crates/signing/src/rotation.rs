//! Which keys exist and what each may do: announced, signing, retiring.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{algorithm::Algorithm, jws::VerifyingKey, key::SigningKey};

/// Where a key stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// In the JWKS, so that clients fetch it, but not yet used.
    Announced,
    /// Signs new tokens.
    Signing,
    /// Signs nothing new; what it signed is still accepted.
    Retiring,
}

impl KeyState {
    /// The word a store keeps.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Signing => "signing",
            Self::Retiring => "retiring",
        }
    }

    /// Reads the word a store kept.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Announced, Self::Signing, Self::Retiring].into_iter().find(|state| state.name() == name)
    }
}

/// A key and its state.
#[derive(Debug)]
pub struct ManagedKey {
    /// The key.
    pub key: SigningKey,
    /// What it may do.
    pub state: KeyState,
}

/// All keys of the issuer, prepared once: what signs, what proves, and the JWKS as bytes.
pub struct KeyRing {
    keys: Vec<(Arc<SigningKey>, KeyState)>,
    verifying: Vec<(String, VerifyingKey)>,
    jwks: Bytes,
}

impl KeyRing {
    /// Prepares a ring; a key whose public part cannot be used is left out of verification only if it never signs.
    pub fn new(keys: Vec<ManagedKey>) -> Result<Self, crate::jws::JwsError> {
        let mut verifying = Vec::with_capacity(keys.len());
        for managed in &keys {
            verifying.push((managed.key.kid().to_owned(), VerifyingKey::from_jwk(managed.key.public_jwk())?));
        }
        let public: Vec<&Value> = keys.iter().map(|managed| managed.key.public_jwk()).collect();
        let jwks = Bytes::from(json!({ "keys": public }).to_string());
        let keys = keys.into_iter().map(|managed| (Arc::new(managed.key), managed.state)).collect();
        Ok(Self { keys, verifying, jwks })
    }

    /// Key id and state of each key, in the order in which they were given.
    pub fn states(&self) -> impl Iterator<Item = (&str, KeyState)> {
        self.keys.iter().map(|(key, state)| (key.kid(), *state))
    }

    /// The key that signs with this algorithm now.
    #[must_use]
    pub fn signing(&self, algorithm: Algorithm) -> Option<&Arc<SigningKey>> {
        self.keys
            .iter()
            .find(|(key, state)| *state == KeyState::Signing && key.algorithm() == algorithm)
            .map(|(key, _)| key)
    }

    /// The key that proves signatures made under this key id.
    #[must_use]
    pub fn verifying(&self, kid: &str) -> Option<&VerifyingKey> {
        self.verifying.iter().find(|(known, _)| known == kid).map(|(_, key)| key)
    }

    /// The JWK set as served (RFC 7517 §5).
    #[must_use]
    pub fn jwks(&self) -> Bytes {
        self.jwks.clone()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.states().map(|(kid, state)| (kid, state.name()))).finish()
    }
}
