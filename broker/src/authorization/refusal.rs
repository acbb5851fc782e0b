//! The two ways an authorization request ends before a login begins: told to the person, or to the client.

use serde::{Deserialize, Serialize};

/// An error code of an authorization answer (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationErrorCode {
    /// A parameter is missing, repeated or malformed.
    InvalidRequest,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// The person or policy refused.
    AccessDenied,
    /// Another `response_type` than `code`.
    UnsupportedResponseType,
    /// A scope that is not registered for the client, or `openid` is missing.
    InvalidScope,
    /// Something broke on our side.
    ServerError,
    /// Too busy, or the provider is down.
    TemporarilyUnavailable,
    /// `prompt=none`, but the person must sign in.
    LoginRequired,
    /// `prompt=none`, but a page must be shown.
    InteractionRequired,
    /// `prompt=none`, but the information page must be shown.
    ConsentRequired,
    /// A `request` object, which this server does not take.
    RequestNotSupported,
    /// A `request_uri`, which this server does not fetch.
    RequestUriNotSupported,
    /// A `registration`, which this server does not take.
    RegistrationNotSupported,
    /// The level asked for, or the client's minimum, is not reached (OpenID Connect Core Error Code
    /// unmet_authentication_requirements §2).
    UnmetAuthenticationRequirements,
}

impl AuthorizationErrorCode {
    /// The value of `error`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::LoginRequired => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::ConsentRequired => "consent_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
        }
    }
}

/// An error for the client, with public text only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRefusal {
    /// `error`.
    pub code: AuthorizationErrorCode,
    /// `error_description`: printable ASCII without quote and backslash (RFC 6749 §4.1.2.1), nothing of the caller's
    /// values.
    pub description: &'static str,
}

impl ClientRefusal {
    /// Names an error.
    #[must_use]
    pub const fn new(code: AuthorizationErrorCode, description: &'static str) -> Self {
        Self { code, description }
    }

    /// `invalid_request`.
    #[must_use]
    pub const fn invalid(description: &'static str) -> Self {
        Self::new(AuthorizationErrorCode::InvalidRequest, description)
    }
}

/// An error that must not be redirected, because nothing proves where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonRefusal {
    /// `client_id` is missing, malformed, unknown or disabled.
    UnknownClient,
    /// `redirect_uri` is missing, repeated or not registered.
    RedirectUri,
}

impl PersonRefusal {
    /// The stable name for logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownClient => "authorize.unknown_client",
            Self::RedirectUri => "authorize.redirect_uri",
        }
    }
}
