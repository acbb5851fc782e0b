//! How far has an answer come? `Reply` from the register, [`SignedReply`] from `sign`, [`RecordedReply`] from
//! `message_log`; only the last may leave.

use bytes::Bytes;
use contract::Body;
use http::{HeaderMap, StatusCode};

use crate::refusal::Code;

/// An answer that the permit lets out, not yet signed.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers of the answer itself.
    pub headers: HeaderMap,
    /// The body.
    pub body: ReplyBody,
}

/// A body whose digest can be stated before it is sent.
pub enum ReplyBody {
    /// Held in memory.
    Held(Bytes),
    /// Kept in an unnamed file, because it is larger than what is held.
    Spooled(crate::shape::Spool),
}

impl std::fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Held(bytes) => write!(f, "Held({} bytes)", bytes.len()),
            Self::Spooled(_) => f.write_str("Spooled"),
        }
    }
}

/// An answer or a refusal in its final form, signed where the caller's form wants it. Only `sign` makes it.
pub struct SignedReply {
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
    pub signature: Option<crate::trail::MessageSignature>,
    seal: Seal,
}

/// An answer that may be sent: its record is durable, or it is a refusal of which there can be none.
pub struct RecordedReply {
    /// HTTP status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
}

impl RecordedReply {
    /// What is sent when not even a refusal can be made: a bare 500.
    #[must_use]
    pub fn failed() -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, headers: HeaderMap::new(), body: Body::empty() }
    }
}

/// Makes the literal of [`SignedReply`] impossible elsewhere.
struct Seal;

impl SignedReply {
    /// Called by `sign` alone: its argument can be made nowhere else.
    pub fn new(parts: crate::sign::Sealed) -> Self {
        let crate::sign::Sealed { status, headers, body, digest, refusal, signature, .. } = parts;
        Self { status, headers, body, digest, refusal, signature, seal: Seal }
    }

    /// A refusal that may leave without a record, because nobody of the registry is behind the call, or because the log
    /// itself is what failed. An answer of a register never does: it comes back as it is.
    ///
    /// # Errors
    /// The reply, when it is no refusal.
    pub fn unrecorded(self) -> Result<RecordedReply, Box<Self>> {
        if self.refusal.is_none() {
            return Err(Box::new(self));
        }
        Ok(RecordedReply { status: self.status, headers: self.headers, body: self.body })
    }

    /// Called by `message_log` alone: the proof of the record can be made nowhere else.
    pub fn recorded(self, _closed: crate::message_log::Closed) -> RecordedReply {
        let Seal = self.seal;
        RecordedReply { status: self.status, headers: self.headers, body: self.body }
    }
}
