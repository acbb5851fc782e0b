//! A whole province in one process: which parts, on which ports, in which order. It is ready only when every part answers.

pub mod bus;
pub mod parts;
pub mod pki;
pub mod registrations;
pub mod settings_file;
pub mod state;

mod applications;
mod neighbors;
mod ready;

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use axum::Router;
use boot::{
    serve::{ServeConfig, serve},
    settings::{Environment, Faults},
    telemetry::{self, TelemetryError, TelemetryGuard},
};
use broker::settings::Settings;
use clock::{Clock, Entropy, SystemClock, SystemEntropy};
use lgsp_gateway::{
    message_log::{Audit, cli},
    settings::Settings as GatewaySettings,
};
use secrecy::SecretString;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::bus::Caller;

use self::{applications::Keys, parts::Listeners, registrations::Credentials, state::State};
pub use self::{
    bus::CallerError,
    parts::{Addresses, Part, PortTaken, Ports},
    pki::{Pki, PkiError},
    settings_file::Storage,
    state::StateError,
};

/// The log of everything in the province, in the state folder.
pub const LOG: &str = "province.log";

/// Who keeps the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// The province, in its state folder; once in a process.
    Kept,
    /// The caller, or nobody.
    Left,
}

/// What kind of province is wanted.
pub struct ProvinceOptions {
    /// The folder of keys, secrets, settings and the database.
    pub state: PathBuf,
    /// Whether to remove what an earlier province left there.
    pub fresh: bool,
    /// The ports.
    pub ports: Ports,
    /// Where the broker keeps things.
    pub storage: Storage,
    /// A file with more `[[client]]` tables for the broker.
    pub extra_clients: Option<PathBuf>,
    /// Variables that overlay the broker's settings, such as `BROKER__TELEMETRY__OTLP_ENDPOINT`.
    pub environment: Environment,
    /// Who keeps the log.
    pub log: Log,
}

impl ProvinceOptions {
    /// An embedded province on free ports, as tests want it.
    #[must_use]
    pub fn new(state: impl Into<PathBuf>) -> Self {
        Self {
            state: state.into(),
            fresh: false,
            ports: Ports::Free,
            storage: Storage::Embedded,
            extra_clients: None,
            environment: Environment::empty(),
            log: Log::Left,
        }
    }
}

/// Why there is no province.
#[derive(Debug, thiserror::Error)]
pub enum ProvinceError {
    /// A port is taken.
    #[error(transparent)]
    Port(#[from] PortTaken),
    /// The state folder cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The file with more clients cannot be read.
    #[error("the clients file {path} cannot be read")]
    ExtraClients {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The log cannot be kept.
    #[error("the log cannot be kept")]
    Log(#[from] TelemetryError),
    /// The broker's settings have faults.
    #[error("{0}")]
    Settings(Faults),
    /// The broker does not start.
    #[error("the broker does not start")]
    Broker(#[from] broker::StartError),
    /// A part cannot be built.
    #[error("{} cannot be built", .0.english())]
    Build(Part),
    /// A part does not answer, although it was started.
    #[error("{} does not answer at {address}", part.english())]
    Silent {
        /// Which.
        part: Part,
        /// Where it should.
        address: String,
    },
    /// A certificate cannot be had.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A department cannot call the bus.
    #[error("a department cannot call the bus")]
    Caller(#[from] CallerError),
    /// The gateway's settings have faults.
    #[error("{0}")]
    GatewaySettings(Faults),
    /// The gateway does not start.
    #[error("the gateway does not start")]
    Gateway(#[from] lgsp_gateway::StartError),
    /// The message log cannot be read.
    #[error("the message log cannot be read")]
    MessageLog(#[from] cli::CliError),
    /// The store of the message log cannot be opened.
    #[error("the message log cannot be opened")]
    MessageLogStore(#[from] lgsp_gateway::storage::StoreError),
    /// A task that makes keys was lost.
    #[error("the making of a key was interrupted")]
    Interrupted,
}

/// Secrets that people outside need.
pub struct Secrets {
    /// The secret of the client `thu-nghiem`.
    pub thu_nghiem: SecretString,
}

/// A running province.
pub struct Province {
    addresses: Addresses,
    secrets: Secrets,
    folder: PathBuf,
    message_log: Option<PathBuf>,
    broker: Option<broker::Running>,
    gateway: Option<lgsp_gateway::Running>,
    state: State,
    environment: Environment,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    telemetry: Option<TelemetryGuard>,
}

impl Province {
    /// Starts every part, and returns when each of them answers.
    pub async fn start(options: ProvinceOptions) -> Result<Self, ProvinceError> {
        broker::install_crypto();
        let may_repeat = options.ports == Ports::Free && options.log == Log::Left;
        match Self::start_once(&options).await {
            // Between our letting go of a free port and the service's taking it, another test may have been quicker.
            Err(
                ProvinceError::Broker(broker::StartError::Bind { .. })
                | ProvinceError::Gateway(lgsp_gateway::StartError::Bind { .. }),
            ) if may_repeat => Self::start_once(&ProvinceOptions { fresh: false, ..options }).await,
            started => started,
        }
    }

    async fn start_once(options: &ProvinceOptions) -> Result<Self, ProvinceError> {
        let mut listeners = Listeners::take(options.ports)?;
        let addresses = listeners.addresses.clone();
        let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) =
            (Arc::new(SystemClock), Arc::new(SystemEntropy::new()));
        let state = State::open(&options.state, options.fresh, entropy.clone())?;
        let keys = Keys::of(&state).await?;
        Pki::open(&state, clock.now())?;
        write_files(&state, &addresses, &keys, options)?;
        let settings =
            Settings::read(&state.path("broker.toml"), &options.environment).map_err(ProvinceError::Settings)?;
        let telemetry = match options.log {
            Log::Kept => Some(telemetry::start_in_file(&settings.telemetry, state.append(LOG)?)?),
            Log::Left => None,
        };

        let embedded = matches!(options.storage, Storage::Embedded);
        let world = World {
            addresses: addresses.clone(),
            folder: state.path(""),
            embedded,
            clock: clock.clone(),
            entropy: entropy.clone(),
        };
        let secrets = Secrets { thu_nghiem: keys.thu_nghiem.clone() };
        let mut province = Self {
            addresses,
            secrets,
            folder: state.path(""),
            message_log: bus::message_log(&options.storage, &state.path("")),
            broker: None,
            gateway: None,
            state,
            environment: options.environment.clone(),
            clock,
            entropy,
            stop: CancellationToken::new(),
            tasks: Vec::new(),
            telemetry,
        };
        province.serve(&mut listeners, Part::Vneid, neighbors::vneid(&world, &keys)?);
        province.serve(&mut listeners, Part::Staff, neighbors::staff(&world, &keys)?);
        province.serve(&mut listeners, Part::Population, neighbors::population(&world));
        province.serve(&mut listeners, Part::Register, neighbors::register());
        let caller = province.caller("mot-cua")?;
        for (part, router) in applications::all(&world, keys, caller)? {
            province.serve(&mut listeners, part, router);
        }
        // Our own hold on the ports of broker and gateway ends here; they open them themselves.
        drop(listeners);
        match province.start_services(settings).await {
            Ok(()) => Ok(province),
            Err(error) => {
                province.stop().await;
                Err(error)
            }
        }
    }

    /// Where each part is.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Secrets for those who want to try.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The state folder.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// The file of the message log; `None` when it is kept in Postgres.
    #[must_use]
    pub fn message_log(&self) -> Option<&std::path::Path> {
        self.message_log.as_deref()
    }

    /// The gateway comes after the broker, whose keys prove officers.
    async fn start_services(&mut self, settings: Settings) -> Result<(), ProvinceError> {
        self.broker = Some(broker::start(settings).await?);
        self.start_gateway().await?;
        ready::all(&self.addresses).await
    }

    /// Starts the gateway with the settings of the province; also after [`Self::stop_gateway`].
    pub async fn start_gateway(&mut self) -> Result<(), ProvinceError> {
        self.gateway = Some(lgsp_gateway::start(self.gateway_settings()?).await?);
        Ok(())
    }

    /// The settings of the gateway, as it reads them.
    pub fn gateway_settings(&self) -> Result<GatewaySettings, ProvinceError> {
        let file = self.folder.join(bus::SETTINGS);
        GatewaySettings::read(&file, &self.environment).map_err(ProvinceError::GatewaySettings)
    }

    /// Checks the message log as `lgsp-gateway log verify` does, also while the gateway runs; `told` hears what was found.
    pub async fn verify_message_log(&self, told: &mut Vec<u8>) -> Result<bool, ProvinceError> {
        let settings = self.gateway_settings()?;
        let store = lgsp_gateway::storage::open_to_read(&settings.storage).await?;
        let (signer, sealer) = lgsp_gateway::checked::log_keys(&settings).map_err(ProvinceError::GatewaySettings)?;
        let evidence = Some(Arc::new(sealer));
        let audit = Audit { log: signer.verifier().clone(), kept: Vec::new(), evidence };
        Ok(cli::verify(store.as_ref(), &audit, SystemClock.now(), told).await?)
    }

    /// Drains and stops the gateway alone.
    pub async fn stop_gateway(&mut self) {
        if let Some(gateway) = self.gateway.take() {
            gateway.stop().await;
        }
    }

    /// A caller of the bus with the certificate and key of this department.
    pub fn caller(&self, department: &str) -> Result<Caller, CallerError> {
        let gateway = bus::gateway(&self.state, &self.addresses)?;
        bus::caller(&self.state, gateway, department, self.clock.clone(), self.entropy.clone())
    }

    /// Stops the broker alone, so that a test can see what happens without it.
    pub async fn stop_broker(&mut self) {
        if let Some(broker) = self.broker.take() {
            broker.stop().await;
        }
    }

    /// Drains and stops: first gateway and broker, which may still need the others for what is in flight.
    pub async fn stop(mut self) {
        self.stop_gateway().await;
        self.stop_broker().await;
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the province failed");
            }
        }
        if let Some(telemetry) = self.telemetry.take() {
            telemetry.shutdown().await;
        }
    }

    fn serve(&mut self, listeners: &mut Listeners, part: Part, router: Router) {
        let Some(listener) = listeners.give(part) else { return };
        let config = ServeConfig { drain_timeout: Duration::from_secs(5), ..ServeConfig::default() };
        let stop = self.stop.clone();
        self.tasks.push(tokio::spawn(async move {
            serve(listener, router, config, stop).await;
        }));
    }
}

/// What every part may need to know.
struct World {
    addresses: Addresses,
    folder: PathBuf,
    /// Whether the broker's database is a file in that folder.
    embedded: bool,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// Settings and registrations, as an operator would write them.
fn write_files(
    state: &State,
    addresses: &Addresses,
    keys: &Keys,
    options: &ProvinceOptions,
) -> Result<(), ProvinceError> {
    state.sealing_key("secrets/root.key")?;
    settings_file::write(state, addresses, &options.storage)?;
    bus::write(state, addresses, &options.storage)?;
    let credentials = Credentials {
        mot_cua: &keys.mot_cua,
        qlvb: &keys.qlvb,
        truong_hoc: &keys.truong_hoc,
        thu_nghiem: &keys.thu_nghiem,
    };
    let mut clients = registrations::file(addresses, &credentials);
    if let Some(path) = &options.extra_clients {
        let more =
            fs::read_to_string(path).map_err(|source| ProvinceError::ExtraClients { path: path.clone(), source })?;
        // Tables follow each other in TOML, so a file of clients can simply be added; the broker judges the whole.
        clients.push_str(&format!("\n# Từ / from {}\n{more}", path.display()));
    }
    Ok(state.write("clients.toml", &clients)?)
}
