//! What happens to one connection between its acceptance and its end?

use super::body::WatchedBody;
use super::config::{SMALLEST_HEAD, ServeConfig};
use super::ending;
use super::stream::WatchedStream;
use super::watch::{Phase, Watch};
use http::{HeaderValue, Response, header::CONNECTION};
use hyper::Request;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::{TowerToHyperService, TowerToHyperServiceFuture};
use pin_project_lite::pin_project;
use std::convert::Infallible;
use std::error::Error;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tower::Service;

/// How long a connection that rests is waited for after the stop: its next request may be on its way.
pub(super) const GRACE: Duration = Duration::from_millis(500);

/// The two moments of a stop, for every connection of a listener.
#[derive(Clone)]
pub(super) struct Stop {
    /// Finish what is in flight, begin nothing new.
    pub(super) drain: CancellationToken,
    /// The time for that is over.
    pub(super) cut: CancellationToken,
}

/// Whether a connection ended by itself, or a request in flight was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Ended,
    RequestCut,
}

pub(super) fn builder(config: &ServeConfig) -> http1::Builder {
    let head = config.max_head_bytes.max(SMALLEST_HEAD);
    let mut builder = http1::Builder::new();
    // The time limits of head and rest are ours (see `run`): hyper has one for both, and would set a timer per request.
    builder.header_read_timeout(None).max_buf_size(head).max_header_size(head);
    builder
}

/// A connection that is ready for its first request.
pub(super) struct Opened<I, E> {
    /// What HTTP is spoken on.
    pub(super) io: I,
    /// What every request of the connection carries among its extensions.
    pub(super) extension: E,
    pub(super) peer: SocketAddr,
}

/// Serves one connection until the peer or a bound ends it.
pub(super) async fn run<I, E, S, B>(
    opened: Opened<I, E>,
    service: S,
    builder: http1::Builder,
    config: ServeConfig,
    stop: Stop,
) -> Outcome
where
    I: AsyncRead + AsyncWrite + Unpin,
    E: Clone + Send + Sync + 'static,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let Opened { io, extension, peer } = opened;
    let watch = Arc::new(Watch::default());
    let stream = TokioIo::new(WatchedStream::new(io, Arc::clone(&watch)));
    let service = WatchedService { service: TowerToHyperService::new(service), extension, watch: Arc::clone(&watch) };
    let mut connection = builder.serve_connection(stream, service);

    let tick = (config.head_timeout.min(config.idle_timeout) / 2).max(Duration::from_millis(10));
    let mut timer = pin!(sleep(tick));
    let mut drain = pin!(stop.drain.cancelled());
    let mut draining = false;
    // What was seen at the last tick, and for how many ticks it has lasted since.
    let mut seen = (watch.changes(), Duration::ZERO);
    let finished = loop {
        tokio::select! {
            biased;
            finished = &mut connection => break Some(finished),
            // Noted while the connection was polled, just before: no waker is needed.
            () = poll_fn(|cx| noted(&watch, cx)) => break None,
            () = &mut drain, if !draining => {
                draining = true;
                // Not hyper's graceful shutdown: it closes at once what rests, and a request may be under way there. The
                // next answer says close instead.
                watch.drain_began();
                timer.as_mut().reset(Instant::now() + GRACE);
            }
            () = stop.cut.cancelled() => {
                let cut = watch.phase() == Phase::Busy || watch.unsent();
                return if cut { Outcome::RequestCut } else { Outcome::Ended };
            }
            () = &mut timer => {
                seen = if watch.changes() == seen.0 { (seen.0, seen.1 + tick) } else { (watch.changes(), Duration::ZERO) };
                if is_over(&watch, seen.1, draining, &config) {
                    break None;
                }
                timer.as_mut().reset(Instant::now() + tick);
            }
        }
    };

    let io = connection.into_parts().io.into_inner().io;
    part(finished, io, &watch, peer).await;
    Outcome::Ended
}

/// Ready when the stream found a head ambiguous. Has the connection polled again when the next message waits for it.
fn noted(watch: &Watch, cx: &Context<'_>) -> Poll<()> {
    if watch.ambiguity().is_some() {
        return Poll::Ready(());
    }
    if watch.may_go_on() {
        cx.waker().wake_by_ref();
    }
    Poll::Pending
}

/// Whether a connection has been in one state for longer than it may: `since` it changed last.
fn is_over(watch: &Watch, since: Duration, draining: bool, config: &ServeConfig) -> bool {
    match watch.phase() {
        // An answer is under way: as long as the peer takes it, the connection does not rest.
        _ if watch.unsent() => since >= config.idle_timeout,
        Phase::Idle => draining || since >= config.idle_timeout,
        Phase::Head => since >= config.head_timeout,
        Phase::Busy => false,
    }
}

/// Says why a connection ends here, to the peer where it may still listen, and to operators; `None` when a bound ended it.
async fn part<I>(finished: Option<Result<(), hyper::Error>>, io: I, watch: &Watch, peer: SocketAddr)
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    match finished {
        None if let Some(ambiguity) = watch.ambiguity() => {
            tracing::info!(peer.address = %peer, refusal.code = "ambiguous-head", ?ambiguity, "a request head is ambiguous");
            ending::answer_and_close(io, ending::AMBIGUOUS).await;
        }
        None if watch.unsent() => {
            tracing::info!(peer.address = %peer, refusal.code = "answer-timeout", "an answer was taken too slowly");
        }
        None if watch.phase() == Phase::Head => {
            tracing::info!(peer.address = %peer, refusal.code = "head-timeout", "a request head came too slowly");
            ending::answer_and_close(io, ending::TOO_SLOW).await;
        }
        Some(Err(error)) if error.is_parse() => {
            // hyper has answered 400, 414 or 431 already. Its message names what was wrong, never the bytes.
            tracing::info!(peer.address = %peer, refusal.code = "not-http", %error, "a request was not HTTP");
            ending::linger(io).await;
        }
        Some(Err(error)) => {
            tracing::debug!(%error, "connection ended with an error");
            ending::linger(io).await;
        }
        Some(Ok(())) if watch.more_may_come() => ending::linger(io).await,
        _ => {}
    }
}

/// The service of one connection: adds the connection's extension and notes when a request begins and is answered.
struct WatchedService<S, E> {
    service: TowerToHyperService<S>,
    extension: E,
    watch: Arc<Watch>,
}

impl<S, E, B> hyper::service::Service<Request<Incoming>> for WatchedService<S, E>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone,
    E: Clone + Send + Sync + 'static,
    B: Body,
{
    type Response = Response<WatchedBody<B>>;
    type Error = Infallible;
    type Future = WatchedAnswer<S>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        self.watch.request_began();
        request.extensions_mut().insert(self.extension.clone());
        WatchedAnswer { answer: self.service.call(request), watch: Arc::clone(&self.watch) }
    }
}

pin_project! {
    struct WatchedAnswer<S: Service<Request<Incoming>>> {
        #[pin]
        answer: TowerToHyperServiceFuture<S, Request<Incoming>>,
        watch: Arc<Watch>,
    }
}

impl<S, B> Future for WatchedAnswer<S>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    B: Body,
{
    type Output = Result<Response<WatchedBody<B>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Ok(response) = ready!(this.answer.poll(cx));
        let mut response = response.map(|body| WatchedBody::new(body, Arc::clone(this.watch)));
        if this.watch.draining() {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Poll::Ready(Ok(response))
    }
}
