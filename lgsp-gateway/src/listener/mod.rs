//! From a TLS connection to a call, and from a recorded reply to bytes.
//!
//! [`tls`] says with which certificates, [`accept`] takes connections and reads each peer once, [`places`] says whether there is
//! room for one more call of its, [`http`] makes a call of a request and bytes of a reply, [`body`] bounds what comes in,
//! [`service`] sends each call on its way.

pub mod accept;
pub mod body;
mod counts;
pub mod http;
pub mod places;
pub mod service;
pub mod tls;

use crate::refusal::Refusal;

/// The stage of a call whose head was read and whose peer has a certificate that chains to a configured anchor and is not
/// revoked, at the moment of this very call.
#[derive(Debug)]
pub struct Accepted {
    fault: Option<Refusal>,
}

impl Accepted {
    /// Why the head is not taken, or the body did not come: the call is refused for it, but only after it is known who sent it,
    /// and recorded.
    #[must_use]
    pub const fn fault(&self) -> Option<&Refusal> {
        self.fault.as_ref()
    }
}

#[cfg(test)]
impl Accepted {
    /// The stage for tests of the rooms behind this one.
    pub(crate) const fn tested() -> Self {
        Self { fault: None }
    }
}
