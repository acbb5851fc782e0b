//! An authority, a clock, and peers of it.

use std::{sync::Arc, time::Duration};

use certs::{
    CertificateError, Identity, ListFile, PeerCertificate, Revocation, Trust,
    authority::{Authority, Issued, KeyKind, Leaf, Usage},
};
use clock::Timestamp;

pub const NOW: Timestamp = Timestamp::from_seconds(1_795_219_200);
pub const HOUR: Duration = Duration::from_secs(3600);
pub const DAY: Duration = Duration::from_secs(24 * 3600);
pub const CHECKED: Revocation = Revocation::Checked { most_age: DAY };

pub fn authority(name: &str) -> Authority {
    Authority::create(name, NOW.minus(DAY), NOW.plus(1000 * DAY)).unwrap()
}

pub fn leaf(name: &str) -> Leaf<'_> {
    let (not_before, not_after) = (NOW.minus(HOUR), NOW.plus(100 * DAY));
    Leaf { name, organization: None, usages: &[Usage::Client], dns: &[], ips: &[], not_before, not_after }
}

pub fn issue(authority: &Authority, name: &str) -> Issued {
    authority.issue(&leaf(name), KeyKind::Ed25519).unwrap()
}

pub fn peer(issued: &Issued) -> PeerCertificate {
    let identity = Identity::from_pem(issued.chain_pem.as_bytes(), issued.key_pem.as_bytes()).unwrap();
    PeerCertificate::read(Arc::clone(identity.certificate().chain())).unwrap()
}

/// A list that was issued this long ago and promises the next for ten days after that.
pub fn list(authority: &Authority, age: Duration) -> Vec<u8> {
    authority.crl(NOW.minus(age), NOW.minus(age).plus(10 * DAY)).unwrap().into_bytes()
}

/// A file of lists.
pub fn file(content: Vec<u8>) -> ListFile {
    ListFile { path: "crl.pem".into(), content }
}

pub fn trust(authority: &Authority, lists: &[Vec<u8>]) -> Result<Trust, CertificateError> {
    let lists: Vec<_> = lists.iter().map(|list| file(list.clone())).collect();
    Trust::new(authority.certificate_pem().as_bytes(), &lists, CHECKED)
}
