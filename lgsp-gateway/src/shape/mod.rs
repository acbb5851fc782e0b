//! Does the call fit the contract, and what of the answer may go out?
//!
//! On the way out [`request`] holds the call against the service's contract; on the way back [`reply`] holds the register's
//! answer against it and leaves only what the agreement releases.

mod collect;
mod contract;
mod fields;
mod json;
mod media;
pub mod published;
mod reply;
mod request;
mod spool;

#[cfg(test)]
mod tests;

pub use contract::{Contract, ContractError};
pub use reply::reply;
pub use request::request;
pub use spool::{Spool, Spools};

use http::Method;

use crate::authorize::Permitted;

/// The longest JSON text that is held and checked, in bytes, whatever a service's own limit is: a check needs the whole
/// text in memory.
const MAX_JSON_BYTES: u64 = 8 * 1024 * 1024;

/// The stage of a call that fits the contract of its service.
#[derive(Debug)]
pub struct Shaped {
    permitted: Permitted,
    method: Method,
}

impl Shaped {
    /// What was permitted.
    #[must_use]
    pub fn permitted(&self) -> &Permitted {
        &self.permitted
    }
}
