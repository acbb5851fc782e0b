//! Compact JWS: signing with a key we hold, proving with a key we know.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, crypto, jwk::Jwk};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{algorithm::Algorithm, key::SigningKey};

/// Why a JWS cannot be made or is not believed. It repeats nothing of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not three base64url parts with JSON inside.
    #[error("the token is not a compact JWS")]
    Malformed,
    /// The header names another algorithm than the key's, or a critical extension (RFC 7515 §4.1.11).
    #[error("the token's header asks for something its key does not do")]
    Header,
    /// The signature is not that of this key.
    #[error("the signature does not verify")]
    Signature,
    /// A public key is not usable.
    #[error("the public key is not usable")]
    Key,
    /// Our own key could not sign.
    #[error("the token could not be signed")]
    Sign,
}

/// Signs claims under a `typ` (RFC 8725 §3.11).
pub fn sign(key: &SigningKey, typ: &str, claims: &impl Serialize) -> Result<String, JwsError> {
    let mut token = String::with_capacity(768);
    token.push_str(&URL_SAFE_NO_PAD.encode(format!(
        r#"{{"alg":"{}","typ":"{typ}","kid":"{}"}}"#,
        key.algorithm().name(),
        key.kid()
    )));
    token.push('.');
    let body = serde_json::to_vec(claims).map_err(|_| JwsError::Sign)?;
    URL_SAFE_NO_PAD.encode_string(body, &mut token);
    let signature = key.sign(token.as_bytes()).map_err(|_| JwsError::Sign)?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// What a JWS says of itself before anything is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedHeader {
    /// `alg` as it stands there.
    pub alg: String,
    /// `kid`, when given.
    pub kid: Option<String>,
    /// `typ`, when given.
    pub typ: Option<String>,
}

/// A token cut into its parts, its header read, nothing believed yet.
#[derive(Clone, Copy)]
struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    signed: &'a str,
}

fn parts(token: &str) -> Result<Parts<'_>, JwsError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(JwsError::Malformed)?;
    if payload.contains('.') {
        return Err(JwsError::Malformed);
    }
    Ok(Parts { header, payload, signature, signed })
}

fn json<T: DeserializeOwned>(part: &str) -> Result<T, JwsError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| JwsError::Malformed)
}

/// Reads the header only, to find the key by its id.
pub fn unverified_header(token: &str) -> Result<UnverifiedHeader, JwsError> {
    let header: Value = json(parts(token)?.header)?;
    let text = |name: &str| header.get(name).and_then(Value::as_str).map(str::to_owned);
    if header.get("crit").is_some() {
        return Err(JwsError::Header);
    }
    Ok(UnverifiedHeader { alg: text("alg").ok_or(JwsError::Malformed)?, kid: text("kid"), typ: text("typ") })
}

/// Reads the claims without believing them, to find out whose key to try.
pub fn unverified_claims(token: &str) -> Result<Value, JwsError> {
    json(parts(token)?.payload)
}

/// A public key and the one algorithm it proves.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    key: DecodingKey,
    kid: Option<String>,
}

impl VerifyingKey {
    /// Takes a public JWK: P-256 proves ES256, RSA of 2048 bits and more proves RS256; anything else is refused, and so
    /// is a JWK whose `alg` or `use` says otherwise.
    pub fn from_jwk(jwk: &Value) -> Result<Self, JwsError> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let algorithm = match (text("kty"), text("crv")) {
            (Some("EC"), Some("P-256")) => Algorithm::ES256,
            (Some("RSA"), _) => Algorithm::RS256,
            _ => return Err(JwsError::Key),
        };
        let modulus_bytes = text("n").and_then(|n| URL_SAFE_NO_PAD.decode(n).ok()).map_or(0, |n| n.len());
        let weak = algorithm == Algorithm::RS256 && modulus_bytes < 256;
        let other_use = text("use").is_some_and(|purpose| purpose != "sig");
        let other_algorithm = text("alg").is_some_and(|alg| alg != algorithm.name());
        let private = ["d", "p", "q", "k"].iter().any(|member| jwk.get(member).is_some());
        if weak || other_use || other_algorithm || private {
            return Err(JwsError::Key);
        }
        let parsed: Jwk = serde_json::from_value(jwk.clone()).map_err(|_| JwsError::Key)?;
        let key = DecodingKey::from_jwk(&parsed).map_err(|_| JwsError::Key)?;
        Ok(Self { algorithm, key, kid: text("kid").map(str::to_owned) })
    }

    /// The key id, when the JWK had one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithm it proves.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Proves the signature and gives the claims. What the claims say is the caller's to judge.
    pub fn verify<T: DeserializeOwned>(&self, token: &str) -> Result<T, JwsError> {
        let parts = parts(token)?;
        if unverified_header(token)?.alg != self.algorithm.name() {
            return Err(JwsError::Header);
        }
        let algorithm = match self.algorithm {
            Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
        };
        match crypto::verify(parts.signature, parts.signed.as_bytes(), &self.key, algorithm) {
            Ok(true) => json(parts.payload),
            _ => Err(JwsError::Signature),
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(algorithm: Algorithm) -> SigningKey {
        SigningKey::from_pkcs8(algorithm, &SigningKey::generate(algorithm).unwrap()).unwrap()
    }

    #[test]
    fn what_a_key_signs_its_public_part_proves() {
        for algorithm in Algorithm::ALL {
            let key = key(algorithm);
            let token = sign(&key, "JWT", &json!({ "sub": "a" })).unwrap();
            let proven: Value = VerifyingKey::from_jwk(key.public_jwk()).unwrap().verify(&token).unwrap();
            assert_eq!(proven["sub"], "a");
        }
    }

    #[test]
    fn another_key_another_algorithm_and_a_changed_token_are_refused() {
        let (ours, theirs, rsa) = (key(Algorithm::ES256), key(Algorithm::ES256), key(Algorithm::RS256));
        let token = sign(&ours, "JWT", &json!({ "sub": "a" })).unwrap();
        let verify =
            |jwk: &Value, token: &str| VerifyingKey::from_jwk(jwk).unwrap().verify::<Value>(token).unwrap_err();
        assert_eq!(verify(theirs.public_jwk(), &token), JwsError::Signature);
        assert_eq!(verify(rsa.public_jwk(), &token), JwsError::Header);
        let (head, tail) = token.split_once('.').unwrap();
        let none = format!("{}.{tail}", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
        assert_eq!(verify(ours.public_jwk(), &none), JwsError::Header);
        let hmac = format!("{}.{tail}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#));
        assert_eq!(verify(ours.public_jwk(), &hmac), JwsError::Header);
        assert!(
            VerifyingKey::from_jwk(ours.public_jwk()).unwrap().verify::<Value>(&format!("{head}.{tail}x")).is_err()
        );
        assert_eq!(verify(ours.public_jwk(), "a.b"), JwsError::Malformed);
        assert_eq!(verify(ours.public_jwk(), "a.b.c.d"), JwsError::Malformed);
    }

    #[test]
    fn a_symmetric_weak_or_private_key_is_no_public_key() {
        for jwk in [
            json!({ "kty": "oct", "k": "" }),
            json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }),
            json!({ "kty": "EC", "crv": "P-384", "x": "", "y": "" }),
            json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA" }),
        ] {
            assert!(VerifyingKey::from_jwk(&jwk).is_err(), "{jwk}");
        }
    }
}
