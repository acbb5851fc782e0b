//! Why certificates cannot be used, and why a peer is not believed.

use std::io;

use clock::Timestamp;

/// Why our own files cannot be used. The texts name files, never their content.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("{path} cannot be read")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A file is larger than any of its kind.
    #[error("{path} is larger than {most} bytes")]
    TooLarge {
        /// Which.
        path: String,
        /// The most that is read, in bytes.
        most: u64,
    },
    /// A private key that others may read.
    #[error("{path} may be read by everyone; take that right away (chmod o-rwx)")]
    OpenKey {
        /// Which.
        path: String,
    },
    /// There is none of what must be there.
    #[error("there is no {0}")]
    Missing(&'static str),
    /// What is there cannot be read.
    #[error("a {0} cannot be read")]
    Malformed(&'static str),
    /// The private key does not belong to the certificate.
    #[error("the private key does not belong to the certificate")]
    KeyMismatch,
    /// Our own certificate is not valid now.
    #[error("our certificate is not valid now")]
    NotValidNow,
    /// A revocation list cannot be read, or is of a kind that cannot be checked.
    #[error("the revocation list {path} cannot be used: {reason}")]
    List {
        /// Its file.
        path: String,
        /// Why.
        reason: String,
    },
    /// A revocation list is not signed by the anchor that bears its issuer's name.
    #[error("the revocation list of {issuer} is not signed by that authority")]
    ListSignature {
        /// Whose list it claims to be.
        issuer: String,
    },
    /// An authority that we trust has no revocation list: none of its certificates could be believed.
    #[error("there is no revocation list of {authority}")]
    NoList {
        /// Whose list is missing.
        authority: String,
    },
    /// A revocation list from the future.
    #[error("the revocation list of {issuer} is not valid before {from}")]
    ListNotYetValid {
        /// Whose list.
        issuer: String,
        /// From when on it may be used.
        from: Timestamp,
    },
    /// A revocation list past its next update or its age limit.
    #[error("the revocation list of {issuer} is too old since {until}")]
    ListTooOld {
        /// Whose list.
        issuer: String,
        /// Until when it could be used.
        until: Timestamp,
    },
    /// A revocation list is older than the one in use: somebody may want a revocation forgotten.
    #[error("the revocation list of {issuer} is older than the one in use")]
    OlderList {
        /// Whose list.
        issuer: String,
    },
    /// A revocation list is in use and not among the files any more: an older one could come in its place later.
    #[error("the revocation list of {issuer} is in use and not among the files any more")]
    ListGone {
        /// Whose list.
        issuer: String,
    },
    /// rustls refuses the material.
    #[error("the material does not make a TLS configuration")]
    Tls(#[source] rustls::Error),
    /// rustls cannot build a verifier of the material.
    #[error("the anchors and revocation lists do not make a verifier")]
    Verifier(#[source] rustls::server::VerifierBuilderError),
}

impl CertificateError {
    /// Its text, followed by those of all its sources.
    pub(crate) fn with_sources(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        text
    }
}

/// Why a peer's certificate is not believed, or not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// Its time is over, or that of an authority above it.
    #[error("the certificate has expired")]
    Expired,
    /// Its time has not come.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// It does not chain to an anchor.
    #[error("the certificate does not chain to a configured authority")]
    UnknownAuthority,
    /// Its authority took it back.
    #[error("the certificate is revoked")]
    Revoked,
    /// There is no revocation list of its authority.
    #[error("there is no revocation list of the certificate's authority")]
    RevocationUnknown,
    /// The revocation list of its authority is too old to tell, or from the future.
    #[error("the revocation list of the certificate's authority is too old")]
    ListTooOld,
    /// The certificate cannot be read, is not meant for this use, or is signed in a way that is not accepted.
    #[error("the certificate cannot be used")]
    Unusable,
}

impl Distrust {
    /// The stable name in logs, records and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Expired => "certificate.expired",
            Self::NotYetValid => "certificate.not_yet_valid",
            Self::UnknownAuthority => "certificate.unknown_authority",
            Self::Revoked => "certificate.revoked",
            Self::RevocationUnknown => "certificate.revocation_unknown",
            Self::ListTooOld => "certificate.revocation_list_too_old",
            Self::Unusable => "certificate.unusable",
        }
    }

    /// Whether it is about revocation: the certificate itself may be in order.
    #[must_use]
    pub const fn is_revocation(self) -> bool {
        matches!(self, Self::Revoked | Self::RevocationUnknown | Self::ListTooOld)
    }
}
