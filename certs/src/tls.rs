//! rustls configurations: TLS 1.3 and 1.2, aws-lc-rs, time from our clock.

use std::{fmt, sync::Arc};

use clock::Clock;
use rustls::{
    ClientConfig, ServerConfig,
    client::ResolvesClientCert,
    crypto::aws_lc_rs::default_provider,
    pki_types::UnixTime,
    server::ServerSessionMemoryCache,
    sign::{CertifiedKey, SingleCertAndKey},
    time_provider::TimeProvider,
    version::{TLS12, TLS13},
};

use crate::{CertificateError, Identity, Trust, trust::unix, verifier::Verifier};

/// Sessions that are remembered for resumption. Each holds the peer's chain, so they are counted, and live in memory only:
/// no ticket key exists that could open recorded traffic.
const MOST_SESSIONS: usize = 2048;

/// A server that demands a client certificate: without one, or with one that `trust` does not believe, the handshake fails.
/// No early data (RFC 8446 §8), no renegotiation; HTTP/1.1 only.
///
/// # Errors
/// rustls refuses the material.
pub fn server_config(
    identity: &Identity,
    trust: &Arc<Trust>,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<ServerConfig>, CertificateError> {
    let builder =
        ServerConfig::builder_with_details(Arc::new(default_provider()), Arc::new(ClockTime(Arc::clone(clock))));
    let mut config = builder
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(CertificateError::Tls)?
        .with_client_cert_verifier(Arc::new(Verifier(Arc::clone(trust))))
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::clone(&identity.key))));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A new configuration begins with an empty cache: what was agreed under an earlier trust is not resumed.
    config.session_storage = ServerSessionMemoryCache::new(MOST_SESSIONS);
    config.send_tls13_tickets = 1;
    config.max_early_data_size = 0;
    Ok(Arc::new(config))
}

/// A client, for calls to a register: it believes servers by `trust`, and shows `identity` when it has one and is asked.
///
/// # Errors
/// rustls refuses the material.
pub fn client_config(
    identity: Option<&Identity>,
    trust: &Arc<Trust>,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<ClientConfig>, CertificateError> {
    let builder =
        ClientConfig::builder_with_details(Arc::new(default_provider()), Arc::new(ClockTime(Arc::clone(clock))));
    let builder = builder
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(CertificateError::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier(Arc::clone(trust))));
    let mut config = match identity {
        Some(identity) => {
            let key: Arc<dyn ResolvesClientCert> = Arc::new(SingleCertAndKey::from(CertifiedKey::clone(&identity.key)));
            builder.with_client_cert_resolver(key)
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Our clock, as rustls asks for it.
struct ClockTime(Arc<dyn Clock>);

impl TimeProvider for ClockTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(unix(self.0.now()))
    }
}

impl fmt::Debug for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClockTime")
    }
}
