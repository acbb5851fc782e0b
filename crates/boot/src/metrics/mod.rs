//! How much, how often, how long? Instruments of OpenTelemetry, read by Prometheus as text.

mod process;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Registry, TextEncoder};

/// The media type of [`Metrics::render`].
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Why there are no metrics.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The exporter does not fit its registry: a mistake in this program.
    #[error("the metrics exporter cannot be set up")]
    Exporter(#[source] opentelemetry_sdk::error::OTelSdkError),
    /// Two instruments contradict each other, so none is shown.
    #[error("the metrics cannot be written")]
    Encode(#[source] prometheus::Error),
}

/// All instruments of one program. Clones share them.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    provider: SdkMeterProvider,
    meter: Meter,
}

impl Metrics {
    /// A registry of its own, with memory, processor time and open files of this process in it.
    ///
    /// # Errors
    /// [`MetricsError::Exporter`], which no setting can cause.
    pub fn new(service: &'static str) -> Result<Self, MetricsError> {
        let registry = Registry::new();
        let exporter = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .scope_info_enabled(false)
            .build()
            .map_err(MetricsError::Exporter)?;
        let resource = Resource::builder_empty().with_attribute(KeyValue::new("service.name", service)).build();
        let provider = SdkMeterProvider::builder().with_reader(exporter).with_resource(resource).build();
        let meter = provider.meter(service);
        process::observe(&meter);
        Ok(Self { registry, provider, meter })
    }

    /// Where instruments are made. Make each once, at start: making is slow, counting is not.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Everything measured so far, in the text format of Prometheus.
    ///
    /// # Errors
    /// [`MetricsError::Encode`]: two instruments have one name and different types.
    pub fn render(&self) -> Result<String, MetricsError> {
        TextEncoder::new().encode_to_string(&self.registry.gather()).map_err(MetricsError::Encode)
    }

    /// Ends the collection. What is rendered afterwards is empty.
    pub fn shutdown(&self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::debug!(%error, "metrics did not stop in order");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Metrics;
    use opentelemetry::KeyValue;

    #[test]
    fn the_process_is_measured_with_the_names_prometheus_users_know() {
        let text = Metrics::new("broker").unwrap().render().unwrap();
        for (name, least) in [
            ("process_resident_memory_bytes", 100_000.0),
            ("process_open_fds", 3.0),
            ("process_cpu_seconds_total", 0.0),
        ] {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} in {text}"));
            let value: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
            assert!(value >= least, "{line}");
        }
    }

    #[test]
    fn a_counter_of_ours_is_shown_with_its_labels_and_no_others() {
        let metrics = Metrics::new("broker").unwrap();
        let counter = metrics.meter().u64_counter("broker.logins").with_description("Logins, by result").build();
        counter.add(2, &[KeyValue::new("result", "permitted")]);
        let text = metrics.render().unwrap();
        assert!(text.contains("broker_logins_total{result=\"permitted\"} 2\n"), "{text}");
    }
}
