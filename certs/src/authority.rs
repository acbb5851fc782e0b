//! A throw-away authority for the province and for tests. Its keys protect nothing but sample data.

use std::net::IpAddr;

use aws_lc_rs::{
    digest::{Context, SHA256},
    signature::Ed25519KeyPair,
};
use clock::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ED25519,
    PublicKeyData, RevokedCertParams, SanType, SerialNumber,
};
use time::OffsetDateTime;

/// What a certificate is for (RFC 5280 §4.2.1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// To be shown by a server.
    Server,
    /// To be shown by a client.
    Client,
}

/// Which kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// ECDSA on P-256.
    P256,
}

impl KeyKind {
    fn generate(self) -> Result<KeyPair, AuthorityError> {
        match self {
            Self::Ed25519 => {
                // Version 1 of PKCS #8: OpenSSL 3.0 does not read the private key of version 2 (RFC 8410 §7).
                let key =
                    Ed25519KeyPair::generate().and_then(|key| key.to_pkcs8v1()).map_err(|_| AuthorityError::Key)?;
                Ok(KeyPair::from_pkcs8_der_and_sign_algo(&key.as_ref().into(), &PKCS_ED25519)?)
            }
            Self::P256 => Ok(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?),
        }
    }
}

/// What a certificate shall say.
#[derive(Clone, Debug)]
pub struct Leaf<'a> {
    /// Common name.
    pub name: &'a str,
    /// The organisation, when it has one.
    pub organization: Option<&'a str>,
    /// What it is for.
    pub usages: &'a [Usage],
    /// Host names.
    pub dns: &'a [&'a str],
    /// Addresses.
    pub ips: &'a [IpAddr],
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
}

/// A certificate with its private key.
pub struct Issued {
    /// The certificate, PEM; with an intermediate authority its certificate follows.
    pub chain_pem: String,
    /// The private key, PKCS #8 PEM.
    pub key_pem: String,
    /// The serial number, big-endian.
    pub serial: Vec<u8>,
}

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// rcgen refuses.
    #[error("the authority cannot make it")]
    Make(#[from] rcgen::Error),
    /// No key could be made.
    #[error("no key could be made")]
    Key,
    /// A moment that certificates cannot express.
    #[error("a certificate cannot express this moment")]
    Time(#[from] time::error::ComponentRange),
}

/// An authority: its certificate, its key and what it has revoked.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
    above_pem: Option<String>,
    revoked: Vec<(Vec<u8>, Timestamp)>,
}

impl Authority {
    /// Makes a root authority with a key on P-256.
    ///
    /// # Errors
    /// No key can be made, or a moment cannot be expressed.
    pub fn create(name: &str, not_before: Timestamp, not_after: Timestamp) -> Result<Self, AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = authority_params(name, not_before, not_after)?;
        let certificate_pem = certificate.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(certificate, key), certificate_pem, above_pem: None, revoked: Vec::new() })
    }

    /// Makes an authority below this one.
    ///
    /// # Errors
    /// As [`Authority::create`].
    pub fn below(&self, name: &str, not_before: Timestamp, not_after: Timestamp) -> Result<Self, AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = authority_params(name, not_before, not_after)?;
        let certificate_pem = certificate.signed_by(&key, &self.issuer)?.pem();
        let above_pem = Some(certificate_pem.clone());
        Ok(Self { issuer: Issuer::new(certificate, key), certificate_pem, above_pem, revoked: Vec::new() })
    }

    /// Opens a root authority that was kept. `revoked` begins empty.
    ///
    /// # Errors
    /// The texts are not a certificate of an authority and its key.
    pub fn open(certificate_pem: &str, key_pem: &str) -> Result<Self, AuthorityError> {
        let issuer = Issuer::from_ca_cert_pem(certificate_pem, KeyPair::from_pem(key_pem)?)?;
        Ok(Self { issuer, certificate_pem: certificate_pem.to_owned(), above_pem: None, revoked: Vec::new() })
    }

    /// Its certificate, PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Its private key, PKCS #8 PEM.
    #[must_use]
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Issues a certificate for a new key.
    ///
    /// # Errors
    /// No key can be made, or a name or a moment cannot be expressed.
    pub fn issue(&self, leaf: &Leaf<'_>, kind: KeyKind) -> Result<Issued, AuthorityError> {
        self.certify(leaf, &kind.generate()?)
    }

    /// Issues a certificate for a key that exists, PKCS #8 PEM.
    ///
    /// # Errors
    /// As [`Authority::issue`], or the key cannot be read.
    pub fn issue_for(&self, leaf: &Leaf<'_>, key_pem: &str) -> Result<Issued, AuthorityError> {
        self.certify(leaf, &KeyPair::from_pem(key_pem)?)
    }

    fn certify(&self, leaf: &Leaf<'_>, key: &KeyPair) -> Result<Issued, AuthorityError> {
        let mut params = CertificateParams::new(leaf.dns.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
        params.subject_alt_names.extend(leaf.ips.iter().map(|ip| SanType::IpAddress(*ip)));
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, leaf.name);
        if let Some(organization) = leaf.organization {
            params.distinguished_name.push(DnType::OrganizationName, organization);
        }
        params.not_before = moment(leaf.not_before)?;
        params.not_after = moment(leaf.not_after)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = leaf
            .usages
            .iter()
            .map(|usage| match usage {
                Usage::Server => ExtendedKeyUsagePurpose::ServerAuth,
                Usage::Client => ExtendedKeyUsagePurpose::ClientAuth,
            })
            .collect();
        params.use_authority_key_identifier_extension = true;
        // Of the key and the end of its time: one key gets another number at each renewal, and no chance is needed.
        let mut hash = Context::new(&SHA256);
        hash.update(&key.subject_public_key_info());
        hash.update(&leaf.not_before.micros().to_be_bytes());
        hash.update(&leaf.not_after.micros().to_be_bytes());
        let mut serial = hash.finish().as_ref().to_vec();
        serial.truncate(16);
        // Positive, and without a leading zero (RFC 5280 §4.1.2.2).
        if let Some(first) = serial.first_mut() {
            *first = *first & 0x3f | 0x40;
        }
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        let certificate = params.signed_by(key, &self.issuer)?;
        let chain_pem = format!("{}{}", certificate.pem(), self.above_pem.as_deref().unwrap_or_default());
        Ok(Issued { chain_pem, key_pem: key.serialize_pem(), serial })
    }

    /// Takes a certificate back, as of `at`. The next list says so.
    pub fn revoke(&mut self, serial: &[u8], at: Timestamp) {
        self.revoked.push((serial.to_vec(), at));
    }

    /// The revocation list, PEM.
    ///
    /// # Errors
    /// `next_update` is not after `this_update`, or a moment cannot be expressed.
    pub fn crl(&self, this_update: Timestamp, next_update: Timestamp) -> Result<String, AuthorityError> {
        let revoked: Result<Vec<_>, AuthorityError> = self
            .revoked
            .iter()
            .map(|(serial, at)| {
                Ok(RevokedCertParams {
                    serial_number: SerialNumber::from_slice(serial),
                    revocation_time: moment(*at)?,
                    reason_code: None,
                    invalidity_date: None,
                })
            })
            .collect();
        let list = CertificateRevocationListParams {
            this_update: moment(this_update)?,
            next_update: moment(next_update)?,
            crl_number: SerialNumber::from(u64::try_from(this_update.seconds()).unwrap_or_default()),
            issuing_distribution_point: None,
            revoked_certs: revoked?,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.issuer)?.pem()?)
    }
}

fn authority_params(
    name: &str,
    not_before: Timestamp,
    not_after: Timestamp,
) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = moment(not_before)?;
    params.not_after = moment(not_after)?;
    Ok(params)
}

fn moment(at: Timestamp) -> Result<OffsetDateTime, time::error::ComponentRange> {
    OffsetDateTime::from_unix_timestamp(at.seconds())
}
