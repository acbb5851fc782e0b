//! The exchange: what an answer's status means, and which of its headers pass.

use async_trait::async_trait;
use contract::{Exchange, ExchangeError, ExchangeReply, ExchangeRequest};
use http::{
    HeaderMap, HeaderName, StatusCode,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_RANGE, CONTENT_TYPE,
        ETAG, EXPIRES, LAST_MODIFIED, RETRY_AFTER, VARY,
    },
};

use crate::{
    settings::{RestSettings, SettingsError},
    upstream::{Answer, Outgoing, Upstream, without_connection},
};

/// What of an answer's headers passes: what says how to read and keep the body. Everything else is the register's own
/// affair (cookies, server names, internal addresses).
const PASSING: [HeaderName; 12] = [
    CONTENT_TYPE,
    CONTENT_LANGUAGE,
    CONTENT_ENCODING,
    CONTENT_DISPOSITION,
    CONTENT_RANGE,
    CACHE_CONTROL,
    ETAG,
    LAST_MODIFIED,
    EXPIRES,
    VARY,
    RETRY_AFTER,
    ALLOW,
];

/// A REST register.
#[derive(Debug)]
pub struct RestExchange {
    upstream: Upstream,
    by_service: bool,
}

impl RestExchange {
    /// Prepares the adapter. Nothing is sent.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: &RestSettings) -> Result<Self, SettingsError> {
        Ok(Self { upstream: Upstream::new(settings)?, by_service: false })
    }

    /// The same for an address that has several services behind it: the service's code stands between address and path.
    #[must_use]
    pub fn by_service(self) -> Self {
        Self { by_service: true, ..self }
    }
}

#[async_trait]
impl Exchange for RestExchange {
    async fn call(&self, request: ExchangeRequest) -> Result<ExchangeReply, ExchangeError> {
        let ExchangeRequest { service, method, mut path, query, headers, body, as_it_is, time_left, .. } = request;
        if self.by_service {
            // Of the characters of a service code only this one means something in a path.
            path.insert_str(0, &format!("/{}", service.code().replace('?', "%3F")));
        }
        let answer = self.upstream.send(Outgoing { method, path, query, headers, body, time_left }).await?;
        let Answer { status, headers, body } = answer;
        if !(200..=599).contains(&status.as_u16()) {
            return Err(ExchangeError::Malformed);
        }
        if as_it_is {
            return Ok(ExchangeReply { status, headers: without_connection(headers), body });
        }
        judge(status)?;
        Ok(ExchangeReply { status, headers: passing(&headers), body })
    }
}

/// Whether an answer with this status is one: the register's own errors are (it was asked and it spoke), a refusal of the
/// gateway and an outage are not, and a redirect is never followed and tells of inner addresses.
fn judge(status: StatusCode) -> Result<(), ExchangeError> {
    match status.as_u16() {
        401 | 403 | 407 => Err(ExchangeError::Refused),
        429 | 502 | 503 | 504 => Err(ExchangeError::Unavailable),
        304 => Ok(()),
        300..=399 => Err(ExchangeError::Malformed),
        _ => Ok(()),
    }
}

fn passing(headers: &HeaderMap) -> HeaderMap {
    let mut passing = HeaderMap::with_capacity(2);
    for (name, value) in headers {
        if PASSING.contains(name) {
            passing.append(name, value.clone());
        }
    }
    passing
}
