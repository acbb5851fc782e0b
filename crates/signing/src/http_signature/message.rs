//! A message as its signature sees it: control data and headers, never a body (RFC 9421 §2).

use http::{HeaderMap, Method, StatusCode};

/// A request, as it is sent or as it came.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The method, its case kept.
    pub method: &'a Method,
    /// `https` or `http`.
    pub scheme: &'a str,
    /// Host and port as in `Host`.
    pub authority: &'a str,
    /// The path as it came, percent-encoded. Only the origin form of a target is known here (RFC 9112 §3.2.1).
    pub path: &'a str,
    /// The query as it came, without `?`; `None` when there was no `?`.
    pub query: Option<&'a str>,
    /// The headers.
    pub headers: &'a HeaderMap,
}

/// A response, and the request that it answers where the signature may speak of it.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The request it answers: what components with `;req` are taken from.
    pub request: Option<Request<'a>>,
}

/// The message that a signature is in.
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    /// A request.
    Request(Request<'a>),
    /// A response.
    Response(Response<'a>),
}

impl<'a> Message<'a> {
    /// The headers of the message itself.
    #[must_use]
    pub const fn headers(&self) -> &'a HeaderMap {
        match self {
            Self::Request(request) => request.headers,
            Self::Response(response) => response.headers,
        }
    }
}
