//! How far has a call come? Its stage is part of its type, so that a wrong order does not compile.
//!
//! Accepted → identified → verified → routed → permitted → shaped → dispatched. Each stage type is made only in the folder
//! of its name: whoever holds a `Call<Permitted>` knows that `authorize` has said yes.

use std::sync::Arc;

use clock::Timestamp;
use contract::Body;
use http::{HeaderMap, Method};
use tokio::time::Instant;
use types::TransactionId;

use crate::registry::Snapshot;

/// The methods that calls may have (PR-REST); `CONNECT`, `TRACE` and unknown ones change the protocol or echo secrets.
pub static METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// In which form the caller speaks, and so in which form it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// X-Road REST without a message signature (PR-REST); errors in X-Road's own body.
    XRoad,
    /// Our own form: `Lgsp-*` headers and the signature profile `lgsp-v1`; errors as signed problem documents.
    Signed,
}

impl Form {
    /// A call that carries any header of our form is judged by our form: leaving one out must not lead to the weaker one.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let ours = |name: &http::HeaderName| {
            name.as_str().starts_with("lgsp-") || name == "signature-input" || name == "signature"
        };
        if headers.keys().any(ours) { Self::Signed } else { Self::XRoad }
    }

    /// The name in records and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::XRoad => "x-road",
            Self::Signed => "lgsp-v1",
        }
    }
}

/// What is known of every call from its first byte, and does not change.
pub struct Head {
    /// The gateway's number of the call.
    pub id: TransactionId,
    /// When its head had been read.
    pub received: Timestamp,
    /// When it must have been answered.
    pub deadline: Instant,
    /// Its method.
    pub method: Method,
    /// The host and port it was sent to, as it came (`Host`), in lower case.
    pub authority: String,
    /// The path as it came, percent-encoded.
    pub path: String,
    /// The query as it came, without `?`; `None` when there was no `?`.
    pub query: Option<String>,
    /// The headers as they came.
    pub headers: HeaderMap,
    /// The form it speaks.
    pub form: Form,
    /// SHA-256 of the client certificate, DER, as lower-case hex.
    pub certificate: Arc<str>,
    /// SHA-256 of the certificate's SubjectPublicKeyInfo, DER, as lower-case hex.
    pub certificate_key: Arc<str>,
    /// The registry as it was when the call came. One call is judged by one snapshot.
    pub registry: Arc<Snapshot>,
}

/// A call at one stage of its way.
pub struct Call<Stage> {
    /// What does not change; shared, so that a refused call can still be answered and recorded.
    pub head: Arc<Head>,
    /// The body, not yet believed before `Verified`.
    pub body: Body,
    /// What is known by now.
    pub stage: Stage,
}

impl<Stage> Call<Stage> {
    /// Takes the call one stage further. Only the folder of the next stage can make its value.
    pub fn advance<Next>(self, next: impl FnOnce(Stage) -> Next) -> Call<Next> {
        Call { head: self.head, body: self.body, stage: next(self.stage) }
    }
}
