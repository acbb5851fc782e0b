//! Has the body the digest that was stated? A body that is held is hashed here; one that streams is hashed on its way, and
//! its last piece stays here until the digest is right.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use aws_lc_rs::digest::{Context as Sha, SHA512};
use bytes::Bytes;
use contract::{Body, BodyError, BodyStream};
use futures::Stream;
use http::HeaderMap;
use signing::content_digest::{DigestError, Hasher, Stated};

use crate::{
    refusal::{Code, Refusal},
    trail::Trail,
};

/// The digests of a body that streamed by, known when it came to its end.
#[derive(Clone, Debug, Default)]
pub struct Passed(Arc<OnceLock<Digests>>);

#[derive(Debug)]
struct Digests {
    sha256: String,
    sha512: Option<[u8; 64]>,
    /// Whether they are what was stated.
    stated: bool,
}

/// Why a body that streamed by cannot be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unproven {
    /// It came to its end and has another digest than the stated one.
    Other,
    /// Nobody read it to its end.
    Unread,
}

impl Passed {
    /// Writes into the trail what is known by now.
    ///
    /// # Errors
    /// The body cannot be believed: what was answered to it is no answer to what was signed.
    pub(crate) fn settle(&self, trail: &mut Trail) -> Result<(), Unproven> {
        let digests = self.0.get().ok_or(Unproven::Unread)?;
        trail.request_digest = Some(digests.sha256.clone());
        trail.request_sha512 = digests.sha512;
        if digests.stated { Ok(()) } else { Err(Unproven::Other) }
    }
}

/// Holds the body against its stated digest.
pub(super) fn stated(headers: &HeaderMap, body: Body, trail: &mut Trail) -> Result<Body, Refusal> {
    let stated = Stated::of(headers).map_err(|error| match error {
        DigestError::Missing => Refusal::new(Code::DigestMismatch).detail("no sha-256 or sha-512 is stated"),
        DigestError::Malformed | DigestError::Mismatch => Refusal::new(Code::DigestMismatch),
    })?;
    match body {
        Body::Held(bytes) => {
            let mut hasher = stated.hasher();
            hasher.update(&bytes);
            let computed = hasher.finish();
            trail.request_digest = Some(computed.value());
            if computed.agrees_with(&stated) { Ok(Body::Held(bytes)) } else { Err(Code::DigestMismatch.into()) }
        }
        Body::Streamed { stream, length } => {
            let hasher = stated.hasher();
            Ok(watched(stream, length, Watch { hasher, sha512: None, stated: Some(stated) }, trail))
        }
    }
}

/// Hashes a body in X-Road's form, where nothing need be stated of it: SHA-256 for the record, SHA-512 for the request hash. What
/// is stated all the same, in a form that we know, must be so (RFC 9530 §2).
pub(super) fn of_x_road(headers: &HeaderMap, body: Body, trail: &mut Trail) -> Result<Body, Refusal> {
    let stated = match Stated::of(headers) {
        Ok(stated) => Some(stated),
        Err(DigestError::Missing) => None,
        Err(DigestError::Malformed | DigestError::Mismatch) => return Err(Code::DigestMismatch.into()),
    };
    let hasher = stated.as_ref().map_or_else(Hasher::new, Stated::hasher);
    let mut watch = Watch { hasher, sha512: Some(Sha::new(&SHA512)), stated };
    match body {
        Body::Held(bytes) => {
            watch.take(&bytes);
            let (digests, judged) = watch.judged();
            trail.request_digest = Some(digests.sha256);
            trail.request_sha512 = digests.sha512.filter(|_| !bytes.is_empty());
            if judged.is_ok() { Ok(Body::Held(bytes)) } else { Err(Code::DigestMismatch.into()) }
        }
        Body::Streamed { stream, length } => Ok(watched(stream, length, watch, trail)),
    }
}

fn watched(stream: BodyStream, length: Option<u64>, watch: Watch, trail: &mut Trail) -> Body {
    let passed = Passed::default();
    trail.request_passing = Some(passed.clone());
    let stream = Watched { stream: Some(stream), watch: Some(watch), waiting: None, passed };
    Body::Streamed { stream: Box::pin(stream), length }
}

/// What is computed on the way, and what it must be.
struct Watch {
    hasher: Hasher,
    sha512: Option<Sha>,
    stated: Option<Stated>,
}

impl Watch {
    fn take(&mut self, piece: &[u8]) {
        self.hasher.update(piece);
        if let Some(sha512) = &mut self.sha512 {
            sha512.update(piece);
        }
    }

    /// The digests; an error when they are not what was stated.
    fn judged(self) -> (Digests, Result<(), BodyError>) {
        let computed = self.hasher.finish();
        // Where nothing is stated, any body is what was stated.
        let stated = self.stated.is_none_or(|stated| computed.agrees_with(&stated));
        let digests = Digests { sha256: computed.value(), sha512: self.sha512.map(whole), stated };
        (digests, if stated { Ok(()) } else { Err(BodyError::Digest) })
    }
}

fn whole(sha512: Sha) -> [u8; 64] {
    let mut digest = [0; 64];
    digest.iter_mut().zip(sha512.finish().as_ref()).for_each(|(to, from)| *to = *from);
    digest
}

/// A body that is hashed while it passes. Each piece leaves when the next has come; the last leaves when the digest is
/// right, so that nobody ever has the whole of a body that was not signed.
struct Watched {
    stream: Option<BodyStream>,
    watch: Option<Watch>,
    waiting: Option<Bytes>,
    passed: Passed,
}

impl Watched {
    fn end(&mut self) -> Option<Result<Bytes, BodyError>> {
        self.stream = None;
        let (digests, judged) = self.watch.take()?.judged();
        // A stream ends once.
        let _ = self.passed.0.set(digests);
        match judged {
            Ok(()) => self.waiting.take().map(Ok),
            Err(error) => Some(Err(self.fail(error))),
        }
    }

    fn fail(&mut self, error: BodyError) -> BodyError {
        (self.stream, self.watch, self.waiting) = (None, None, None);
        error
    }
}

impl Stream for Watched {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(stream) = &mut self.stream else { return Poll::Ready(None) };
            match ready!(stream.as_mut().poll_next(cx)) {
                None => return Poll::Ready(self.end()),
                Some(Err(error)) => return Poll::Ready(Some(Err(self.fail(error)))),
                Some(Ok(piece)) if piece.is_empty() => {}
                Some(Ok(piece)) => {
                    if let Some(watch) = &mut self.watch {
                        watch.take(&piece);
                    }
                    if let Some(ready) = self.waiting.replace(piece) {
                        return Poll::Ready(Some(Ok(ready)));
                    }
                }
            }
        }
    }
}
