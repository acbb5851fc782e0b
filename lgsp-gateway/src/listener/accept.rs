//! Which connections become callers? Those whose handshake shows a certificate we can read; it is read once per connection.

use std::{
    convert::Infallible,
    error::Error,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use boot::serve::{Drained, Tls, TlsPeer, TlsServeConfig, serve_tls};
use certs::{Distrust, Live, PeerCertificate, Trust};
use clock::Timestamp;
use hyper::{
    Request, Response,
    body::{Body, Incoming},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::Service;

use super::counts::{Counted, Counts};
use crate::refusal::{Code, Refusal};

/// The connections of each certificate's key, of which none has them all.
#[derive(Debug)]
struct Connections {
    most_each: usize,
    open: Arc<Counts<Arc<str>>>,
    refused: AtomicUsize,
}

/// Who is at the other end of a connection. Every request of the connection finds it as `Arc<Peer>` among its extensions.
#[derive(Debug)]
pub struct Peer {
    /// Where from.
    pub address: SocketAddr,
    /// The certificate it showed.
    pub certificate: PeerCertificate,
    _counted: Counted<Arc<str>>,
}

impl Peer {
    /// Reads the certificate of a peer that got through the handshake.
    fn of(peer: TlsPeer, connections: &Connections) -> Option<Arc<Self>> {
        let TlsPeer { address, certificates } = peer;
        let certificate = match PeerCertificate::read(certificates.0) {
            Ok(certificate) => certificate,
            Err(distrust) => {
                tracing::info!(peer.address = %address, refusal.code = distrust.code(), "a certificate cannot be read");
                return None;
            }
        };
        let Some(counted) = connections.open.count(&certificate.key_sha256, connections.most_each) else {
            let refused = connections.refused.fetch_add(1, Ordering::Relaxed) + 1;
            // The first, second, fourth, eighth …: a flood of connections must not become a flood of lines.
            if refused.is_power_of_two() {
                tracing::warn!(peer.address = %address, certificate.sha256 = %certificate.sha256, refused,
                    refusal.code = "too-many-connections", "one certificate has all the connections it may have");
            }
            return None;
        };
        Some(Arc::new(Self { address, certificate, _counted: counted }))
    }

    /// Whether it may still be believed: the handshake may be long past, or have been a resumption.
    ///
    /// # Errors
    /// [`Code::CertificateRevoked`] when its authority took the certificate back, or the list that would say so is too old;
    /// [`Code::UnknownCertificate`] when it is past its time or its authority is trusted no more.
    pub fn check(&self, trust: &Trust, now: Timestamp) -> Result<(), Refusal> {
        trust.still_good(&self.certificate, now).map_err(|distrust| {
            tracing::info!(peer.address = %self.address, certificate.sha256 = %self.certificate.sha256,
                refusal.code = distrust.code(), "a certificate is not good any more");
            let code = if distrust.is_revocation() { Code::CertificateRevoked } else { Code::UnknownCertificate };
            Refusal::new(code).detail(match distrust {
                Distrust::Expired => "the certificate has expired",
                Distrust::NotYetValid => "the certificate is not valid yet",
                Distrust::UnknownAuthority => "the certificate's authority is not trusted",
                Distrust::Revoked => "the certificate is revoked",
                Distrust::RevocationUnknown | Distrust::ListTooOld => "revocation cannot be checked now",
                Distrust::Unusable => "the certificate cannot be used",
            })
        })
    }
}

/// Takes connections until `stop`, then lets calls in flight finish. One certificate's key has at most `most_each` of them.
pub async fn serve<S, B>(
    listener: TcpListener,
    certificates: Arc<Live>,
    service: S,
    (bounds, most_each): (TlsServeConfig, usize),
    stop: CancellationToken,
) -> Drained
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let connections = Connections { most_each, open: Arc::default(), refused: AtomicUsize::new(0) };
    let on_peer = move |peer| Peer::of(peer, &connections);
    let tls = Tls { config: move || certificates.server_config(), on_peer };
    serve_tls(listener, tls, service, bounds, stop).await
}
