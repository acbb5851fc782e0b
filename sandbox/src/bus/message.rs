//! What goes over the bus and what comes back.

use http::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::Value;

/// A call that is to be signed and sent.
#[derive(Clone)]
pub struct Message<'a> {
    /// HTTP method.
    pub method: Method,
    /// The service: `instance/class/member/subsystem/service`.
    pub service: &'a str,
    /// What follows the service, empty or beginning with `/` or `?`.
    pub path: &'a str,
    /// Content type and body; `None` for none.
    pub body: Option<(&'static str, Vec<u8>)>,
    /// Purpose, by its code.
    pub purpose: &'a str,
    /// Legal basis, by its code.
    pub legal_basis: &'a str,
    /// The procedure it serves, by its national code.
    pub procedure: Option<&'a str>,
    /// The officer's access token; `None` when the system calls for itself.
    pub actor: Option<&'a SecretString>,
}

impl<'a> Message<'a> {
    /// A POST of JSON that no officer stands behind yet.
    #[must_use]
    pub fn post(service: &'a str, purpose: &'a str, legal_basis: &'a str, body: &Value) -> Self {
        let body = Some(("application/json", body.to_string().into_bytes()));
        Self { method: Method::POST, service, path: "", body, purpose, legal_basis, procedure: None, actor: None }
    }

    /// A GET without a body.
    #[must_use]
    pub fn get(service: &'a str, path: &'a str, purpose: &'a str, legal_basis: &'a str) -> Self {
        Self { method: Method::GET, service, path, body: None, purpose, legal_basis, procedure: None, actor: None }
    }
}

/// An answer that the gateway signed for this very message.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status: the register's.
    pub status: StatusCode,
    /// The body.
    pub body: Vec<u8>,
    /// The number of the record in the message log.
    pub record: String,
    /// The agreement that permitted it.
    pub agreement: Option<String>,
    /// The fields that were withheld, by the names of the contract.
    pub withheld: Vec<String>,
}

/// A refusal, as the gateway's problem document tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// HTTP status.
    pub status: StatusCode,
    /// Its code.
    pub code: String,
    /// `caller`, `gateway` or `provider`.
    pub origin: String,
    /// Whether the same call may succeed a little later.
    pub retry: bool,
    /// What is particular to it.
    pub detail: Option<String>,
    /// The number of its record; a stranger's refusal has none.
    pub record: Option<String>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The gateway cannot be reached, or does not take our certificate.
    #[error("the gateway cannot be reached")]
    Unreachable,
    /// What came is not signed by the gateway for this message.
    #[error("the answer does not prove itself: {0}")]
    NotBelieved(&'static str),
    /// The gateway refused, and signed that.
    #[error("the gateway refused: {}", .0.code)]
    Refused(Refused),
    /// Our own key or generator failed.
    #[error("the message could not be signed")]
    Own,
}
