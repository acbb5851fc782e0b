//! Every way a call ends early: one code, one status, whose fault, whether to retry. `sign` turns it into a body in the
//! caller's form.

use std::borrow::Cow;

use contract::ExchangeError;
use http::StatusCode;

/// Whose fault a refusal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The caller's.
    Caller,
    /// The gateway's.
    Gateway,
    /// The register's.
    Provider,
}

impl Origin {
    /// The member `origin` of the problem document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Gateway => "gateway",
            Self::Provider => "provider",
        }
    }
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:ident, $origin:ident, $retry:literal, $xroad:literal, $title:literal;)*) => {
        /// Why a call was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All of them, in the order of the way of a call.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name: in `type` after `urn:lienthong:problem:`, in `Lgsp-Error`, in logs, records and metrics.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The status in our own form. X-Road's form knows 400 and 500 only (PR-REST §4.6).
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// Whose fault.
            #[must_use]
            pub const fn origin(self) -> Origin {
                match self { $(Self::$name => Origin::$origin,)* }
            }

            /// Whether the same call may succeed a little later; [`Refusal::retry`] also says whether it may be made again.
            #[must_use]
            pub const fn retry(self) -> bool {
                match self { $(Self::$name => $retry,)* }
            }

            /// The code in X-Road's form, in the style of 7.8 and later.
            #[must_use]
            pub const fn x_road(self) -> &'static str {
                match self { $(Self::$name => $xroad,)* }
            }

            /// A short English summary that is the same for every refusal of this code.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

refusals! {
    /// The request cannot be understood: path, header or identifier.
    BadRequest = "bad-request", BAD_REQUEST, Caller, false, "client.bad_request", "The request cannot be understood";
    /// A header that decides something came twice, or two headers contradict each other.
    RepeatedHeader = "repeated-header", BAD_REQUEST, Caller, false, "client.bad_request", "A header that decides something is repeated or contradicted";
    /// The path changes under normalisation, or hides a separator.
    AmbiguousPath = "ambiguous-path", BAD_REQUEST, Caller, false, "client.bad_request", "The path can be read in more than one way";
    /// The certificate belongs to no subsystem of the registry, or not any more.
    UnknownCertificate = "unknown-certificate", FORBIDDEN, Caller, false, "server.clientproxy.ssl_authentication_failed", "The certificate belongs to no subsystem";
    /// The certificate was revoked after the connection was made, or the revocation list is too old to tell.
    CertificateRevoked = "certificate-revoked", FORBIDDEN, Caller, false, "server.clientproxy.ssl_authentication_failed", "The certificate is revoked or cannot be checked";
    /// The client header names another subsystem than the certificate.
    ClientMismatch = "client-mismatch", FORBIDDEN, Caller, false, "server.clientproxy.access_denied", "The stated client is not that of the certificate";
    /// The record of the call cannot be written: nothing was dispatched.
    LogUnavailable = "log-unavailable", SERVICE_UNAVAILABLE, Gateway, true, "server.clientproxy.logging_failed", "The call cannot be recorded";
    /// Two time servers agree that our clock is wrong: nothing is signed.
    ClockWrong = "clock-wrong", SERVICE_UNAVAILABLE, Gateway, true, "server.clientproxy.internal_error", "The gateway's clock is wrong";
    /// The body is longer than the service takes.
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, Caller, false, "client.bad_request", "The body is too large";
    /// The body ended before the length that was announced.
    BodyCut = "body-cut", BAD_REQUEST, Caller, false, "client.bad_request", "The body ended early";
    /// The body did not come in time.
    BodyTimeout = "body-timeout", REQUEST_TIMEOUT, Caller, true, "client.bad_request", "The body did not come in time";
    /// The body does not have the digest that the message states (RFC 9530).
    DigestMismatch = "digest-mismatch", BAD_REQUEST, Caller, false, "client.bad_request", "The body does not have the stated digest";
    /// There is no signature, or it does not cover what it must, or it does not verify. Which one is not said.
    SignatureInvalid = "signature-invalid", UNAUTHORIZED, Caller, false, "server.serverproxy.missing_signature", "The message signature is missing or not acceptable";
    /// The signature's time window does not hold now.
    SignatureStale = "signature-stale", UNAUTHORIZED, Caller, true, "server.serverproxy.missing_signature", "The message signature is outside its time window";
    /// The nonce was used before.
    Replayed = "replayed", UNAUTHORIZED, Caller, false, "server.serverproxy.access_denied", "The message was received before";
    /// What remembers nonces does not answer.
    ReplayStoreUnavailable = "replay-store-unavailable", SERVICE_UNAVAILABLE, Gateway, true, "server.serverproxy.internal_error", "Replays cannot be ruled out now";
    /// There is no member of this name now.
    UnknownMember = "unknown-member", NOT_FOUND, Caller, false, "server.clientproxy.unknown_member", "There is no such member";
    /// No service has this name now.
    UnknownService = "unknown-service", NOT_FOUND, Caller, false, "server.serverproxy.unknown_service", "There is no such service";
    /// The service is switched off or its contract cannot be loaded.
    ServiceDisabled = "service-disabled", SERVICE_UNAVAILABLE, Gateway, true, "server.serverproxy.service_disabled", "The service is switched off";
    /// The service has no such endpoint, or not for this method.
    UnknownEndpoint = "unknown-endpoint", NOT_FOUND, Caller, false, "server.serverproxy.unknown_service", "The service has no such endpoint";
    /// The officer's token is missing, expired, forged, or not meant for the bus.
    ActorInvalid = "actor-invalid", UNAUTHORIZED, Caller, false, "server.serverproxy.access_denied", "The officer's token is missing or not acceptable";
    /// The keys that verify officers' tokens are missing or too old.
    ActorKeysUnavailable = "actor-keys-unavailable", SERVICE_UNAVAILABLE, Gateway, true, "server.serverproxy.internal_error", "Officers' tokens cannot be verified now";
    /// No agreement permits the call.
    AccessDenied = "access-denied", FORBIDDEN, Caller, false, "server.serverproxy.access_denied", "No agreement permits this call";
    /// The decision could not be made cleanly.
    PolicyFailed = "policy-failed", INTERNAL_SERVER_ERROR, Gateway, true, "server.serverproxy.internal_error", "The decision could not be made";
    /// The request does not fit the service's contract.
    RequestContract = "request-contract", BAD_REQUEST, Caller, false, "client.bad_request", "The request does not fit the contract of the service";
    /// The input misses something the register demands.
    Input = "input", BAD_REQUEST, Caller, false, "client.bad_request", "The input does not fit the service";
    /// No national code is known for the officer, the procedure or the agency.
    MappingMissing = "mapping-missing", UNPROCESSABLE_ENTITY, Gateway, false, "server.serverproxy.service_failed.mapping", "A national code is missing";
    /// The register's answer does not fit the service's contract.
    ReplyContract = "reply-contract", BAD_GATEWAY, Provider, false, "server.serverproxy.service_failed", "The register's answer does not fit the contract of the service";
    /// No connection to the register.
    ProviderUnreachable = "provider-unreachable", BAD_GATEWAY, Provider, true, "server.serverproxy.network_error", "The register cannot be reached";
    /// The register says that it cannot answer now.
    ProviderUnavailable = "provider-unavailable", SERVICE_UNAVAILABLE, Provider, true, "server.serverproxy.service_failed", "The register is not available";
    /// The register did not answer in time.
    ProviderTimeout = "provider-timeout", GATEWAY_TIMEOUT, Provider, true, "server.serverproxy.service_failed.timeout", "The register did not answer in time";
    /// The register's answer was cut off.
    ProviderCut = "provider-cut", BAD_GATEWAY, Provider, true, "server.serverproxy.service_failed", "The register's answer was cut off";
    /// The register's answer is too large.
    ProviderTooLarge = "provider-too-large", BAD_GATEWAY, Provider, false, "server.serverproxy.service_failed", "The register's answer is too large";
    /// The register's answer cannot be understood.
    ProviderMalformed = "provider-malformed", BAD_GATEWAY, Provider, false, "server.serverproxy.service_failed", "The register's answer cannot be understood";
    /// The register refuses this gateway.
    ProviderRefused = "provider-refused", BAD_GATEWAY, Gateway, false, "server.serverproxy.service_failed", "The register refuses this gateway";
    /// The register reports an error of its own.
    ProviderReported = "provider-reported", BAD_GATEWAY, Provider, false, "server.serverproxy.service_failed", "The register reports an error";
    /// The call ran out of time inside the gateway.
    Deadline = "deadline", GATEWAY_TIMEOUT, Gateway, true, "server.clientproxy.internal_error", "The call ran out of time";
    /// The register was asked, and what came of it could not be recorded, or is no answer to what was signed.
    OutcomeUnknown = "outcome-unknown", INTERNAL_SERVER_ERROR, Gateway, false, "server.clientproxy.logging_failed", "The outcome of the call is unknown";
    /// Too many calls are being worked on.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, Gateway, true, "server.clientproxy.internal_error", "The gateway is overloaded";
    /// Too many calls of this caller are being worked on.
    TooManyCalls = "too-many-calls", TOO_MANY_REQUESTS, Caller, true, "client.bad_request", "The caller has too many calls under way";
    /// The registry is missing or older than it may be.
    RegistryExpired = "registry-expired", SERVICE_UNAVAILABLE, Gateway, true, "server.clientproxy.global_conf_outdated", "The registry is too old";
    /// A fault of the gateway.
    Internal = "internal", INTERNAL_SERVER_ERROR, Gateway, true, "server.clientproxy.internal_error", "The gateway failed";
}

/// A call that ends here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", code.name())]
pub struct Refusal {
    /// Which.
    pub code: Code,
    /// What is particular to this one, for the caller's engineer: names of ours, never data of the call.
    pub detail: Option<Cow<'static, str>>,
    /// Whether the same call may succeed a little later, and does no harm when it is made again.
    pub retry: bool,
}

impl Refusal {
    /// A refusal with no more to say.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self { code, detail: None, retry: code.retry() }
    }

    /// The same at the end of a call whose register was asked something that must not be asked twice: it may have acted, unless
    /// it is known that it was not reached.
    #[must_use]
    pub fn after_asking_once(self) -> Self {
        let untouched = matches!(self.code, Code::ProviderUnreachable);
        Self { retry: self.retry && untouched, ..self }
    }

    /// Says what is particular.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<ExchangeError> for Refusal {
    fn from(error: ExchangeError) -> Self {
        use contract::BodyError;
        let code = match &error {
            ExchangeError::Unreachable => Code::ProviderUnreachable,
            ExchangeError::Unavailable => Code::ProviderUnavailable,
            ExchangeError::Timeout => Code::ProviderTimeout,
            ExchangeError::Cut => Code::ProviderCut,
            ExchangeError::TooLarge => Code::ProviderTooLarge,
            ExchangeError::MediaType | ExchangeError::Malformed => Code::ProviderMalformed,
            ExchangeError::Refused => Code::ProviderRefused,
            ExchangeError::Reported { .. } => Code::ProviderReported,
            ExchangeError::Input { .. } => Code::Input,
            ExchangeError::Mapping { .. } => Code::MappingMissing,
            ExchangeError::Operation => Code::UnknownEndpoint,
            ExchangeError::Settings => Code::ServiceDisabled,
            ExchangeError::Body(BodyError::Cut) => Code::BodyCut,
            ExchangeError::Body(BodyError::TooLong) => Code::BodyTooLarge,
            ExchangeError::Body(BodyError::Digest) => Code::DigestMismatch,
            ExchangeError::Body(BodyError::Timeout) => Code::BodyTimeout,
        };
        let detail = match error {
            ExchangeError::Reported { code } => code,
            ExchangeError::Input { field } => Some(field),
            ExchangeError::Mapping { what } => Some(what.into()),
            _ => None,
        };
        Self { detail, ..code.into() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_may_have_been_done_is_not_to_be_repeated() {
        for code in Code::ALL {
            let refusal = Refusal::new(*code);
            assert_eq!(refusal.retry, code.retry());
            let untouched = *code == Code::ProviderUnreachable;
            assert_eq!(refusal.after_asking_once().retry, untouched, "{}", code.name());
        }
    }

    #[test]
    fn every_refusal_has_a_name_of_its_own_and_an_error_status() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            let status = code.status();
            assert!(status.is_client_error() || status.is_server_error(), "{}", code.name());
            assert!(code.x_road().starts_with("server.") || code.x_road().starts_with("client."), "{}", code.name());
        }
    }
}
