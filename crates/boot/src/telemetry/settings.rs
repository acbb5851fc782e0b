//! What may an operator say about telemetry? The section `[telemetry]`, the same in every program.

use crate::settings::Section;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use url::Url;

/// How a log record looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One line of JSON.
    Json,
    /// For a person, with colors if it is a terminal.
    Text,
}

/// What is recorded, how, and where traces go.
#[derive(Debug, Clone, PartialEq)]
pub struct TelemetrySettings {
    /// The name of the program in traces.
    pub service: &'static str,
    /// JSON unless a person is looking at it, or the operator says otherwise.
    pub format: Format,
    /// Which records are kept, in the words of `EnvFilter`: `info`, `info,broker=debug`.
    pub filter: String,
    /// Where spans are sent, as OTLP over HTTP; without it there are no traces.
    pub otlp_endpoint: Option<Url>,
    /// The share of traces that is kept, from 0 to 1.
    pub sampling_ratio: f64,
}

impl TelemetrySettings {
    /// What holds when nothing is set: `info`, no traces.
    #[must_use]
    pub fn new(service: &'static str) -> Self {
        let format = if std::io::stdout().is_terminal() { Format::Text } else { Format::Json };
        Self { service, format, filter: "info".to_owned(), otlp_endpoint: None, sampling_ratio: 1.0 }
    }

    /// Reads `format`, `filter`, `otlp_endpoint` and `sampling_ratio`; none is required. `None` after a fault.
    #[must_use]
    pub fn read(section: &Section<'_>, service: &'static str) -> Option<Self> {
        let default = Self::new(service);
        let format = section.one_of("format", &[("json", Format::Json), ("text", Format::Text)]).or(default.format);
        let filter = section
            .parse_with("filter", |text| match EnvFilter::builder().parse(text) {
                Ok(_) => Ok(text.to_owned()),
                Err(_) => Err("must be a level, or levels by module, such as info,broker=debug"),
            })
            .or(default.filter);
        let otlp_endpoint = section.url("otlp_endpoint").optional();
        let sampling_ratio = section.ratio("sampling_ratio").or(default.sampling_ratio);
        Some(Self {
            service,
            format: format?,
            filter: filter?,
            otlp_endpoint: otlp_endpoint?,
            sampling_ratio: sampling_ratio?,
        })
    }
}
