//! What the two signatures of a call cost by themselves: the caller's, which is verified, and ours. No gateway can be cheaper.

use std::hint::black_box;

use anyhow::ensure;
use certs::authority::KeyKind;
use signing::http_signature::SigningKey;

use super::{decision::on_processor, load::count, pki::Pki};

/// How often.
const ROUNDS: usize = 20_000;
/// About what a signature base has, in bytes.
const BASE: usize = 1100;

/// Microseconds of processor time for one verification and one signature.
pub struct Signatures {
    /// Ed25519.
    pub ed25519: f64,
    /// ECDSA P-256.
    pub p256: f64,
}

/// Measures both.
pub fn measure(pki: &Pki) -> anyhow::Result<Signatures> {
    Ok(Signatures { ed25519: both(pki.key(KeyKind::Ed25519))?, p256: both(pki.key(KeyKind::P256))? })
}

fn both(pem: &str) -> anyhow::Result<f64> {
    let key = SigningKey::from_pkcs8_pem(pem)?;
    let base = vec![b'x'; BASE];
    let mut best = f64::MAX;
    for _ in 0..3 {
        let before = on_processor()?;
        for _ in 0..ROUNDS / 3 {
            let signature = key.sign(black_box(&base))?;
            ensure!(key.public().verify(black_box(&base), signature.as_ref()), "the signature does not hold");
        }
        best = best.min(on_processor()?.saturating_sub(before).as_secs_f64() * 1e6 / count(ROUNDS / 3));
    }
    Ok(best)
}
