//! A broker that runs: its listeners, its sweeper, and how it ends.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use boot::{
    admin::{self, Checks},
    limits::limits,
    metrics::Metrics,
    serve,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    app::{self, StartError, World},
    http::{AppState, measure, overload, routes},
    people::post,
    settings::Settings,
    tokens::keys,
    upstream::bulkhead,
};

/// A broker that answers.
pub struct Running {
    issuer: String,
    address: SocketAddr,
    operator_address: SocketAddr,
    app: AppState,
    drain: CancellationToken,
    stop_operator: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    operator: JoinHandle<()>,
}

/// How often expired rows are removed.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// How often the keys in the store are looked at: what an operator does to them counts within a second.
const LOOK_AT_KEYS_EVERY: Duration = Duration::from_millis(900);

/// How often the posts file is looked at.
const LOOK_AT_POSTS_EVERY: Duration = Duration::from_secs(5);

/// Starts a broker; it answers when this returns.
pub async fn start(mut settings: Settings) -> Result<Running, StartError> {
    let world = World::real();
    let checked = app::check(&mut settings, &world)?;
    let listener = bind("the broker", settings.server.bind)?;
    let operator_listener = bind("the broker's operator listener", settings.server.operator_bind)?;
    let address = listener.local_addr().map_err(|source| refused("the broker", settings.server.bind, source))?;
    let operator_address = operator_listener
        .local_addr()
        .map_err(|source| refused("the broker's operator listener", settings.server.operator_bind, source))?;
    let app = app::build(&settings, checked, &world).await?;
    let metrics = Metrics::new("broker").map_err(|error| StartError::Metrics(error.to_string()))?;
    bulkhead::observe(&app.login.providers, metrics.meter());
    let (drain, stop_operator) = (CancellationToken::new(), CancellationToken::new());
    let answer = {
        let app = app.clone();
        move |refusal, uri: &http::Uri| overload::answer(&app, refusal, uri)
    };
    let service = limits(measure::counted(routes(app.clone()), &metrics), settings.server.limits, answer);
    let config = settings.server.serve;
    let served = {
        let drain = drain.clone();
        tokio::spawn(async move {
            let drained = serve::serve(listener, service, config, drain).await;
            if drained.cut > 0 {
                tracing::error!(cut = drained.cut, "requests were cut off at the end of draining");
            }
        })
    };
    let operator = {
        let router = admin::router(checks(&app), metrics, drain.clone());
        let stop = stop_operator.clone();
        tokio::spawn(async move {
            serve::serve(operator_listener, router, serve::ServeConfig::default(), stop).await;
        })
    };
    let mut tasks = vec![
        served,
        tokio::spawn(sweep(app.clone(), drain.clone())),
        tokio::spawn(follow_keys(app.clone(), drain.clone())),
    ];
    if let Some(path) = settings.posts_file {
        tasks.push(tokio::spawn(follow_posts(app.clone(), path, drain.clone())));
    }
    tracing::info!(issuer = %settings.server.issuer, bind = %address, operator_bind = %operator_address, "ready");
    Ok(Running {
        issuer: settings.server.issuer,
        address,
        operator_address,
        app,
        drain,
        stop_operator,
        tasks,
        operator,
    })
}

fn bind(name: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    serve::bind(address).map_err(|source| refused(name, address, source))
}

fn refused(name: &'static str, address: SocketAddr, source: std::io::Error) -> StartError {
    StartError::Bind { name, address, source }
}

impl Running {
    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where people and clients reach it.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where operators reach it.
    #[must_use]
    pub fn operator_address(&self) -> SocketAddr {
        self.operator_address
    }

    /// Drains: nothing new is taken, what is in flight is answered, the stores are closed, and only then operators lose
    /// sight of it.
    pub async fn stop(self) {
        self.drain.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the broker failed");
            }
        }
        self.app.exchange.stores.care.close().await;
        self.stop_operator.cancel();
        if let Err(error) = self.operator.await {
            tracing::error!(%error, "the operator listener failed");
        }
        tracing::info!("stopped");
    }
}

/// Ready means: it can sign, it can write, and no provider's keys are stale.
fn checks(app: &AppState) -> Checks {
    let (signing, storing, asking) = (app.clone(), app.clone(), app.clone());
    Checks::new()
        .with("signing", Duration::from_secs(1), move || {
            let ring = signing.exchange.mint.ring();
            async move {
                let key = ring.signing(signing::Algorithm::ES256).ok_or("no signing key")?;
                key.sign(b"ready").map(|_| ()).map_err(|_| "the key does not sign")
            }
        })
        .with("storage", Duration::from_secs(2), move || {
            let care = std::sync::Arc::clone(&storing.exchange.stores.care);
            async move { care.ready().await.map_err(|_| "the stores cannot be written to") }
        })
        .with("providers", Duration::from_secs(1), move || {
            let ready = asking.login.providers.ready();
            async move { if ready { Ok(()) } else { Err("a provider's keys are older than allowed") } }
        })
}

async fn sweep(app: AppState, drain: CancellationToken) {
    loop {
        tokio::select! {
            () = drain.cancelled() => return,
            () = tokio::time::sleep(SWEEP_EVERY) => {}
        }
        match app.exchange.stores.care.sweep(app.exchange.clock.now()).await {
            Ok(removed) => tracing::debug!(removed, "swept"),
            Err(error) => tracing::error!(%error, "expired rows could not be removed"),
        }
        match app.keys.remove_due().await {
            Ok(removed) => tracing::debug!(removed, "keys whose signatures have expired went"),
            Err(error) => tracing::error!(%error, "keys that retired could not be removed"),
        }
    }
}

/// Puts the keys of the store in force when they changed. While they cannot be read, or cannot be used, the keys in force
/// stay.
async fn follow_keys(app: AppState, drain: CancellationToken) {
    let mut failed = false;
    loop {
        tokio::select! {
            () = drain.cancelled() => return,
            () = tokio::time::sleep(LOOK_AT_KEYS_EVERY) => {}
        }
        match keys::follow(&*app.keys.store, &app.keys.sealer, &app.exchange.mint).await {
            Ok(changed) => {
                failed = false;
                if changed {
                    tracing::info!(keys = ?app.exchange.mint.ring(), "other signing keys are in force");
                }
            }
            // Said once, until it works again.
            Err(error) if failed => tracing::debug!(%error, "the signing keys still cannot be followed"),
            Err(error) => {
                failed = true;
                tracing::error!(%error, "the signing keys cannot be followed; those in force stay");
            }
        }
    }
}

/// Reads the posts file again when it changed. One with faults changes nothing: the posts in force stay.
async fn follow_posts(app: AppState, path: PathBuf, drain: CancellationToken) {
    let mut seen = stamp(&path);
    loop {
        tokio::select! {
            () = drain.cancelled() => return,
            () = tokio::time::sleep(LOOK_AT_POSTS_EVERY) => {}
        }
        let stamp = stamp(&path);
        if stamp == seen {
            continue;
        }
        seen = stamp;
        match post::read(&path, &app.login.providers, &app.login.sealer) {
            Ok(newer) => {
                app.login.posts.replace(&newer);
                tracing::info!(posts = newer.len(), "the posts were read again");
            }
            Err(faults) => tracing::error!(%faults, "the posts file has faults; the posts in force stay"),
        }
    }
}

/// When the file was written, and how long it is; `None` when it cannot be looked at.
fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
