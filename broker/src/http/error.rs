//! Every refusal becomes a body here: JSON for OAuth endpoints, a page for people.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{page::PageError, state::AppState};
use crate::{
    authorization::refusal::PersonRefusal,
    clients::credentials::CredentialError,
    grant::{GrantError, userinfo::UserInfoError},
    ids::Reference,
    login::{LoginError, ProviderFailure, answer},
    pages::ErrorKind,
    upstream::UpstreamError,
};

/// An error of an OAuth endpoint (RFC 6749 §5.2). `error_description` is public text; the cause is for the log.
#[derive(Debug)]
pub struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
    /// The stable name for the log line.
    refusal: &'static str,
    /// `WWW-Authenticate`, where the specification asks for it.
    challenge: Option<&'static str>,
}

impl OAuthError {
    /// `invalid_request`.
    #[must_use]
    pub const fn invalid_request(description: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description, "request.invalid")
    }

    /// `invalid_client`: always with a challenge (RFC 6749 §5.2).
    #[must_use]
    pub const fn invalid_client(refusal: &'static str) -> Self {
        let error = Self::new(StatusCode::UNAUTHORIZED, "invalid_client", "client authentication failed", refusal);
        Self { challenge: Some("Basic realm=\"token\""), ..error }
    }

    const fn new(status: StatusCode, error: &'static str, description: &'static str, refusal: &'static str) -> Self {
        Self { status, error, description, refusal, challenge: None }
    }

    const fn unavailable(refusal: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again later", refusal)
    }

    /// The stable name for log and audit.
    #[must_use]
    pub const fn refusal(&self) -> &'static str {
        self.refusal
    }

    /// Logs the refusal once and makes the response. Nothing of it may be cached.
    #[must_use]
    pub fn respond(self, reference: Reference) -> Response {
        if self.status.is_server_error() {
            tracing::error!(login.id = %reference, refusal.code = self.refusal, "refused");
        } else {
            tracing::info!(login.id = %reference, refusal.code = self.refusal, error = self.error, "refused");
        }
        let body = json!({ "error": self.error, "error_description": self.description, "reference": reference });
        let mut response = (self.status, no_store(), axum::Json(body)).into_response();
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

impl From<CredentialError> for OAuthError {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Store(ref source) => {
                tracing::error!(error = %source, "the client store gave no answer");
                Self::unavailable(error.code())
            }
            _ => Self::invalid_client(error.code()),
        }
    }
}

impl From<GrantError> for OAuthError {
    fn from(error: GrantError) -> Self {
        let refusal = error.code();
        let bad = StatusCode::BAD_REQUEST;
        match error {
            GrantError::Request(description) => Self::new(bad, "invalid_request", description, refusal),
            GrantError::Grant(description) => Self::new(bad, "invalid_grant", description, refusal),
            GrantError::Unauthorized => {
                Self::new(bad, "unauthorized_client", "this grant type is not registered", refusal)
            }
            GrantError::UnsupportedGrantType => {
                Self::new(bad, "unsupported_grant_type", "the grant type is not supported", refusal)
            }
            GrantError::Scope => Self::new(bad, "invalid_scope", "a scope is not allowed here", refusal),
            GrantError::Denied(_) => Self::new(bad, "invalid_grant", "policy does not permit this", refusal),
            GrantError::Store(source) => {
                tracing::error!(error = %source, "the store gave no answer");
                Self::unavailable(refusal)
            }
            GrantError::Mint(_) | GrantError::Person => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "something broke on our side", refusal)
            }
        }
    }
}

/// Headers of an answer that must not be kept anywhere (RFC 6749 §5.1).
#[must_use]
pub fn no_store() -> [(header::HeaderName, HeaderValue); 2] {
    [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ]
}

/// An error of the UserInfo endpoint: a challenge (RFC 6750 §3) and the same in JSON.
#[must_use]
pub fn userinfo_error(error: &UserInfoError, reference: Reference) -> Response {
    let (status, code) = match error {
        UserInfoError::Token => (StatusCode::UNAUTHORIZED, "invalid_token"),
        UserInfoError::Scope => (StatusCode::FORBIDDEN, "insufficient_scope"),
        UserInfoError::Denied => (StatusCode::FORBIDDEN, "access_denied"),
        UserInfoError::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
        UserInfoError::Person => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
    };
    if status.is_server_error() {
        tracing::error!(login.id = %reference, refusal.code = error.code(), %error, "refused");
    } else {
        tracing::info!(login.id = %reference, refusal.code = error.code(), "refused");
    }
    bearer_challenge(status, Some(code), reference)
}

/// A bearer challenge; without an error code when the request simply brought no token (RFC 6750 §3.1).
#[must_use]
pub fn bearer_challenge(status: StatusCode, code: Option<&'static str>, reference: Reference) -> Response {
    let challenge = match code {
        Some(code) => format!("Bearer realm=\"userinfo\", error=\"{code}\""),
        None => "Bearer realm=\"userinfo\"".to_owned(),
    };
    let body = json!({ "error": code.unwrap_or("invalid_request"), "reference": reference });
    let mut response = (status, no_store(), axum::Json(body)).into_response();
    if let Ok(value) = HeaderValue::from_str(&challenge) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

/// A refusal that is shown to the person, before any address is known to answer to.
#[must_use]
pub fn person_refusal(refusal: PersonRefusal) -> PageError {
    let (kind, status) = match refusal {
        PersonRefusal::UnknownClient => (ErrorKind::UnknownClient, StatusCode::BAD_REQUEST),
        PersonRefusal::RedirectUri => (ErrorKind::RedirectUri, StatusCode::BAD_REQUEST),
    };
    PageError::new(status, kind, refusal.code())
}

/// When to ask a busy provider again; the page says the same in words.
const TRY_AGAIN_SECONDS: u16 = 10;

fn provider_failure(failure: &ProviderFailure) -> PageError {
    use contract::ProviderError as E;
    let (provider, code) = (&failure.provider, failure.error.code());
    tracing::warn!(provider.id = %provider, refusal.code = code, "the provider gave no identity");
    let back = failure.back.as_ref().map(ToString::to_string);
    let about = |status, kind| {
        PageError::new(status, kind, code).about(Some(failure.client.clone()), back, Some(failure.reference))
    };
    let error = match failure.error {
        UpstreamError::Busy => {
            return about(StatusCode::SERVICE_UNAVAILABLE, ErrorKind::ProviderBusy).retry_after(TRY_AGAIN_SECONDS);
        }
        UpstreamError::Provider(error) => error,
    };
    let (status, kind) = match error {
        E::Unreachable | E::Timeout | E::Keys => (StatusCode::BAD_GATEWAY, ErrorKind::ProviderDown),
        E::Refused | E::Settings => (StatusCode::BAD_GATEWAY, ErrorKind::ProviderRefused),
        E::Declined => (StatusCode::OK, ErrorKind::ProviderDeclined),
        E::Response | E::Code | E::Message | E::Identity => (StatusCode::BAD_GATEWAY, ErrorKind::ProviderMessage),
    };
    about(status, kind)
}

/// A login that does not go on: to the client by redirect where the request says so, else to the person.
pub fn login_error(app: &AppState, error: LoginError, reference: Reference) -> Result<Response, PageError> {
    let page = |status, kind| Err(PageError::new(status, kind, error.code()));
    match &error {
        LoginError::ToClient(back, refusal) => {
            tracing::info!(login.id = %reference, refusal.code = refusal.code.name(), "answered with an error");
            match answer::error(&app.login.issuer, back, refusal) {
                Some(url) => Ok(super::page::see_other(url.as_str())),
                None => Err(PageError::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorKind::Internal, "login.redirect")),
            }
        }
        LoginError::UnknownAttempt => page(StatusCode::BAD_REQUEST, ErrorKind::LoginExpired),
        LoginError::OtherBrowser => page(StatusCode::BAD_REQUEST, ErrorKind::LoginElsewhere),
        LoginError::OtherProvider => page(StatusCode::BAD_REQUEST, ErrorKind::CallbackReplayed),
        LoginError::ProviderNotAllowed => page(StatusCode::FORBIDDEN, ErrorKind::ProviderRefused),
        LoginError::UnknownClient => page(StatusCode::BAD_REQUEST, ErrorKind::UnknownClient),
        LoginError::Provider(failure) => Err(provider_failure(failure)),
        LoginError::Store(source) => {
            tracing::error!(login.id = %reference, error = %source, "the store gave no answer");
            page(StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Overloaded)
        }
        LoginError::Internal(_) => page(StatusCode::INTERNAL_SERVER_ERROR, ErrorKind::Internal),
    }
}
