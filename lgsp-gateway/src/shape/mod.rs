//! Does the call fit the contract, and what of the answer may go out?

mod contract;
mod spool;

pub use contract::Contract;
pub use spool::Spool;

use crate::authorize::Permitted;

/// The stage of a call that fits the contract of its service.
#[derive(Debug)]
pub struct Shaped {
    permitted: Permitted,
}

impl Shaped {
    /// What was permitted.
    #[must_use]
    pub fn permitted(&self) -> &Permitted {
        &self.permitted
    }
}
