//! Hands a shaped call to the adapter of its service: deadline, and retry only where the call is idempotent.

mod adapters;
mod headers;
mod send;

#[cfg(test)]
mod tests;

pub use adapters::{AdapterError, AdapterSettings};
pub use send::{Dispatch, Observe};
