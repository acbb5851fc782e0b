//! The body of an answer: held up to a limit, streamed above it, and over when the time of the call is.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use contract::{Body, BodyError, BodyStream, ExchangeError};
use futures::{Stream, StreamExt};
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, Sleep};

/// The pieces of an answer's body.
pub(crate) struct Pieces {
    body: Incoming,
    left: u64,
    deadline: Pin<Box<Sleep>>,
    over: bool,
}

impl Pieces {
    pub(crate) fn new(body: Incoming, most: u64, deadline: Instant) -> Self {
        Self { body, left: most, deadline: Box::pin(tokio::time::sleep_until(deadline)), over: false }
    }

    /// How many bytes are to come, when that was announced.
    pub(crate) fn announced(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    fn piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
                let Some(frame) = frame else { return Poll::Ready(None) };
                let Ok(frame) = frame else { return Poll::Ready(Some(Err(BodyError::Cut))) };
                // Trailers are not passed on: nothing here knows what they mean.
                let Ok(piece) = frame.into_data() else { continue };
                let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
                let Some(left) = self.left.checked_sub(length) else {
                    return Poll::Ready(Some(Err(BodyError::TooLong)));
                };
                self.left = left;
                return Poll::Ready(Some(Ok(piece)));
            }
            ready!(self.deadline.as_mut().poll(cx));
            return Poll::Ready(Some(Err(BodyError::Timeout)));
        }
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        let piece = ready!(self.piece(cx));
        self.over = !matches!(piece, Some(Ok(_)));
        Poll::Ready(piece)
    }
}

/// The body, held when it is at most `hold` bytes.
pub(crate) async fn take(mut pieces: Pieces, hold: u64) -> Result<Body, ExchangeError> {
    let announced = pieces.announced();
    if announced.is_some_and(|length| length > pieces.left) {
        return Err(ExchangeError::TooLarge);
    }
    let mut held = match announced {
        Some(length) if length > hold => return Ok(Body::Streamed { stream: Box::pin(pieces), length: announced }),
        Some(0) => return Ok(Body::empty()),
        length => BytesMut::with_capacity(length.and_then(|length| usize::try_from(length).ok()).unwrap_or(4096)),
    };
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(fault)?;
        // The usual small answer is one piece, which needs no copy.
        if held.is_empty() && announced == u64::try_from(piece.len()).ok() {
            return Ok(Body::Held(piece));
        }
        held.extend_from_slice(&piece);
        if u64::try_from(held.len()).unwrap_or(u64::MAX) > hold {
            let first = futures::stream::iter([Ok(held.freeze())]);
            let stream: BodyStream = Box::pin(first.chain(pieces));
            return Ok(Body::Streamed { stream, length: announced });
        }
    }
    Ok(Body::Held(held.freeze()))
}

/// What the end of an answer's body means.
pub(crate) const fn fault(error: BodyError) -> ExchangeError {
    match error {
        BodyError::Cut => ExchangeError::Cut,
        BodyError::TooLong => ExchangeError::TooLarge,
        BodyError::Digest => ExchangeError::Malformed,
        BodyError::Timeout => ExchangeError::Timeout,
    }
}
