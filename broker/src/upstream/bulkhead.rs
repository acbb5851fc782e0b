//! How many calls to one provider may wait for its answer: a provider that hangs must not take the place of everybody who
//! signs in elsewhere.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use contract::ProviderError;
use opentelemetry::{KeyValue, metrics::Meter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Providers;

/// Why a provider gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// So many calls to it wait already that one more is not sent.
    #[error("too many calls to the provider wait for its answer")]
    Busy,
    /// It was asked, and gave nothing.
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

impl UpstreamError {
    /// The stable name for logs, audit and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Busy => "provider.busy",
            Self::Provider(error) => error.code(),
        }
    }
}

/// The places for calls to one provider. Cheap to clone.
#[derive(Clone)]
pub struct Calls {
    places: Arc<Semaphore>,
    most: usize,
    refused: Arc<AtomicU64>,
}

/// A place, held as long as the call waits.
#[derive(Debug)]
pub struct Call(#[expect(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit);

impl Calls {
    /// So many places.
    #[must_use]
    pub fn at_most(most: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(most)), most, refused: Arc::default() }
    }

    /// Takes a place at once, or says that there is none. Nobody waits for one.
    pub fn enter(&self) -> Result<Call, UpstreamError> {
        Arc::clone(&self.places).try_acquire_owned().map(Call).map_err(|_| {
            self.refused.fetch_add(1, Ordering::Relaxed);
            UpstreamError::Busy
        })
    }

    /// How many calls wait now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.most.saturating_sub(self.places.available_permits())
    }
}

/// Shows operators how many calls to each provider wait, and how many were refused.
pub fn observe(providers: &Providers, meter: &Meter) {
    let labels = |provider: &super::Provider| [KeyValue::new("provider", provider.id.to_string())];
    let waiting = providers.clone();
    meter
        .u64_observable_gauge("broker.provider.calls")
        .with_description("Calls to a provider that wait for its answer")
        .with_callback(move |observer| {
            for provider in waiting.iter() {
                observer.observe(provider.calls.waiting().try_into().unwrap_or(u64::MAX), &labels(provider));
            }
        })
        .build();
    let refused = providers.clone();
    meter
        .u64_observable_counter("broker.provider.calls.refused")
        .with_description("Calls to a provider that were not sent, because too many waited")
        .with_callback(move |observer| {
            for provider in refused.iter() {
                observer.observe(provider.calls.refused.load(Ordering::Relaxed), &labels(provider));
            }
        })
        .build();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_call_ends() {
        let calls = Calls::at_most(2);
        let first = calls.enter().unwrap();
        let second = calls.enter().unwrap();
        assert_eq!((calls.enter().unwrap_err(), calls.waiting()), (UpstreamError::Busy, 2));
        drop(first);
        let third = calls.enter().unwrap();
        drop((second, third));
        assert_eq!((calls.waiting(), calls.refused.load(Ordering::Relaxed)), (0, 1));
    }
}
