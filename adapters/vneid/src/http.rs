//! Exchanges with the provider: no redirects, bounded answers, and each failure under its name.

use contract::ProviderError;
use reqwest::{Client, RequestBuilder, redirect::Policy};
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::settings::{SettingsError, VneidSettings};

/// An answer whose status the dialect knows.
pub(crate) enum Answer {
    /// 200, with the body.
    Good(Zeroizing<Vec<u8>>),
    /// 400, with the body.
    BadRequest(Zeroizing<Vec<u8>>),
}

/// The client, made once for one provider.
pub(crate) struct Http {
    pub(crate) client: Client,
    max_answer_bytes: usize,
}

impl Http {
    /// Makes the client. The environment's proxies are not ours to obey: nothing here reads it.
    pub(crate) fn new(settings: &VneidSettings) -> Result<Self, SettingsError> {
        let asked = [&settings.token_url, &settings.userinfo_url];
        let client = Client::builder().no_proxy().redirect(Policy::none()).referer(false).timeout(settings.timeout);
        // Without any https address the machine need not have trusted certificates.
        let is_plain = asked.iter().all(|url| url.scheme() == "http");
        let client = if is_plain { client.tls_certs_only([]) } else { client };
        let client = client.build().map_err(|_| SettingsError::Client)?;
        Ok(Self { client, max_answer_bytes: settings.max_answer_bytes })
    }

    /// Sends the request and reads the answer as far as it is allowed to go.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Answer, ProviderError> {
        let mut answer = request.send().await.map_err(|error| broken(&error))?;
        let status = answer.status().as_u16();
        match status {
            200 | 400 => {}
            401 | 403 => return Err(ProviderError::Refused),
            429 | 500..=599 => return Err(ProviderError::Unreachable),
            _ => return Err(ProviderError::Message),
        }
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = answer.chunk().await.map_err(|error| broken(&error))? {
            if body.len() + chunk.len() > self.max_answer_bytes {
                return Err(ProviderError::Message);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(if status == 200 { Answer::Good(body) } else { Answer::BadRequest(body) })
    }
}

/// The error's own text names addresses and is not repeated anywhere.
fn broken(error: &reqwest::Error) -> ProviderError {
    if error.is_timeout() {
        ProviderError::Timeout
    } else if error.is_builder() {
        ProviderError::Settings
    } else {
        ProviderError::Unreachable
    }
}

/// Whether we may talk to this address, or send a browser there.
pub(crate) fn is_acceptable(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

fn is_loopback(url: &Url) -> bool {
    let on_this_machine = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && on_this_machine
}
