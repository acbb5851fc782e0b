//! How a login can fail at a provider: what the broker may tell the person, and what an operator needs.

/// Who can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The person declined or closed the provider's page.
    Person,
    /// The browser brought something that is not an answer to this attempt.
    Callback,
    /// The provider is down, slow or speaks wrongly.
    Provider,
    /// Our own settings or registration at the provider.
    Ourselves,
}

/// Why a provider gave no identity. The text is fixed and holds nothing of a message, a key or a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The person declined (`access_denied`).
    #[error("the person did not complete the sign-in at the provider")]
    Declined,
    /// The callback misses what the dialect needs, or the provider reported an error there.
    #[error("the provider's answer is not a usable authorization response")]
    Response,
    /// No connection, the connection broke, or the provider says itself that it cannot answer now (429, 5xx).
    #[error("the provider cannot be reached")]
    Unreachable,
    /// The provider did not answer within the limit.
    #[error("the provider did not answer in time")]
    Timeout,
    /// The provider refused our own credentials or our network address (401, 403, `invalid_client`).
    #[error("the provider refuses this broker")]
    Refused,
    /// The provider refused the code (400 where it is traded). A dialect whose code is encrypted without integrity says
    /// [`ProviderError::Message`] instead.
    #[error("the provider did not accept the code")]
    Code,
    /// Something signed, encrypted or encoded is not what the dialect demands, or the answer is too large, of another type
    /// or of a status that the dialect does not know. Deliberately one variant: which step
    /// failed would be an oracle.
    #[error("the provider's message is not acceptable")]
    Message,
    /// The identity lacks what a person must have, or holds something malformed.
    #[error("the provider's identity is incomplete or malformed")]
    Identity,
    /// Keys are missing or older than allowed.
    #[error("the provider's keys are not available")]
    Keys,
    /// The settings of this provider do not work.
    #[error("the settings of this provider do not work")]
    Settings,
}

impl ProviderError {
    /// The stable name for logs, audit and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Declined => "provider.declined",
            Self::Response => "provider.response",
            Self::Unreachable => "provider.unreachable",
            Self::Timeout => "provider.timeout",
            Self::Refused => "provider.refused",
            Self::Code => "provider.code",
            Self::Message => "provider.message",
            Self::Identity => "provider.identity",
            Self::Keys => "provider.keys",
            Self::Settings => "provider.settings",
        }
    }

    /// Who can mend it.
    #[must_use]
    pub const fn fault(self) -> Fault {
        match self {
            Self::Declined => Fault::Person,
            Self::Response | Self::Code => Fault::Callback,
            Self::Unreachable | Self::Timeout | Self::Message | Self::Identity | Self::Keys => Fault::Provider,
            Self::Refused | Self::Settings => Fault::Ourselves,
        }
    }

    /// Whether the person can reasonably start again at once.
    #[must_use]
    pub const fn retry(self) -> bool {
        matches!(self, Self::Declined | Self::Response | Self::Unreachable | Self::Timeout | Self::Code | Self::Keys)
    }
}
