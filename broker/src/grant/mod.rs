//! From permit to tokens.

pub mod pending;

pub use pending::{Grant, PendingGrant};
