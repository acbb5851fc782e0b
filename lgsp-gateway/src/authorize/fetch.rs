//! The broker's JWK set over HTTP: no redirects, no proxy, limits on time and size. The one HTTP client of this room.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use url::{Host, Url};

use super::keys::{KeySource, KeysError};

/// The longest key set, in bytes.
const LARGEST: usize = 256 * 1024;

/// Fetches the set from one address.
pub(super) struct HttpKeys {
    client: reqwest::Client,
    url: Url,
}

/// Whether the address may be asked: https, or http on this machine.
pub(crate) fn acceptable(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        },
        _ => false,
    }
}

impl HttpKeys {
    /// Trusts the root certificates of the machine. A machine that has none can still ask a broker on itself.
    pub(super) fn new(url: Url, timeout: Duration) -> Result<Self, reqwest::Error> {
        let builder = || {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .connect_timeout(timeout)
                .timeout(timeout)
                .user_agent("lien-thong-gateway")
        };
        let client = match builder().build() {
            Err(_) if url.scheme() == "http" => builder().tls_certs_only([]).build(),
            built => built,
        };
        Ok(Self { client: client?, url })
    }
}

#[async_trait]
impl KeySource for HttpKeys {
    async fn fetch(&self) -> Result<Value, KeysError> {
        let request = self.client.get(self.url.clone()).header("accept", "application/json");
        let mut answer = request.send().await.map_err(|_| KeysError::Unreachable)?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(KeysError::Unreadable);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| KeysError::Unreachable)? {
            if body.len().saturating_add(chunk.len()) > LARGEST {
                return Err(KeysError::Unreadable);
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(|_| KeysError::Unreadable)
    }
}
