//! Parameters of a query or a form body, as one extractor each.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
    response::Response,
};
use boot::limits::Refusal;

use super::{error::OAuthError, overload, state::AppState};
use crate::parameters::Parameters;

/// Parameters of a form body at an OAuth endpoint. A repeated, unreadable or over-long parameter, and a body of another
/// type, are refused here, in the caller's own format (RFC 6749 §3.2, §5.2).
#[derive(Debug)]
pub struct OAuthForm(pub Parameters);

impl FromRequest<AppState> for OAuthForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let refuse = |description| OAuthError::invalid_request(description).respond(state.reference());
        if !is_form(request.headers()) {
            return Err(refuse("the body must be application/x-www-form-urlencoded"));
        }
        let body =
            Bytes::from_request(request, state).await.map_err(|_| refuse("the body cannot be read, or is too long"))?;
        let parameters = Parameters::parse(&body);
        match parameters.first_fault() {
            Some(_) => Err(refuse("a parameter is repeated or unreadable")),
            None => Ok(Self(parameters)),
        }
    }
}

/// A whole body. One that is too long or breaks off is refused in the format of whoever asks.
pub struct WholeBody(pub Bytes);

impl FromRequest<AppState> for WholeBody {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        let uri = request.uri().clone();
        let read = Bytes::from_request(request, state).await;
        read.map(Self).map_err(|_| overload::answer(state, Refusal::TooLarge, &uri))
    }
}

/// The `Authorization` header, when there is one. Two of them could be read differently by whoever stands before us, so
/// they are refused (RFC 9110 §5.3).
pub fn authorization(headers: &HeaderMap) -> Result<Option<&str>, RepeatedHeader> {
    let mut found = headers.get_all(header::AUTHORIZATION).iter();
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err(RepeatedHeader),
        (one, _) => Ok(one.map(|value| value.to_str().unwrap_or_default())),
    }
}

/// A header that may stand there once stands there more often.
#[derive(Clone, Copy, Debug)]
pub struct RepeatedHeader;

/// Whether the body says it is a form (RFC 6749 §4.1.3).
#[must_use]
pub fn is_form(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
