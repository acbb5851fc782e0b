//! The RSA key pair of a relying party: it keeps the private half, the provider is given the public one.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeySize, PrivateDecryptingKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::SecretString;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// A key pair that cannot be made, read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RSA key pair in PKCS#8 PEM")]
pub struct KeyError;

/// The key pair with which one relying party reads what VNeID encrypts for it.
#[derive(Debug)]
pub struct RelyingPartyKey(PrivateDecryptingKey);

impl RelyingPartyKey {
    /// Makes a fresh pair, RSA with 2048 bits. This takes a noticeable part of a second.
    pub fn generate() -> Result<Self, KeyError> {
        PrivateDecryptingKey::generate(KeySize::Rsa2048).map(Self).map_err(|_| KeyError)
    }

    /// Reads what [`RelyingPartyKey::private_pem`] wrote.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let body = pem.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).ok_or(KeyError)?;
        let packed: String = body.split_ascii_whitespace().collect();
        let der = STANDARD.decode(packed).map_err(|_| KeyError)?;
        PrivateDecryptingKey::from_pkcs8(&der).map(Self).map_err(|_| KeyError)
    }

    /// The private half, PKCS#8 in PEM (RFC 7468 §10): for the settings of the relying party.
    pub fn private_pem(&self) -> Result<SecretString, KeyError> {
        let der = AsDer::<Pkcs8V1Der<'static>>::as_der(&self.0).map_err(|_| KeyError)?;
        let text = STANDARD.encode(der.as_ref());
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        Ok(format!("{BEGIN}\n{}\n{END}\n", lines.join("\n")).into())
    }

    /// The public half, SubjectPublicKeyInfo in DER: for the registration at the stand-in.
    pub fn public_der(&self) -> Result<Vec<u8>, KeyError> {
        let der = AsDer::<PublicKeyX509Der<'static>>::as_der(&self.0.public_key()).map_err(|_| KeyError)?;
        Ok(der.as_ref().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_key_pair_survives_being_written() {
        let pair = RelyingPartyKey::generate().unwrap();
        let read = RelyingPartyKey::from_pem(pair.private_pem().unwrap().expose_secret()).unwrap();
        assert_eq!(read.public_der().unwrap(), pair.public_der().unwrap());
        assert!(RelyingPartyKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----").is_err());
    }
}
