//! How does recording begin and end?

use super::json::JsonLines;
use super::redaction::{REDACTED, is_redacted};
use super::settings::{Format, TelemetrySettings};
use super::{panic, trace};
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::fs::File;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Duration;
use tracing::Subscriber;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// How long the last spans may take to leave.
const LAST_EXPORT: Duration = Duration::from_secs(5);

/// Why recording did not begin.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter has no meaning; settings that were read by [`TelemetrySettings::read`] never have such a one.
    #[error("the log filter cannot be understood")]
    Filter(#[source] tracing_subscriber::filter::ParseError),
    /// The trace exporter cannot be made, for instance without a TLS provider for an https endpoint.
    #[error("traces cannot be exported")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
    /// Recording has begun already: it does so once in a process.
    #[error("telemetry is already running")]
    AlreadyRunning(#[source] tracing_subscriber::util::TryInitError),
}

/// Begins to record, for the whole process, and withholds the texts of panics from then on.
///
/// With an https endpoint the process needs its TLS provider before.
///
/// # Errors
/// See [`TelemetryError`].
pub fn start(settings: &TelemetrySettings) -> Result<TelemetryGuard, TelemetryError> {
    start_with(settings, io::stderr)
}

/// The same into a file instead of stderr, for a program whose terminal is for something else.
///
/// # Errors
/// See [`TelemetryError`].
pub fn start_in_file(settings: &TelemetrySettings, file: File) -> Result<TelemetryGuard, TelemetryError> {
    start_with(settings, Arc::new(file))
}

fn start_with<W>(settings: &TelemetrySettings, writer: W) -> Result<TelemetryGuard, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Clone + Send + Sync + 'static,
{
    let filter = EnvFilter::builder().parse(&settings.filter).map_err(TelemetryError::Filter)?;
    let provider = trace::provider(settings)?;
    tracing_subscriber::registry()
        // Before all others: what it drops costs nothing anywhere.
        .with(filter)
        .with((settings.format == Format::Json).then_some(JsonLines(writer.clone())))
        .with((settings.format == Format::Text).then(|| text_lines(writer)))
        .with(provider.as_ref().map(trace::layer))
        .try_init()
        .map_err(TelemetryError::AlreadyRunning)?;
    panic::log_place_only();
    Ok(TelemetryGuard { provider })
}

/// The lines a person reads, with the same fields withheld.
pub(super) fn text_lines<S, W>(writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let fields = debug_fn(|writer, field, value| match field.name() {
        "message" => write!(writer, "{value:?}"),
        name if is_redacted(name) => write!(writer, "{name}={REDACTED}"),
        name => write!(writer, "{name}={value:?}"),
    });
    tracing_subscriber::fmt::layer()
        .fmt_fields(fields.delimited(" "))
        .with_ansi(io::stderr().is_terminal())
        .with_writer(writer)
}

/// Ends the recording in order.
#[must_use = "spans that wait to be sent are lost without `shutdown`"]
#[derive(Debug)]
pub struct TelemetryGuard {
    provider: Option<SdkTracerProvider>,
}

impl TelemetryGuard {
    /// Sends the spans that still wait, for at most five seconds. Logs need no end: each line is written at once.
    pub async fn shutdown(self) {
        let Some(provider) = self.provider else { return };
        // The exporter's client blocks, so it must not run on a thread of the runtime.
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(LAST_EXPORT)).await;
        if let Ok(Err(error)) = ended {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}
