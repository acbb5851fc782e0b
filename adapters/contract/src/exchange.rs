//! The face every exchange adapter shows to the gateway: a bus call in, a foreign system's answer out, or an error that
//! says whose fault it is and whether to retry.
//!
//! An adapter decides nothing about who may call what: that was decided before it is asked, and what it answers is cut
//! down afterwards to the fields of the permit.

use std::{borrow::Cow, fmt, pin::Pin, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures::Stream;
use http::{HeaderMap, Method, StatusCode};
use types::{AgencyCode, ServiceId, SubsystemId, TransactionId};

/// Bytes that arrive piece by piece. An error ends them: what came before is then worth nothing.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>> + Send + Sync>>;

/// Why a streamed body did not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The sender stopped before the end it had announced, or the connection broke.
    #[error("the body ended early")]
    Cut,
    /// It is longer than is taken.
    #[error("the body is too long")]
    TooLong,
    /// Its digest is not the one that was signed.
    #[error("the body does not have the digest that was stated")]
    Digest,
    /// It did not come in time.
    #[error("the body did not come in time")]
    Timeout,
}

/// A body on its way through.
pub enum Body {
    /// Small enough to be held.
    Held(Bytes),
    /// Passed on piece by piece; `length` when it was announced, in bytes.
    Streamed {
        /// The pieces.
        stream: BodyStream,
        /// How many bytes they will be, when known.
        length: Option<u64>,
    },
}

impl Body {
    /// No body.
    #[must_use]
    pub const fn empty() -> Self {
        Self::Held(Bytes::new())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Self::Streamed { length, .. } => write!(f, "Body(streamed, {length:?})"),
        }
    }
}

/// The officer who acts, as the verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The officer's code in the directory that vouches, such as `can-bo:dung`.
    pub officer: Arc<str>,
    /// The agency in which the officer acts.
    pub agency: AgencyCode,
}

/// Our own codes as the foreign system knows them, looked up in the registry as of now; `None` where no mapping holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignCodes {
    /// The officer.
    pub officer: Option<Arc<str>>,
    /// The procedure.
    pub procedure: Option<Arc<str>>,
    /// The agency that calls.
    pub agency: Option<Arc<str>>,
}

/// A permitted call, as an adapter gets it.
#[derive(Debug)]
pub struct ExchangeRequest {
    /// The gateway's number of the call. Foreign systems that want a request id get this one.
    pub transaction: TransactionId,
    /// The service that is called.
    pub service: ServiceId,
    /// Who calls.
    pub client: SubsystemId,
    /// The officer behind the call, when there is one.
    pub actor: Option<Actor>,
    /// The administrative procedure the call serves, by its national code, when the caller named one.
    pub procedure: Option<Arc<str>>,
    /// Officer, procedure and agency in the foreign system's own codes.
    pub foreign: ForeignCodes,
    /// HTTP method of the call.
    pub method: Method,
    /// What follows the service in the path: empty, or beginning with `/`. Normalised, still percent-encoded.
    pub path: String,
    /// The query as it came, without `?`.
    pub query: Option<String>,
    /// Headers that may pass on: no hop-by-hop, security or bus header is among them.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// Whether the caller is to get the register's own answer, whatever its status says (X-Road PR-REST §4.6): an adapter whose
    /// dialect is HTTP itself then neither judges it nor takes headers away but those of the connection.
    pub as_it_is: bool,
    /// The time that is left for the whole call.
    pub time_left: Duration,
}

/// What the foreign system answered, already in the form of the bus.
#[derive(Debug)]
pub struct ExchangeReply {
    /// HTTP status for the caller. An error status of the register's own is passed on as it is.
    pub status: StatusCode,
    /// Headers that may pass on; at least `content-type` when there is a body.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
}

/// Who can mend a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeFault {
    /// The caller: the same call will fail again.
    Caller,
    /// The gateway's operator: settings, mappings, credentials.
    Gateway,
    /// The system behind the adapter.
    Provider,
}

/// Why there is no answer. The texts are fixed but for a name of ours; nothing of a body, a key or a person is in them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// No connection could be made: nothing was sent.
    #[error("the register cannot be reached")]
    Unreachable,
    /// The register says itself that it cannot answer now (429, 502, 503, 504).
    #[error("the register is not available")]
    Unavailable,
    /// No answer within the time that was left. Whether the register acted is unknown.
    #[error("the register did not answer in time")]
    Timeout,
    /// The connection broke after something was sent. Whether the register acted is unknown.
    #[error("the register's answer was cut off")]
    Cut,
    /// The answer is longer than is taken.
    #[error("the register's answer is too large")]
    TooLarge,
    /// The answer is of a type that the dialect does not know.
    #[error("the register's answer is of another type")]
    MediaType,
    /// The answer is not what the dialect demands: broken syntax, a missing or contradicting element, another request's
    /// answer.
    #[error("the register's answer cannot be understood")]
    Malformed,
    /// The register refused the gateway's own credentials or address (401, 403).
    #[error("the register refuses this gateway")]
    Refused,
    /// The register answered with an error of its own inside a well-formed answer: a SOAP fault, or an error in a 200.
    #[error("the register reports an error")]
    Reported {
        /// Its code, when it is short and plain; never its text.
        code: Option<Cow<'static, str>>,
    },
    /// The input misses something the register demands, or holds something it does not know.
    #[error("the input does not fit the service: {field}")]
    Input {
        /// The field, by its name in the service's contract.
        field: Cow<'static, str>,
    },
    /// A national code is not known for an officer, a procedure or an agency. Nothing was sent.
    #[error("no national code is known for the {what}")]
    Mapping {
        /// `officer`, `procedure` or `agency`.
        what: &'static str,
    },
    /// The service has no such operation or method.
    #[error("the service has no such operation")]
    Operation,
    /// The caller's own body ended early, was too long, or had another digest.
    #[error("the call's body cannot be passed on")]
    Body(#[source] BodyError),
    /// The settings of the adapter do not work.
    #[error("the settings of the adapter do not work")]
    Settings,
}

impl ExchangeError {
    /// The stable name for logs, records and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreachable => "provider.unreachable",
            Self::Unavailable => "provider.unavailable",
            Self::Timeout => "provider.timeout",
            Self::Cut => "provider.cut",
            Self::TooLarge => "provider.too_large",
            Self::MediaType => "provider.media_type",
            Self::Malformed => "provider.malformed",
            Self::Refused => "provider.refused",
            Self::Reported { .. } => "provider.reported",
            Self::Input { .. } => "caller.input",
            Self::Mapping { .. } => "gateway.mapping",
            Self::Operation => "caller.operation",
            Self::Body(_) => "caller.body",
            Self::Settings => "gateway.settings",
        }
    }

    /// Who can mend it.
    #[must_use]
    pub const fn fault(&self) -> ExchangeFault {
        match self {
            Self::Input { .. } | Self::Operation | Self::Body(_) => ExchangeFault::Caller,
            Self::Mapping { .. } | Self::Refused | Self::Settings => ExchangeFault::Gateway,
            Self::Unreachable
            | Self::Unavailable
            | Self::Timeout
            | Self::Cut
            | Self::TooLarge
            | Self::MediaType
            | Self::Malformed
            | Self::Reported { .. } => ExchangeFault::Provider,
        }
    }

    /// Whether the same call may succeed a little later.
    #[must_use]
    pub const fn retry(&self) -> bool {
        matches!(self, Self::Unreachable | Self::Unavailable | Self::Timeout | Self::Cut)
    }
}

/// One foreign system, by its dialect.
///
/// Promises of every implementation: nothing is sent when it is made; a call ends within `time_left`; it never repeats a
/// call that may have reached the register (the gateway decides about retries); redirects are never followed; an answer
/// that is held is bounded in size; nothing of a body, a key or a person is ever logged or put into an error; whatever is
/// not understood is refused.
#[async_trait]
pub trait Exchange: Send + Sync {
    /// Makes the call.
    async fn call(&self, request: ExchangeRequest) -> Result<ExchangeReply, ExchangeError>;
}
