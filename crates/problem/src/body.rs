//! How does a problem become a response?

use crate::registry::Kind;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

/// Whose fault it is: an extension member of ours (RFC 9457 §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The caller's: the same request will be refused again.
    Caller,
    /// The broker's.
    Broker,
    /// The gateway's.
    Gateway,
    /// That of the system behind us.
    Provider,
}

/// A problem document (RFC 9457 §3).
///
/// `detail` is public text: it may say what the caller can mend, never the cause of a fault of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    uri: &'static str,
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<Origin>,
    #[serde(skip)]
    code: StatusCode,
}

impl Problem {
    /// A problem of this kind, of which nothing else is known yet.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        let code = kind.status();
        Self {
            uri: kind.uri(),
            title: kind.title(),
            status: code.as_u16(),
            detail: None,
            instance: None,
            origin: None,
            code,
        }
    }

    /// What is particular to this one case, for the person who reads it (RFC 9457 §3.1.4).
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The reference or transaction number under which the log tells more (RFC 9457 §3.1.5).
    #[must_use]
    pub fn instance(mut self, instance: impl Into<String>) -> Self {
        self.instance = Some(instance.into());
        self
    }

    /// Whose fault it is.
    #[must_use]
    pub fn origin(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// The status it is answered with.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.code
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // Texts and a number always become JSON; were it otherwise, the status alone still says enough.
        let mut response = Response::new(serde_json::to_vec(&self).map_or_else(|_| Body::empty(), Body::from));
        *response.status_mut() = self.code;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, Problem};
    use crate::registry::Kind;
    use axum::response::IntoResponse;
    use http::StatusCode;
    use http::header::CONTENT_TYPE;

    #[test]
    fn a_problem_is_an_rfc_9457_document() {
        let problem =
            Problem::new(Kind::Overloaded).detail("try again").instance("urn:lienthong:ref:1").origin(Origin::Broker);
        assert_eq!(
            serde_json::to_value(&problem).unwrap(),
            serde_json::json!({
                "type": "urn:lienthong:problem:overloaded",
                "title": "The service is overloaded",
                "status": 503,
                "detail": "try again",
                "instance": "urn:lienthong:ref:1",
                "origin": "broker",
            })
        );
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let document = serde_json::to_value(Problem::new(Kind::NotFound)).unwrap();
        // A set: whether a JSON map keeps its order is for other packages' features to say.
        let members: std::collections::BTreeSet<_> = document.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["status", "title", "type"].into());
    }

    #[test]
    fn its_response_has_the_status_and_the_media_type() {
        let response = Problem::new(Kind::ContentTooLarge).into_response();
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    }
}
