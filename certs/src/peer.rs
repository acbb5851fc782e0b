//! Who is at the other end, by the certificate that the handshake has verified.

use std::{
    fmt::Write,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::digest::{SHA256, digest};
use clock::Timestamp;
use rustls::pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::Distrust;

/// A peer's certificate, read once per connection.
#[derive(Debug)]
pub struct PeerCertificate {
    /// SHA-256 of the certificate (DER), lower-case hex.
    pub sha256: Arc<str>,
    /// SHA-256 of its SubjectPublicKeyInfo (DER), lower-case hex.
    pub key_sha256: Arc<str>,
    /// Its subject as text, for people; nothing is decided by it.
    pub subject: Arc<str>,
    /// Its serial number, lower-case hex without separators.
    pub serial: Arc<str>,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
    chain: Arc<[CertificateDer<'static>]>,
    good: Mutex<Option<Good>>,
}

/// By which trust a peer was found good, and until when that holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Good {
    pub(crate) trust: [u8; 32],
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

impl PeerCertificate {
    /// Reads the chain that a peer presented, its own certificate first. Nothing is verified here: the handshake has done
    /// so, and [`Trust::still_good`](crate::Trust::still_good) does it again.
    ///
    /// # Errors
    /// [`Distrust::Unusable`] when there is no certificate or it cannot be read.
    pub fn read(chain: Arc<[CertificateDer<'static>]>) -> Result<Self, Distrust> {
        let der = chain.first().ok_or(Distrust::Unusable)?;
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| Distrust::Unusable)?;
        if !rest.is_empty() {
            return Err(Distrust::Unusable);
        }
        Ok(Self {
            sha256: sha256_hex(der),
            key_sha256: sha256_hex(certificate.public_key().raw),
            subject: certificate.subject().to_string().into(),
            serial: hex(certificate.raw_serial()).into(),
            not_before: Timestamp::from_seconds(certificate.validity().not_before.timestamp()),
            not_after: Timestamp::from_seconds(certificate.validity().not_after.timestamp()),
            chain: Arc::clone(&chain),
            good: Mutex::new(None),
        })
    }

    /// Reads the first certificate of a PEM text, as a registry keeps it.
    ///
    /// # Errors
    /// As [`PeerCertificate::read`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, Distrust> {
        Self::read(crate::pem::certificates(pem).map_err(|_| Distrust::Unusable)?.into())
    }

    /// The chain it was presented with, its own certificate first.
    #[must_use]
    pub fn chain(&self) -> &Arc<[CertificateDer<'static>]> {
        &self.chain
    }

    pub(crate) fn good(&self) -> Option<Good> {
        *self.good.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn found_good(&self, good: Good) {
        *self.good.lock().unwrap_or_else(PoisonError::into_inner) = Some(good);
    }
}

fn sha256_hex(bytes: &[u8]) -> Arc<str> {
    hex(digest(&SHA256, bytes).as_ref()).into()
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
