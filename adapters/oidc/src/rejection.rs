//! Why exactly something the provider sent is not accepted: for the operator's log. The broker hears less.

use contract::ProviderError;

/// One failed check. The text is fixed and holds nothing of a token or a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejection {
    #[error("the callback's state is not this attempt's")]
    State,
    #[error("the callback repeats a parameter, or brings neither or both of code and error")]
    Shape,
    #[error("the person declined")]
    Declined,
    #[error("the provider reported an error")]
    Reported,
    #[error("the callback's iss is missing or another issuer's (RFC 9207)")]
    CallbackIssuer,
    #[error("the discovery document is unreadable")]
    Discovery,
    #[error("the discovery document is another issuer's")]
    DiscoveryIssuer,
    #[error("an address of the discovery document is not https")]
    DiscoveryAddress,
    #[error("the token answer is unreadable")]
    TokenAnswer,
    #[error("the token answer has no id_token")]
    NoIdToken,
    #[error("the id_token is not a compact JWS with a JWT header")]
    Format,
    #[error("the id_token's alg is not allowed")]
    Algorithm,
    #[error("no key of the provider fits the id_token's header, or its key set is unreadable")]
    Key,
    #[error("several keys fit the id_token's header")]
    AmbiguousKey,
    #[error("no key has this kid, and the keys were fetched a moment ago")]
    KeyRefetchedRecently,
    #[error("the signature does not verify")]
    Signature,
    #[error("iss is not the issuer")]
    Issuer,
    #[error("aud does not name us, or names somebody untrusted")]
    Audience,
    #[error("azp is missing beside several audiences, or is not us")]
    AuthorizedParty,
    #[error("exp is missing or past")]
    Expired,
    #[error("nbf lies ahead")]
    NotYetValid,
    #[error("iat is missing, too old or lies ahead")]
    IssuedAt,
    #[error("nonce is not this attempt's")]
    Nonce,
    #[error("sub is missing, empty or too long")]
    Subject,
    #[error("at_hash is missing or not that of the access token")]
    AccessTokenHash,
    #[error("auth_time is malformed or does not prove the new sign-in that was demanded")]
    AuthTime,
    #[error("the userinfo answer is unreadable")]
    Userinfo,
    #[error("the userinfo answer is about somebody else")]
    UserinfoSubject,
    #[error("a claim is malformed")]
    Claim,
}

impl From<Rejection> for ProviderError {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Declined => Self::Declined,
            Rejection::State | Rejection::Shape | Rejection::Reported | Rejection::CallbackIssuer => Self::Response,
            Rejection::KeyRefetchedRecently => Self::Keys,
            Rejection::Claim => Self::Identity,
            _ => Self::Message,
        }
    }
}

/// Either a judgement of ours or a failure on the way; it carries what the log needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Rejected(#[from] Rejection),
    #[error(transparent)]
    Provider(#[from] ProviderError),
}

impl From<Failure> for ProviderError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Rejected(rejection) => rejection.into(),
            Failure::Provider(error) => error,
        }
    }
}
