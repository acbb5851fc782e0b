//! One encrypted message: an AES key under our RSA key, and data under that AES key.
//!
//! RSA with PKCS#1 v1.5 padding and AES without integrity both turn into oracles when it shows which step failed. So a
//! key that does not unwrap is replaced by a random one, the data is decrypted all the same, and the verdict on key and
//! padding together comes out at one point, [`Opened::verdict`] (compare RFC 8017 §7.2.2, note). What anybody can see on
//! the message without our key, such as a wrong length, ends at once.

use std::sync::Arc;

use aws_lc_rs::{
    cipher::{AES_128, AES_192, AES_256, DecryptingKey, DecryptionContext, UnboundCipherKey},
    iv::FixedLength,
    rsa::{Pkcs1PrivateDecryptingKey, PrivateDecryptingKey},
};
use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use clock::Entropy;
use subtle::Choice;
use zeroize::Zeroizing;

use crate::{
    padding::{BLOCK, padding},
    pem,
    settings::{Cipher, SettingsError},
};

/// Standard base64, with or without `=` at its end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A message that cannot be opened. There is nothing more to say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unopened;

/// Opens messages with our private key.
pub(crate) struct Opener {
    key: Pkcs1PrivateDecryptingKey,
    cipher: Cipher,
    entropy: Arc<dyn Entropy>,
}

/// A decrypted message that nobody has vouched for yet.
pub(crate) struct Opened {
    plain: Zeroizing<Vec<u8>>,
    sound: Choice,
}

impl Opened {
    /// The plain bytes, when key and padding were both well formed.
    pub(crate) fn verdict(self) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        if bool::from(self.sound) { Ok(self.plain) } else { Err(Unopened) }
    }
}

/// Reads a private key, PKCS#8 in PEM.
pub(crate) fn private_key(pem: &[u8]) -> Result<Pkcs1PrivateDecryptingKey, SettingsError> {
    let der = pem::private_key(pem).ok_or(SettingsError::PrivateKey)?;
    let key = PrivateDecryptingKey::from_pkcs8(&der).map_err(|_| SettingsError::PrivateKey)?;
    Pkcs1PrivateDecryptingKey::new(key).map_err(|_| SettingsError::PrivateKey)
}

impl Opener {
    /// Reads the private key, PKCS#8 in PEM.
    pub(crate) fn new(pem: &[u8], cipher: Cipher, entropy: Arc<dyn Entropy>) -> Result<Self, SettingsError> {
        Ok(Self { key: private_key(pem)?, cipher, entropy })
    }

    /// Decrypts `data` with the key that is wrapped in `key`, both base64.
    pub(crate) fn open(&self, key: &str, data: &str) -> Result<Opened, Unopened> {
        let wrapped = BASE64.decode(key).map_err(|_| Unopened)?;
        let data = Zeroizing::new(BASE64.decode(data).map_err(|_| Unopened)?);
        if wrapped.len() != self.key.key_size_bytes() {
            return Err(Unopened);
        }
        let (context, mut plain) = self.split(&data)?;
        let (key, key_is_sound) = self.unwrap(&wrapped)?;
        key.decrypt(&mut plain, context).map_err(|_| Unopened)?;
        let last = plain.last_chunk::<BLOCK>().ok_or(Unopened)?;
        let (length, padding_is_sound) = padding(last);
        let kept = plain.len().saturating_sub(usize::from(length));
        plain.truncate(kept);
        Ok(Opened { plain, sound: key_is_sound & padding_is_sound })
    }

    /// Parts the initialization vector from the blocks, of which there must be at least one.
    fn split(&self, data: &[u8]) -> Result<(DecryptionContext, Zeroizing<Vec<u8>>), Unopened> {
        let (context, blocks) = match self.cipher {
            Cipher::AesEcb => (DecryptionContext::None, data),
            Cipher::AesCbc => {
                let (vector, blocks) = data.split_first_chunk::<BLOCK>().ok_or(Unopened)?;
                (DecryptionContext::Iv128(FixedLength::from(vector)), blocks)
            }
        };
        if blocks.is_empty() || !blocks.len().is_multiple_of(BLOCK) {
            return Err(Unopened);
        }
        Ok((context, Zeroizing::new(blocks.to_vec())))
    }

    /// The wrapped key, or a random one in its place.
    fn unwrap(&self, wrapped: &[u8]) -> Result<(DecryptingKey, Choice), Unopened> {
        // Drawn every time, so that a good key is not cheaper.
        let mut substitute = Zeroizing::new([0; 32]);
        self.entropy.fill(substitute.as_mut_slice()).map_err(|_| Unopened)?;
        let mut room = Zeroizing::new(vec![0; self.key.min_output_size()]);
        let unwrapped = self.key.decrypt(wrapped, &mut room).ok();
        let (key, sound) = match unwrapped {
            Some(key) if matches!(key.len(), 16 | 24 | 32) => (&*key, Choice::from(1)),
            _ => (substitute.as_slice(), Choice::from(0)),
        };
        let algorithm = match key.len() {
            16 => &AES_128,
            24 => &AES_192,
            _ => &AES_256,
        };
        let key = UnboundCipherKey::new(algorithm, key).map_err(|_| Unopened)?;
        let key = match self.cipher {
            Cipher::AesEcb => DecryptingKey::ecb(key),
            Cipher::AesCbc => DecryptingKey::cbc(key),
        };
        Ok((key.map_err(|_| Unopened)?, sound))
    }
}

#[cfg(test)]
mod tests;
