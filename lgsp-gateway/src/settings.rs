//! What the operator asked for, typed. Reading reports every fault at once; `gateway.example.toml` documents every key.

mod sections;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use boot::{
    settings::{Document, Environment, Faults, Section},
    telemetry::TelemetrySettings,
};

pub use sections::{LogSettings, RegistrySettings, ServerSettings, SigningSettings};

use crate::{
    authorize::OfficersSettings, dispatch::AdapterSettings, listener, storage::StorageSettings,
    timekeeping::TimeSettings,
};

/// The prefix of environment variables that overlay the file.
pub const PREFIX: &str = "GATEWAY";

/// Every setting of the gateway.
#[derive(Debug)]
pub struct Settings {
    /// Listeners and their bounds.
    pub server: ServerSettings,
    /// Who we are on the wire, and whom we let in.
    pub tls: certs::Files,
    /// With which key answers are signed.
    pub signing: SigningSettings,
    /// Whom we ask whether our clock is right.
    pub time: TimeSettings,
    /// The message log.
    pub log: LogSettings,
    /// Members, services, agreements.
    pub registry: RegistrySettings,
    /// Whose tokens say who an officer is.
    pub officers: OfficersSettings,
    /// Where things are kept.
    pub storage: StorageSettings,
    /// The systems behind the gateway, by name.
    pub adapters: Vec<(String, Arc<AdapterSettings>)>,
    /// Logs and traces.
    pub telemetry: TelemetrySettings,
    /// The file itself, for messages.
    pub file: PathBuf,
}

/// The sections of a file, each as far as it could be read: `None` where it has a fault.
pub(crate) struct Sections {
    pub(crate) server: Option<ServerSettings>,
    pub(crate) tls: Option<certs::Files>,
    pub(crate) signing: Option<SigningSettings>,
    time: Option<TimeSettings>,
    pub(crate) log: Option<LogSettings>,
    /// Known also where another setting of its section has a fault, like the folder below.
    pub(crate) log_key: Option<PathBuf>,
    pub(crate) registry: Option<RegistrySettings>,
    pub(crate) registry_folder: Option<PathBuf>,
    pub(crate) officers: Option<OfficersSettings>,
    storage: Option<StorageSettings>,
    pub(crate) adapters: Vec<(String, Option<Arc<AdapterSettings>>)>,
    telemetry: Option<TelemetrySettings>,
}

impl Sections {
    pub(crate) fn read(document: &Document) -> Self {
        let adapters = document.root().subsections("adapter");
        if adapters.is_empty() {
            document.root().fault("adapter", "at least one [adapter.NAME] is needed");
        }
        let adapter = |(name, section): (String, Section<'_>)| (name, AdapterSettings::read(&section).map(Arc::new));
        Self {
            server: sections::server(&document.section("server")),
            tls: listener::tls::read(&document.section("tls")),
            signing: sections::signing(&document.section("signing")),
            time: sections::time(&document.section("time")),
            log: sections::log(&document.section("log")),
            log_key: document.section("log").path_to("key_file").optional().flatten(),
            registry: sections::registry(&document.section("registry")),
            registry_folder: document.section("registry").path_to("folder").optional().flatten(),
            officers: sections::officers(&document.section("officers")),
            storage: sections::storage(&document.section("storage")),
            adapters: adapters.into_iter().map(adapter).collect(),
            telemetry: TelemetrySettings::read(&document.section("telemetry"), "lgsp-gateway"),
        }
    }

    /// The settings, if every section is one.
    fn whole(self, file: &Path) -> Option<Settings> {
        let adapters = self.adapters.into_iter().map(|(name, adapter)| Some((name, adapter?)));
        Some(Settings {
            server: self.server?,
            tls: self.tls?,
            signing: self.signing?,
            time: self.time?,
            log: self.log?,
            registry: self.registry?,
            officers: self.officers?,
            storage: self.storage?,
            adapters: adapters.collect::<Option<_>>()?,
            telemetry: self.telemetry?,
            file: file.to_owned(),
        })
    }
}

impl Settings {
    /// Reads the file and what overlays it.
    ///
    /// # Errors
    /// Every fault of the file and of the variables, together.
    pub fn read(path: &Path, environment: &Environment) -> Result<Self, Faults> {
        Self::from_document(Document::read(path, PREFIX, environment), path)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// Every fault, together.
    pub fn from_document(document: Document, path: &Path) -> Result<Self, Faults> {
        let built = Sections::read(&document).whole(path);
        document.finish(built)
    }
}
