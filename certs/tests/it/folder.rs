//! The files of a listener, and an authority that fills them.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc};

use certs::{
    CertificateError, Files, Live,
    authority::{Authority, KeyKind, Leaf, Usage},
};
use clock::{Clock, FixedClock, Timestamp};
use tempfile::TempDir;

use crate::support::{CHECKED, HOUR, NOW, authority, leaf, list};

pub struct Folder {
    folder: TempDir,
    pub authority: Authority,
    pub clock: Arc<FixedClock>,
}

impl Folder {
    pub fn new() -> Self {
        let (folder, authority) = (tempfile::tempdir().unwrap(), authority("CA"));
        let made = Self { folder, authority, clock: Arc::new(FixedClock::at(NOW)) };
        made.put("ca.pem", made.authority.certificate_pem());
        made.put_list(2 * HOUR);
        made.put_server("localhost");
        made
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn put(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn put_list(&self, age: std::time::Duration) {
        self.put("crl.pem", &String::from_utf8(list(&self.authority, age)).unwrap());
    }

    pub fn put_server(&self, name: &str) {
        let server = Leaf { usages: &[Usage::Server], dns: &["localhost"], ..leaf(name) };
        let issued = self.authority.issue(&server, KeyKind::P256).unwrap();
        self.put("gateway.pem", &issued.chain_pem);
        self.put("gateway.key", &issued.key_pem);
    }

    pub fn files(&self) -> Files {
        Files {
            chain: self.path("gateway.pem"),
            key: self.path("gateway.key"),
            anchors: vec![self.path("ca.pem")],
            revocation_lists: vec![self.path("crl.pem")],
            revocation: CHECKED,
        }
    }

    pub fn load(&self) -> Result<Live, CertificateError> {
        Live::load(self.files(), self.clock.clone())
    }
}
