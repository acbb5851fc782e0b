//! Which keys prove officers' tokens? Those that the broker publishes, fetched ahead of need and believed for a limited time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use async_trait::async_trait;
use clock::{Clock, Timestamp};
use serde_json::Value;
use signing::{Algorithm, VerifyingKey};

/// Why there are no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// No connection, or no answer in time.
    #[error("the broker's keys cannot be reached")]
    Unreachable,
    /// The answer is too large, not 200, or no key set with a usable key.
    #[error("the broker's keys cannot be read")]
    Unreadable,
}

/// Where keys come from.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// A JWK set (RFC 7517 §5), within a time of its own.
    async fn fetch(&self) -> Result<Value, KeysError>;
}

/// The keys that are known, and when they were fetched.
struct Known {
    keys: Vec<VerifyingKey>,
    fetched_at: Timestamp,
}

/// What a search found.
pub(super) enum Found {
    /// The key.
    Key(VerifyingKey),
    /// The broker publishes no such key.
    Unknown,
    /// No keys are known, or they are too old.
    Unavailable,
}

/// The broker's keys.
#[derive(Clone)]
pub(super) struct Keys(Arc<Inner>);

struct Inner {
    source: Arc<dyn KeySource>,
    clock: Arc<dyn Clock>,
    max_age: Duration,
    known: ArcSwapOption<Known>,
    /// Held while one fetch is under way, so that there is only one.
    fetching: tokio::sync::Mutex<()>,
    attempted_at: Mutex<Option<Timestamp>>,
}

/// After an unknown `kid`, or when the keys are no longer young, they are fetched again at most this often.
const REFETCH_PAUSE: Duration = Duration::from_secs(60);
/// While there are none at all, this often.
const EMPTY_PAUSE: Duration = Duration::from_secs(5);
/// Keys older than this are fetched again beside the calls, which do not wait for it.
const YOUNG: Duration = Duration::from_secs(600);

impl Keys {
    pub(super) fn new(source: Arc<dyn KeySource>, clock: Arc<dyn Clock>, max_age: Duration) -> Self {
        Self(Arc::new(Inner {
            source,
            clock,
            max_age,
            known: ArcSwapOption::empty(),
            fetching: tokio::sync::Mutex::new(()),
            attempted_at: Mutex::new(None),
        }))
    }

    /// Whether keys are known that are not too old.
    pub(super) fn usable(&self, now: Timestamp) -> bool {
        self.0.usable(now).is_some()
    }

    /// The same after an attempt to get some; ageing keys are fetched again beside it.
    pub(super) async fn ensure(&self, now: Timestamp) -> bool {
        match self.0.usable(now) {
            None => self.0.refresh(EMPTY_PAUSE, None).await,
            Some(known) if now.age_of(known.fetched_at) > YOUNG.min(self.0.max_age / 2) => {
                if self.0.due(REFETCH_PAUSE) {
                    let inner = Arc::clone(&self.0);
                    tokio::spawn(async move { inner.refresh(REFETCH_PAUSE, Some(known.fetched_at)).await });
                }
            }
            Some(_) => {}
        }
        self.usable(now)
    }

    /// The key of this id and algorithm. An unknown id may be a new key, so the set is fetched again for it, at most once a
    /// minute.
    pub(super) async fn find(&self, kid: &str, algorithm: Algorithm, now: Timestamp) -> Found {
        if !self.ensure(now).await {
            return Found::Unavailable;
        }
        let Some(known) = self.0.usable(now) else { return Found::Unavailable };
        if let Some(key) = known.find(kid, algorithm) {
            return Found::Key(key);
        }
        self.0.refresh(REFETCH_PAUSE, Some(known.fetched_at)).await;
        match self.0.usable(now) {
            None => Found::Unavailable,
            Some(known) => known.find(kid, algorithm).map_or(Found::Unknown, Found::Key),
        }
    }

    /// Whether a key of this id is published now. What it proved before does not hold any more when it is not.
    pub(super) fn publishes(&self, kid: &str) -> bool {
        self.0.known.load().as_ref().is_some_and(|known| known.keys.iter().any(|key| key.kid() == Some(kid)))
    }
}

impl Known {
    /// Two keys under one id prove nothing.
    fn find(&self, kid: &str, algorithm: Algorithm) -> Option<VerifyingKey> {
        let mut fitting = self.keys.iter().filter(|key| key.kid() == Some(kid));
        let key = fitting.next().filter(|key| key.algorithm() == algorithm);
        if fitting.next().is_some() { None } else { key.cloned() }
    }
}

impl Inner {
    fn usable(&self, now: Timestamp) -> Option<Arc<Known>> {
        self.known.load_full().filter(|known| now.age_of(known.fetched_at) <= self.max_age)
    }

    /// Whether the last attempt is long enough ago.
    fn due(&self, pause: Duration) -> bool {
        let attempted = *self.attempted_at.lock().unwrap_or_else(PoisonError::into_inner);
        attempted.is_none_or(|attempted| self.clock.now().age_of(attempted) >= pause)
    }

    /// Fetches, unless that was tried less than a pause ago, or somebody else has got newer keys than `than` meanwhile.
    async fn refresh(&self, pause: Duration, than: Option<Timestamp>) {
        let _one_at_a_time = self.fetching.lock().await;
        let newer = self.known.load().as_ref().is_some_and(|known| Some(known.fetched_at) > than);
        if newer && self.usable(self.clock.now()).is_some() || !self.due(pause) {
            return;
        }
        *self.attempted_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.clock.now());
        match self.source.fetch().await.and_then(|document| parse(&document)) {
            Ok(keys) => self.known.store(Some(Arc::new(Known { keys, fetched_at: self.clock.now() }))),
            Err(error) => tracing::warn!(%error, "officers' keys were not fetched"),
        }
    }
}

/// Keys that cannot be used are passed over; a set without a usable key is none, so that it never replaces a good one.
fn parse(document: &Value) -> Result<Vec<VerifyingKey>, KeysError> {
    let keys = document.get("keys").and_then(Value::as_array).ok_or(KeysError::Unreadable)?;
    let usable: Vec<_> = keys.iter().filter_map(|key| VerifyingKey::from_jwk(key).ok()).collect();
    if usable.is_empty() { Err(KeysError::Unreadable) } else { Ok(usable) }
}
