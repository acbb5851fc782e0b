//! Every dependency once, made from settings. The only file that names concrete adapters, clocks and stores.

use std::{path::PathBuf, sync::Arc, time::Duration};

use boot::{metrics::Metrics, settings::Faults};
use clock::{Clock, Entropy, SystemClock, SystemEntropy};
use tokio::task::JoinHandle;

use crate::{
    authorize::Authorizer,
    checked::Checked,
    dispatch::{self, Dispatch},
    listener::{http::Accepting, places::Places, tls},
    measure::{self, Measure, Registers},
    message_log::{self, MessageLog},
    registry::{Live, Watch},
    settings::Settings,
    shape::Spools,
    sign::Signer,
    storage::{self, StoreError, Stores},
    timekeeping::Timekeeper,
    verify::{Verifier, memory},
};

/// Why the gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Settings, or what they name, have faults.
    #[error("{0}")]
    Faults(#[from] Faults),
    /// The stores do not open.
    #[error("the stores cannot be used")]
    Store(#[from] StoreError),
    /// The message log cannot be continued.
    #[error("the message log cannot be continued")]
    Log(#[from] message_log::StartError),
    /// A listener cannot be opened.
    #[error("{name} cannot listen on {address}: {source}")]
    Bind {
        /// Which listener.
        name: &'static str,
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Metrics cannot be set up.
    #[error("metrics cannot be set up: {0}")]
    Metrics(String),
}

/// Time and chance, which a test may hold still.
#[derive(Clone)]
pub struct World {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives chance.
    pub entropy: Arc<dyn Entropy>,
}

impl World {
    /// The machine's own.
    #[must_use]
    pub fn real() -> Self {
        Self { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy::new()) }
    }
}

/// What a call needs on its way, in its order.
pub struct App {
    /// Makes calls of requests.
    pub accepting: Accepting,
    /// The hosts under which we answer, in lower case.
    pub authorities: Vec<String>,
    /// The places of calls that are worked on.
    pub places: Places,
    /// The registry.
    pub registry: Live,
    /// The registry's folder.
    pub watch: Arc<Watch>,
    /// Certificates, ours and those we trust.
    pub certificates: Arc<certs::Live>,
    /// The record of every call.
    pub message_log: MessageLog,
    /// Whether our clock is right.
    pub timekeeper: Arc<Timekeeper>,
    /// Signature, digest, replay.
    pub verifier: Verifier,
    /// The decision.
    pub authorizer: Authorizer,
    /// The registers.
    pub dispatch: Dispatch,
    /// Where long answers wait.
    pub spools: Spools,
    /// The seal of every answer.
    pub signer: Signer,
    /// Numbers and lines for operators.
    pub measure: Measure,
    /// Where the log is kept.
    pub stores: Stores,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl App {
    /// Waits until no call is on its way, those whose caller has gone among them; as long as this at most. Gives how many are
    /// left.
    pub async fn wait_for_calls(&self, most: Duration) -> usize {
        let free = tokio::time::timeout(most, self.places.wait_until_free()).await;
        if free.is_ok() { 0 } else { self.places.taken() }
    }
}

/// Opens the stores, takes up the log where it ended, remembers the nonces in it, and puts everything together. What is
/// watched runs in the tasks.
///
/// # Errors
/// Whatever would keep the gateway from answering rightly.
pub async fn build(
    settings: &Settings,
    checked: Checked,
    world: &World,
    metrics: &Metrics,
) -> Result<(Arc<App>, Vec<JoinHandle<()>>), StartError> {
    let World { clock, entropy } = world.clone();
    let stores = storage::open(&settings.storage, &clock).await?;
    let parts = message_log::LogParts {
        store: Arc::clone(&stores.message_log),
        sealer: Arc::new(checked.sealer),
        signer: checked.log_signer,
        clock: Arc::clone(&clock),
        entropy: Arc::clone(&entropy),
    };
    let log = message_log::LogSettings {
        queue: settings.log.queue,
        checkpoint_every: settings.log.checkpoint_every,
        disk: settings.storage.folder().map(|folder| message_log::Disk::of(folder, settings.log.disk_full_percent)),
        ..message_log::LogSettings::default()
    };
    let message_log = MessageLog::start(parts, log).await?;
    // A nonce that was accepted just before a restart is refused after it.
    memory::complete(&message_log, stores.replay.as_ref()).await?;
    let timekeeper = timekeeper(settings, world).await;
    let registry = checked.watch.live().clone();
    measure::registry(metrics, &checked.watch);
    measure::clock(metrics, &timekeeper);
    let app = App {
        accepting: Accepting {
            limits: settings.server.limits,
            clock: Arc::clone(&clock),
            entropy: Arc::clone(&entropy),
            certificates: Arc::clone(&checked.certificates),
        },
        authorities: settings.server.authorities.clone(),
        places: Places::new(settings.server.max_in_flight, settings.server.max_in_flight_each),
        registry,
        watch: Arc::clone(&checked.watch),
        certificates: Arc::clone(&checked.certificates),
        message_log,
        timekeeper: Arc::clone(&timekeeper),
        verifier: Verifier::new(Arc::clone(&clock), Arc::clone(&stores.replay)),
        authorizer: Authorizer::new(checked.policies, checked.officers, Arc::clone(&clock)),
        dispatch: checked.dispatch.observed(Arc::new(Registers::new(metrics))),
        spools: Spools::new(spool_folder(settings)),
        signer: Signer::new(Arc::new(checked.signing_key), Arc::clone(&clock), entropy, Arc::clone(&timekeeper)),
        measure: Measure::new(metrics),
        stores,
        clock,
    };
    let app = Arc::new(app);
    let remembering = Arc::clone(&app);
    let watching = vec![
        tokio::spawn(async move {
            memory::keep_complete(&remembering.message_log, remembering.stores.replay.as_ref()).await;
        }),
        tokio::spawn(checked.certificates.watch(tls::WATCH_EVERY)),
        tokio::spawn(checked.watch.run(settings.registry.reload_every)),
        tokio::spawn(timekeeper.run()),
        tokio::spawn(dispatch::watch(checked.adapters, dispatch::WATCH_EVERY)),
    ];
    Ok((app, watching))
}

/// What is known of our clock before anything is signed.
async fn timekeeper(settings: &Settings, world: &World) -> Arc<Timekeeper> {
    if settings.time.servers.is_empty() {
        tracing::warn!("no time servers are configured: nobody notices when our clock is wrong");
    }
    let timekeeper = Timekeeper::new(settings.time.clone(), Arc::clone(&world.clock), Arc::clone(&world.entropy));
    timekeeper.look().await;
    Arc::new(timekeeper)
}

fn spool_folder(settings: &Settings) -> PathBuf {
    let beside = || settings.file.parent().map(PathBuf::from).unwrap_or_default();
    let folder = settings.server.spool_folder.clone().unwrap_or_else(beside);
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder }
}
