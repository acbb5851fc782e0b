//! Does everything hold that settings name? Certificates, keys, policies, registry with its contracts, adapters: each is looked
//! at whatever is wrong with the others, and every fault names the setting it comes from.

use std::{
    collections::{BTreeSet, HashMap},
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use adapter_rest::SettingsError;
use boot::settings::{Document, Environment, Faults, Section, private_text};
use certs::{CertificateError, Part};
use contract::Exchange;
use policies::CallPolicies;
use secrecy::ExposeSecret;
use signing::{
    Sealer,
    http_signature::{HttpKeyError, SigningKey},
};
use tlog::NoteError;

use crate::{
    app::World,
    authorize::{Officers, OfficersError, OfficersSettings},
    dispatch::{AdapterError, AdapterSettings, Dispatch, Renewed},
    registry::{NOT_READ, Watch, Wrong},
    settings::{LogSettings, PREFIX, Sections, Settings},
    shape::Spools,
};

/// The longest private key, in bytes.
const LARGEST_KEY: u64 = 64 * 1024;

/// Everything that settings and files alone decide: made without opening a store or a port.
pub struct Checked {
    pub(crate) certificates: Arc<certs::Live>,
    pub(crate) signing_key: SigningKey,
    pub(crate) log_signer: tlog::Signer,
    pub(crate) sealer: Sealer,
    pub(crate) policies: Arc<CallPolicies>,
    pub(crate) watch: Arc<Watch>,
    pub(crate) dispatch: Dispatch,
    pub(crate) adapters: Vec<Arc<Renewed>>,
    pub(crate) officers: Officers,
}

/// Checks what these settings name.
///
/// # Errors
/// Every fault, that of a setting with its name, that of the registry with file and line.
pub fn check(settings: &Settings, world: &World) -> Result<Checked, Faults> {
    let document = silent(settings);
    let seen = Look { document: &document, world, told: Told::WhatStopsAStart }.at(&Named::of(settings));
    told(document, seen)
}

/// What `--check-config` has to say.
pub struct Findings {
    /// What is no fault, and may be none that was meant.
    pub warnings: Vec<String>,
    /// What a gateway would start with, or every fault, first those of the settings file.
    pub outcome: Result<Checked, Faults>,
}

/// Checks a settings file and what it names, also where the file itself has faults: what it still says is looked at.
#[must_use]
pub fn check_file(path: &Path, environment: &Environment, world: &World) -> Findings {
    let document = Document::read(path, PREFIX, environment);
    let sections = Sections::read(&document);
    let seen = Look { document: &document, world, told: Told::Everything }.at(&Named::of_sections(&sections));
    let warnings = seen.unread.iter().map(|path| format!("{} {NOT_READ}", path.display())).collect();
    Findings { warnings, outcome: told(document, seen) }
}

/// The keys of the message log: what signs its checkpoints, and what seals its evidence.
///
/// # Errors
/// A key that cannot be used.
pub fn log_keys(settings: &Settings) -> Result<(tlog::Signer, Sealer), Faults> {
    let document = silent(settings);
    let keys = read_log_keys(&document.section("log"), &settings.log);
    document.finish(keys)
}

/// Where faults of settings are reported that have been read already: it names them without a line.
fn silent(settings: &Settings) -> Document {
    Document::parse("", &settings.file, PREFIX, &Environment::empty())
}

fn told(document: Document, Seen { checked, registry, .. }: Seen) -> Result<Checked, Faults> {
    let Some(registry) = registry else { return document.finish(checked) };
    match document.finish(Some(())) {
        Ok(()) => Err(registry),
        Err(faults) => Err(faults.followed_by(registry)),
    }
}

/// What settings name; `None` where the setting itself has a fault.
struct Named {
    spool_folder: Option<PathBuf>,
    tls: Option<certs::Files>,
    signing_key: Option<PathBuf>,
    log: Option<LogSettings>,
    /// Known also where another setting of its section has a fault.
    log_key: Option<PathBuf>,
    registry: Option<PathBuf>,
    registry_max_age: Duration,
    adapters: Vec<(String, Option<Arc<AdapterSettings>>)>,
    officers: Option<OfficersSettings>,
}

impl Named {
    fn of(settings: &Settings) -> Self {
        let adapters = settings.adapters.iter().map(|(name, adapter)| (name.clone(), Some(Arc::clone(adapter))));
        Self {
            spool_folder: settings.server.spool_folder.clone(),
            tls: Some(settings.tls.clone()),
            signing_key: Some(settings.signing.key.clone()),
            log: Some(settings.log.clone()),
            log_key: Some(settings.log.key.clone()),
            registry: Some(settings.registry.folder.clone()),
            registry_max_age: settings.registry.max_age,
            adapters: adapters.collect(),
            officers: Some(settings.officers.clone()),
        }
    }

    fn of_sections(sections: &Sections) -> Self {
        Self {
            spool_folder: sections.server.as_ref().and_then(|server| server.spool_folder.clone()),
            tls: sections.tls.clone(),
            signing_key: sections.signing.as_ref().map(|signing| signing.key.clone()),
            log: sections.log.clone(),
            log_key: sections.log_key.clone(),
            registry: sections.registry_folder.clone(),
            registry_max_age: sections.registry.as_ref().map_or(Duration::MAX, |registry| registry.max_age),
            adapters: sections.adapters.clone(),
            officers: sections.officers.clone(),
        }
    }
}

/// What was found, besides the faults of the document.
struct Seen {
    /// Everything, if nothing has a fault.
    checked: Option<Checked>,
    /// The faults of the registry, which has files of its own.
    registry: Option<Faults>,
    /// Files in its folder that are not read.
    unread: Vec<PathBuf>,
}

/// What a look at files tells.
#[derive(Clone, Copy)]
enum Told {
    /// What a gateway does not start with.
    WhatStopsAStart,
    /// Also what it would start with and let nobody in by: a revocation list that is too old.
    Everything,
}

/// Looks at one thing after the other, and reports to the document.
struct Look<'l> {
    document: &'l Document,
    world: &'l World,
    told: Told,
}

impl Look<'_> {
    fn at(&self, named: &Named) -> Seen {
        let spools = named.spool_folder.as_ref().map_or(Ok(()), |folder| Spools::check(folder));
        let spools = keep(&self.document.section("server"), "spool_folder", spools);
        let certificates = named.tls.as_ref().and_then(|files| self.certificates(files));
        let signing = self.document.section("signing");
        let signing_key = named.signing_key.as_ref().and_then(|path| keep(&signing, "key_file", signing_key(path)));
        let log_keys = match (&named.log, &named.log_key) {
            (Some(log), _) => read_log_keys(&self.document.section("log"), log),
            (None, Some(path)) => {
                keep(
                    &self.document.section("log"),
                    "key_file",
                    private_text(path, LARGEST_KEY).map_err(KeyError::File),
                );
                None
            }
            (None, None) => None,
        };
        let policies = keep(&self.document.root(), "", CallPolicies::load()).map(Arc::new);
        let registry = named.registry.as_ref().zip(policies.as_ref()).map(|(folder, policies)| {
            let names = named.adapters.iter().map(|(name, _)| name.clone()).collect();
            self.registry(folder, named.registry_max_age, policies, names)
        });
        let (watch, faults, unread) = match registry {
            None => (None, None, Vec::new()),
            Some(Ok(watch)) => {
                let unread = watch.unread();
                (Some(watch), None, unread)
            }
            Some(Err(wrong)) => (None, Faults::of(wrong.faults), wrong.unread),
        };
        let adapters = self.adapters(&named.adapters);
        let officers = named.officers.as_ref().and_then(|settings| self.officers(settings));
        let checked = || {
            spools?;
            let (log_signer, sealer) = log_keys?;
            let (dispatch, adapters) = adapters?;
            Some(Checked {
                certificates: certificates?,
                signing_key: signing_key?,
                log_signer,
                sealer,
                policies: policies?,
                watch: watch?,
                dispatch,
                adapters,
                officers: officers?,
            })
        };
        Seen { checked: checked(), registry: faults, unread }
    }

    fn certificates(&self, files: &certs::Files) -> Option<Arc<certs::Live>> {
        let section = self.document.section("tls");
        let loaded = certs::Live::load(files.clone(), Arc::clone(&self.world.clock));
        let faults = match (&loaded, self.told) {
            (Ok(_), Told::WhatStopsAStart) => Vec::new(),
            _ => files.faults(self.world.clock.now()),
        };
        if faults.is_empty() {
            return keep(&section, "certificate", loaded).map(Arc::new);
        }
        for (part, error) in faults {
            let key = match part {
                Part::Chain => "certificate",
                Part::Key => "key_file",
                Part::Anchors => "client_authorities",
                Part::RevocationLists => "revocation_lists",
            };
            section.fault_of(key, &error);
        }
        None
    }

    fn registry(
        &self,
        folder: &Path,
        max_age: Duration,
        policies: &Arc<CallPolicies>,
        adapters: BTreeSet<String>,
    ) -> Result<Arc<Watch>, Wrong> {
        let clock = Arc::clone(&self.world.clock);
        Watch::start(folder.to_owned(), max_age, Arc::clone(policies), clock, adapters).map(Arc::new)
    }

    fn adapters(&self, named: &[(String, Option<Arc<AdapterSettings>>)]) -> Option<(Dispatch, Vec<Arc<Renewed>>)> {
        let section = self.document.section("adapter");
        let (mut exchanges, mut adapters) = (HashMap::new(), Vec::new());
        for (name, settings) in named {
            let Some(settings) = settings else { continue };
            match Renewed::build(name, settings, &self.world.clock) {
                Ok(adapter) => {
                    adapters.push(Arc::clone(&adapter));
                    let exchange: Arc<dyn Exchange> = adapter;
                    exchanges.insert(Arc::from(name.as_str()), exchange);
                }
                Err(error) => adapter_fault(&section, name, &error),
            }
        }
        (adapters.len() == named.len()).then(|| (Dispatch::new(exchanges), adapters))
    }

    fn officers(&self, settings: &OfficersSettings) -> Option<Officers> {
        let officers = Officers::new(settings.clone(), Arc::clone(&self.world.clock));
        let key = match &officers {
            Err(OfficersError::Client(_)) => "",
            _ => "jwks_uri",
        };
        keep(&self.document.section("officers"), key, officers)
    }
}

fn signing_key(path: &Path) -> Result<SigningKey, KeyError> {
    let pem = private_text(path, LARGEST_KEY).map_err(KeyError::File)?;
    let key = SigningKey::from_pkcs8_pem(pem.expose_secret());
    key.map_err(|source| KeyError::Key { path: path.to_owned(), source })
}

fn log_signer(LogSettings { key: path, origin, .. }: &LogSettings) -> Result<tlog::Signer, KeyError> {
    let pem = private_text(path, LARGEST_KEY).map_err(KeyError::File)?;
    let der = SigningKey::pkcs8_der(pem.expose_secret());
    let der = der.map_err(|source| KeyError::Key { path: path.clone(), source })?;
    tlog::Signer::from_pkcs8(origin, &der).map_err(|source| KeyError::LogKey { path: path.clone(), source })
}

fn read_log_keys(section: &Section<'_>, log: &LogSettings) -> Option<(tlog::Signer, Sealer)> {
    let signer = keep(section, "key_file", log_signer(log));
    let sealer = keep(section, "evidence_key_file", Sealer::new(log.evidence_key.expose_secret()));
    signer.zip(sealer)
}

/// Which setting an adapter's fault is about; the adapter as a whole where its text names the file.
fn adapter_fault(adapters: &Section<'_>, name: &str, error: &AdapterError) {
    let key = match error {
        AdapterError::Settings(SettingsError::Tls) => "anchors_file",
        AdapterError::Settings(SettingsError::Scheme | SettingsError::Address | SettingsError::Forbidden) => "url",
        AdapterError::Settings(SettingsError::Networks) => "allowed_networks",
        AdapterError::Certificates(CertificateError::OpenKey { .. } | CertificateError::KeyMismatch) => "key_file",
        _ => "",
    };
    adapters.section(name).fault_of(key, error);
}

/// The value, or `None` after the fault was reported.
fn keep<T, E: Error>(section: &Section<'_>, key: &str, outcome: Result<T, E>) -> Option<T> {
    outcome.map_err(|error| section.fault_of(key, &error)).ok()
}

/// Why the file of a key cannot be used.
#[derive(Debug, thiserror::Error)]
enum KeyError {
    /// It cannot be read, or everyone may read it.
    #[error("{0}")]
    File(String),
    /// It holds no such key.
    #[error("the file {} cannot be used", .path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        source: HttpKeyError,
    },
    /// It holds no key that signs checkpoints.
    #[error("the file {} cannot be used", .path.display())]
    LogKey {
        /// Which.
        path: PathBuf,
        /// Why.
        source: NoteError,
    },
}
