//! The published keys (RFC 7517), read with the `jsonwebtoken` library and not with our own.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use jsonwebtoken::{DecodingKey, jwk::Jwk};
use serde_json::Value;

/// The keys of a provider.
#[derive(Debug)]
pub struct Jwks(Vec<(String, Jwk)>);

/// Members that only a private or symmetric key has (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl Jwks {
    /// Reads the set: every key usable, with a `kid` of its own and without private parts.
    pub fn read(document: Value) -> Result<Self> {
        let keys = document.get("keys").and_then(Value::as_array).context("no array keys")?;
        ensure!(!keys.is_empty(), "there is no key");
        let mut kids = HashSet::new();
        let mut read = Vec::new();
        for key in keys {
            let kid = key.get("kid").and_then(Value::as_str).context("a key without kid")?;
            ensure!(kids.insert(kid), "kid {kid} is there twice");
            for member in PRIVATE {
                ensure!(key.get(member).is_none(), "key {kid} publishes {member}");
            }
            let jwk: Jwk = serde_json::from_value(key.clone()).with_context(|| format!("key {kid} is no JWK"))?;
            DecodingKey::from_jwk(&jwk).with_context(|| format!("key {kid} cannot be used"))?;
            read.push((kid.to_owned(), jwk));
        }
        Ok(Self(read))
    }

    /// The key with this `kid`.
    pub fn key(&self, kid: &str) -> Option<&Jwk> {
        self.0.iter().find(|(known, _)| known == kid).map(|(_, key)| key)
    }
}
