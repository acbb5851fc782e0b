//! How does a record become a line? `timestamp`, `level`, `target`, `message`, the span, then all fields beside them.

use super::fields::{Fields, to_json};
use std::io::Write;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Writes one line of JSON for each record.
pub(super) struct JsonLines<W>(pub(super) W);

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        fields.put("timestamp", timestamp());
        fields.put("level", to_json(metadata.level().as_str()));
        fields.put("target", to_json(metadata.target()));
        if let Some(scope) = context.event_scope(event) {
            for span in scope.from_root() {
                fields.put("span", to_json(span.name()));
                if let Some(of_span) = span.extensions().get::<Fields>() {
                    fields.put_all(of_span);
                }
            }
        }
        event.record(&mut fields);
        let mut line = String::with_capacity(256);
        line.push('{');
        fields.write(&mut line);
        line.push_str("}\n");
        // One write a line, so that lines of two threads do not mix. A log that cannot be written has nowhere to say so.
        let _ = self.0.make_writer_for(metadata).write_all(line.as_bytes());
    }
}

fn timestamp() -> String {
    let mut text = String::with_capacity(32);
    match SystemTime.format_time(&mut Writer::new(&mut text)) {
        Ok(()) => to_json(&text),
        Err(_) => "null".to_owned(),
    }
}
