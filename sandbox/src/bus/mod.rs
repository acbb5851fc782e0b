//! A department's own caller of the bus, as its vendor would write it: mutual TLS with the department's certificate, each
//! message signed by the profile `lgsp-v1`, and no answer believed that the gateway did not sign for this very message.
//!
//! [`Message`] says what is asked, [`Caller`] signs it, sends it and judges the answer.

mod caller;
mod message;

pub use caller::{Caller, Department, Gateway, NoCaller, Prepared, Received};
pub use message::{Answer, CallError, Message, Refused};
