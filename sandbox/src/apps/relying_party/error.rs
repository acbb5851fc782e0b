//! Every way a login ends without a person.

use openidconnect::{ClaimsVerificationError, core::CoreRequestTokenError};

/// Why nobody is logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The broker did not answer, or not as a broker does.
    #[error("the broker does not answer")]
    Unreachable,
    /// The broker's metadata lack something that this application needs.
    #[error("the broker's metadata have no usable {0}")]
    Metadata(&'static str),
    /// The broker said no, with an error code (RFC 6749 §4.1.2.1 and §5.2, OIDC Core §3.1.2.6).
    #[error("the broker answered {code}")]
    Refused {
        /// `error`.
        code: String,
        /// `error_description`, for whoever runs the application.
        description: Option<String>,
    },
    /// The answer does not say that it comes from our broker (RFC 9207).
    #[error("the answer is not from this application's broker")]
    ForeignAnswer,
    /// The answer has neither a code nor an error.
    #[error("the answer has neither a code nor an error")]
    EmptyAnswer,
    /// The `state` belongs to no login that this browser began here, or was used already.
    #[error("the state belongs to no login of this browser")]
    UnknownAttempt,
    /// The login took too long.
    #[error("the login took too long")]
    Expired,
    /// The token endpoint gave no ID token.
    #[error("the token answer has no id_token")]
    NoIdToken,
    /// The ID token does not prove itself.
    #[error("the id_token does not prove itself")]
    NotBelieved,
    /// Userinfo failed or speaks of somebody else.
    #[error("userinfo failed")]
    UserInfo,
    /// Our own assertion could not be signed.
    #[error("the client assertion could not be signed")]
    Assertion,
    /// No random bytes.
    #[error("no random bytes could be had")]
    Entropy,
}

impl LoginError {
    pub(super) fn from_token_endpoint(error: CoreRequestTokenError<reqwest::Error>) -> Self {
        match error {
            CoreRequestTokenError::ServerResponse(answer) => {
                Self::Refused { code: answer.error().to_string(), description: answer.error_description().cloned() }
            }
            _ => Self::Unreachable,
        }
    }
}

impl From<ClaimsVerificationError> for LoginError {
    fn from(_: ClaimsVerificationError) -> Self {
        Self::NotBelieved
    }
}
