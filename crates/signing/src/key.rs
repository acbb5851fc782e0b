//! A private key, parsed once, that signs with the one algorithm it was made for.

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{algorithm::Algorithm, digest::Digest, http_signature};

/// Why a key cannot be made, read or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The provider could not make a key.
    #[error("no key could be generated")]
    Generate,
    /// The bytes are not a private key for this algorithm (PKCS #8).
    #[error("the private key is not readable")]
    Read,
    /// The provider refused to sign.
    #[error("the key could not sign")]
    Sign,
}

enum Pair {
    Es256(Box<EcdsaKeyPair>),
    Rs256(Box<RsaKeyPair>),
}

/// A parsed private key with its public face.
pub struct SigningKey {
    pair: Pair,
    kid: String,
    public_jwk: Value,
    random: SystemRandom,
}

impl SigningKey {
    /// Makes a new key and gives it as PKCS #8 DER, to be sealed and kept.
    pub fn generate(algorithm: Algorithm) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let der = match algorithm {
            Algorithm::ES256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                .and_then(|pair| pair.to_pkcs8v1())
                .map_err(|_| KeyError::Generate)?
                .as_ref()
                .to_vec(),
            Algorithm::RS256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generate)?;
                AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair)
                    .map_err(|_| KeyError::Generate)?
                    .as_ref()
                    .to_vec()
            }
        };
        Ok(Zeroizing::new(der))
    }

    /// Parses PKCS #8 DER. The key id is the RFC 7638 thumbprint of its public part.
    #[expect(clippy::disallowed_methods, reason = "ECDSA nonces must come from the provider's own generator")]
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        let (pair, mut public_jwk) = match algorithm {
            Algorithm::ES256 => {
                let pair =
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map_err(|_| KeyError::Read)?;
                let point = pair.public_key().as_ref();
                let (x, y) = point.strip_prefix(&[4]).and_then(|xy| xy.split_at_checked(32)).ok_or(KeyError::Read)?;
                let jwk = json!({ "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) });
                (Pair::Es256(Box::new(pair)), jwk)
            }
            Algorithm::RS256 => {
                let pair = RsaKeyPair::from_pkcs8(der).map_err(|_| KeyError::Read)?;
                let modulus = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
                let exponent = pair.public_key().exponent().big_endian_without_leading_zero().to_vec();
                let jwk = json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent) });
                (Pair::Rs256(Box::new(pair)), jwk)
            }
        };
        let kid = thumbprint(&public_jwk).ok_or(KeyError::Read)?;
        if let Some(members) = public_jwk.as_object_mut() {
            members.insert("kid".to_owned(), Value::from(kid.clone()));
            members.insert("alg".to_owned(), Value::from(algorithm.name()));
            members.insert("use".to_owned(), Value::from("sig"));
        }
        Ok(Self { pair, kid, public_jwk, random: SystemRandom::new() })
    }

    /// Parses a `PRIVATE KEY` in PEM (RFC 7468 §10). Its kind says what it signs with: P-256 with ES256, RSA with RS256.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let der = http_signature::SigningKey::pkcs8_der(text).map_err(|_| KeyError::Read)?;
        let read = Algorithm::ALL.into_iter().find_map(|algorithm| Self::from_pkcs8(algorithm, &der).ok());
        read.ok_or(KeyError::Read)
    }

    /// The algorithm this key signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Es256(_) => Algorithm::ES256,
            Pair::Rs256(_) => Algorithm::RS256,
        }
    }

    /// Key id: the RFC 7638 thumbprint.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as a JWK with `kid`, `alg` and `use` (RFC 7517 §4).
    #[must_use]
    pub fn public_jwk(&self) -> &Value {
        &self.public_jwk
    }

    /// Signs the bytes.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.pair {
            Pair::Es256(pair) => pair
                .sign(&self.random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| KeyError::Sign),
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature).map_err(|_| KeyError::Sign)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {})", self.algorithm(), self.kid)
    }
}

/// The JWK thumbprint with SHA-256 (RFC 7638 §3): required members only, in lexical order.
#[must_use]
pub fn thumbprint(jwk: &Value) -> Option<String> {
    let member = |name: &str| jwk.get(name).and_then(Value::as_str);
    let canonical = match member("kty")? {
        "EC" => format!(r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#, member("crv")?, member("x")?, member("y")?),
        "RSA" => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, member("e")?, member("n")?),
        _ => return None,
    };
    Some(Digest::of(canonical).base64url())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_7638_section_3_1() {
        let jwk = json!({
            "kty": "RSA",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
            "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"
        });
        assert_eq!(thumbprint(&jwk).as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    }

    #[test]
    fn a_key_survives_its_own_encoding() {
        for algorithm in Algorithm::ALL {
            let der = SigningKey::generate(algorithm).unwrap();
            let key = SigningKey::from_pkcs8(algorithm, &der).unwrap();
            assert_eq!(key.algorithm(), algorithm);
            assert_eq!(key.public_jwk()["kid"], key.kid());
            assert!(key.public_jwk().get("d").is_none());
        }
    }

    #[test]
    fn a_key_in_pem_signs_with_what_it_is_for() {
        use base64::engine::general_purpose::STANDARD;
        for algorithm in Algorithm::ALL {
            let der = SigningKey::generate(algorithm).unwrap();
            let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(&*der));
            assert_eq!(SigningKey::from_pem(&pem).unwrap().algorithm(), algorithm);
            assert_eq!(SigningKey::from_pem(&pem.replace("PRIVATE", "PUBLIC")).unwrap_err(), KeyError::Read);
        }
    }
}
