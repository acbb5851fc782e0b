//! The adapter against a provider that speaks its dialect, well and badly.

#![expect(clippy::unwrap_used, reason = "a fixture that fails is a failed test")]

mod conformance;
mod dialect;
mod forged;
