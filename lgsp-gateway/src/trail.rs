//! What has been found out about a call so far: filled in on its way, and kept in its record however the call ends.

mod withheld;

use std::{fmt, sync::Arc};

use bytes::Bytes;
use contract::Body;
use tlog::bundle::SEALED_COPY;
use types::{ServiceId, SubsystemId};

pub use withheld::Withheld;

/// The findings of one call. A stage fills in its own part before it can refuse, so that a refused call's record says what
/// was known.
#[derive(Debug, Default)]
pub struct Trail {
    /// Who calls, by the certificate.
    pub client: Option<SubsystemId>,
    /// The caller's own id of the message: `X-Road-Id` or `Lgsp-Id`.
    pub message_id: Option<String>,
    /// SHA-256 over subsystem, key id and nonce of the message signature as stated, and until when (milliseconds since the
    /// epoch) it must be remembered. It stands in the opened record, so that a restart still knows it.
    pub nonce: Option<([u8; 32], u64)>,
    /// The service as the caller named it.
    pub service_asked: Option<ServiceId>,
    /// The service that was found, when it is another: a former agency's code leads to its successor.
    pub service_found: Option<ServiceId>,
    /// The endpoint that was matched, as `GET /v1/{id}`: a template, never a path with data in it.
    pub endpoint: Option<Arc<str>>,
    /// The purpose the caller states, by its code.
    pub purpose: Option<String>,
    /// The legal basis the caller states.
    pub legal_basis: Option<String>,
    /// The procedure the caller states.
    pub procedure: Option<String>,
    /// The case or document number the caller states (`X-Road-Issue`), informative.
    pub issue: Option<String>,
    /// The officer, as the verified token says.
    pub officer: Option<Arc<str>>,
    /// The officer's agency.
    pub officer_agency: Option<String>,
    /// The level at which the officer signed in.
    pub officer_level: Option<u8>,
    /// `sha-256=:…:` of the request body, as computed here.
    pub request_digest: Option<String>,
    /// The digests of a request body that streams by; `sign` writes them here when it came to its end.
    pub request_passing: Option<crate::verify::Passed>,
    /// SHA-512 of the request body in X-Road's form, for its request hash; `None` when there is no body.
    pub request_sha512: Option<[u8; 64]>,
    /// The message signature of the request, as it was verified.
    pub request_signature: Option<MessageSignature>,
    /// The agreement that permitted it.
    pub agreement: Option<Arc<str>>,
    /// Policies that made the decision.
    pub policies: Vec<Arc<str>>,
    /// Version of the policy set.
    pub policy_version: Option<Arc<str>>,
    /// `sha-256=:…:` of the register's whole answer, before anything was withheld.
    pub provider_digest: Option<String>,
    /// The fields that were withheld from the answer.
    pub withheld: Withheld,
    /// How often the register was asked; more than once only for an idempotent call.
    pub attempts: u8,
    /// Whether what the register was asked must not be asked twice.
    pub once_only: bool,
    /// What is kept of the request body; `None` where the agreement does not want copies.
    pub request_copy: Option<BodyCopy>,
    /// What is kept of the body that is answered; `None` where the agreement does not want copies.
    pub reply_copy: Option<BodyCopy>,
}

/// The longest body of which a copy is kept, in bytes: the log is no archive of files.
pub const MOST_COPIED: usize = 1 << 20;

/// What is kept of a body of which the agreement wants a copy.
#[derive(Clone, PartialEq, Eq)]
pub enum BodyCopy {
    /// The whole, sealed in the log.
    Whole(Bytes),
    /// Nothing but its digest: it was longer than what is held or copied.
    TooLong,
}

impl BodyCopy {
    /// A copy of this body, if it is held and at most [`MOST_COPIED`] bytes long.
    #[must_use]
    pub fn of(body: &Body) -> Self {
        match body {
            Body::Held(bytes) if bytes.len() <= MOST_COPIED => Self::Whole(bytes.clone()),
            Body::Held(_) | Body::Streamed { .. } => Self::TooLong,
        }
    }

    /// What the record says of it in the clear.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Whole(_) => SEALED_COPY,
            Self::TooLong => "too-long",
        }
    }
}

impl fmt::Debug for BodyCopy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message signature with all that is needed to check it again.
#[derive(Clone, Debug)]
pub struct MessageSignature {
    /// The key id of the wire.
    pub key_id: String,
    /// The algorithm of the registered key, by its name in the HTTP signature registry.
    pub algorithm: &'static str,
    /// The public key, SubjectPublicKeyInfo DER in base64.
    pub public_key: Arc<str>,
    /// The signature base (RFC 9421 §2.5). It holds what the caller sent, so it is kept sealed.
    pub base: String,
    /// The signature, base64.
    pub signature: String,
}
