//! Which problems are there? Each has one `type` URI, one title and one status, and keeps them.

use http::StatusCode;

/// Every kind of problem a service answers with. The URI of each is `urn:lienthong:problem:` and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `bad-request`, 400: the request is not HTTP as this service understands it. Repeating it will not help.
    BadRequest,
    /// `not-found`, 404: no resource has this path.
    NotFound,
    /// `method-not-allowed`, 405: the path exists, but not for this method. `Allow` names the methods.
    MethodNotAllowed,
    /// `content-too-large`, 413: the body is longer than this service takes.
    ContentTooLarge,
    /// `unsupported-media-type`, 415: the body is of a type this resource does not read.
    UnsupportedMediaType,
    /// `internal`, 500: a fault of this service. The log has the cause under the same reference number.
    Internal,
    /// `overloaded`, 503: too many requests are being worked on. Repeat it after `Retry-After`.
    Overloaded,
    /// `unavailable`, 503: something this service needs does not answer. Repeat it later.
    Unavailable,
    /// `timeout`, 504: the answer was not ready in time. Whether anything happened is unknown.
    Timeout,
}

impl Kind {
    /// All of them, in the order of their status.
    pub const ALL: [Kind; 9] = [
        Kind::BadRequest,
        Kind::NotFound,
        Kind::MethodNotAllowed,
        Kind::ContentTooLarge,
        Kind::UnsupportedMediaType,
        Kind::Internal,
        Kind::Overloaded,
        Kind::Unavailable,
        Kind::Timeout,
    ];

    /// The `type` of the problem (RFC 9457 §3.1.1).
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Kind::BadRequest => "urn:lienthong:problem:bad-request",
            Kind::NotFound => "urn:lienthong:problem:not-found",
            Kind::MethodNotAllowed => "urn:lienthong:problem:method-not-allowed",
            Kind::ContentTooLarge => "urn:lienthong:problem:content-too-large",
            Kind::UnsupportedMediaType => "urn:lienthong:problem:unsupported-media-type",
            Kind::Internal => "urn:lienthong:problem:internal",
            Kind::Overloaded => "urn:lienthong:problem:overloaded",
            Kind::Unavailable => "urn:lienthong:problem:unavailable",
            Kind::Timeout => "urn:lienthong:problem:timeout",
        }
    }

    /// A short summary that is the same for every problem of this kind (RFC 9457 §3.1.3).
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Kind::BadRequest => "The request cannot be understood",
            Kind::NotFound => "There is nothing under this path",
            Kind::MethodNotAllowed => "This method is not allowed here",
            Kind::ContentTooLarge => "The body is too large",
            Kind::UnsupportedMediaType => "The body is of a type that is not read here",
            Kind::Internal => "The service failed",
            Kind::Overloaded => "The service is overloaded",
            Kind::Unavailable => "The service is not available",
            Kind::Timeout => "The answer took too long",
        }
    }

    /// The status it is answered with.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Kind::BadRequest => StatusCode::BAD_REQUEST,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Kind::ContentTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Kind::Overloaded | Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_has_a_uri_of_its_own_below_our_name() {
        let uris: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.uri()).collect();
        assert_eq!(uris.len(), Kind::ALL.len());
        assert!(uris.iter().all(|uri| uri.starts_with("urn:lienthong:problem:")));
    }

    #[test]
    fn every_kind_is_an_error_status() {
        assert!(Kind::ALL.iter().all(|kind| kind.status().is_client_error() || kind.status().is_server_error()));
    }
}
