//! One request to one register, and what comes back.

use std::{error::Error, fmt, io, time::Duration};

use bytes::Bytes;
use contract::{Body, ExchangeError};
use futures::StreamExt;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri,
    header::{self, CONTENT_LENGTH, HOST, TRANSFER_ENCODING},
    uri::{Authority, PathAndQuery, Scheme},
};
use rustls::AlertDescription;
use tokio::time::{Instant, timeout_at};

use crate::{
    connect::{Pool, pool},
    incoming::{self, Pieces},
    outgoing::{Ended, OutgoingBody},
    settings::{RestSettings, SettingsError},
};

/// A request below the register's address.
pub struct Outgoing {
    /// Its method.
    pub method: Method,
    /// What follows the base address: empty, or beginning with `/`; normalised and percent-encoded.
    pub path: String,
    /// The query without `?`.
    pub query: Option<String>,
    /// Its headers; those of the connection are set here.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Body,
    /// The time for all of it, the answer's body included.
    pub time_left: Duration,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// All its headers.
    pub headers: HeaderMap,
    /// Its body: held up to the limit of the settings.
    pub body: Body,
}

impl Answer {
    /// The whole body in memory.
    ///
    /// # Errors
    /// [`ExchangeError::TooLarge`] above `most` bytes; whatever ended it early.
    pub async fn whole(self, most: u64) -> Result<Bytes, ExchangeError> {
        let too_large = |length: usize| u64::try_from(length).unwrap_or(u64::MAX) > most;
        let mut stream = match self.body {
            Body::Held(bytes) if too_large(bytes.len()) => return Err(ExchangeError::TooLarge),
            Body::Held(bytes) => return Ok(bytes),
            Body::Streamed { length: Some(length), .. } if length > most => return Err(ExchangeError::TooLarge),
            Body::Streamed { stream, .. } => stream,
        };
        let mut whole = Vec::new();
        while let Some(piece) = stream.next().await {
            whole.extend_from_slice(&piece.map_err(incoming::fault)?);
            if too_large(whole.len()) {
                return Err(ExchangeError::TooLarge);
            }
        }
        Ok(whole.into())
    }
}

/// A register and the connections to it.
pub struct Upstream {
    pool: Pool,
    scheme: Scheme,
    authority: Authority,
    base_path: String,
    hold: u64,
    most: u64,
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upstream({}://{}{})", self.scheme, self.authority, self.base_path)
    }
}

impl Upstream {
    /// Prepares a pool. Nothing is sent.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: &RestSettings) -> Result<Self, SettingsError> {
        settings.check()?;
        let url = &settings.base_url;
        let host = url.host_str().ok_or(SettingsError::Address)?;
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self {
            pool: pool(settings),
            scheme: if url.scheme() == "http" { Scheme::HTTP } else { Scheme::HTTPS },
            authority: authority.parse().map_err(|_| SettingsError::Address)?,
            base_path: url.path().to_owned(),
            hold: settings.hold_bytes,
            most: settings.max_answer_bytes,
        })
    }

    /// Sends one request, once.
    ///
    /// # Errors
    /// By what is known of how far it came; any HTTP status is an answer here.
    pub async fn send(&self, outgoing: Outgoing) -> Result<Answer, ExchangeError> {
        let Outgoing { method, path, query, headers, body, time_left } = outgoing;
        if time_left.is_zero() {
            return Err(ExchangeError::Timeout);
        }
        let deadline = Instant::now() + time_left;
        let ended = Ended::default();
        let mut request = Request::new(OutgoingBody::new(body, &ended));
        *request.method_mut() = method;
        *request.uri_mut() = self.uri(&path, query.as_deref())?;
        *request.headers_mut() = without_connection(headers);
        request.headers_mut().remove(HOST);
        if request.body().is_of_unknown_length() && matches!(*request.method(), Method::GET | Method::HEAD) {
            // hyper would leave such a body out, and what was signed and recorded would not be what was sent.
            request.headers_mut().insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        let sent = timeout_at(deadline, self.pool.request(request)).await.map_err(|_| ExchangeError::Timeout)?;
        let answer = sent.map_err(|error| self.judge(&error, &ended))?;
        let (head, body) = answer.into_parts();
        if !is_framed_once(&head.headers) {
            return Err(ExchangeError::Malformed);
        }
        let body = incoming::take(Pieces::new(body, self.most, deadline), self.hold).await?;
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    /// The base address and the path, with one slash between them (X-Road PR-REST: a double slash at the joint is
    /// collapsed). The query goes on byte for byte.
    fn uri(&self, path: &str, query: Option<&str>) -> Result<Uri, ExchangeError> {
        let base = if path.is_empty() { self.base_path.as_str() } else { self.base_path.trim_end_matches('/') };
        let mut target = String::with_capacity(base.len() + path.len() + query.map_or(0, |query| query.len() + 1));
        target.push_str(base);
        target.push_str(path);
        if let Some(query) = query {
            target.push('?');
            target.push_str(query);
        }
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        let target = PathAndQuery::try_from(target).ok().filter(|_| path.is_empty() || path.starts_with('/'));
        parts.path_and_query = Some(target.ok_or(ExchangeError::Operation)?);
        Uri::from_parts(parts).map_err(|_| ExchangeError::Operation)
    }
}

/// Headers of one connection (RFC 9110 §7.6.1) and of its framing: the connection to the register has its own.
const CONNECTION: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
    "content-length",
];

/// Headers without those of the connection, the ones it names itself among them.
pub(crate) fn without_connection(mut headers: HeaderMap) -> HeaderMap {
    let named: Vec<_> = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok()).collect();
    let named: Vec<_> = named.join(",").split(',').filter_map(|name| HeaderName::try_from(name.trim()).ok()).collect();
    named.iter().for_each(|name| drop(headers.remove(name)));
    CONNECTION.iter().for_each(|name| drop(headers.remove(*name)));
    headers
}

impl Upstream {
    /// What a failed request means. Why a connection could not be made is for the operator, who sees to it.
    fn judge(&self, error: &hyper_util::client::legacy::Error, ended: &Ended) -> ExchangeError {
        if let Some(fault) = ended.get() {
            return ExchangeError::Body(*fault);
        }
        let tls = tls_fault(error);
        // With TLS 1.3 a server that does not take our certificate says so only when the request is on its way (RFC 8446 §2).
        if let Some(rustls::Error::AlertReceived(alert)) = tls
            && refuses_us(*alert)
        {
            tracing::error!(register = %self.authority, tls = ?alert, "a register does not take our certificate");
            return ExchangeError::Refused;
        }
        if error.is_connect() {
            let cause = tls.map_or_else(|| last(error).to_string(), ToString::to_string);
            tracing::warn!(register = %self.authority, cause, "no connection to a register");
            return ExchangeError::Unreachable;
        }
        broken(error)
    }
}

/// What rustls says, wherever it stands in the chain of an error.
fn tls_fault<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        // An io::Error gives as its source that of what it holds, not what it holds.
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    None
}

/// The end of the chain of an error.
fn last<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last
}

/// Whether an alert is about who we are (RFC 8446 §6.2).
const fn refuses_us(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::HandshakeFailure
    )
}

/// What a connection that broke after something was sent means.
fn broken(error: &hyper_util::client::legacy::Error) -> ExchangeError {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(hyper) = inner.downcast_ref::<hyper::Error>() {
            // Bytes that are no HTTP are an answer that cannot be understood; an end within the head is a cut.
            return if hyper.is_parse() || hyper.is_parse_too_large() {
                ExchangeError::Malformed
            } else {
                ExchangeError::Cut
            };
        }
        source = inner.source();
    }
    ExchangeError::Cut
}

/// Whether an answer is cut into chunks and nothing else, or has one length: hyper takes away the chunks, and would leave in the body
/// whatever coding is stated before them (RFC 9112 §6.1).
fn is_framed_once(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let Some(coding) = codings.next() else { return true };
    let chunked = coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked");
    chunked && codings.next().is_none() && !headers.contains_key(CONTENT_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_slash_where_base_and_path_meet() {
        let check = |base: &str, path: &str, query: Option<&str>, expected: &str| {
            let base = format!("http://127.0.0.1:9{base}");
            let settings = RestSettings::new(base.parse().unwrap(), vec!["127.0.0.1".parse().unwrap()]);
            let uri = Upstream::new(&settings).unwrap().uri(path, query).unwrap();
            assert_eq!(uri.to_string(), format!("http://127.0.0.1:9{expected}"));
        };
        check("", "", None, "/");
        check("", "/a", None, "/a");
        check("/api", "", None, "/api");
        check("/api", "/a%2Fb", Some(""), "/api/a%2Fb?");
        check("/api/", "/a", Some("q=%20+&q"), "/api/a?q=%20+&q");
        check("/api/", "", None, "/api/");
    }
}
