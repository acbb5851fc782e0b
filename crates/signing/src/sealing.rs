//! Values sealed at rest with AES-256-GCM, and keyed indexes to find them again.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf, hmac,
};
use clock::Entropy;
use zeroize::Zeroizing;

use crate::digest::Digest;

/// Seals and opens values under keys that are derived from one root key, and makes keyed indexes.
///
/// The root key comes from a file outside the store, so a copy of the store alone opens nothing.
pub struct Sealer {
    seal: LessSafeKey,
    index: hmac::Key,
}

/// Why a value cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealingError {
    /// The root key is not 32 bytes.
    #[error("the root key must be 32 bytes")]
    RootKey,
    /// No random bytes, or the value is too long.
    #[error("the value cannot be sealed")]
    Seal,
    /// Wrong key, wrong purpose or a changed value.
    #[error("the sealed value does not open with this key")]
    Open,
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive(root: &[u8], purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealingError> {
    let mut key = Zeroizing::new([0; 32]);
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"lienthong/sealing/v1");
    salt.extract(root)
        .expand(&[purpose], Length(32))
        .and_then(|okm| okm.fill(key.as_mut_slice()))
        .map_err(|_| SealingError::RootKey)?;
    Ok(key)
}

impl Sealer {
    /// Derives the working keys from a 32-byte root key (RFC 5869).
    pub fn new(root: &[u8]) -> Result<Self, SealingError> {
        if root.len() != 32 {
            return Err(SealingError::RootKey);
        }
        let seal = derive(root, b"seal")?;
        let index = derive(root, b"index")?;
        let unbound = UnboundKey::new(&AES_256_GCM, seal.as_slice()).map_err(|_| SealingError::RootKey)?;
        Ok(Self { seal: LessSafeKey::new(unbound), index: hmac::Key::new(hmac::HMAC_SHA256, index.as_slice()) })
    }

    /// Seals `plain`; only the same `purpose` opens it again. The answer is nonce, ciphertext and tag.
    pub fn seal(&self, entropy: &dyn Entropy, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, SealingError> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce).map_err(|_| SealingError::Seal)?;
        let mut body = plain.to_vec();
        self.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose.as_bytes()), &mut body)
            .map_err(|_| SealingError::Seal)?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Opens what [`Sealer::seal`] made for the same purpose.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or(SealingError::Open)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealingError::Open)?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self
            .seal
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), body.as_mut_slice())
            .map_err(|_| SealingError::Open)?
            .len();
        body.truncate(length);
        Ok(body)
    }

    /// A keyed index of parts: equal parts give equal indexes, and without the key nothing can be looked up or guessed.
    #[must_use]
    pub fn index(&self, purpose: &str, parts: &[&str]) -> Digest {
        let mut context = hmac::Context::with_key(&self.index);
        for part in std::iter::once(&purpose).chain(parts) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        Digest::from_slice(context.sign().as_ref()).unwrap_or_else(|| Digest::of(b""))
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

#[cfg(test)]
mod tests {
    use clock::SeededEntropy;

    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&[byte; 32]).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_only_with_its_key_and_purpose() {
        let entropy = SeededEntropy::new(1);
        let sealed = sealer(1).seal(&entropy, "profile", b"Nguyen Van An").unwrap();
        assert_eq!(sealer(1).open("profile", &sealed).unwrap().as_slice(), b"Nguyen Van An");
        assert_eq!(sealer(2).open("profile", &sealed).unwrap_err(), SealingError::Open);
        assert_eq!(sealer(1).open("key", &sealed).unwrap_err(), SealingError::Open);
        assert_eq!(sealer(1).open("profile", &sealed[..5]).unwrap_err(), SealingError::Open);
    }

    #[test]
    fn a_changed_bit_is_found() {
        let mut sealed = sealer(1).seal(&SeededEntropy::new(1), "profile", b"x").unwrap();
        for at in 0..sealed.len() {
            sealed[at] ^= 1;
            assert!(sealer(1).open("profile", &sealed).is_err(), "byte {at}");
            sealed[at] ^= 1;
        }
    }

    #[test]
    fn an_index_keeps_its_parts_apart() {
        let sealer = sealer(1);
        assert_eq!(sealer.index("link", &["a", "b"]), sealer.index("link", &["a", "b"]));
        assert_ne!(sealer.index("link", &["ab", ""]), sealer.index("link", &["a", "b"]));
        assert_ne!(sealer.index("link", &["a"]), sealer.index("citizen", &["a"]));
    }
}
