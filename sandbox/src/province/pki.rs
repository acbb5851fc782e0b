//! The throw-away authority of the province and everything it certifies, in the folder `pki`.
//!
//! One Ed25519 key per department serves TLS and message signatures. Everything is kept between runs, and made anew when it
//! would end within a day; a department's key outlives its certificate, because agreements know it.

use std::{
    collections::BTreeMap,
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::PathBuf,
    time::Duration,
};

use certs::{
    Identity,
    authority::{Authority, AuthorityError, Issued, KeyKind, Leaf, Usage},
};
use clock::Timestamp;

use super::state::{State, StateError};

const DAY: Duration = Duration::from_secs(24 * 3600);
const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);
/// The authority outlives everything it signs.
const AUTHORITY_LIFE: Duration = Duration::from_secs(10 * 366 * 24 * 3600);
/// Certificates begin a little before they are made, for clocks that are behind.
const BEFORE: Duration = Duration::from_secs(3600);

/// Why the certificates of the province cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// The state folder does not do what it should.
    #[error("the certificates cannot be kept")]
    State(#[from] StateError),
    /// The authority cannot make one.
    #[error("a certificate cannot be made")]
    Authority(#[from] AuthorityError),
    /// A kept certificate cannot be read.
    #[error("the certificate of {0} cannot be read; `--fresh` makes new ones")]
    Certificate(String),
}

/// Who gets a certificate in every province.
struct Holder {
    name: &'static str,
    organization: &'static str,
    usages: &'static [Usage],
    kind: KeyKind,
}

const HOLDERS: &[Holder] = &[
    Holder { name: GATEWAY, organization: "Lien Thong", usages: &[Usage::Server], kind: KeyKind::P256 },
    Holder { name: GATEWAY_CLIENT, organization: "Lien Thong", usages: &[Usage::Client], kind: KeyKind::P256 },
    department("mot-cua", "000.00.15.H19"),
    department("khong-quyen", "000.00.16.H19"),
    department("dang-ky-kinh-doanh", "000.00.00.H19"),
];

/// The certificate of the gateway's listener: `gateway.pem`, `gateway.key`.
pub const GATEWAY: &str = "gateway";
/// What the gateway shows to registers: `gateway-client.pem`, `gateway-client.key`.
pub const GATEWAY_CLIENT: &str = "gateway-client";

/// Departments call, and some are called.
const fn department(name: &'static str, organization: &'static str) -> Holder {
    Holder { name, organization, usages: &[Usage::Client, Usage::Server], kind: KeyKind::Ed25519 }
}

/// The certificates of one province.
pub struct Pki {
    state: State,
    authority: Authority,
    revoked: BTreeMap<String, Timestamp>,
    now: Timestamp,
}

impl Pki {
    /// Opens the folder `pki` of the state, and makes what is not there or ends within a day.
    ///
    /// # Errors
    /// The folder cannot be used, or a certificate cannot be made.
    pub fn open(state: &State, now: Timestamp) -> Result<Self, PkiError> {
        let folder = state.path("pki");
        fs::create_dir_all(&folder)
            .map_err(|source| StateError::File { path: folder.display().to_string(), source })?;
        let mut pki = match kept_authority(state, now) {
            Some(authority) => Self { state: state.clone(), authority, revoked: kept_revocations(state), now },
            None => Self { state: state.clone(), authority: new_authority(state, now)?, revoked: BTreeMap::new(), now },
        };
        for (serial, at) in &pki.revoked {
            if let Some(serial) = bytes_of(serial) {
                pki.authority.revoke(&serial, *at);
            }
        }
        for holder in HOLDERS {
            pki.keep(holder)?;
        }
        pki.publish()?;
        Ok(pki)
    }

    /// The authority's certificate.
    #[must_use]
    pub fn authority_file(&self) -> PathBuf {
        self.state.path("pki/ca.pem")
    }

    /// The revocation list.
    #[must_use]
    pub fn revocation_file(&self) -> PathBuf {
        self.state.path("pki/crl.pem")
    }

    /// The certificate of `name`.
    #[must_use]
    pub fn certificate_file(&self, name: &str) -> PathBuf {
        self.state.path(&format!("pki/{name}.pem"))
    }

    /// The private key of `name`.
    #[must_use]
    pub fn key_file(&self, name: &str) -> PathBuf {
        self.state.path(&format!("pki/{name}.key"))
    }

    /// The certificate and key of `name`, read back from its files.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn identity(&self, name: &str) -> Result<Identity, PkiError> {
        let read = Identity::read(&self.certificate_file(name), &self.key_file(name));
        read.map_err(|_| PkiError::Certificate(name.to_owned()))
    }

    /// SHA-256 of the SubjectPublicKeyInfo of `name`'s key, lower-case hex, as the registry knows it.
    ///
    /// # Errors
    /// As [`Pki::identity`].
    pub fn key_sha256(&self, name: &str) -> Result<String, PkiError> {
        Ok(self.identity(name)?.certificate().key_sha256.to_string())
    }

    /// Certifies a further caller, for a test: `NAME.pem` and `NAME.key`, valid between these moments.
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn certify(&self, name: &str, not_before: Timestamp, not_after: Timestamp) -> Result<(), PkiError> {
        let leaf = Leaf { not_before, not_after, ..leaf(name, "000.00.15.H19", &[Usage::Client], self.now) };
        self.write(name, &self.authority.issue(&leaf, KeyKind::Ed25519)?)
    }

    /// A caller whose certificate has expired, for a test.
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn certify_expired(&self, name: &str) -> Result<(), PkiError> {
        self.certify(name, self.now.minus(YEAR), self.now.minus(DAY))
    }

    /// A caller whose certificate is not valid yet, for a test.
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn certify_for_later(&self, name: &str) -> Result<(), PkiError> {
        self.certify(name, self.now.plus(DAY), self.now.plus(YEAR))
    }

    /// A caller whom another authority of the same name has certified, for a test.
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn certify_elsewhere(&self, name: &str) -> Result<(), PkiError> {
        let other = Authority::create(AUTHORITY, self.now.minus(BEFORE), self.now.plus(YEAR))?;
        let leaf = leaf(name, "000.00.15.H19", &[Usage::Client], self.now);
        self.write(name, &other.issue(&leaf, KeyKind::Ed25519)?)
    }

    /// Takes the certificate of `name` back, and publishes a new revocation list as of `at`.
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn revoke(&mut self, name: &str, at: Timestamp) -> Result<(), PkiError> {
        let serial = self.identity(name)?.certificate().serial.to_string();
        self.authority.revoke(&bytes_of(&serial).unwrap_or_default(), at);
        self.revoked.insert(serial, at);
        let lines: String = self.revoked.iter().map(|(serial, at)| format!("{serial} {}\n", at.micros())).collect();
        self.state.write("pki/revoked.txt", &lines)?;
        self.now = at;
        self.publish()
    }

    /// Publishes a revocation list of these times, such as one that is too old, for a test.
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn publish_list(&self, this_update: Timestamp, next_update: Timestamp) -> Result<(), PkiError> {
        let list = self.authority.crl(this_update, next_update)?;
        Ok(self.state.write("pki/crl.pem", &list)?)
    }

    fn publish(&self) -> Result<(), PkiError> {
        self.publish_list(self.now, self.now.plus(YEAR))
    }

    fn keep(&self, holder: &Holder) -> Result<(), PkiError> {
        let kept = self.identity(holder.name);
        if kept.is_ok_and(|kept| kept.not_after() > self.now.plus(DAY)) {
            return Ok(());
        }
        let leaf = leaf(holder.name, holder.organization, holder.usages, self.now);
        let again = fs::read_to_string(self.key_file(holder.name)).ok();
        let issued = match again.and_then(|key| self.authority.issue_for(&leaf, &key).ok()) {
            Some(issued) => issued,
            None => self.authority.issue(&leaf, holder.kind)?,
        };
        self.write(holder.name, &issued)
    }

    fn write(&self, name: &str, issued: &Issued) -> Result<(), PkiError> {
        self.state.write(&format!("pki/{name}.key"), &issued.key_pem)?;
        Ok(self.state.write(&format!("pki/{name}.pem"), &issued.chain_pem)?)
    }
}

const AUTHORITY: &str = "Lien Thong throw-away CA";

const LOOPBACK: &[IpAddr] = &[IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Only servers need a host name; it does no harm that every sample has one.
fn leaf<'a>(name: &'a str, organization: &'a str, usages: &'a [Usage], now: Timestamp) -> Leaf<'a> {
    let serves = usages.contains(&Usage::Server);
    Leaf {
        name,
        organization: Some(organization),
        usages,
        dns: if serves { &["localhost"] } else { &[] },
        ips: if serves { LOOPBACK } else { &[] },
        not_before: now.minus(BEFORE),
        not_after: now.plus(YEAR),
    }
}

fn new_authority(state: &State, now: Timestamp) -> Result<Authority, PkiError> {
    // What another authority has signed is worth nothing any more; keys stay.
    for holder in HOLDERS {
        let file = state.path(&format!("pki/{}.pem", holder.name));
        if file.exists() {
            fs::remove_file(&file).map_err(|source| StateError::File { path: file.display().to_string(), source })?;
        }
    }
    let authority = Authority::create(AUTHORITY, now.minus(BEFORE), now.plus(AUTHORITY_LIFE))?;
    state.write("pki/revoked.txt", "")?;
    state.write("pki/ca.key", &authority.key_pem())?;
    state.write("pki/ca.pem", authority.certificate_pem())?;
    Ok(authority)
}

/// The authority of an earlier run, unless it would end before what it is to sign.
fn kept_authority(state: &State, now: Timestamp) -> Option<Authority> {
    let (certificate, key) = (state.path("pki/ca.pem"), state.path("pki/ca.key"));
    let kept = Identity::read(&certificate, &key).ok()?;
    if kept.not_after() < now.plus(YEAR).plus(DAY) {
        return None;
    }
    Authority::open(&fs::read_to_string(certificate).ok()?, &fs::read_to_string(key).ok()?).ok()
}

fn kept_revocations(state: &State) -> BTreeMap<String, Timestamp> {
    let text = fs::read_to_string(state.path("pki/revoked.txt")).unwrap_or_default();
    let line = |line: &str| {
        let (serial, at) = line.split_once(' ')?;
        Some((serial.to_owned(), Timestamp::from_micros(at.parse().ok()?)))
    };
    text.lines().filter_map(line).collect()
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hex.chars().map(|digit| digit.to_digit(16)?.try_into().ok()).collect();
    Some(digits?.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

#[cfg(test)]
mod tests;
