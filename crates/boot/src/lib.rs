//! How a program here starts, is watched, and stops. The only crate that reads the environment.
//!
//! In the order of a start: [`settings`] reads what the operator asked for.

pub mod settings;
