//! What of an HTTP request becomes a call, and how does a recorded reply become a response?
//!
//! hyper has parsed the message; what it lets through and we do not is refused here: a target or host that can be read in
//! more than one way, framing that another parser might see differently, and everything that would change the protocol.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use boot::settings::Section;
use bytes::Bytes;
use certs::Live;
use clock::{Clock, Entropy, Timestamp};
use contract::{Body, BodyError};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts, uri::Authority,
};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::Instant;
use types::TransactionId;

use super::{
    Accepted,
    accept::Peer,
    body::{self, BodyLimits, Incoming},
};
use crate::{
    call::{Call, Form, Head, METHODS},
    refusal::{Code, Refusal},
    registry::Snapshot,
    reply::RecordedReply,
};

/// The bounds of a call at its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the arrival of the head to the last byte of the answer being ready: the longest any call may take.
    pub call_within: Duration,
    /// The bounds of its body.
    pub body: BodyLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self { call_within: Duration::from_secs(60), body: BodyLimits::default() }
    }
}

impl Limits {
    /// Reads `call_timeout`, `held_body`, `max_body`, `held_body_timeout` and `body_piece_timeout`; none is required. `None`
    /// after a fault.
    #[must_use]
    pub fn read(section: &Section<'_>) -> Option<Self> {
        let (tenth, hour) = (Duration::from_millis(100), Duration::from_secs(3600));
        let default = Self::default();
        let bytes = |key: &str, most: usize, default: u64| {
            let set = section.byte_size(key).between(1 << 10, most).optional()?;
            Some(set.map_or(default, |set| u64::try_from(set).unwrap_or(u64::MAX)))
        };
        let call_within = section.duration("call_timeout").between(tenth, hour).or(default.call_within);
        let held_bytes = bytes("held_body", 64 << 20, default.body.held_bytes);
        let most_bytes = bytes("max_body", 1 << 40, default.body.most_bytes);
        let held_within = section.duration("held_body_timeout").between(tenth, hour).or(default.body.held_within);
        let piece_within = section.duration("body_piece_timeout").between(tenth, hour).or(default.body.piece_within);
        let body = BodyLimits {
            held_bytes: held_bytes?,
            most_bytes: most_bytes?,
            held_within: held_within?,
            piece_within: piece_within?,
        };
        Some(Self { call_within: call_within?, body })
    }
}

/// Makes calls of requests.
#[derive(Clone)]
pub struct Accepting {
    /// The bounds.
    pub limits: Limits,
    /// Says when a call came.
    pub clock: Arc<dyn Clock>,
    /// Makes transaction ids unguessable.
    pub entropy: Arc<dyn Entropy>,
    /// Says whether a certificate is still good.
    pub certificates: Arc<Live>,
}

/// A request that does not become a call.
pub struct Refused {
    /// What is known of it, so that it can be recorded and answered in the caller's form; `None` when not even a
    /// transaction id could be made.
    pub head: Option<Arc<Head>>,
    /// Why.
    pub refusal: Refusal,
}

impl Accepting {
    /// Makes a call of a request: its head at once, its body when it is short enough to be held. A head that is not taken, and
    /// a body that does not come, are the call's [`fault`](Accepted::fault).
    ///
    /// # Errors
    /// Why it does not become one; with its head, whenever one can be made.
    pub async fn accept<B: Incoming>(
        &self,
        request: Request<B>,
        peer: &Peer,
        registry: Arc<Snapshot>,
    ) -> Result<Call<Accepted>, Box<Refused>> {
        let (parts, body) = request.into_parts();
        let (head, fault) = self.head(parts, peer, registry)?;
        if fault.is_some() {
            return Ok(Call { head, body: Body::empty(), stage: Accepted { fault } });
        }
        let (body, fault) = match body::take(body, &self.limits.body, head.deadline).await {
            Ok(body) => (body, None),
            Err(error) => (Body::empty(), Some(refusal_of(error))),
        };
        Ok(Call { head, body, stage: Accepted { fault } })
    }

    /// Makes the head of a call, whose certificate is good at this moment, and says why it is not taken when it is not.
    ///
    /// # Errors
    /// As [`Accepting::accept`].
    pub fn head(
        &self,
        parts: Parts,
        peer: &Peer,
        registry: Arc<Snapshot>,
    ) -> Result<(Arc<Head>, Option<Refusal>), Box<Refused>> {
        let (received, deadline) = (self.clock.now(), Instant::now() + self.limits.call_within);
        let checked = check(&parts);
        let Some(id) = self.transaction(received) else {
            return Err(Box::new(Refused { head: None, refusal: Code::Internal.into() }));
        };
        let (authority, fault) = match checked {
            Ok(authority) => (authority, None),
            Err(refusal) => (String::new(), Some(refusal)),
        };
        let head = Arc::new(Head {
            id,
            received,
            deadline,
            authority,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            form: Form::of(&parts.headers),
            method: parts.method,
            headers: parts.headers,
            certificate: Arc::clone(&peer.certificate.sha256),
            certificate_key: Arc::clone(&peer.certificate.key_sha256),
            registry,
        });
        match peer.check(&self.certificates.trust(), received) {
            Ok(()) => Ok((head, fault)),
            Err(refusal) => Err(Box::new(Refused { head: Some(head), refusal })),
        }
    }

    fn transaction(&self, received: Timestamp) -> Option<TransactionId> {
        let mut random = [0; 10];
        self.entropy.fill(&mut random).ok()?;
        Some(TransactionId::new(received.micros(), random))
    }
}

fn refusal_of(error: BodyError) -> Refusal {
    contract::ExchangeError::Body(error).into()
}

/// Checks everything about a head that does not depend on what the call is for, and gives the authority it was sent to.
fn check(parts: &Parts) -> Result<String, Refusal> {
    let bad = |detail: &'static str| Refusal::new(Code::BadRequest).detail(detail);
    if !METHODS.contains(&parts.method) {
        return Err(bad("the method is not taken"));
    }
    // Absolute targets name the host a second time; a bus has no use for them (RFC 9112 §3.2.2).
    if parts.uri.scheme().is_some() || parts.uri.authority().is_some() || !parts.uri.path().starts_with('/') {
        return Err(bad("the target must be a path"));
    }
    // What is not percent-encoded cannot be signed, and is read in more than one way (RFC 3986 §2).
    let target = parts.uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    if !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad("the target has a character that must be percent-encoded"));
    }
    check_framing(&parts.headers)?;
    if parts.headers.contains_key(header::UPGRADE) {
        return Err(bad("the protocol cannot be changed"));
    }
    if parts.headers.get_all(header::EXPECT).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    {
        return Err(bad("the expectation cannot be met"));
    }
    let host = single(&parts.headers, header::HOST)?.ok_or_else(|| bad("there is no Host"))?;
    authority(host).ok_or_else(|| bad("the Host is not a host with a port"))
}

/// hyper takes any list of codings that ends in `chunked`, and one length that is repeated; another parser may not.
fn check_framing(headers: &HeaderMap) -> Result<(), Refusal> {
    let length = single(headers, header::CONTENT_LENGTH)?;
    let Some(coding) = single(headers, header::TRANSFER_ENCODING)? else { return Ok(()) };
    if length.is_some() {
        return Err(Refusal::new(Code::RepeatedHeader).detail("Content-Length and Transfer-Encoding"));
    }
    if coding.as_bytes().eq_ignore_ascii_case(b"chunked") {
        Ok(())
    } else {
        Err(Refusal::new(Code::BadRequest).detail("the transfer coding is not taken"))
    }
}

fn single(headers: &HeaderMap, name: HeaderName) -> Result<Option<&HeaderValue>, Refusal> {
    let mut values = headers.get_all(&name).iter();
    let first = values.next();
    match values.next() {
        Some(_) => Err(Refusal::new(Code::RepeatedHeader).detail(name.as_str().to_owned())),
        None => Ok(first),
    }
}

fn authority(host: &HeaderValue) -> Option<String> {
    normal_authority(host.to_str().ok()?)
}

/// `host[:port]` in lower case and without the port that https has anyway (RFC 9421 §2.2.3); no user, nothing empty.
#[must_use]
pub fn normal_authority(host: &str) -> Option<String> {
    let authority: Authority = host.parse().ok()?;
    // `port()` gives none for what is no port, so what follows the host is read here.
    let (_, port) = authority.as_str().split_once(authority.host())?;
    let fits = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    let plain = !authority.as_str().contains('@') && !authority.host().is_empty();
    let bare = if port == ":443" { authority.host() } else { authority.as_str() };
    (plain && fits).then(|| bare.to_ascii_lowercase())
}

/// The response of a call: headers and body of the reply, framing by hyper alone.
#[must_use]
pub fn answer(reply: RecordedReply, method: &Method) -> Response<Answer> {
    let RecordedReply { status, mut headers, body } = reply;
    // Framing and connection are between hyper and the caller; a register's word on them must not come through.
    for name in [
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::CONNECTION,
        header::TRAILER,
        header::TE,
        header::UPGRADE,
        header::PROXY_AUTHENTICATE,
    ] {
        headers.remove(name);
    }
    headers.remove("keep-alive");
    let bodyless = *method == Method::HEAD || status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED;
    // HEAD gets no length: nobody has made the content that GET would have (RFC 9110 §8.6).
    let body = Answer(if bodyless { Body::empty() } else { body });
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn length(body: &Body) -> Option<u64> {
    match body {
        Body::Held(bytes) => u64::try_from(bytes.len()).ok(),
        Body::Streamed { length, .. } => *length,
    }
}

/// The body of a response. An error in its middle breaks the connection, so that nobody takes a part for the whole.
#[derive(Debug)]
pub struct Answer(Body);

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let piece = match &mut self.0 {
            Body::Held(bytes) if bytes.is_empty() => None,
            Body::Held(bytes) => Some(Ok(std::mem::take(bytes))),
            Body::Streamed { stream, .. } => ready!(stream.as_mut().poll_next(cx)),
        };
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Body::Held(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        length(&self.0).map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
