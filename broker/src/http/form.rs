//! Parameters of a query or a form body, as one extractor each.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
    response::Response,
};

use super::{error::OAuthError, state::AppState};
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

/// Whether the body says it is a form (RFC 6749 §4.1.3).
#[must_use]
pub fn is_form(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
