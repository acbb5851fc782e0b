//! What webpki checks in a handshake, and the age of revocation lists on top of it.

use std::sync::Arc;

use clock::Timestamp;
use rustls::{
    CertificateError as Tls, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

use crate::{Distrust, Trust};

/// Believes a client, or a server, by one trust.
#[derive(Debug)]
pub(crate) struct Verifier(pub(crate) Arc<Trust>);

impl Verifier {
    fn check_lists(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let now = Timestamp::from_seconds(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
        for chain in [std::slice::from_ref(end_entity), intermediates] {
            self.0.window(chain, now).map_err(|distrust| match distrust {
                Distrust::ListTooOld => Error::from(Tls::ExpiredRevocationList),
                _ => Error::from(Tls::BadEncoding),
            })?;
        }
        Ok(())
    }
}

impl ClientCertVerifier for Verifier {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.clients.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.0.clients.verify_client_cert(end_entity, intermediates, now)?;
        self.check_lists(end_entity, intermediates, now)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.clients.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.clients.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.clients.supported_verify_schemes()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.0.servers.verify_server_cert(end_entity, intermediates, name, ocsp, now)?;
        self.check_lists(end_entity, intermediates, now)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.servers.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.servers.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.servers.supported_verify_schemes()
    }
}

/// What rustls says, in our words. What we have no word for is [`Distrust::Unusable`].
pub(crate) fn distrust(error: &Error) -> Distrust {
    let Error::InvalidCertificate(error) = error else { return Distrust::Unusable };
    match error {
        Tls::Expired | Tls::ExpiredContext { .. } => Distrust::Expired,
        Tls::NotValidYet | Tls::NotValidYetContext { .. } => Distrust::NotYetValid,
        Tls::UnknownIssuer | Tls::BadSignature => Distrust::UnknownAuthority,
        Tls::Revoked => Distrust::Revoked,
        Tls::UnknownRevocationStatus => Distrust::RevocationUnknown,
        Tls::ExpiredRevocationList | Tls::ExpiredRevocationListContext { .. } => Distrust::ListTooOld,
        _ => Distrust::Unusable,
    }
}
