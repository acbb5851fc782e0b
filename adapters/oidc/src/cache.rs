//! Something fetched from the provider: fetched when first needed, then read without a lock, and served a while longer
//! when the provider gives no new one.

use std::{
    fmt,
    sync::{Arc, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use clock::{Clock, Timestamp};
use contract::ProviderError;
use tokio::sync::Mutex;

use crate::{rejection::Failure, settings::Limits};

/// What is known now.
struct State<T> {
    good: Option<Good<T>>,
    failed: Option<(Timestamp, Failure)>,
}

struct Good<T> {
    value: Arc<T>,
    fetched_at: Timestamp,
}

impl<T> Clone for Good<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), fetched_at: self.fetched_at }
    }
}

/// A cached value with its rules.
pub(crate) struct Cache<T> {
    state: ArcSwap<State<T>>,
    /// Held while one fetch is under way, so that there is only one. A reader with a usable value never waits for it.
    fetching: Mutex<()>,
    /// When a fetch was last forced by something unknown.
    forced_at: std::sync::Mutex<Option<Timestamp>>,
    clock: Arc<dyn Clock>,
    max_age: Duration,
    last_good: Duration,
    failure_pause: Duration,
    refetch_pause: Duration,
    /// A fetch may take only part of a call, so that the call can still go on with the last good value.
    fetch_timeout: Duration,
}

impl<T> Cache<T> {
    pub(crate) fn new(clock: Arc<dyn Clock>, limits: &Limits) -> Self {
        Self {
            state: ArcSwap::from_pointee(State { good: None, failed: None }),
            fetching: Mutex::new(()),
            forced_at: std::sync::Mutex::new(None),
            clock,
            max_age: limits.keys_max_age,
            last_good: limits.keys_last_good.max(limits.keys_max_age),
            failure_pause: limits.failure_pause,
            refetch_pause: limits.keys_refetch_pause,
            fetch_timeout: limits.request_timeout.min(limits.call_timeout / 3),
        }
    }

    /// The value if it may still be used, without asking anybody.
    pub(crate) fn known(&self) -> Option<Arc<T>> {
        self.good_within(self.last_good).map(|good| good.value)
    }

    /// Whether there is a usable value, or at least no fresh failure to get one.
    pub(crate) fn is_ready(&self) -> bool {
        self.known().is_some() || self.recent_failure().is_none()
    }

    /// The value, fetched if it is missing or too old. `fetch` runs at most once at a time, and not right after it failed.
    pub(crate) async fn get(&self, fetch: impl Future<Output = Result<T, Failure>> + Send) -> Result<Arc<T>, Failure> {
        if let Some(fresh) = self.good_within(self.max_age) {
            return Ok(fresh.value);
        }
        let usable = self.known();
        let _one_at_a_time = match &usable {
            Some(value) => match self.fetching.try_lock() {
                Ok(guard) => guard,
                Err(_) => return Ok(Arc::clone(value)),
            },
            None => self.fetching.lock().await,
        };
        if let Some(fresh) = self.good_within(self.max_age) {
            return Ok(fresh.value);
        }
        let outcome = match self.recent_failure() {
            Some(failure) => Err(failure),
            None => self.fetch(fetch).await,
        };
        outcome.or_else(|failure| usable.ok_or(failure))
    }

    /// The value fetched anew because `seen` lacks something; `None` when that was done less than a pause ago.
    pub(crate) async fn newer_than(
        &self,
        seen: &Arc<T>,
        fetch: impl Future<Output = Result<T, Failure>> + Send,
    ) -> Result<Option<Arc<T>>, Failure> {
        let _one_at_a_time = self.fetching.lock().await;
        let now = self.clock.now();
        if let Some(newer) = self.known().filter(|known| !Arc::ptr_eq(known, seen)) {
            return Ok(Some(newer));
        }
        {
            let mut forced_at = self.forced_at.lock().unwrap_or_else(PoisonError::into_inner);
            if forced_at.is_some_and(|forced| now.since(forced) < self.refetch_pause) {
                return Ok(None);
            }
            *forced_at = Some(now);
        }
        self.fetch(fetch).await.map(Some)
    }

    async fn fetch(&self, fetch: impl Future<Output = Result<T, Failure>> + Send) -> Result<Arc<T>, Failure> {
        let fetched = tokio::time::timeout(self.fetch_timeout, fetch).await;
        let outcome = fetched.unwrap_or_else(|_| Err(ProviderError::Timeout.into())).map(Arc::new);
        let now = self.clock.now();
        let state = match &outcome {
            Ok(value) => State { good: Some(Good { value: Arc::clone(value), fetched_at: now }), failed: None },
            Err(failure) => State { good: self.state.load().good.clone(), failed: Some((now, *failure)) },
        };
        self.state.store(Arc::new(state));
        outcome
    }

    fn good_within(&self, age: Duration) -> Option<Good<T>> {
        let now = self.clock.now();
        self.state.load().good.as_ref().filter(|good| now.since(good.fetched_at) < age).cloned()
    }

    fn recent_failure(&self) -> Option<Failure> {
        let now = self.clock.now();
        self.state
            .load()
            .failed
            .and_then(|(failed_at, failure)| (now.since(failed_at) < self.failure_pause).then_some(failure))
    }
}

impl<T> fmt::Debug for Cache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cache(known: {})", self.known().is_some())
    }
}

#[cfg(test)]
mod tests;
