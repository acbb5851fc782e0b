//! A public key with the one algorithm it is registered for.

use std::{fmt, sync::Arc};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PSS_2048_8192_SHA512};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;

use super::{Algorithm, pem, spki};
use crate::digest::Digest;

/// Why a key cannot be used for message signatures. It repeats nothing of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpKeyError {
    /// Not the encoding it should be, or a kind of key that is not accepted.
    #[error("the key is not an Ed25519, P-256 or RSA key in an encoding that is known")]
    Unreadable,
    /// RSA below 2048 bits, a point that is not on its curve.
    #[error("the key is too weak or is no key")]
    Weak,
    /// The provider refused to sign.
    #[error("the key could not sign")]
    Sign,
}

/// A member's public key with the one algorithm it is registered for, parsed once.
pub struct VerifyingKey {
    algorithm: Algorithm,
    key: ParsedPublicKey,
    spki_base64: Arc<str>,
    thumbprint: Arc<str>,
}

impl VerifyingKey {
    /// Takes a SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// Another kind of key than those of [`Algorithm`], or one that is too weak.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, HttpKeyError> {
        let inside = spki::read(der).ok_or(HttpKeyError::Unreadable)?;
        Self::new(inside.algorithm, inside.key, der)
    }

    /// Takes a `PUBLIC KEY` in PEM (RFC 7468 §13).
    ///
    /// # Errors
    /// As [`Self::from_spki_der`].
    pub fn from_pem(text: &str) -> Result<Self, HttpKeyError> {
        Self::from_spki_der(&pem::read("PUBLIC KEY", text).ok_or(HttpKeyError::Unreadable)?)
    }

    /// Takes a public JWK (RFC 7517, RFC 8037): `OKP` with Ed25519, `EC` with P-256, `RSA`. Private members, another use
    /// than signatures and an `alg` that does not fit are refused.
    ///
    /// # Errors
    /// As [`Self::from_spki_der`].
    pub fn from_jwk(jwk: &Value) -> Result<Self, HttpKeyError> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| text(name).and_then(|value| URL_SAFE_NO_PAD.decode(value).ok());
        let read = || match (text("kty")?, text("crv")) {
            ("OKP", Some("Ed25519")) => Some((Algorithm::Ed25519, bytes("x")?, &["EdDSA", "Ed25519"])),
            ("EC", Some("P-256")) => {
                let point = [&[4], bytes("x")?.as_slice(), bytes("y")?.as_slice()].concat();
                Some((Algorithm::EcdsaP256Sha256, point, &["ES256", "ES256"]))
            }
            ("RSA", None) => {
                Some((Algorithm::RsaPssSha512, spki::rsa_public_key(&bytes("n")?, &bytes("e")?), &["PS512", "PS512"]))
            }
            _ => None,
        };
        let (algorithm, key, names) = read().ok_or(HttpKeyError::Unreadable)?;
        let private = ["d", "p", "q", "k"].iter().any(|member| jwk.get(member).is_some());
        let other_use = text("use").is_some_and(|purpose| purpose != "sig");
        let other_algorithm = text("alg").is_some_and(|alg| !names.contains(&alg));
        if private || other_use || other_algorithm {
            return Err(HttpKeyError::Unreadable);
        }
        Self::from_spki_der(&spki::write(algorithm, &key))
    }

    fn new(algorithm: Algorithm, key: &[u8], der: &[u8]) -> Result<Self, HttpKeyError> {
        let parsed = match algorithm {
            Algorithm::Ed25519 => ParsedPublicKey::new(&ED25519, key),
            Algorithm::EcdsaP256Sha256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key),
            Algorithm::RsaPssSha512 => {
                let (modulus, _) = spki::rsa_parts(key).ok_or(HttpKeyError::Unreadable)?;
                if modulus.len() < 256 {
                    return Err(HttpKeyError::Weak);
                }
                ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA512, key)
            }
        };
        Ok(Self {
            algorithm,
            key: parsed.map_err(|_| HttpKeyError::Weak)?,
            spki_base64: STANDARD.encode(der).into(),
            thumbprint: thumbprint(algorithm, key).ok_or(HttpKeyError::Unreadable)?.into(),
        })
    }

    /// The algorithm it proves.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its SubjectPublicKeyInfo, DER in base64 (standard alphabet, padded).
    #[must_use]
    pub const fn spki_base64(&self) -> &Arc<str> {
        &self.spki_base64
    }

    /// Its JWK thumbprint with SHA-256 (RFC 7638, RFC 8037 §2), base64url without padding.
    #[must_use]
    pub const fn thumbprint(&self) -> &Arc<str> {
        &self.thumbprint
    }

    /// Whether `signature` is this key's signature of `base`.
    #[must_use]
    pub fn verify(&self, base: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(base, signature).is_ok()
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({} {})", self.algorithm, self.thumbprint)
    }
}

/// RFC 7638 §3.2: the required members in lexical order, without white space.
fn thumbprint(algorithm: Algorithm, key: &[u8]) -> Option<String> {
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let canonical = match algorithm {
        Algorithm::Ed25519 => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, part(key)),
        Algorithm::EcdsaP256Sha256 => {
            let (x, y) = key.strip_prefix(&[4])?.split_at_checked(32)?;
            format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, part(x), part(y))
        }
        Algorithm::RsaPssSha512 => {
            let (modulus, exponent) = spki::rsa_parts(key)?;
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, part(exponent), part(modulus))
        }
    };
    Some(Digest::of(canonical).base64url())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        encoding::AsBigEndian,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
    };
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde_json::json;

    use super::*;
    use crate::http_signature::SigningKey;

    fn keys() -> [SigningKey; 2] {
        let ed25519 = Ed25519KeyPair::generate().unwrap();
        let p256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        [
            SigningKey::from_pkcs8_der(ed25519.to_pkcs8v1().unwrap().as_ref()).unwrap(),
            SigningKey::from_pkcs8_der(p256.to_pkcs8v1().unwrap().as_ref()).unwrap(),
        ]
    }

    #[test]
    fn what_a_key_signs_its_public_part_proves_in_each_encoding() {
        for key in keys() {
            let signature = key.sign(b"base").unwrap();
            assert_eq!(signature.as_ref().len(), 64);
            let der = STANDARD.decode(key.public().spki_base64().as_ref()).unwrap();
            let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", key.public().spki_base64());
            for public in [VerifyingKey::from_spki_der(&der).unwrap(), VerifyingKey::from_pem(&pem).unwrap()] {
                assert_eq!(public.algorithm(), key.public().algorithm());
                assert_eq!(public.thumbprint(), key.public().thumbprint());
                assert!(public.verify(b"base", signature.as_ref()));
                assert!(!public.verify(b"Base", signature.as_ref()));
                assert!(!public.verify(b"base", &signature.as_ref()[..63]));
                assert!(!public.verify(b"base", &[0; 64]));
            }
        }
    }

    #[test]
    fn a_key_proves_nothing_of_another_key_or_algorithm() {
        let [ed25519, p256] = keys();
        let [other, _] = keys();
        for (signer, verifier) in [(&ed25519, &p256), (&p256, &ed25519), (&other, &ed25519)] {
            assert!(!verifier.public().verify(b"base", signer.sign(b"base").unwrap().as_ref()));
        }
    }

    #[test]
    fn the_thumbprints_are_those_of_rfc_8037_a_3_and_rfc_7638_3_1() {
        let ed25519 = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
        let key = VerifyingKey::from_jwk(&ed25519).unwrap();
        assert_eq!(&**key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let rsa = json!({
            "kty": "RSA", "e": "AQAB",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        });
        let key = VerifyingKey::from_jwk(&rsa).unwrap();
        assert_eq!(key.algorithm(), Algorithm::RsaPssSha512);
        assert_eq!(&**key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_private_weak_foreign_or_ambiguous_key_is_refused() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        for jwk in [
            json!({ "kty": "oct", "k": "AAAA" }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "AAAA" }),
            json!({ "kty": "OKP", "crv": "X25519", "x": x }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "d": x }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "use": "enc" }),
            json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "alg": "ES256" }),
            json!({ "kty": "EC", "crv": "P-384", "x": x, "y": x }),
            json!({ "kty": "EC", "crv": "P-256", "x": x, "y": x }),
            json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }),
        ] {
            assert!(VerifyingKey::from_jwk(&jwk).is_err(), "{jwk}");
        }
        let [ed25519, p256] = keys();
        for key in [ed25519, p256] {
            let der = STANDARD.decode(key.public().spki_base64().as_ref()).unwrap();
            for end in 0..der.len() {
                assert!(VerifyingKey::from_spki_der(&der[..end]).is_err(), "cut at {end}");
            }
            assert!(VerifyingKey::from_spki_der(&[&der[..], &[0]].concat()).is_err());
        }
    }

    #[test]
    fn a_key_without_its_public_part_is_read_too() {
        let pair = Ed25519KeyPair::generate().unwrap();
        let seed = pair.seed().unwrap().as_be_bytes().unwrap();
        let prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        let der = [&prefix[..], seed.as_ref()].concat();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der));
        let key = SigningKey::from_pkcs8_pem(&pem).unwrap();
        assert!(key.public().verify(b"base", key.sign(b"base").unwrap().as_ref()));
        assert!(!format!("{key:?}").contains(&STANDARD.encode(seed.as_ref())));
    }
}
