//! The provider's public keys, and which of them a token is to be proven with.

use contract::ProviderError;
use serde_json::Value;
use signing::{Algorithm, VerifyingKey};

use crate::rejection::{Failure, Rejection};

/// A key set (RFC 7517 §5): the keys we can use, and how many signing keys it holds in all.
#[derive(Debug)]
pub(crate) struct KeySet {
    usable: Vec<VerifyingKey>,
    published: usize,
}

/// What a search for a key found.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// The one key.
    One(&'a VerifyingKey),
    /// None: a newer set may have it.
    Unknown,
    /// Several: no newer set helps.
    Ambiguous,
}

impl KeySet {
    /// Reads a key set. Keys that we cannot use are passed over, but counted; a set without a usable key is refused, so
    /// that it never replaces a good one.
    pub(crate) fn parse(document: &Value) -> Result<Self, Failure> {
        let keys = document.get("keys").and_then(Value::as_array).ok_or(ProviderError::Keys)?;
        let signing = keys.iter().filter(|key| key.get("use").is_none_or(|purpose| purpose != "enc"));
        let published = signing.clone().count();
        let usable: Vec<_> = signing.filter_map(|key| VerifyingKey::from_jwk(key).ok()).collect();
        if usable.is_empty() {
            return Err(ProviderError::Keys.into());
        }
        Ok(Self { usable, published })
    }

    /// The key for this `kid` and algorithm. Without a `kid` the set must hold one signing key in all (OIDC Core §10.1).
    pub(crate) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Found<'_> {
        if kid.is_none() && self.published > 1 {
            return Found::Ambiguous;
        }
        let named = |key: &&VerifyingKey| kid.is_none() || key.kid() == kid;
        let mut fitting = self.usable.iter().filter(named).filter(|key| key.algorithm() == algorithm);
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Found::One(key),
            (None, _) => Found::Unknown,
            (Some(_), Some(_)) => Found::Ambiguous,
        }
    }
}

/// What the broker hears when keys cannot be fetched.
pub(crate) fn as_keys(failure: Failure) -> Failure {
    match failure {
        Failure::Provider(ProviderError::Timeout) => failure,
        Failure::Provider(_) | Failure::Rejected(_) => ProviderError::Keys.into(),
    }
}

/// The header of an `id_token`: an allowed algorithm and, mostly, a key id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<String>,
}

impl Header {
    /// Reads the header. `none`, HMAC and every unknown name fall out here, whatever keys there are.
    pub(crate) fn read(id_token: &str, allowed: &[Algorithm]) -> Result<Self, Rejection> {
        let header = signing::jws::unverified_header(id_token).map_err(|_| Rejection::Format)?;
        if header.typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
            return Err(Rejection::Format);
        }
        let algorithm = Algorithm::from_name(&header.alg).filter(|algorithm| allowed.contains(algorithm));
        Ok(Self { algorithm: algorithm.ok_or(Rejection::Algorithm)?, kid: header.kid })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use signing::SigningKey;

    use super::*;

    fn jwk(algorithm: Algorithm) -> Value {
        let key = SigningKey::from_pkcs8(algorithm, &SigningKey::generate(algorithm).unwrap()).unwrap();
        key.public_jwk().clone()
    }

    fn set(keys: &[Value]) -> KeySet {
        KeySet::parse(&json!({ "keys": keys })).unwrap()
    }

    #[test]
    fn a_kid_finds_its_key_of_the_right_algorithm_only() {
        let (ours, other) = (jwk(Algorithm::ES256), jwk(Algorithm::ES256));
        let keys = set(&[ours.clone(), other]);
        let kid = ours["kid"].as_str();
        assert!(matches!(keys.find(kid, Algorithm::ES256), Found::One(key) if key.kid() == kid));
        assert!(matches!(keys.find(kid, Algorithm::RS256), Found::Unknown));
        assert!(matches!(keys.find(Some("other"), Algorithm::ES256), Found::Unknown));
    }

    #[test]
    fn without_a_kid_only_a_single_signing_key_will_do() {
        let (ours, mut encryption) = (jwk(Algorithm::ES256), jwk(Algorithm::RS256));
        assert!(matches!(set(&[ours.clone(), encryption.clone()]).find(None, Algorithm::ES256), Found::Ambiguous));
        let foreign = json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" });
        assert!(matches!(set(&[ours.clone(), foreign]).find(None, Algorithm::ES256), Found::Ambiguous));
        encryption["use"] = json!("enc");
        assert!(matches!(set(&[ours, encryption]).find(None, Algorithm::ES256), Found::One(_)));
    }

    #[test]
    fn two_keys_under_one_kid_are_ambiguous() {
        let (one, mut two) = (jwk(Algorithm::ES256), jwk(Algorithm::ES256));
        two["kid"] = one["kid"].clone();
        assert!(matches!(set(&[one.clone(), two]).find(one["kid"].as_str(), Algorithm::ES256), Found::Ambiguous));
    }

    #[test]
    fn a_set_without_a_usable_key_is_no_set() {
        for document in [json!({}), json!({ "keys": [] }), json!({ "keys": [{ "kty": "oct", "k": "AA" }] }), json!([])]
        {
            assert!(KeySet::parse(&document).is_err(), "{document}");
        }
    }
}
