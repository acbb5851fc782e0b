//! Every way a message can miss the profile, by a stable name.

use crate::http_signature::{BaseError, FieldError, HttpKeyError};

/// Why a message does not keep the profile. It repeats nothing of the message but names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// There is no signature, or only one of its two fields.
    #[error("the message has no signature")]
    Missing,
    /// A field that decides something is there twice.
    #[error("a field of the profile is repeated")]
    RepeatedField,
    /// A field that must be there is not.
    #[error("a field of the profile is missing")]
    MissingField,
    /// The signature fields are not what they should be, or repeat a label, a parameter or a component.
    #[error("the signature fields are malformed")]
    Malformed,
    /// No signature with the label of the profile, or the two fields differ in their labels.
    #[error("the signature has another label")]
    Label,
    /// Another `tag`, or none.
    #[error("the signature has another tag")]
    Tag,
    /// A parameter is missing, unknown, or of another form.
    #[error("the signature's parameters are not those of the profile")]
    Parameters,
    /// More or less is covered than must be.
    #[error("the signature does not cover what it must")]
    Components,
    /// `alg` is not that of the key.
    #[error("the signature names another algorithm than its key's")]
    Algorithm,
    /// No key of the sender has this id, or not now.
    #[error("the key is not known")]
    UnknownKey,
    /// The signature is not that of the key over this message.
    #[error("the signature does not verify")]
    Signature,
    /// From `created` to `expires` it is longer than it may be.
    #[error("the signature's time window is too long")]
    Window,
    /// It has expired.
    #[error("the signature has expired")]
    Stale,
    /// It was made in the future.
    #[error("the signature was made in the future")]
    Future,
    /// Our own key could not sign, or what it should sign is not in the message.
    #[error("the message could not be signed")]
    Sign,
}

impl ProfileError {
    /// The stable name, in logs and in the published vectors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::RepeatedField => "repeated-field",
            Self::MissingField => "missing-field",
            Self::Malformed => "malformed",
            Self::Label => "label",
            Self::Tag => "tag",
            Self::Parameters => "parameters",
            Self::Components => "components",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown-key",
            Self::Signature => "signature",
            Self::Window => "window",
            Self::Stale => "stale",
            Self::Future => "future",
            Self::Sign => "sign",
        }
    }
}

impl From<FieldError> for ProfileError {
    fn from(error: FieldError) -> Self {
        match error {
            FieldError::Missing => Self::Missing,
            FieldError::Malformed => Self::Malformed,
            FieldError::Label => Self::Label,
        }
    }
}

impl From<BaseError> for ProfileError {
    fn from(error: BaseError) -> Self {
        match error {
            BaseError::Component => Self::Components,
            BaseError::Repeated | BaseError::Value => Self::Malformed,
            BaseError::Missing => Self::MissingField,
        }
    }
}

impl From<HttpKeyError> for ProfileError {
    fn from(_: HttpKeyError) -> Self {
        Self::Sign
    }
}
