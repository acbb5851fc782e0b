//! A private key, parsed once, that signs messages with the one algorithm it is made for.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, Signature},
};

use zeroize::Zeroizing;

use super::{Algorithm, HttpKeyError, VerifyingKey, pem, spki};

enum Pair {
    Ed25519(Box<Ed25519KeyPair>),
    EcdsaP256(Box<EcdsaKeyPair>),
}

/// A private key for message signatures: Ed25519 or P-256.
pub struct SigningKey {
    pair: Pair,
    public: Arc<VerifyingKey>,
    random: SystemRandom,
}

impl SigningKey {
    /// Takes PKCS #8 in DER (RFC 5958), with or without the public key.
    ///
    /// # Errors
    /// Another kind of key, or a public key in it that is not its own.
    #[expect(clippy::disallowed_methods, reason = "ECDSA nonces must come from the provider's own generator")]
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, HttpKeyError> {
        let ed25519 = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(|pair| Pair::Ed25519(Box::new(pair)));
        let pair = ed25519
            .or_else(|_| {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                    .map(|pair| Pair::EcdsaP256(Box::new(pair)))
            })
            .map_err(|_| HttpKeyError::Unreadable)?;
        let spki = match &pair {
            Pair::Ed25519(pair) => spki::write(Algorithm::Ed25519, pair.public_key().as_ref()),
            Pair::EcdsaP256(pair) => spki::write(Algorithm::EcdsaP256Sha256, pair.public_key().as_ref()),
        };
        let public = Arc::new(VerifyingKey::from_spki_der(&spki)?);
        Ok(Self { pair, public, random: SystemRandom::new() })
    }

    /// Takes a `PRIVATE KEY` in PEM (RFC 7468 §10).
    ///
    /// # Errors
    /// As [`Self::from_pkcs8_der`].
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, HttpKeyError> {
        Self::from_pkcs8_der(&pem::read("PRIVATE KEY", text).ok_or(HttpKeyError::Unreadable)?)
    }

    /// The PKCS #8 of a `PRIVATE KEY` in PEM, for a key that another room uses.
    ///
    /// # Errors
    /// [`HttpKeyError::Unreadable`].
    pub fn pkcs8_der(text: &str) -> Result<Zeroizing<Vec<u8>>, HttpKeyError> {
        pem::read("PRIVATE KEY", text).ok_or(HttpKeyError::Unreadable)
    }

    /// Its public part.
    #[must_use]
    pub const fn public(&self) -> &Arc<VerifyingKey> {
        &self.public
    }

    /// Signs a signature base: 64 bytes with either algorithm.
    ///
    /// # Errors
    /// [`HttpKeyError::Sign`] when the provider refuses.
    pub fn sign(&self, base: &[u8]) -> Result<Signature, HttpKeyError> {
        match &self.pair {
            Pair::Ed25519(pair) => pair.try_sign(base),
            Pair::EcdsaP256(pair) => pair.sign(&self.random, base),
        }
        .map_err(|_| HttpKeyError::Sign)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.public.algorithm(), self.public.thumbprint())
    }
}
