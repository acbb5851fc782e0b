//! Which connections get through the TLS handshake? Handshakes run beside each other, each with a deadline; when too many
//! are unfinished the oldest gives way, because an honest one is done within a few round trips.

use super::accept::{Drained, listen};
use super::config::TlsServeConfig;
use super::connection::{GRACE, Opened, Stop};
use super::door::Door;
use super::ending;
use hyper::body::{Body, Incoming};
use hyper::{Request, Response};
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tower::Service;

/// How much of an answer a connection holds encrypted, in bytes: two records (RFC 8446 §5.1). What a slow peer does not take
/// waits where it came from.
const ENCRYPTED: usize = 32 * 1024;

/// The certificates that a peer presented and the handshake verified, its own first; one list per connection.
#[derive(Debug, Clone)]
pub struct PeerCertificates(pub Arc<[CertificateDer<'static>]>);

/// Who got through a handshake.
#[derive(Debug, Clone)]
pub struct TlsPeer {
    /// Where from.
    pub address: SocketAddr,
    /// Its certificates.
    pub certificates: PeerCertificates,
}

/// What a listener does with a peer.
pub struct Tls<C, P> {
    /// Asked at every handshake, `Fn() -> Arc<ServerConfig>`: new certificates hold from the next connection on.
    pub config: C,
    /// Asked once per connection, after the handshake, `Fn(TlsPeer) -> Option<E>`: what it returns is found by every request
    /// of that connection among its extensions, and `None` closes the connection.
    pub on_peer: P,
}

/// Serves like [`serve`](super::serve), over TLS. Handlers find what `tls.on_peer` returned among the request's extensions.
pub async fn serve_tls<C, P, E, S, B>(
    listener: TcpListener,
    tls: Tls<C, P>,
    service: S,
    bounds: TlsServeConfig,
    stop: CancellationToken,
) -> Drained
where
    C: Fn() -> Arc<ServerConfig> + Send + Sync + 'static,
    P: Fn(TlsPeer) -> Option<E> + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let handshakes = Arc::new(Handshakes { most: bounds.max_handshakes, unfinished: Mutex::default() });
    let door = TlsDoor { config: Arc::new(tls.config), on_peer: Arc::new(tls.on_peer), handshakes, bounds };
    listen(listener, door, service, bounds.serve, stop).await
}

struct TlsDoor<C, P> {
    config: Arc<C>,
    on_peer: Arc<P>,
    handshakes: Arc<Handshakes>,
    bounds: TlsServeConfig,
}

impl<C, P> Clone for TlsDoor<C, P> {
    fn clone(&self) -> Self {
        Self {
            config: Arc::clone(&self.config),
            on_peer: Arc::clone(&self.on_peer),
            handshakes: Arc::clone(&self.handshakes),
            bounds: self.bounds,
        }
    }
}

impl<C, P, E> Door for TlsDoor<C, P>
where
    C: Fn() -> Arc<ServerConfig> + Send + Sync + 'static,
    P: Fn(TlsPeer) -> Option<E> + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    type Stream = TlsStream<TcpStream>;
    type Extension = E;

    async fn open(&self, tcp: TcpStream, peer: SocketAddr, stop: Stop) -> Option<Opened<Self::Stream, E>> {
        let deadline = Instant::now() + self.bounds.handshake_timeout;
        let (turn, mut given_up) = Handshakes::begin(&self.handshakes);
        let shaken = tokio::select! {
            biased;
            shaken = TlsAcceptor::from((self.config)()).accept(tcp).into_fallible() => shaken,
            () = sleep_until(deadline) => return abandoned(peer, "handshake-timeout"),
            _ = &mut given_up => return abandoned(peer, "too-many-handshakes"),
            // As a connection that rests: what is under way at the stop has a moment to arrive.
            () = async { stop.drain.cancelled().await; sleep(GRACE).await } => return None,
            () = stop.cut.cancelled() => return None,
        };
        match shaken {
            Ok(mut io) => {
                drop(turn);
                io.get_mut().1.set_buffer_limit(Some(ENCRYPTED));
                let certificates = io.get_ref().1.peer_certificates().unwrap_or_default().into();
                let certificates = PeerCertificates(certificates);
                let extension = (self.on_peer)(TlsPeer { address: peer, certificates })?;
                Some(Opened { io, extension, peer })
            }
            Err((error, tcp)) => {
                tracing::info!(peer.address = %peer, refusal.code = "handshake", %error, "a TLS handshake failed");
                // The alert is on its way: a reset must not overtake it. Until then the handshake counts as unfinished, so
                // that strangers who fail on purpose cannot take the places of callers.
                tokio::select! {
                    () = ending::linger(tcp) => {}
                    _ = &mut given_up => {}
                    () = stop.drain.cancelled() => {}
                }
                None
            }
        }
    }

    fn turn_away(&self, tcp: TcpStream) -> impl Future<Output = ()> + Send + 'static {
        // Nothing that is not TLS may be said here, and a handshake is what there is no place for.
        drop(tcp);
        std::future::ready(())
    }
}

fn abandoned<T>(peer: SocketAddr, code: &'static str) -> Option<T> {
    tracing::info!(peer.address = %peer, refusal.code = code, "a TLS handshake was given up");
    None
}

/// The handshakes that are not finished, in the order in which they began.
struct Handshakes {
    most: usize,
    unfinished: Mutex<Unfinished>,
}

#[derive(Default)]
struct Unfinished {
    next: u64,
    begun: BTreeMap<u64, oneshot::Sender<()>>,
}

impl Handshakes {
    /// Notes a new handshake; the oldest gives way when there are too many. The receiver is told when this one must.
    fn begin(all: &Arc<Self>) -> (Turn, oneshot::Receiver<()>) {
        let (give_up, given_up) = oneshot::channel();
        let mut unfinished = all.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        let number = unfinished.next;
        unfinished.next += 1;
        unfinished.begun.insert(number, give_up);
        if unfinished.begun.len() > all.most
            && let Some((_, oldest)) = unfinished.begun.pop_first()
        {
            // It may have ended in this moment, and then needs no telling.
            let _ = oldest.send(());
        }
        (Turn { all: Arc::clone(all), number }, given_up)
    }
}

/// A handshake's place among the unfinished.
struct Turn {
    all: Arc<Handshakes>,
    number: u64,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.all.unfinished.lock().unwrap_or_else(PoisonError::into_inner).begun.remove(&self.number);
    }
}
