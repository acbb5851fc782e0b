//! When does a request end before its handler is done? One layer for the four ways, put outside the router.
//!
//! In this order, from the outside: is there room for another request (else it is shed at once, nothing waits), is the
//! body small enough, does the handler panic, is the answer there in time. tower has a layer for each, but each brings a
//! boxed future or body, and fails with an error that a router cannot take; together they are one plain future that
//! allocates nothing and sets a timer only when a handler really waits.

mod layer;

#[cfg(test)]
mod tests;

pub use layer::{Limited, limits};

use crate::settings::Section;
use axum::response::Response;
use http::Uri;
use std::{sync::Arc, time::Duration};

/// The bounds of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// Requests that are worked on at the same time.
    pub max_in_flight: usize,
    /// The longest body, in bytes.
    pub max_body_bytes: usize,
    /// From the arrival of the head to the answer. A handler that takes longer is dropped where it stands.
    pub timeout: Duration,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self { max_in_flight: 1024, max_body_bytes: 64 * 1024, timeout: Duration::from_secs(30) }
    }
}

impl RequestLimits {
    /// Reads `max_in_flight`, `max_body` and `request_timeout`; none is required. `None` after a fault.
    #[must_use]
    pub fn read(section: &Section<'_>) -> Option<Self> {
        let (shortest, longest) = (Duration::from_millis(100), Duration::from_secs(600));
        let default = Self::default();
        let max_in_flight = section.integer("max_in_flight", 1..=1_000_000).or(default.max_in_flight);
        let max_body_bytes = section.byte_size("max_body").between(1 << 10, 1 << 30).or(default.max_body_bytes);
        let timeout = section.duration("request_timeout").between(shortest, longest).or(default.timeout);
        Some(Self { max_in_flight: max_in_flight?, max_body_bytes: max_body_bytes?, timeout: timeout? })
    }
}

/// Why a request ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Too many requests are in flight; this one was not begun (503, with `Retry-After`).
    Overloaded,
    /// The body announces more than is taken; none of it was read (413).
    TooLarge,
    /// The answer was not there in time (503 or 504). What the handler had done by then stays done.
    TimedOut,
    /// The handler panicked (500). The log says where, without the panic's own text.
    Panicked,
}

/// Makes the response for a request that ended early, in the format that fits its path.
///
/// It is also the place to log and count it: only here are the refusal and its reference number known together.
pub type Answer = Arc<dyn Fn(Refusal, &Uri) -> Response + Send + Sync>;
