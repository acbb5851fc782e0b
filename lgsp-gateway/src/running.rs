//! A gateway that runs: its listeners, what it watches, and how it ends.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use boot::{
    admin::{self, Checks},
    metrics::Metrics,
    serve::{self, ServeConfig},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    app::{self, App, StartError, World},
    checked, http,
    listener::{accept, service::Answering, tls},
    settings::Settings,
};

/// How long after draining the calls whose caller has gone may still take.
const GRACE: Duration = Duration::from_secs(5);

/// A gateway that answers.
pub struct Running {
    address: SocketAddr,
    operator_address: SocketAddr,
    app: Arc<App>,
    drain: CancellationToken,
    stop_operator: CancellationToken,
    served: JoinHandle<()>,
    watching: Vec<JoinHandle<()>>,
    operator: JoinHandle<()>,
}

/// Starts a gateway; it answers when this returns.
///
/// # Errors
/// Whatever would keep it from answering rightly; nothing listens then.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    let world = World::real();
    let checked = checked::check(&settings, &world)?;
    let listener = bind("the gateway", settings.server.bind)?;
    let operator_listener = bind("the gateway's operator listener", settings.server.operator_bind)?;
    let address = listener.local_addr().map_err(|source| refused("the gateway", settings.server.bind, source))?;
    let operator_address = operator_listener
        .local_addr()
        .map_err(|source| refused("the gateway's operator listener", settings.server.operator_bind, source))?;
    let metrics = Metrics::new("lgsp-gateway").map_err(|error| StartError::Metrics(error.to_string()))?;
    let (app, watching) = app::build(&settings, checked, &world, &metrics).await?;
    let (drain, stop_operator) = (CancellationToken::new(), CancellationToken::new());
    let served = {
        let bounds = (settings.server.serve, settings.server.max_connections_each);
        let (app, drain) = (Arc::clone(&app), drain.clone());
        tokio::spawn(async move {
            let certificates = Arc::clone(&app.certificates);
            let drained = accept::serve(listener, certificates, Answering::new(app), bounds, drain).await;
            if drained.cut > 0 {
                tracing::error!(cut = drained.cut, "calls were cut off at the end of draining");
            }
        })
    };
    let operator = {
        let router = admin::router(checks(&app), metrics, drain.clone());
        let router = http::routes(Arc::clone(&app)).fallback_service(router);
        let stop = stop_operator.clone();
        tokio::spawn(async move {
            serve::serve(operator_listener, router, ServeConfig::default(), stop).await;
        })
    };
    tracing::info!(bind = %address, operator_bind = %operator_address, registry.version = %app.registry.get().version, "ready");
    Ok(Running { address, operator_address, app, drain, stop_operator, served, watching, operator })
}

fn bind(name: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    serve::bind(address).map_err(|source| refused(name, address, source))
}

fn refused(name: &'static str, address: SocketAddr, source: std::io::Error) -> StartError {
    StartError::Bind { name, address, source }
}

impl Running {
    /// Where departments reach it.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where operators reach it.
    #[must_use]
    pub fn operator_address(&self) -> SocketAddr {
        self.operator_address
    }

    /// Drains: nothing new is taken, what is in flight is answered and recorded, the log gets its last checkpoint, and only
    /// then operators lose sight of it.
    pub async fn stop(self) {
        self.drain.cancel();
        if let Err(error) = self.served.await {
            tracing::error!(%error, "the listener failed");
        }
        let left = self.app.wait_for_calls(GRACE).await;
        if left > 0 {
            tracing::error!(
                left,
                "calls are left behind; their records stay open, which means that their outcome is unknown"
            );
        }
        self.watching.iter().for_each(JoinHandle::abort);
        self.app.message_log.stop().await;
        self.app.stores.message_log.close().await;
        self.stop_operator.cancel();
        if let Err(error) = self.operator.await {
            tracing::error!(%error, "the operator listener failed");
        }
        tracing::info!("stopped");
    }
}

/// Ready means: it can sign, it can record, and nothing it decides by is too old.
fn checks(app: &Arc<App>) -> Checks {
    let second = Duration::from_secs(1);
    let (signing, recording, deciding, trusting) = (app.clone(), app.clone(), app.clone(), app.clone());
    let (vouching, timing, remembering) = (app.clone(), app.clone(), app.clone());
    Checks::new()
        .with("signing", second, move || {
            let signs = signing.signer.ready();
            async move { if signs { Ok(()) } else { Err("the key does not sign") } }
        })
        .with_note("clock", second, move || {
            let ready = timing.timekeeper.ready();
            async move { ready }
        })
        .with("message_log", second, move || {
            let records = recording.message_log.ready();
            async move { if records { Ok(()) } else { Err("the log does not take records") } }
        })
        .with("replay_store", second * 3, move || {
            let replay = Arc::clone(&remembering.stores.replay);
            async move { replay.ready().await.map_err(|_| "nonces cannot be remembered") }
        })
        .with_note("registry", second, move || {
            let ready = deciding.watch.ready();
            async move { ready }
        })
        .with_note("certificates", second, move || {
            let ready = tls::ready(&trusting.certificates, &trusting.clock);
            async move { ready }
        })
        .with("officers", second * 6, move || {
            let app = vouching.clone();
            async move {
                let ready = app.authorizer.officers().ready(app.clock.now()).await;
                if ready {
                    Ok(())
                } else {
                    Err("officers' tokens cannot be verified: the broker's keys are missing or too old")
                }
            }
        })
}
