//! Did a file of an adapter change? Its anchors, who we are to the register, its secrets: looked at every few seconds, and the
//! adapter is built anew and takes the place of the old one; one that cannot be built changes nothing.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use clock::Clock;
use contract::{Exchange, ExchangeError, ExchangeReply, ExchangeRequest};
use zeroize::Zeroizing;

use super::{AdapterError, AdapterSettings};

/// How often the files are looked at; a change is in force within this time.
pub const WATCH_EVERY: Duration = Duration::from_secs(2);

/// An adapter that follows its files. A call goes to the adapter as it was when the call began.
pub struct Renewed {
    name: String,
    settings: Arc<AdapterSettings>,
    clock: Arc<dyn Clock>,
    present: ArcSwap<Present>,
    /// Why the files as they are now cannot be used.
    fault: Mutex<Option<String>>,
}

struct Present {
    exchange: Arc<dyn Exchange>,
    files: Version,
}

/// SHA-256 over the content of all files.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Version([u8; 32]);

/// What a look at the files brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// They are those in use.
    Same,
    /// A new adapter is in use.
    Swapped,
    /// They changed and cannot be used: the old adapter stays.
    Kept,
}

impl Renewed {
    /// Builds the adapter of this name for the first time. Nothing is sent.
    ///
    /// # Errors
    /// What does not work of its settings or its files.
    pub fn build(
        name: &str,
        settings: &Arc<AdapterSettings>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Arc<Self>, AdapterError> {
        let present = Present::build(settings, clock)?;
        Ok(Arc::new(Self {
            name: name.to_owned(),
            settings: Arc::clone(settings),
            clock: Arc::clone(clock),
            present: ArcSwap::from_pointee(present),
            fault: Mutex::default(),
        }))
    }

    /// Looks at the files now. It reads them, so it belongs on a thread that may block.
    pub fn look(&self) -> Renewal {
        let present = self.present.load();
        let found = match version(&self.settings) {
            Ok(found) if found == present.files => {
                *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = None;
                return Renewal::Same;
            }
            Ok(_) => Present::build(&self.settings, &self.clock),
            Err(error) => Err(error),
        };
        match found {
            Ok(built) => {
                tracing::info!(adapter = self.name, "the files of an adapter were read anew");
                self.present.store(Arc::new(built));
                *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Renewal::Swapped
            }
            Err(error) => self.kept(&error),
        }
    }

    /// Said once: the files are looked at every few seconds.
    fn kept(&self, error: &AdapterError) -> Renewal {
        let cause = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
        let message = format!("{error}{cause}");
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if fault.as_ref() != Some(&message) {
            tracing::error!(
                adapter = self.name,
                error = message,
                "an adapter cannot be built anew; the one in use stays"
            );
            *fault = Some(message);
        }
        Renewal::Kept
    }
}

#[async_trait]
impl Exchange for Renewed {
    async fn call(&self, request: ExchangeRequest) -> Result<ExchangeReply, ExchangeError> {
        let exchange = Arc::clone(&self.present.load().exchange);
        exchange.call(request).await
    }
}

impl fmt::Debug for Renewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewed").field("name", &self.name).field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Present {
    /// The version is taken before the files are read: a change in between is seen at the next look.
    fn build(settings: &AdapterSettings, clock: &Arc<dyn Clock>) -> Result<Self, AdapterError> {
        let files = version(settings)?;
        Ok(Self { exchange: settings.build(clock)?, files })
    }
}

fn version(settings: &AdapterSettings) -> Result<Version, AdapterError> {
    let mut hash = Context::new(&SHA256);
    for path in settings.files() {
        let content = content(path)?;
        hash.update(&u64::try_from(content.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(&content);
    }
    let mut version = [0; 32];
    version.iter_mut().zip(hash.finish().as_ref()).for_each(|(to, from)| *to = *from);
    Ok(Version(version))
}

/// The longest of these files, in bytes.
pub(super) const LARGEST: u64 = 1 << 20;

fn content(path: &Path) -> Result<Zeroizing<Vec<u8>>, AdapterError> {
    let read = boot::read_file(path, LARGEST).map(Zeroizing::new);
    read.map_err(|source| AdapterError::File { path: path.to_owned(), source })
}

/// Looks at the files of these adapters every so often, for ever; drop it to stop.
pub async fn watch(adapters: Vec<Arc<Renewed>>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let adapters = adapters.clone();
        let looked = tokio::task::spawn_blocking(move || {
            for adapter in &adapters {
                adapter.look();
            }
        });
        if let Err(error) = looked.await {
            tracing::error!(%error, "the files of the adapters could not be looked at");
        }
    }
}
