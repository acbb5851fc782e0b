//! How much of a body is taken, how fast must it come, and is it held or passed on?

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use contract::{Body, BodyError};
use futures::Stream;
use hyper::body::Body as HttpBody;
use tokio::time::{Instant, Sleep, sleep_until};

/// The bounds of a request body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimits {
    /// A body up to this length is held in memory; a longer one is passed on piece by piece. In bytes.
    pub held_bytes: u64,
    /// The longest body of any service, in bytes.
    pub most_bytes: u64,
    /// Within this time a body that is held must have come whole.
    pub held_within: Duration,
    /// The longest wait for the next piece of a body that is passed on. The whole must come before the call's deadline.
    pub piece_within: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self {
            held_bytes: 1 << 20,
            most_bytes: 128 << 20,
            held_within: Duration::from_secs(10),
            piece_within: Duration::from_secs(10),
        }
    }
}

/// What a request body must be for us: hyper's, or a test's.
pub trait Incoming: HttpBody<Data = Bytes> + Send + Sync + Unpin + 'static {}

impl<B: HttpBody<Data = Bytes> + Send + Sync + Unpin + 'static> Incoming for B {}

/// Takes a body: held when it is short, otherwise a stream that is checked while it passes. A body that announces more than
/// is taken is refused before a byte of it is read.
///
/// # Errors
/// It is too long, ended early, or did not come in time.
pub async fn take<B: Incoming>(mut body: B, limits: &BodyLimits, deadline: Instant) -> Result<Body, BodyError> {
    let length = body.size_hint().exact();
    match length {
        Some(0) => return Ok(Body::empty()),
        Some(length) if length > limits.most_bytes => return Err(BodyError::TooLong),
        Some(length) if length > limits.held_bytes => {
            return Ok(streamed(Bytes::new(), body, length.into(), limits, deadline));
        }
        _ => {}
    }
    let within = deadline.min(Instant::now() + limits.held_within);
    let held = tokio::time::timeout_at(within, hold(&mut body, length, limits)).await;
    match held.map_err(|_| BodyError::Timeout)?? {
        Held::Whole(bytes) => Ok(Body::Held(bytes)),
        Held::Beginning(bytes) => Ok(streamed(bytes, body, length, limits, deadline)),
    }
}

enum Held {
    Whole(Bytes),
    /// What had come when it was clear that the body is longer than what is held.
    Beginning(Bytes),
}

async fn hold<B: Incoming>(body: &mut B, length: Option<u64>, limits: &BodyLimits) -> Result<Held, BodyError> {
    let Some(first) = next(body).await? else { return whole(Bytes::new(), length) };
    if size(&first) > limits.held_bytes {
        return Ok(Held::Beginning(first));
    }
    // Most bodies come in one piece, which is then the body: nothing is copied.
    let Some(second) = next(body).await? else { return whole(first, length) };
    let announced = length.unwrap_or_default().min(limits.held_bytes);
    let mut bytes = BytesMut::with_capacity(usize::try_from(announced).unwrap_or_default());
    bytes.extend_from_slice(&first);
    let mut piece = second;
    loop {
        bytes.extend_from_slice(&piece);
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits.held_bytes {
            return Ok(Held::Beginning(bytes.freeze()));
        }
        match next(body).await? {
            Some(next) => piece = next,
            None => return whole(bytes.freeze(), length),
        }
    }
}

/// hyper ends a body early with an error; a body that says otherwise is not trusted either.
fn whole(bytes: Bytes, length: Option<u64>) -> Result<Held, BodyError> {
    if length.is_some_and(|length| length != size(&bytes)) { Err(BodyError::Cut) } else { Ok(Held::Whole(bytes)) }
}

/// The next piece with something in it. Trailers are passed over: nothing here is decided by them.
async fn next<B: Incoming>(body: &mut B) -> Result<Option<Bytes>, BodyError> {
    std::future::poll_fn(|cx| poll_piece(body, cx)).await.transpose()
}

fn poll_piece<B: Incoming>(body: &mut B, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
    loop {
        match ready!(Pin::new(&mut *body).poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(Err(_)) => return Poll::Ready(Some(Err(BodyError::Cut))),
            Some(Ok(frame)) => {
                if let Ok(piece) = frame.into_data()
                    && !piece.is_empty()
                {
                    return Poll::Ready(Some(Ok(piece)));
                }
            }
        }
    }
}

fn size(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn streamed<B: Incoming>(
    beginning: Bytes,
    body: B,
    length: Option<u64>,
    limits: &BodyLimits,
    deadline: Instant,
) -> Body {
    let stream = Bounded {
        beginning,
        body: Some(body),
        passed: 0,
        length,
        most: limits.most_bytes,
        piece_within: limits.piece_within,
        deadline,
        waiting: false,
        timer: Box::pin(sleep_until(deadline)),
    };
    Body::Streamed { stream: Box::pin(stream), length }
}

/// A body on its way through, within its bounds. It ends with its first error.
struct Bounded<B> {
    beginning: Bytes,
    body: Option<B>,
    passed: u64,
    length: Option<u64>,
    most: u64,
    piece_within: Duration,
    deadline: Instant,
    /// Whether we wait for the caller now. While a register takes its time nobody asks for a piece, and that is not the caller's
    /// fault.
    waiting: bool,
    timer: Pin<Box<Sleep>>,
}

impl<B: Incoming> Bounded<B> {
    fn poll_bounded(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if !self.beginning.is_empty() {
            let beginning = std::mem::take(&mut self.beginning);
            return Poll::Ready(Some(self.pass(beginning)));
        }
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let polled = poll_piece(body, cx);
        let waited = std::mem::replace(&mut self.waiting, polled.is_pending());
        match polled {
            Poll::Ready(Some(Ok(piece))) => Poll::Ready(Some(self.pass(piece))),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error))),
            Poll::Ready(None) => {
                let cut = self.length.is_some_and(|length| length != self.passed);
                Poll::Ready(cut.then_some(Err(BodyError::Cut)))
            }
            Poll::Pending => {
                if !waited {
                    let until = self.deadline.min(Instant::now() + self.piece_within);
                    self.timer.as_mut().reset(until);
                }
                self.timer.as_mut().poll(cx).map(|()| Some(Err(BodyError::Timeout)))
            }
        }
    }

    fn pass(&mut self, piece: Bytes) -> Result<Bytes, BodyError> {
        self.passed = self.passed.saturating_add(size(&piece));
        if self.passed > self.most { Err(BodyError::TooLong) } else { Ok(piece) }
    }
}

impl<B: Incoming> Stream for Bounded<B> {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = ready!(self.poll_bounded(cx));
        if !matches!(polled, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(polled)
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use hyper::body::Frame;
    use tokio::sync::mpsc;

    use super::*;

    const BRIEF: Duration = Duration::from_millis(200);

    const LIMITS: BodyLimits =
        BodyLimits { held_bytes: 4, most_bytes: 1 << 20, held_within: Duration::from_secs(5), piece_within: BRIEF };

    /// What somebody sends, piece by piece.
    struct Pieces(mpsc::UnboundedReceiver<&'static str>);

    impl HttpBody for Pieces {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
            self.0.poll_recv(cx).map(|piece| piece.map(|text| Ok(Frame::data(Bytes::from(text)))))
        }
    }

    async fn streamed() -> (mpsc::UnboundedSender<&'static str>, contract::BodyStream) {
        let (sender, pieces) = mpsc::unbounded_channel();
        sender.send("first").unwrap();
        let deadline = Instant::now() + Duration::from_secs(600);
        let body = take(Pieces(pieces), &LIMITS, deadline).await.unwrap();
        let Body::Streamed { stream, .. } = body else { panic!("a long body is not held") };
        (sender, stream)
    }

    #[tokio::test]
    async fn the_time_in_which_nobody_asks_is_not_the_caller_s() {
        let (sender, mut stream) = streamed().await;
        assert_eq!(stream.next().await, Some(Ok(Bytes::from("first"))));
        tokio::time::sleep(BRIEF * 2).await;
        let late = tokio::spawn(async move {
            tokio::task::yield_now().await;
            sender.send("second").unwrap();
        });
        assert_eq!(stream.next().await, Some(Ok(Bytes::from("second"))));
        late.await.unwrap();
    }

    #[tokio::test]
    async fn a_caller_that_sends_nothing_while_it_is_asked_is_too_slow() {
        let (_sender, mut stream) = streamed().await;
        assert_eq!(stream.next().await, Some(Ok(Bytes::from("first"))));
        let began = Instant::now();
        assert_eq!(stream.next().await, Some(Err(BodyError::Timeout)));
        assert!(began.elapsed() >= BRIEF);
    }
}
