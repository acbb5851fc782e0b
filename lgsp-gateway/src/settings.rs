//! What the operator asked for, typed. Reading reports every fault at once; `gateway.example.toml` documents every key.

mod sections;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use boot::{
    settings::{Document, Environment, Faults},
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
        let server = sections::server(&document.section("server"));
        let tls = listener::tls::read(&document.section("tls"));
        let signing = sections::signing(&document.section("signing"));
        let time = sections::time(&document.section("time"));
        let log = sections::log(&document.section("log"));
        let registry = sections::registry(&document.section("registry"));
        let officers = sections::officers(&document.section("officers"));
        let storage = sections::storage(&document.section("storage"));
        let telemetry = TelemetrySettings::read(&document.section("telemetry"), "lgsp-gateway");
        let adapters = document.root().subsections("adapter");
        if adapters.is_empty() {
            document.root().fault("adapter", "at least one [adapter.NAME] is needed");
        }
        let adapters: Vec<_> = adapters
            .iter()
            .map(|(name, section)| Some((name.clone(), Arc::new(AdapterSettings::read(section)?))))
            .collect();
        let settings = || {
            Some(Self {
                server: server?,
                tls: tls?,
                signing: signing?,
                time: time?,
                log: log?,
                registry: registry?,
                officers: officers?,
                storage: storage?,
                adapters: adapters.into_iter().collect::<Option<Vec<_>>>()?,
                telemetry: telemetry?,
                file: path.to_owned(),
            })
        };
        let built = settings();
        document.finish(built)
    }
}
