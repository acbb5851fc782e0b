//! The state folder: keys and secrets that are made once and kept, files that are written anew at each start.

use std::{
    fs::{self, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use boot::{Hold, write_private};
use clock::Entropy;
use secrecy::{ExposeSecret, SecretString};
use signing::{Algorithm, SigningKey, http_signature};

use crate::national::vneid::RelyingPartyKey;

/// Says that a folder is ours, so that `--fresh` never removes anybody else's.
const MARKER: &str = ".lien-thong";

const MARKER_TEXT: &str = "Thư mục này do tỉnh thử nghiệm Liên Thông tạo ra; có thể xóa bất cứ lúc nào.\n\
                           This folder was made by the Lien Thong province; it may be removed at any time.\n";

/// Why the state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file or folder does not do what it should.
    #[error("{path} cannot be used")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The folder holds something, and not a province.
    #[error("{0} is not empty and was not made by the province; choose another folder with --state")]
    Foreign(String),
    /// Another province runs on the folder.
    #[error(
        "một tỉnh khác đang chạy trên thư mục {0}; dừng tỉnh ấy (Ctrl-C), hoặc cho tỉnh này --state và --port-base riêng\n\
         another province is running on {0}; stop it (Ctrl-C), or give this one a --state and a --port-base of its own"
    )]
    InUse(String),
    /// A kept key cannot be read.
    #[error("the key {path} cannot be read; `--fresh` makes new ones")]
    Key {
        /// Its file.
        path: String,
    },
    /// No key could be made.
    #[error("no key could be made")]
    Generate,
}

/// The state folder of one province.
#[derive(Clone)]
pub struct State {
    folder: PathBuf,
    /// Held as long as the state is: nobody else writes into the folder.
    _hold: Arc<Hold>,
    entropy: Arc<dyn Entropy>,
}

impl State {
    /// Takes the folder for this province alone, and makes it if it is not there. With `fresh`, what an earlier province left is removed first.
    pub fn open(folder: &Path, fresh: bool, entropy: Arc<dyn Entropy>) -> Result<Self, StateError> {
        let refused = |source| StateError::File { path: folder.display().to_string(), source };
        let ours = folder.join(MARKER).is_file();
        let empty = fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
        if !ours && !empty {
            return Err(StateError::Foreign(folder.display().to_string()));
        }
        fs::create_dir_all(folder).map_err(refused)?;
        let hold = Hold::take(&folder.join(MARKER)).map_err(|error| match error {
            TryLockError::WouldBlock => StateError::InUse(folder.display().to_string()),
            TryLockError::Error(source) => refused(source),
        })?;
        if fresh && ours {
            clear(folder).map_err(refused)?;
        }
        // The broker resolves paths against its settings file; an absolute one leaves no doubt.
        let state = Self { folder: folder.canonicalize().map_err(refused)?, _hold: Arc::new(hold), entropy };
        state.write(MARKER, MARKER_TEXT)?;
        for folder in ["keys", "secrets"] {
            let path = state.path(folder);
            fs::create_dir_all(&path)
                .map_err(|source| StateError::File { path: path.display().to_string(), source })?;
        }
        Ok(state)
    }

    /// The path of something in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file that only its owner may read, and the folder it lies in.
    pub fn write(&self, name: &str, content: &str) -> Result<(), StateError> {
        let path = self.path(name);
        let made =
            path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| write_private(&path, content.as_bytes()));
        made.map_err(|source| StateError::File { path: path.display().to_string(), source })
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> Result<String, StateError> {
        let path = self.path(name);
        fs::read_to_string(&path).map_err(|source| StateError::File { path: path.display().to_string(), source })
    }

    /// Opens a file to write at its end.
    pub fn append(&self, name: &str) -> Result<fs::File, StateError> {
        let path = self.path(name);
        let opened = fs::OpenOptions::new().create(true).append(true).open(&path);
        opened.map_err(|source| StateError::File { path: path.display().to_string(), source })
    }

    /// A secret of 256 bits in base64url, made at the first start.
    pub fn secret(&self, name: &str) -> Result<SecretString, StateError> {
        let name = format!("secrets/{name}.secret");
        self.kept(&name, || Ok(format!("{}\n", URL_SAFE_NO_PAD.encode(self.random()?)))).map(SecretString::from)
    }

    /// 32 random bytes in base64, made at the first start: a key under which a service seals.
    pub fn sealing_key(&self, file: &str) -> Result<(), StateError> {
        self.kept(file, || Ok(format!("{}\n", STANDARD.encode(self.random()?)))).map(drop)
    }

    /// An Ed25519 key for message signatures, PKCS #8 PEM, made at the first start.
    pub fn message_key(&self, file: &str) -> Result<http_signature::SigningKey, StateError> {
        let pem = self.kept(file, || {
            let pair = Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1());
            pair.map(|der| to_pem(der.as_ref())).map_err(|_| StateError::Generate)
        })?;
        let read = http_signature::SigningKey::from_pkcs8_pem(&pem);
        read.map_err(|_| StateError::Key { path: self.path(file).display().to_string() })
    }

    /// A private key as PKCS #8 PEM (RFC 5958, RFC 7468), made at the first start.
    pub fn key(&self, name: &str, algorithm: Algorithm) -> Result<SigningKey, StateError> {
        let file = format!("keys/{name}.pem");
        let pem = self.kept(&file, || {
            let der = SigningKey::generate(algorithm).map_err(|_| StateError::Generate)?;
            Ok(to_pem(&der))
        })?;
        from_pem(&pem)
            .and_then(|der| SigningKey::from_pkcs8(algorithm, &der).ok())
            .ok_or(StateError::Key { path: self.path(&file).display().to_string() })
    }

    /// The RSA key pair of a relying party of VNeID, made at the first start. This takes a moment.
    pub fn relying_party_key(&self, name: &str) -> Result<RelyingPartyKey, StateError> {
        let file = format!("keys/{name}.pem");
        let pem = self.kept(&file, || {
            let made = RelyingPartyKey::generate().and_then(|key| key.private_pem());
            made.map(|pem| pem.expose_secret().to_owned()).map_err(|_| StateError::Generate)
        })?;
        RelyingPartyKey::from_pem(&pem).map_err(|_| StateError::Key { path: self.path(&file).display().to_string() })
    }

    fn kept(&self, name: &str, make: impl FnOnce() -> Result<String, StateError>) -> Result<String, StateError> {
        let path = self.path(name);
        match fs::read_to_string(&path) {
            Ok(content) => Ok(content.trim_end().to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let content = make()?;
                self.write(name, &content)?;
                Ok(content.trim_end().to_owned())
            }
            Err(source) => Err(StateError::File { path: path.display().to_string(), source }),
        }
    }

    fn random(&self) -> Result<[u8; 32], StateError> {
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes).map_err(|_| StateError::Generate)?;
        Ok(bytes)
    }
}

/// Removes everything in the folder but the marker, by which it is held.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == MARKER {
            continue;
        }
        if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
    }
    Ok(())
}

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

fn to_pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut rest = text.as_str();
    let mut pem = format!("{BEGIN}\n");
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str(END);
    pem.push('\n');
    pem
}

fn from_pem(pem: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use clock::SystemEntropy;

    use super::*;

    fn open(folder: &Path, fresh: bool) -> Result<State, StateError> {
        State::open(folder, fresh, Arc::new(SystemEntropy::new()))
    }

    #[test]
    fn keys_and_secrets_are_kept_until_a_fresh_start() {
        let folder = tempfile::tempdir().unwrap();
        let read = |fresh| {
            let state = open(folder.path(), fresh).unwrap();
            let key = state.key("mot-cua", Algorithm::ES256).unwrap().kid().to_owned();
            (key, state.secret("thu-nghiem").unwrap().expose_secret().to_owned())
        };
        let first = read(false);
        assert_eq!(first.1.len(), 43);
        assert_eq!(read(false), first);
        let fresh = read(true);
        assert!(fresh.0 != first.0 && fresh.1 != first.1);
    }

    #[test]
    fn a_folder_that_is_not_ours_is_neither_used_nor_removed() {
        let folder = tempfile::tempdir().unwrap();
        let precious = folder.path().join("precious");
        fs::write(&precious, "x").unwrap();
        for fresh in [false, true] {
            assert!(matches!(open(folder.path(), fresh), Err(StateError::Foreign(_))));
        }
        assert!(precious.exists());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_a_secret() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let state = open(folder.path(), false).unwrap();
        state.sealing_key("secrets/root.key").unwrap();
        let mode = fs::metadata(state.path("secrets/root.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[test]
    fn a_broken_key_is_named_instead_of_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let state = open(folder.path(), false).unwrap();
        state.write("keys/mot-cua.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
        assert!(matches!(state.key("mot-cua", Algorithm::ES256), Err(StateError::Key { .. })));
    }
}
