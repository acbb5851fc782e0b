//! Who are we? A chain and the private key that belongs to it.

use std::{fmt, path::Path, sync::Arc};

use clock::Timestamp;
use rustls::{crypto::aws_lc_rs, sign::CertifiedKey};

use crate::{CertificateError, PeerCertificate, pem};

/// Our certificate chain and private key, for one purpose.
#[derive(Clone)]
pub struct Identity {
    pub(crate) key: Arc<CertifiedKey>,
    certificate: Arc<PeerCertificate>,
}

impl Identity {
    /// Reads the chain (PEM, our own certificate first) and the private key (PEM, not encrypted).
    ///
    /// # Errors
    /// A file cannot be read, the key may be read by everyone, or the two do not belong together.
    pub fn read(chain: &Path, key: &Path) -> Result<Self, CertificateError> {
        Self::from_pem(&pem::read(chain, pem::MOST_PEM)?, &pem::read_key(key)?)
    }

    /// The same from texts.
    ///
    /// # Errors
    /// As [`Identity::read`].
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, CertificateError> {
        let chain = pem::certificates(chain)?;
        let key = aws_lc_rs::default_provider()
            .key_provider
            .load_private_key(pem::private_key(key)?)
            .map_err(|_| CertificateError::Malformed("private key"))?;
        let certificate =
            PeerCertificate::read(chain.clone().into()).map_err(|_| CertificateError::Malformed("certificate"))?;
        let key = CertifiedKey::new(chain, key);
        // A key that cannot say its public half cannot be compared, and is refused as well.
        key.keys_match().map_err(|_| CertificateError::KeyMismatch)?;
        Ok(Self { key: Arc::new(key), certificate: Arc::new(certificate) })
    }

    /// Our own certificate.
    #[must_use]
    pub fn certificate(&self) -> &PeerCertificate {
        &self.certificate
    }

    /// Until when it is valid.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.certificate.not_after
    }

    /// Checks that it is valid now.
    ///
    /// # Errors
    /// [`CertificateError::NotValidNow`].
    pub fn check_time(&self, now: Timestamp) -> Result<(), CertificateError> {
        let valid = self.certificate.not_before <= now && now <= self.certificate.not_after;
        if valid { Ok(()) } else { Err(CertificateError::NotValidNow) }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({}, until {})", self.certificate.subject, self.certificate.not_after)
    }
}
