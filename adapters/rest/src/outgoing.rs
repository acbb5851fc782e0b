//! The body of a call on its way to the register.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use bytes::Bytes;
use contract::{Body, BodyError, BodyStream};
use hyper::body::{Frame, SizeHint};

/// Why the caller's own body ended early, known after the request failed.
pub(crate) type Ended = Arc<OnceLock<BodyError>>;

/// A body as hyper wants it.
pub(crate) enum OutgoingBody {
    Held(Option<Bytes>),
    Streamed { stream: BodyStream, left: Option<u64>, ended: Ended },
}

impl OutgoingBody {
    pub(crate) fn new(body: Body, ended: &Ended) -> Self {
        match body {
            Body::Held(bytes) => Self::Held(Some(bytes).filter(|bytes| !bytes.is_empty())),
            Body::Streamed { stream, length } => Self::Streamed { stream, left: length, ended: Arc::clone(ended) },
        }
    }

    /// Whether only its end says how long it is.
    pub(crate) const fn is_of_unknown_length(&self) -> bool {
        matches!(self, Self::Streamed { left: None, .. })
    }
}

impl hyper::body::Body for OutgoingBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            Self::Held(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Streamed { stream, left, ended } => stream.as_mut().poll_next(cx).map(|piece| match piece {
                Some(Ok(piece)) => {
                    let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
                    *left = left.map(|left| left.saturating_sub(length));
                    Some(Ok(Frame::data(piece)))
                }
                Some(Err(error)) => {
                    ended.get_or_init(|| error);
                    Some(Err(error))
                }
                // Less than was announced: the register must not take it for a whole body.
                None if left.is_some_and(|left| left > 0) => {
                    ended.get_or_init(|| BodyError::Cut);
                    Some(Err(BodyError::Cut))
                }
                None => None,
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Held(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Held(bytes) => {
                let length = bytes.as_ref().map_or(0, Bytes::len);
                SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
            }
            Self::Streamed { left, .. } => left.map_or_else(SizeHint::new, SizeHint::with_exact),
        }
    }
}
