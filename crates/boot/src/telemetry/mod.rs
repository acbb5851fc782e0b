//! What does the program tell about its work? Logs on stderr, and traces to a collector when there is one.
//!
//! One record is one line of JSON with the fields of its spans beside its own, so that a reference number on a span is on
//! every line below it; on a terminal the same as text. What [`NEVER_RECORDED`] names leaves in neither, and not in traces.

mod fields;
mod json;
mod panic;
mod redaction;
mod settings;
mod start;
mod trace;
mod traceparent;

#[cfg(test)]
mod tests;

pub use redaction::{NEVER_RECORDED, NEVER_RECORDED_ALONE};
pub use settings::{Format, TelemetrySettings};
pub use start::{TelemetryError, TelemetryGuard, start, start_in_file};
pub use traceparent::{continue_trace, current_traceparent};
