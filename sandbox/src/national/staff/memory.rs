//! Codes and access tokens: in memory, by digest, each with its end.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use clock::Timestamp;
use signing::Digest;

use crate::people::Person;

/// How long a code is worth something.
const CODE_LIFETIME: Duration = Duration::from_secs(60);
/// How long an access token is, in seconds.
pub(super) const ACCESS_TOKEN_SECONDS: u32 = 300;
/// How many of each are kept; a stand-in must not eat the machine.
const MOST: usize = 10_000;

/// What was granted to whom.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) code_challenge: String,
    pub(super) nonce: Option<String>,
    pub(super) scope: String,
    pub(super) person: &'static Person,
    pub(super) auth_time: Timestamp,
}

impl Grant {
    pub(super) fn has_scope(&self, name: &str) -> bool {
        self.scope.split(' ').any(|scope| scope == name)
    }
}

#[derive(Default)]
struct Drawer(Mutex<HashMap<Digest, (Timestamp, Grant)>>);

impl Drawer {
    fn put(&self, secret: &str, grant: Grant, now: Timestamp, lifetime: Duration) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.retain(|_, (end, _)| *end > now);
        }
        if kept.len() < MOST {
            kept.insert(Digest::of(secret), (now.plus(lifetime), grant));
        }
    }

    fn take(&self, secret: &str, now: Timestamp) -> Option<Grant> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&Digest::of(secret)).filter(|(end, _)| *end > now).map(|(_, grant)| grant)
    }

    fn look(&self, secret: &str, now: Timestamp) -> Option<Grant> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&Digest::of(secret)).filter(|(end, _)| *end > now).map(|(_, grant)| grant.clone())
    }
}

/// Everything that is remembered.
#[derive(Default)]
pub(super) struct Memory {
    codes: Drawer,
    access_tokens: Drawer,
}

impl Memory {
    pub(super) fn keep_code(&self, code: &str, grant: Grant, now: Timestamp) {
        self.codes.put(code, grant, now, CODE_LIFETIME);
    }

    /// A code is gone as soon as somebody shows it.
    pub(super) fn spend_code(&self, code: &str, now: Timestamp) -> Option<Grant> {
        self.codes.take(code, now)
    }

    pub(super) fn keep_access_token(&self, token: &str, grant: Grant, now: Timestamp) {
        self.access_tokens.put(token, grant, now, Duration::from_secs(ACCESS_TOKEN_SECONDS.into()));
    }

    pub(super) fn access_token(&self, token: &str, now: Timestamp) -> Option<Grant> {
        self.access_tokens.look(token, now)
    }
}
