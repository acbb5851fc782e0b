//! Where a register is and how it is reached, as typed settings. Nothing here reads a file.

use std::{net::IpAddr, sync::Arc, time::Duration};

use rustls::ClientConfig;
use url::{Host, Url};

use crate::network::{Network, is_private};

/// Everything that the adapter is told.
#[derive(Clone)]
pub struct RestSettings {
    /// The register's address; the path of a call is added to it. It is the only source of addresses.
    pub base_url: Url,
    /// Where its addresses must lie; without one nothing can be reached.
    pub allowed_networks: Vec<Network>,
    /// Anchors, and our own identity if the register wants one; demanded for `https`.
    pub tls: Option<Arc<ClientConfig>>,
    /// For one connection, of the time of the call.
    pub connect_timeout: Duration,
    /// How long an unused connection is kept.
    pub idle_timeout: Duration,
    /// How many unused connections are kept.
    pub idle_connections: usize,
    /// The largest answer that is held in memory, in bytes; a larger one is streamed.
    pub hold_bytes: u64,
    /// The largest answer that is taken at all, in bytes.
    pub max_answer_bytes: u64,
}

impl RestSettings {
    /// Time for one connection unless set.
    pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
    /// How long an unused connection is kept unless set.
    pub const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_secs(30);
    /// How many unused connections are kept unless set.
    pub const DEFAULT_IDLE_CONNECTIONS: usize = 64;
    /// What is held unless set, in bytes.
    pub const DEFAULT_HOLD_BYTES: u64 = 256 * 1024;
    /// What is taken unless set, in bytes.
    pub const DEFAULT_MAX_ANSWER_BYTES: u64 = 1024 * 1024 * 1024;

    /// A register at this address, everything else as preset.
    #[must_use]
    pub fn new(base_url: Url, allowed_networks: Vec<Network>) -> Self {
        Self {
            base_url,
            allowed_networks,
            tls: None,
            connect_timeout: Self::DEFAULT_CONNECT_TIMEOUT,
            idle_timeout: Self::DEFAULT_IDLE_TIMEOUT,
            idle_connections: Self::DEFAULT_IDLE_CONNECTIONS,
            hold_bytes: Self::DEFAULT_HOLD_BYTES,
            max_answer_bytes: Self::DEFAULT_MAX_ANSWER_BYTES,
        }
    }

    /// Whether these settings can work.
    ///
    /// # Errors
    /// What is wrong with them, once each.
    pub fn check(&self) -> Result<(), SettingsError> {
        let url = &self.base_url;
        let plain = match url.scheme() {
            "https" if self.tls.is_none() => return Err(SettingsError::Tls),
            "https" => false,
            "http" => true,
            _ => return Err(SettingsError::Scheme),
        };
        let bare = url.username().is_empty() && url.password().is_none();
        if !bare || url.query().is_some() || url.fragment().is_some() {
            return Err(SettingsError::Address);
        }
        if self.allowed_networks.is_empty() {
            return Err(SettingsError::Networks);
        }
        // A name is checked when it is resolved; a literal never passes the resolver.
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(SettingsError::Address),
        };
        if literal.is_some_and(|address| !reachable(&self.allowed_networks, plain, address)) {
            return Err(SettingsError::Forbidden);
        }
        let limits = [self.connect_timeout.is_zero(), self.max_answer_bytes == 0];
        if limits.contains(&true) { Err(SettingsError::Zero) } else { Ok(()) }
    }
}

/// Whether a connection may go to this address.
pub(crate) fn reachable(networks: &[Network], plain: bool, address: IpAddr) -> bool {
    networks.iter().any(|network| network.has(address)) && (!plain || is_private(address))
}

/// Why an adapter cannot be made from its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Neither `https` nor `http`.
    #[error("base_url must be https, or http towards loopback or a private network")]
    Scheme,
    /// `https` without anchors.
    #[error("https needs trust anchors for the register")]
    Tls,
    /// Credentials, a query or a fragment in the address.
    #[error("base_url must be a host and a path, with no credentials, query or fragment")]
    Address,
    /// No network is allowed.
    #[error("allowed_networks must name at least one network")]
    Networks,
    /// The address itself is outside.
    #[error("base_url lies outside allowed_networks, or is http to a public address")]
    Forbidden,
    /// A limit is zero.
    #[error("time limits and sizes must not be zero")]
    Zero,
}
