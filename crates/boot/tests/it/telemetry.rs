use boot::telemetry::{Format, TelemetryError, TelemetrySettings, start};
use tracing::Level;

#[tokio::test(flavor = "multi_thread")]
async fn recording_begins_once_and_keeps_what_the_filter_names() {
    let mut settings = TelemetrySettings::new("broker");
    settings.format = Format::Json;
    settings.filter = "info,it::telemetry=debug,it::silent=off".to_owned();
    let guard = start(&settings).unwrap();
    assert!(tracing::enabled!(Level::DEBUG));
    assert!(!tracing::enabled!(Level::TRACE));
    assert!(tracing::enabled!(target: "hyper", Level::INFO));
    assert!(!tracing::enabled!(target: "hyper", Level::DEBUG));
    assert!(!tracing::enabled!(target: "it::silent", Level::ERROR));
    assert!(matches!(start(&settings), Err(TelemetryError::AlreadyRunning(_))));
    guard.shutdown().await;
}
