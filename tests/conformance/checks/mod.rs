//! What every module checks on the way (`AbstractOIDCCServerTest` of the official suite).

pub mod answer;
pub mod id_token;
pub mod jwks;
pub mod proof;
pub mod token;
pub mod userinfo;

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};

/// SHA-256, apart from the broker's own.
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

/// Shannon entropy of a text in bits: its length times the mean information of its characters. The official suite
/// demands 96 bits of codes and tokens (RFC 6749 §10.10 asks for 128 bits of guessing effort).
pub fn entropy_bits(text: &str) -> f64 {
    let mut counts: HashMap<char, f64> = HashMap::new();
    for character in text.chars() {
        *counts.entry(character).or_default() += 1.0;
    }
    let length: f64 = counts.values().sum();
    counts.values().map(|count| -count * (count / length).log2()).sum()
}

/// The least entropy of a secret that somebody could try to guess.
pub const LEAST_BITS: f64 = 96.0;
