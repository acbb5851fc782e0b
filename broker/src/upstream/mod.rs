//! Which providers there are, and what each is trusted for.

pub mod bulkhead;
pub mod registry;

pub use bulkhead::{Call, Calls, UpstreamError};
pub use registry::{Provider, Providers};
