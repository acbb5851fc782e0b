//! `lgsp-v1`: what a signed call of the bus and its answer must cover, and how both are checked.
//!
//! A **request** has one signature under the label `lgsp`. It covers exactly `@method`, `@authority`, `@path`, `@query`,
//! `content-digest`, `content-type`, `lgsp-client`, `lgsp-service`, `lgsp-id`, `lgsp-purpose`, `lgsp-legal-basis` and
//! `lgsp-actor`, in any order; besides them `authorization` and `dpop` when the message has them, and every other `lgsp-*`
//! header it has. `content-type` may be absent, from message and signature alike, where the digest is that of an empty
//! body. Its parameters are `created`, `expires` (at most 60 seconds later), `nonce` (22 to 128 characters), `keyid`,
//! `tag="lgsp-v1"`, and perhaps `alg`, which must then be that of the registered key; no others.
//!
//! A **reply** has a signature under the label `gw`. It covers `@status`, `content-digest`, `content-type` where there is
//! one, every `lgsp-*` header of the reply (`lgsp-decision` always, `lgsp-id` where the request had one), and of the request
//! `"@method";req`, `"@path";req`, `"content-digest";req` and `"signature";req;key="lgsp"`. Of the last three one is left out
//! only where the request did not have it, or has it in a form that cannot be written again: a refusal of a message without
//! a readable signature is signed too, and bound to what was there. Who sent a signed request therefore never accepts a
//! reply without them.

mod error;
pub mod reply;
pub mod request;
mod values;

use std::time::Duration;

pub use error::ProfileError;
pub use values::text;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{SIGNATURE, SIGNATURE_INPUT};

/// The value of `tag`.
pub const TAG: &str = "lgsp-v1";
/// The label of a request's signature.
pub const REQUEST_LABEL: &str = "lgsp";
/// The label of a reply's signature.
pub const REPLY_LABEL: &str = "gw";
/// Who calls: a subsystem, `"VN/GOV/000.00.15.H19/mot-cua"`.
pub const LGSP_CLIENT: HeaderName = HeaderName::from_static("lgsp-client");
/// What is called: a service.
pub const LGSP_SERVICE: HeaderName = HeaderName::from_static("lgsp-service");
/// The caller's own number of the message; the reply repeats it.
pub const LGSP_ID: HeaderName = HeaderName::from_static("lgsp-id");
/// The purpose, by its code.
pub const LGSP_PURPOSE: HeaderName = HeaderName::from_static("lgsp-purpose");
/// The legal basis.
pub const LGSP_LEGAL_BASIS: HeaderName = HeaderName::from_static("lgsp-legal-basis");
/// The procedure that is served, when one is.
pub const LGSP_PROCEDURE: HeaderName = HeaderName::from_static("lgsp-procedure");
/// The officer: a compact JWS, or `?0` where no officer acts.
pub const LGSP_ACTOR: HeaderName = HeaderName::from_static("lgsp-actor");
/// What was decided.
pub const LGSP_DECISION: HeaderName = HeaderName::from_static("lgsp-decision");
/// The number of the record.
pub const LGSP_RECORD: HeaderName = HeaderName::from_static("lgsp-record");
/// The code of a refusal.
pub const LGSP_ERROR: HeaderName = HeaderName::from_static("lgsp-error");

/// What a caller without an acceptable signature is told to send (RFC 9421 §5.1).
pub const ACCEPT_SIGNATURE: HeaderValue = HeaderValue::from_static(
    "lgsp=(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\" \"content-type\" \"lgsp-client\" \
     \"lgsp-service\" \"lgsp-id\" \"lgsp-purpose\" \"lgsp-legal-basis\" \"lgsp-actor\");created;expires;tag=\"lgsp-v1\"",
);

/// How old a signature may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest time between `created` and `expires`.
    pub window: Duration,
    /// By how much two clocks may differ.
    pub skew: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { window: Duration::from_secs(60), skew: Duration::from_secs(30) }
    }
}

impl Limits {
    fn window_seconds(self) -> i64 {
        i64::try_from(self.window.as_secs()).unwrap_or(i64::MAX)
    }
}

/// A signature that was made, with the base it is over.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The value of `Signature-Input`.
    pub input: HeaderValue,
    /// The value of `Signature`.
    pub signature: HeaderValue,
    /// The signature base.
    pub base: String,
    /// The signature, base64.
    pub signature_base64: String,
}

impl Signed {
    /// Puts both fields into the headers, in place of any that were there.
    pub fn apply(&self, headers: &mut HeaderMap) {
        headers.insert(SIGNATURE_INPUT, self.input.clone());
        headers.insert(SIGNATURE, self.signature.clone());
    }
}

#[cfg(test)]
mod tests;
