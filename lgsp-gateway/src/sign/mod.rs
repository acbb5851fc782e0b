//! The last form of an answer or a refusal: body and headers in the caller's form, digest, signature bound to the request.
//!
//! In our own form everything is signed, refusals too, and also where the request's own signature could not be read: what of
//! the request is not there is then not covered, and a caller that did sign does not accept it (`lgsp_v1::reply`).

mod decision;
mod problem;
mod x_road;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use clock::{Clock, Entropy};
use contract::Body;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LENGTH},
};
use signing::{
    content_digest::{self, CONTENT_DIGEST},
    http_signature::{
        Response, SIGNATURE, SIGNATURE_INPUT, SigningKey,
        lgsp_v1::{LGSP_DECISION, LGSP_ID, LGSP_RECORD, reply},
    },
};

pub use x_road::{SKIPPED, request_hash};

use crate::{
    call::{Form, Head},
    refusal::{Code, Refusal},
    reply::{Reply, ReplyBody, SignedReply},
    route,
    timekeeping::Timekeeper,
    trail::{BodyCopy, MessageSignature, Trail},
    verify::{self, Unproven},
};

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

/// An answer whose body and digest are final, its headers not yet.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
    digest: String,
    refusal: Option<Code>,
}

impl Answer {
    fn sealed(self, signature: Option<MessageSignature>) -> SignedReply {
        let Self { status, headers, body, digest, refusal } = self;
        SignedReply::new(Sealed { status, headers, body, digest, refusal, signature, _sign: Proof })
    }

    /// What a register answered.
    fn of(method: &Method, reply: Reply) -> Self {
        let Reply { status, headers, body } = reply;
        let (body, digest) = match body {
            ReplyBody::Held(bytes) => {
                let digest = content_digest::value(&bytes);
                (Body::Held(bytes), digest)
            }
            ReplyBody::Spooled(spool) => {
                let (length, digest) = (spool.bytes(), spool.digest().to_owned());
                (Body::Streamed { stream: spool.into_stream(), length: Some(length) }, digest)
            }
        };
        Self { status, headers, body, digest, refusal: None }.with_content_for(method)
    }

    /// Why nothing is answered.
    fn refused(method: &Method, code: Code, status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Self {
        let digest = content_digest::value(&body);
        Self { status, headers, digest, body: Body::Held(body.into()), refusal: Some(code) }.with_content_for(method)
    }

    /// What has no content has the digest of nothing (RFC 9530 appendix B.2), whatever another method would be answered.
    fn with_content_for(mut self, method: &Method) -> Self {
        let bodiless = matches!(self.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if bodiless || *method == Method::HEAD {
            (self.body, self.digest) = (Body::empty(), content_digest::value(b""));
        }
        self
    }
}

/// Signs replies with the gateway's key.
pub struct Signer {
    key: Arc<SigningKey>,
    key_id: String,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    timekeeper: Arc<Timekeeper>,
}

impl Signer {
    /// Signs with this key while the clock is right; its id on the wire is its RFC 7638 thumbprint.
    #[must_use]
    pub fn new(
        key: Arc<SigningKey>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        timekeeper: Arc<Timekeeper>,
    ) -> Self {
        Self { key_id: key.public().thumbprint().to_string(), key, clock, entropy, timekeeper }
    }

    /// The id of the key on the wire.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Whether the key signs.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.key.sign(b"ready").is_ok()
    }

    /// Gives an answer or a refusal its last form. The digest of a request body that streamed by goes into the trail, and a
    /// copy of the body that is answered, where the agreement wants copies. What was answered to a body that did not come to
    /// its end, or was another than the signed one, is no answer.
    #[must_use]
    pub fn seal(&self, head: &Head, trail: &mut Trail, outcome: Result<Reply, Refusal>) -> SignedReply {
        let outcome = match trail.request_passing.take().map_or(Ok(()), |passing| passing.settle(trail)) {
            Ok(()) => outcome,
            Err(Unproven::Other) => Err(Code::DigestMismatch.into()),
            Err(Unproven::Unread) => outcome.and_then(|_| Err(unread(trail))),
        };
        let reply = match head.form {
            Form::XRoad => x_road::seal(head, trail, outcome).sealed(None),
            Form::Signed => self.signed(head, trail, outcome),
        };
        // Whoever wants a copy of what was asked wants one of what was answered.
        if trail.request_copy.is_some() {
            trail.reply_copy = Some(BodyCopy::of(&reply.body));
        }
        reply
    }

    fn signed(&self, head: &Head, trail: &Trail, outcome: Result<Reply, Refusal>) -> SignedReply {
        if self.timekeeper.wrong() {
            // What is signed says when: an answer waits for a clock that is right, a refusal goes out without a signature.
            return match outcome {
                Ok(_) => unsigned(head, trail, &unanswered(trail, Code::ClockWrong).into()),
                Err(refusal) => unsigned(head, trail, &refusal),
            };
        }
        let mut answer = match outcome {
            Ok(reply) => {
                let mut answer = Answer::of(&head.method, reply);
                clear(&mut answer.headers);
                answer
            }
            Err(refusal) => problem::answer(head, &refusal),
        };
        match self.sign(head, trail, &mut answer) {
            Some(signature) => answer.sealed(Some(signature)),
            None => {
                tracing::error!(transaction.id = %head.id, "an answer cannot be signed");
                unsigned(head, trail, &unanswered(trail, Code::Internal).into())
            }
        }
    }

    /// Completes the headers and signs them.
    fn sign(&self, head: &Head, trail: &Trail, answer: &mut Answer) -> Option<MessageSignature> {
        complete(head, trail, answer)?;
        let headers = &mut answer.headers;
        let mut nonce = [0; 16];
        self.entropy.fill(&mut nonce).ok()?;
        let response = Response { status: answer.status, headers, request: Some(verify::request(head)) };
        let signed = reply::sign(&response, &self.key, &self.key_id, self.clock.now(), &STANDARD.encode(nonce)).ok()?;
        signed.apply(headers);
        Some(MessageSignature {
            key_id: self.key_id.clone(),
            algorithm: self.key.public().algorithm().name(),
            public_key: Arc::clone(self.key.public().spki_base64()),
            base: signed.base,
            signature: signed.signature_base64,
        })
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.key_id)
    }
}

/// Where a register was asked, nobody may take this for a call that never happened.
const fn unanswered(trail: &Trail, code: Code) -> Code {
    if trail.attempts > 0 { Code::OutcomeUnknown } else { code }
}

/// Something was answered before the body of the request had come whole: nobody can say to what.
fn unread(trail: &Trail) -> Refusal {
    Refusal::new(unanswered(trail, Code::BadRequest)).detail("the body was not read to its end")
}

/// A refusal that is not signed.
fn unsigned(head: &Head, trail: &Trail, refusal: &Refusal) -> SignedReply {
    let mut answer = problem::answer(head, refusal);
    // A header that cannot be made is not there; the problem document says what is needed.
    let _complete = complete(head, trail, &mut answer);
    answer.sealed(None)
}

/// The headers that every answer in our form has.
fn complete(head: &Head, trail: &Trail, answer: &mut Answer) -> Option<()> {
    let headers = &mut answer.headers;
    headers.insert(CONTENT_DIGEST, HeaderValue::try_from(answer.digest.as_str()).ok()?);
    headers.insert(LGSP_RECORD, HeaderValue::try_from(format!("\"{}\"", head.id)).ok()?);
    headers.insert(LGSP_DECISION, decision::value(trail, answer.refusal)?);
    headers.extend(alias(trail));
    let mut ids = head.headers.get_all(LGSP_ID).iter();
    if let (Some(id), None) = (ids.next(), ids.next())
        && id.to_str().is_ok()
    {
        headers.insert(LGSP_ID, id.clone());
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Some(())
}

/// Tells a caller who used a former agency's code under which name the service is found now.
fn alias(trail: &Trail) -> Option<(HeaderName, HeaderValue)> {
    Some((route::ALIAS, route::alias(trail)?))
}

/// Takes away what only the bus may say: a register must not speak in its name.
fn clear(headers: &mut HeaderMap) {
    let ours: Vec<_> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("lgsp-") || name.as_str().starts_with("x-road-"))
        .cloned()
        .collect();
    for name in ours.iter().chain([&SIGNATURE, &SIGNATURE_INPUT, &CONTENT_DIGEST, &CONTENT_LENGTH]) {
        headers.remove(name);
    }
    headers.remove("accept-signature");
}
