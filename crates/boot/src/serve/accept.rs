//! Which connections are taken, and how does a listener stop?

use super::config::ServeConfig;
use super::connection::{self, Outcome, Stop};
use super::door::{Door, Plain};
use hyper::body::{Body, Incoming};
use hyper::{Request, Response};
use std::convert::Infallible;
use std::error::Error;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Refusals that are said at the same time. Whoever comes beyond them is closed without a word.
const MOST_REFUSALS: usize = 256;
/// How long to wait when the system cannot give us another connection, so that the loop does not spin.
const EXHAUSTED: Duration = Duration::from_millis(100);
const BACKLOG: u32 = 1024;

/// How a listener ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Requests that were still in flight when the time to drain was over, and got no answer.
    pub cut: usize,
}

/// Listens at this address: TCP keep-alive on, so that a peer that vanished is noticed; address reusable, so that a
/// restart need not wait.
///
/// # Errors
/// The address is taken or not ours; the message of the system says which.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit it.
    socket.set_keepalive(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves every connection of `listener` until `stop`, then lets requests in flight finish.
///
/// Handlers find the peer as [`ConnectInfo<SocketAddr>`](super::ConnectInfo) among the request's extensions.
pub async fn serve<S, B>(listener: TcpListener, service: S, config: ServeConfig, stop: CancellationToken) -> Drained
where
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    listen(listener, Plain, service, config, stop).await
}

pub(super) async fn listen<D, S, B>(
    listener: TcpListener,
    door: D,
    service: S,
    config: ServeConfig,
    stop: CancellationToken,
) -> Drained
where
    D: Door,
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let accepting = Accepting {
        door,
        service,
        config,
        builder: connection::builder(&config),
        places: Arc::new(Semaphore::new(config.max_connections)),
        refusals: Arc::new(Semaphore::new(MOST_REFUSALS)),
        refused: AtomicUsize::new(0),
        tasks: TaskTracker::new(),
        stop: Stop { drain: stop.clone(), cut: CancellationToken::new() },
        cut: Arc::default(),
    };
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((tcp, peer)) => accepting.take(tcp, peer),
            Err(error) if is_of_one_peer(&error) => tracing::debug!(%error, "a peer left before it was accepted"),
            Err(error) => {
                tracing::error!(%error, "cannot accept connections");
                sleep(EXHAUSTED).await;
            }
        }
    }
    // Whoever already waits in the queue came before the stop, and is served.
    while let Some((tcp, peer)) = waiting(&listener).await {
        accepting.take(tcp, peer);
    }
    drop(listener);
    accepting.drain().await
}

struct Accepting<D, S> {
    door: D,
    service: S,
    config: ServeConfig,
    builder: hyper::server::conn::http1::Builder,
    places: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    refused: AtomicUsize,
    tasks: TaskTracker,
    stop: Stop,
    cut: Arc<AtomicUsize>,
}

impl<D, S, B> Accepting<D, S>
where
    D: Door,
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    fn take(&self, tcp: TcpStream, peer: SocketAddr) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return self.refuse(tcp);
        };
        // Answers are small and written whole: waiting for more to send would only delay them.
        if let Err(error) = tcp.set_nodelay(true) {
            tracing::debug!(%error, "a peer left as it was accepted");
            return;
        }
        let (door, service) = (self.door.clone(), self.service.clone());
        let (builder, config) = (self.builder.clone(), self.config);
        let (stop, cut) = (self.stop.clone(), Arc::clone(&self.cut));
        self.tasks.spawn(async move {
            if let Some(opened) = door.open(tcp, peer, stop.clone()).await
                && connection::run(opened, service, builder, config, stop).await == Outcome::RequestCut
            {
                cut.fetch_add(1, Ordering::Relaxed);
            }
            drop(place);
        });
    }

    fn refuse(&self, tcp: TcpStream) {
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        // The first, second, fourth, eighth …: a flood of connections must not become a flood of lines.
        if refused.is_power_of_two() {
            tracing::warn!(refusal.code = "too-many-connections", refused, "all places for connections are taken");
        }
        let Ok(turn) = Arc::clone(&self.refusals).try_acquire_owned() else { return };
        let turned_away = self.door.turn_away(tcp);
        tokio::spawn(async move {
            turned_away.await;
            drop(turn);
        });
    }

    async fn drain(self) -> Drained {
        self.tasks.close();
        if timeout(self.config.drain_timeout, self.tasks.wait()).await.is_err() {
            self.stop.cut.cancel();
            self.tasks.wait().await;
        }
        Drained { cut: self.cut.load(Ordering::Relaxed) }
    }
}

/// A connection that waits in the queue, if there is one.
async fn waiting(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    poll_fn(|cx| match listener.poll_accept(cx) {
        Poll::Ready(accepted) => Poll::Ready(accepted.ok()),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Errors that concern the connection being accepted and not the listener.
fn is_of_one_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
