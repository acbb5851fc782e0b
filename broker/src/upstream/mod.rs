//! Which providers there are, and what each is trusted for.

pub mod registry;

pub use registry::{Provider, Providers};
