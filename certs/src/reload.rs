//! The files change while we serve: read again every few seconds, built whole, swapped, or the old one kept.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use aws_lc_rs::digest::{Context, SHA256};
use clock::{Clock, Timestamp};
use rustls::ServerConfig;

use crate::{CertificateError, Identity, ListFile, Revocation, Trust, peer::hex, pem, tls};

/// Where everything is read from.
#[derive(Clone, Debug)]
pub struct Files {
    /// Our chain, PEM, our own certificate first.
    pub chain: PathBuf,
    /// Our private key, PEM.
    pub key: PathBuf,
    /// Certificates of the authorities we trust, PEM.
    pub anchors: Vec<PathBuf>,
    /// Their revocation lists, PEM or DER; each a file, or a folder whose files are all read.
    pub revocation_lists: Vec<PathBuf>,
    /// Whether revocation is checked.
    pub revocation: Revocation,
}

impl Files {
    /// The certificates of all authorities, one after the other.
    pub(crate) fn read_anchors(&self) -> Result<Vec<u8>, CertificateError> {
        let mut anchors = Vec::new();
        for path in &self.anchors {
            anchors.extend(pem::read(path, pem::MOST_PEM)?);
            anchors.push(b'\n');
        }
        Ok(anchors)
    }
}

/// One state of everything, built whole.
#[derive(Debug)]
pub struct Present {
    /// Who we are.
    pub identity: Identity,
    /// Whom we trust.
    pub trust: Arc<Trust>,
    /// The configuration of a listener: mutual TLS.
    pub server: Arc<ServerConfig>,
    /// SHA-256 over the content of all files, lower-case hex.
    pub version: Arc<str>,
    /// When it was read and found good.
    pub loaded_at: Timestamp,
}

/// What a look at the files brought.
#[derive(Debug)]
pub enum Reloaded {
    /// Nothing has changed.
    Same,
    /// A new state is in use.
    Swapped,
    /// Something has changed and cannot be used: the old state stays in use.
    Kept(CertificateError),
}

/// For readiness and metrics.
#[derive(Clone, Debug)]
pub struct Status {
    /// Version of the state in use.
    pub version: Arc<str>,
    /// When it was read.
    pub loaded_at: Timestamp,
    /// Until when our own certificate is valid.
    pub identity_not_after: Timestamp,
    /// From when on all revocation lists may be used; `None` when revocation is not checked.
    pub lists_good_from: Option<Timestamp>,
    /// When the first revocation list becomes too old; `None` when revocation is not checked.
    pub lists_good_until: Option<Timestamp>,
    /// Why the files as they are now cannot be used; `None` while they are those in use.
    pub last_error: Option<String>,
}

/// The present state, and how it is renewed.
pub struct Live {
    files: Files,
    clock: Arc<dyn Clock>,
    present: ArcSwap<Present>,
    failed: Mutex<Option<Failed>>,
}

struct Failed {
    /// What was wrong in it; said once per content.
    version: String,
    message: String,
}

impl Live {
    /// Reads everything for the first time.
    ///
    /// # Errors
    /// What cannot be used; a listener must not start without.
    pub fn load(files: Files, clock: Arc<dyn Clock>) -> Result<Self, CertificateError> {
        let content = Content::read(&files)?;
        let present = build(&content, &files, &clock)?;
        Ok(Self { files, clock, present: ArcSwap::from_pointee(present), failed: Mutex::new(None) })
    }

    /// The present state. A reader takes it once per request or connection.
    #[must_use]
    pub fn present(&self) -> Arc<Present> {
        self.present.load_full()
    }

    /// The trust of the present state.
    #[must_use]
    pub fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.present.load().trust)
    }

    /// The listener's configuration of the present state.
    #[must_use]
    pub fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.present.load().server)
    }

    /// Looks at the files now. It reads them whole, because a time stamp misses a change within its resolution; call it
    /// where blocking is allowed.
    pub fn reload(&self) -> Reloaded {
        let content = match Content::read(&self.files) {
            Ok(content) => content,
            Err(error) => return self.keep(String::new(), error),
        };
        let version = content.version();
        let present = self.present.load();
        if *present.version == *version {
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = None;
            return Reloaded::Same;
        }
        let built = build(&content, &self.files, &self.clock)
            .and_then(|built| built.trust.check_follows(&present.trust, built.loaded_at).map(|()| built));
        match built {
            Ok(built) => {
                tracing::info!(
                    certs.version = &*built.version,
                    certs.not_after = %built.identity.not_after(),
                    "certificates were read anew"
                );
                self.present.store(Arc::new(built));
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Reloaded::Swapped
            }
            Err(error) => self.keep(version, error),
        }
    }

    fn keep(&self, version: String, error: CertificateError) -> Reloaded {
        let message = error.with_sources();
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        // Said once: the files are looked at every few seconds.
        if failed.as_ref().is_none_or(|before| before.version != version || before.message != message) {
            tracing::error!(error = message, "certificates cannot be read anew; the ones in use stay");
            *failed = Some(Failed { version, message });
        }
        Reloaded::Kept(error)
    }

    /// What is in use, and whether the files are worse.
    #[must_use]
    pub fn status(&self) -> Status {
        let present = self.present.load();
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        Status {
            version: Arc::clone(&present.version),
            loaded_at: present.loaded_at,
            identity_not_after: present.identity.not_after(),
            lists_good_from: present.trust.lists_good_from(),
            lists_good_until: present.trust.lists_good_until(),
            last_error: failed.as_ref().map(|failed| failed.message.clone()),
        }
    }

    /// Looks at the files every so often, for ever; drop it to stop.
    pub async fn watch(self: Arc<Self>, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            let live = Arc::clone(&self);
            if let Err(error) = tokio::task::spawn_blocking(move || drop(live.reload())).await {
                tracing::error!(%error, "certificates could not be looked at");
            }
        }
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("files", &self.files)
            .field("present", &self.present.load())
            .finish_non_exhaustive()
    }
}

/// What the files hold now.
struct Content {
    chain: Vec<u8>,
    key: Vec<u8>,
    anchors: Vec<u8>,
    lists: Vec<ListFile>,
}

impl Content {
    fn read(files: &Files) -> Result<Self, CertificateError> {
        let anchors = files.read_anchors()?;
        let mut lists = Vec::new();
        for path in &files.revocation_lists {
            lists.extend(pem::read_lists(path)?);
        }
        Ok(Self { chain: pem::read(&files.chain, pem::MOST_PEM)?, key: pem::read_key(&files.key)?, anchors, lists })
    }

    fn version(&self) -> String {
        let mut context = Context::new(&SHA256);
        for part in
            [&self.chain, &self.key, &self.anchors].into_iter().chain(self.lists.iter().map(|list| &list.content))
        {
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        }
        hex(context.finish().as_ref())
    }
}

fn build(content: &Content, files: &Files, clock: &Arc<dyn Clock>) -> Result<Present, CertificateError> {
    let now = clock.now();
    let identity = Identity::from_pem(&content.chain, &content.key)?;
    identity.check_time(now)?;
    let trust = Arc::new(Trust::new(&content.anchors, &content.lists, files.revocation)?);
    trust.check_begun(now)?;
    let server = tls::server_config(&identity, &trust, clock)?;
    Ok(Present { identity, trust, server, version: content.version().into(), loaded_at: now })
}
