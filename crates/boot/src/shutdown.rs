//! When shall the program stop? When the operator or the platform says so.

use std::io;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that is cancelled on the first SIGTERM or SIGINT (Ctrl-C).
///
/// From then on both signals do again what they do to any program: a second Ctrl-C does not wait for the drain.
///
/// # Errors
/// The operating system refuses a signal handler; the program must not run without one, because it could not drain.
pub fn on_signal() -> io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = CancellationToken::new();
    let cancelled = stop.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "stopping");
        cancelled.cancel();
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::warn!("stopping at once, without waiting for requests in flight");
        std::process::exit(130);
    });
    Ok(stop)
}
