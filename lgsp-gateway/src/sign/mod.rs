//! The last form of an answer or a refusal: body and headers in the caller's form, digest, signature bound to the request.

use contract::Body;
use http::{HeaderMap, StatusCode};

use crate::{refusal::Code, trail::MessageSignature};

/// What a signed reply is made of. Only this folder makes it.
pub struct Sealed {
    /// HTTP status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// `sha-256=:…:` of the body.
    pub digest: String,
    /// Why, when it is a refusal.
    pub refusal: Option<Code>,
    /// Our signature, for the record.
    pub signature: Option<MessageSignature>,
    _sign: Proof,
}

struct Proof;
