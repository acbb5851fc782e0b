//! Connections that go nowhere but to allowed networks: a name is resolved once per connection, its addresses are
//! checked, and the connection goes to those very addresses (no second look-up between check and use).

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{
        Client,
        connect::{HttpConnector, dns::Name},
    },
    rt::{TokioExecutor, TokioTimer},
};
use rustls::ClientConfig;

use crate::{
    network::Network,
    outgoing::OutgoingBody,
    settings::{RestSettings, reachable},
};

/// How much is read at once from one connection, in bytes; the head of an answer must fit in it. Unless told, hyper takes ever more,
/// up to 400 KiB, and many answers stream at once.
const READ: usize = 16 * 1024;

/// The pool of connections to one register.
pub(crate) type Pool = Client<HttpsConnector<HttpConnector<Pinned>>, OutgoingBody>;

pub(crate) fn pool(settings: &RestSettings) -> Pool {
    let plain = settings.base_url.scheme() == "http";
    let mut http =
        HttpConnector::new_with_resolver(Pinned { networks: settings.allowed_networks.as_slice().into(), plain });
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(settings.connect_timeout));
    http.set_keepalive(Some(settings.idle_timeout));
    // Without anchors nothing can be trusted: a plain register never gets as far as TLS.
    let tls = settings.tls.clone().unwrap_or_else(|| Arc::new(nobody()));
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(settings.idle_timeout)
        .pool_max_idle_per_host(settings.idle_connections)
        .http1_read_buf_exact_size(READ)
        .build(HttpsConnector::from((http, tls)))
}

fn nobody() -> ClientConfig {
    ClientConfig::builder().with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
}

/// Resolves names to allowed addresses.
#[derive(Clone)]
pub(crate) struct Pinned {
    networks: Arc<[Network]>,
    plain: bool,
}

impl Pinned {
    fn allowed(&self, addresses: impl Iterator<Item = SocketAddr>) -> io::Result<std::vec::IntoIter<SocketAddr>> {
        let allow = |address: IpAddr| reachable(&self.networks, self.plain, address);
        let allowed: Vec<_> = addresses.filter(|address| allow(address.ip())).collect();
        if allowed.is_empty() { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(allowed.into_iter()) }
    }
}

impl tower::Service<Name> for Pinned {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let own = self.clone();
        // The connector sets the port.
        Box::pin(async move { own.allowed(tokio::net::lookup_host((name.as_str(), 0)).await?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_addresses_come_out_of_a_name() {
        let pinned =
            Pinned { networks: vec!["127.0.0.0/8".parse().unwrap(), "8.0.0.0/8".parse().unwrap()].into(), plain: true };
        let of = |all: &[&str]| {
            let all: Vec<SocketAddr> = all.iter().map(|text| text.parse().unwrap()).collect();
            pinned
                .allowed(all.into_iter())
                .map(|allowed| allowed.map(|address| address.to_string()).collect::<Vec<_>>())
        };
        assert_eq!(of(&["169.254.169.254:0", "127.0.0.1:0", "8.8.8.8:0"]).unwrap(), ["127.0.0.1:0"]);
        assert!(of(&["169.254.169.254:0"]).is_err());
    }
}
