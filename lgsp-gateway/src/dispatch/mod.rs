//! Hands a shaped call to the adapter of its service: deadline, and retry only where the call is idempotent.

mod adapters;
mod headers;
mod renewed;
mod send;

#[cfg(test)]
mod tests;

pub use adapters::{AdapterError, AdapterSettings};
pub use renewed::{Renewal, Renewed, WATCH_EVERY, watch};
pub use send::{Dispatch, Observe};
