//! The certificates of the measurement: one authority, a server certificate that nginx and the gateways share, and two
//! departments, one with an Ed25519 key and one with a P-256 key.

use std::{path::Path, sync::Arc, time::Duration};

use certs::{
    Identity, Revocation, Trust,
    authority::{Authority, Issued, KeyKind, Leaf, Usage},
};
use clock::{Clock, SystemClock};
use tokio_rustls::rustls::ClientConfig;

use super::write;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What was issued, also as files in the folder of the measurement.
pub struct Pki {
    trust: Arc<Trust>,
    departments: [(KeyKind, Issued); 2],
}

impl Pki {
    /// Issues everything below `folder`.
    pub fn issue(folder: &Path) -> anyhow::Result<Self> {
        let now = SystemClock.now();
        let (from, to) = (now.minus(DAY), now.plus(DAY));
        let authority = Authority::create("Measurement", from, to)?;
        let issue = |name: &str, usage: Usage, dns: &[&str], kind: KeyKind| {
            let usages = &[usage];
            authority
                .issue(&Leaf { name, organization: None, usages, dns, ips: &[], not_before: from, not_after: to }, kind)
        };
        write(folder, "ca.pem", authority.certificate_pem())?;
        write(folder, "crl.pem", &authority.crl(from, to)?)?;
        let server = issue("localhost", Usage::Server, &["localhost"], KeyKind::P256)?;
        write(folder, "server.pem", &server.chain_pem)?;
        write(folder, "server.key", &server.key_pem)?;
        let mut departments = Vec::new();
        for kind in [KeyKind::Ed25519, KeyKind::P256] {
            let issued = issue("mot-cua", Usage::Client, &[], kind)?;
            write(folder, &format!("{}.pem", name(kind)), &issued.chain_pem)?;
            write(folder, &format!("{}.key", name(kind)), &issued.key_pem)?;
            // The key of answers is of the same kind as that of the department.
            write(
                folder,
                &format!("signing-{}.key", name(kind)),
                &issue("gateway", Usage::Server, &[], kind)?.key_pem,
            )?;
            departments.push((kind, issued));
        }
        write(folder, "log.key", &issue("log", Usage::Server, &[], KeyKind::Ed25519)?.key_pem)?;
        let trust = Trust::new(authority.certificate_pem().as_bytes(), &[], Revocation::NotChecked)?;
        let departments = departments.try_into().map_err(|_| anyhow::anyhow!("two departments"))?;
        Ok(Self { trust: Arc::new(trust), departments })
    }

    /// The private key of the department with this kind of key, PEM.
    pub fn key(&self, kind: KeyKind) -> &str {
        &self.department(kind).key_pem
    }

    /// How that department connects.
    pub fn client(&self, kind: KeyKind) -> anyhow::Result<Arc<ClientConfig>> {
        let issued = self.department(kind);
        let identity = Identity::from_pem(issued.chain_pem.as_bytes(), issued.key_pem.as_bytes())?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Ok(certs::tls::client_config(Some(&identity), &self.trust, &clock)?)
    }

    fn department(&self, kind: KeyKind) -> &Issued {
        let [(first, ed25519), (_, p256)] = &self.departments;
        if *first == kind { ed25519 } else { p256 }
    }
}

/// The kind of key in names of files and keys.
pub fn name(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Ed25519 => "ed25519",
        KeyKind::P256 => "p256",
    }
}
