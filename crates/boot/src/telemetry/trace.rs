//! How do spans leave the process? In batches, over HTTP, from a thread of their own.

use super::redaction::Redacting;
use super::settings::TelemetrySettings;
use super::start::TelemetryError;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, Tracer};
use std::time::Duration;
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

/// A collector that does not answer by then costs its batch, never a request.
const EXPORT_LIMIT: Duration = Duration::from_secs(5);

/// The provider, if an endpoint is set.
pub(super) fn provider(settings: &TelemetrySettings) -> Result<Option<SdkTracerProvider>, TelemetryError> {
    let Some(endpoint) = &settings.otlp_endpoint else { return Ok(None) };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(with_path(endpoint.clone()))
        .with_timeout(EXPORT_LIMIT)
        .build()
        .map_err(TelemetryError::Exporter)?;
    let attributes =
        [KeyValue::new("service.name", settings.service), KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))];
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.sampling_ratio)));
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(Redacting(exporter))
        .with_sampler(sampler)
        // Nothing is detected: a resource of ours never carries what somebody put into the environment.
        .with_resource(Resource::builder_empty().with_attributes(attributes).build())
        .build();
    Ok(Some(provider))
}

/// The layer that turns tracing's spans into the provider's.
pub(super) fn layer<S>(provider: &SdkTracerProvider) -> OpenTelemetryLayer<S, Tracer>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    tracing_opentelemetry::layer().with_tracer(provider.tracer("lienthong")).with_location(false).with_threads(false)
}

/// Operators name the collector; the path for traces is ours to add (OTLP 1.x, "OTLP/HTTP Request").
fn with_path(mut endpoint: Url) -> String {
    if endpoint.path() == "/" {
        endpoint.set_path("/v1/traces");
    }
    endpoint.into()
}
