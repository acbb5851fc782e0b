//! A folder with every file that the example of the settings names.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use boot::settings::{Document, Environment};
use certs::authority::{Authority, KeyKind, Leaf, Usage};
use clock::{Clock, SystemClock};
use lgsp_gateway::settings::{PREFIX, Settings};
use tempfile::TempDir;

pub const EXAMPLE: &str = include_str!("../../gateway.example.toml");

const DAY: Duration = Duration::from_secs(24 * 3600);

pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let now = SystemClock.now();
        let authority = Authority::create("Example CA", now.minus(DAY), now.plus(1000 * DAY)).unwrap();
        for name in ["tls/client-ca.pem", "tls/danh-muc-ca.pem", "tls/dan-cu-ca.pem"] {
            place.put(name, authority.certificate_pem());
        }
        place.put("tls/crl.pem", &authority.crl(now.minus(DAY), now.plus(100 * DAY)).unwrap());
        let issue = |name, usages: &[Usage]| {
            let leaf = Leaf {
                name,
                organization: None,
                usages,
                dns: &["localhost"],
                ips: &[],
                not_before: now.minus(DAY),
                not_after: now.plus(100 * DAY),
            };
            authority.issue(&leaf, KeyKind::Ed25519).unwrap()
        };
        for (name, usage) in [("tls/gateway", Usage::Server), ("tls/danh-muc-client", Usage::Client)] {
            let issued = issue(name, &[usage]);
            place.put(&format!("{name}.pem"), &issued.chain_pem);
            place.put(&format!("{name}.key"), &issued.key_pem);
        }
        for name in ["secrets/signing.key", "secrets/log.key"] {
            place.put(name, &issue(name, &[Usage::Client]).key_pem);
        }
        for (name, text) in [
            ("evidence.key", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
            ("dan-cu.api-key", "key"),
            ("dan-cu.secret", "secret"),
            ("postgres-url", "postgres://localhost/gateway"),
            ("redis-url", "redis://localhost"),
        ] {
            place.put(&format!("secrets/{name}"), text);
        }
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("registry.example"), &place.0.path().join("registry"));
        place.put("gateway.toml", EXAMPLE);
        place
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file that only its owner may read.
    pub fn put(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        self.allow(name, 0o600);
    }

    pub fn allow(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Replaces some text of a file.
    pub fn change(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{name} does not hold {from:?}");
        self.put(name, &text.replacen(from, to, 1));
    }

    /// Reads a text as the settings file of this folder.
    pub fn read(&self, text: &str) -> Result<Settings, String> {
        let path = self.path("gateway.toml");
        let document = Document::parse(text, &path, PREFIX, &Environment::empty());
        Settings::from_document(document, &path).map_err(|faults| faults.to_string())
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            fs::copy(entry.path(), target).map(drop).unwrap()
        }
    }
}
