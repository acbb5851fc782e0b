//! What was given out and may still be used: codes once, tokens for a few minutes.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use clock::Timestamp;
use signing::Digest;

use crate::people::Person;

/// What a code stands for.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) person: &'static Person,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    /// The wrapped key that went to the browser beside the code, and must come back with it.
    pub(super) encrypt_key: Option<String>,
    pub(super) expires_at: Timestamp,
}

/// Codes and tokens, by their digest.
#[derive(Default)]
pub(super) struct Pending {
    codes: Mutex<HashMap<Digest, Grant>>,
    tokens: Mutex<HashMap<Digest, Grant>>,
}

impl Pending {
    pub(super) fn keep_code(&self, code: &str, grant: Grant, now: Timestamp) {
        keep(&self.codes, code, grant, now);
    }

    /// Takes the grant out. A second time, or too late, there is none.
    pub(super) fn spend_code(&self, code: &str, now: Timestamp) -> Option<Grant> {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.remove(&Digest::of(code)).filter(|grant| grant.expires_at > now)
    }

    pub(super) fn keep_token(&self, token: &str, grant: Grant, now: Timestamp) {
        keep(&self.tokens, token, grant, now);
    }

    pub(super) fn token(&self, token: &str, now: Timestamp) -> Option<Grant> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(&Digest::of(token)).filter(|grant| grant.expires_at > now).cloned()
    }
}

/// What has expired goes out on the way in, so that the map stays as small as its lifetime.
fn keep(map: &Mutex<HashMap<Digest, Grant>>, value: &str, grant: Grant, now: Timestamp) {
    let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
    map.retain(|_, grant| grant.expires_at > now);
    map.insert(Digest::of(value), grant);
}
