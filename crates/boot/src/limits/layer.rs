//! The layer itself: glue around any service that answers requests.

use super::{Answer, Refusal, RequestLimits};
use axum::body::Body;
use axum::response::Response;
use http::{Request, Uri};
use http_body_util::Limited as LimitedBody;
use hyper::body::{Body as HttpBody, Bytes};
use pin_project_lite::pin_project;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};
use tower::Service;

/// Puts the bounds around a service, usually a whole `axum::Router`.
///
/// The result goes to [`serve`](crate::serve::serve). Every clone counts its requests together with all others.
#[must_use]
pub fn limits<S>(
    service: S,
    limits: RequestLimits,
    answer: impl Fn(Refusal, &Uri) -> Response + Send + Sync + 'static,
) -> Limited<S> {
    let room = Arc::new(Semaphore::new(limits.max_in_flight));
    let answer: Answer = Arc::new(answer);
    Limited { service, room, max_body_bytes: limits.max_body_bytes, timeout: limits.timeout, answer }
}

/// A service within bounds.
#[derive(Clone)]
pub struct Limited<S> {
    service: S,
    room: Arc<Semaphore>,
    max_body_bytes: usize,
    timeout: Duration,
    answer: Answer,
}

impl<S, B> Service<Request<B>> for Limited<S>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible>,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = LimitedAnswer<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (answer, timeout) = (Arc::clone(&self.answer), self.timeout);
        let Ok(place) = Arc::clone(&self.room).try_acquire_owned() else {
            return LimitedAnswer::refused(answer(Refusal::Overloaded, request.uri()));
        };
        let uri = request.uri().clone();
        let Some(request) = within(request, self.max_body_bytes) else {
            return LimitedAnswer::refused(answer(Refusal::TooLarge, &uri));
        };
        // A handler may panic before it is ever polled.
        match catch_unwind(AssertUnwindSafe(|| self.service.call(request))) {
            Ok(handling) => {
                LimitedAnswer { state: State::Handling { handling, timer: None, timeout, uri, answer, place } }
            }
            Err(_) => LimitedAnswer::refused(answer(Refusal::Panicked, &uri)),
        }
    }
}

/// The request with a body that cannot be longer than `most`, or nothing if it says itself that it is longer.
fn within<B>(request: Request<B>, most: usize) -> Option<Request<Body>>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let size = request.body().size_hint();
    let most_bytes = u64::try_from(most).unwrap_or(u64::MAX);
    if size.lower() > most_bytes {
        return None;
    }
    Some(match size.upper() {
        // No body, as in most requests: nothing to carry along.
        Some(0) => request.map(|_| Body::empty()),
        // hyper reads no more than was announced.
        Some(upper) if upper <= most_bytes => request.map(Body::new),
        // Chunked: an extractor that meets the bound gets a length error, and answers 413 in its own format.
        _ => request.map(|body| Body::new(LimitedBody::new(body, most))),
    })
}

pin_project! {
    /// The answer of a [`Limited`] service.
    pub struct LimitedAnswer<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Handling {
            #[pin]
            handling: F,
            // Made when the handler first waits: one that answers at once costs no timer.
            #[pin]
            timer: Option<Sleep>,
            timeout: Duration,
            uri: Uri,
            answer: Answer,
            place: OwnedSemaphorePermit,
        },
        Refused { response: Option<Response> },
    }
}

impl<F> LimitedAnswer<F> {
    fn refused(response: Response) -> Self {
        Self { state: State::Refused { response: Some(response) } }
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for LimitedAnswer<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Handling { handling, mut timer, timeout, uri, answer, .. } => {
                match catch_unwind(AssertUnwindSafe(|| handling.poll(cx))) {
                    Ok(Poll::Ready(response)) => return Poll::Ready(response),
                    Ok(Poll::Pending) => {}
                    Err(_) => return Poll::Ready(Ok(answer(Refusal::Panicked, uri))),
                }
                if timer.is_none() {
                    timer.set(Some(sleep(*timeout)));
                }
                match timer.as_pin_mut() {
                    Some(timer) => ready!(timer.poll(cx)),
                    None => return Poll::Pending,
                }
                Poll::Ready(Ok(answer(Refusal::TimedOut, uri)))
            }
            StateProjection::Refused { response } => match response.take() {
                Some(response) => Poll::Ready(Ok(response)),
                None => Poll::Pending,
            },
        }
    }
}
