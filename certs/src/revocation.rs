//! Which certificates have their authorities taken back, and how old may that knowledge be?

use std::{path::PathBuf, time::Duration};

use clock::Timestamp;
use rustls::pki_types::{CertificateRevocationListDer, SignatureVerificationAlgorithm};
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate, X509Version};

use crate::{CertificateError, pem};

/// RFC 5280 §5.1.2.1: what has extensions is of version 2, and §5.2 asks for them.
const VERSION_1: &str = "it is of version 1, and must be of version 2 with a CRL number (openssl ca: set crl_extensions to a \
     section with authorityKeyIdentifier, and crlnumber to a file)";

/// How far the clock of an authority may be ahead of ours.
const SKEW: Duration = Duration::from_secs(300);

/// Whether revocation is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// Every certificate of a chain needs a list of its authority that is not past its next update and not older than
    /// this. A missing or too old list refuses the peer.
    Checked {
        /// The longest time since a list was issued.
        most_age: Duration,
    },
    /// Revocation is not checked: only where certificates live for days, or for a register that publishes no list.
    NotChecked,
}

/// What a file of revocation lists holds.
#[derive(Clone, Debug)]
pub struct ListFile {
    /// Where it lies; faults name it.
    pub path: PathBuf,
    /// PEM blocks, or one list in DER.
    pub content: Vec<u8>,
}

impl ListFile {
    /// Reads every list in it.
    ///
    /// # Errors
    /// [`CertificateError::List`].
    pub(crate) fn lists(&self) -> Result<Vec<RevocationList>, CertificateError> {
        let read = pem::revocation_lists(&self.content)
            .and_then(|lists| lists.into_iter().map(RevocationList::read).collect::<Result<_, _>>());
        read.map_err(|reason| CertificateError::List { path: self.path.display().to_string(), reason })
    }
}

/// A revocation list in use (RFC 5280 §5).
#[derive(Clone, Debug)]
pub struct RevocationList {
    /// Its issuer as text, for people.
    pub issuer: String,
    /// When it was issued.
    pub this_update: Timestamp,
    /// When its authority promises a newer one.
    pub next_update: Option<Timestamp>,
    /// How many certificates it takes back.
    pub entries: usize,
    pub(crate) issuer_der: Vec<u8>,
    /// The issuing distribution point, when the list covers only a part (RFC 5280 §5.2.5).
    scope: Option<Vec<u8>>,
    pub(crate) der: CertificateRevocationListDer<'static>,
}

impl RevocationList {
    /// Reads one list.
    ///
    /// # Errors
    /// Why it cannot be read, or of which kind it is that webpki does not support.
    fn read(der: CertificateRevocationListDer<'static>) -> Result<Self, String> {
        let parsed = CertificateRevocationList::from_der(&der);
        let (rest, list) = parsed.map_err(|error| format!("it is no X.509 revocation list: {error}"))?;
        if !rest.is_empty() {
            return Err("something follows the list".to_owned());
        }
        if list.version() != Some(X509Version::V2) {
            return Err(VERSION_1.to_owned());
        }
        let checked = webpki::BorrowedCertRevocationList::from_der(&der).map_err(unsupported)?;
        let scope = webpki::CertRevocationList::from(checked).issuing_distribution_point().map(<[u8]>::to_vec);
        Ok(Self {
            issuer: list.issuer().to_string(),
            this_update: Timestamp::from_seconds(list.last_update().timestamp()),
            next_update: list.next_update().map(|time| Timestamp::from_seconds(time.timestamp())),
            entries: list.iter_revoked_certificates().count(),
            issuer_der: list.issuer().as_raw().to_vec(),
            scope,
            der: der.clone(),
        })
    }

    /// Whether both speak for the same certificates, so that only the newer one counts.
    pub(crate) fn same_scope(&self, other: &Self) -> bool {
        self.issuer_der == other.issuer_der && self.scope == other.scope
    }

    /// From when on it may be used.
    pub(crate) fn good_from(&self) -> Timestamp {
        self.this_update.minus(SKEW)
    }

    /// The last moment at which it may be used: its own promise or the age limit, whichever comes first.
    #[must_use]
    pub fn good_until(&self, most_age: Duration) -> Timestamp {
        let oldest = self.this_update.plus(most_age);
        self.next_update.map_or(oldest, |next| next.min(oldest))
    }

    /// Checks that it may be used now.
    ///
    /// # Errors
    /// [`CertificateError::ListNotYetValid`] and [`CertificateError::ListTooOld`].
    pub(crate) fn check_time(&self, most_age: Duration, now: Timestamp) -> Result<(), CertificateError> {
        let (issuer, from, until) = (self.issuer.clone(), self.good_from(), self.good_until(most_age));
        if now < from {
            return Err(CertificateError::ListNotYetValid { issuer, from });
        }
        if until <= now {
            return Err(CertificateError::ListTooOld { issuer, until });
        }
        Ok(())
    }

    /// Checks its signature with the key of `authority`, a certificate.
    pub(crate) fn is_signed_by(
        &self,
        authority: &X509Certificate<'_>,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> bool {
        let Ok((_, list)) = CertificateRevocationList::from_der(&self.der) else { return false };
        let key = &authority.public_key().subject_public_key.data;
        let (signed, signature) = (list.tbs_cert_list.as_ref(), &list.signature_value.data);
        // Every accepted algorithm is tried: a key of another kind verifies nothing. webpki binds key and algorithm again
        // at each verification of a peer; here only a list that could serve nobody is to be found before it is swapped in.
        algorithms.iter().any(|algorithm| algorithm.verify_signature(key, signed, signature).is_ok())
    }
}

/// Why webpki does not take a list, for whoever issues it.
fn unsupported(error: webpki::Error) -> String {
    match error {
        webpki::Error::UnsupportedDeltaCrl => "it is a delta list; the whole list is needed".to_owned(),
        webpki::Error::UnsupportedIndirectCrl => "it is an indirect list; each authority needs its own".to_owned(),
        other => format!("it cannot be checked: {other}"),
    }
}
