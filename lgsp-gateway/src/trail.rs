//! What has been found out about a call so far: filled in on its way, and kept in its record however the call ends.

use std::sync::Arc;

use types::{ServiceId, SubsystemId};

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
    /// Names of the fields that were withheld from the answer; names of the contract, never values.
    pub withheld: Vec<String>,
    /// How often the register was asked; more than once only for an idempotent call.
    pub attempts: u8,
    /// Whether what the register was asked must not be asked twice.
    pub once_only: bool,
    /// The request body, kept only where the agreement says so; sealed in the log.
    pub request_copy: Option<bytes::Bytes>,
    /// The reply body as it was sent, kept only where the agreement says so; sealed in the log.
    pub reply_copy: Option<bytes::Bytes>,
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
