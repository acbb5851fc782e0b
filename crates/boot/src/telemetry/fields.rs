//! How do the fields of a record become JSON?

use super::redaction::{REDACTED, is_redacted};
use serde::Serialize;
use std::error::Error;
use std::fmt::{Debug, Write};
use tracing::field::{Field, Visit};

/// Named JSON values in the order in which they came; a later one of the same name takes the place of the earlier.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(Vec<(&'static str, String)>);

impl Fields {
    pub(super) fn put(&mut self, name: &'static str, json: String) {
        match self.0.iter_mut().find(|(existing, _)| *existing == name) {
            Some((_, value)) => *value = json,
            None => self.0.push((name, json)),
        }
    }

    pub(super) fn put_all(&mut self, other: &Fields) {
        for (name, json) in &other.0 {
            self.put(name, json.clone());
        }
    }

    /// The names and values, joined by commas, without braces.
    pub(super) fn write(&self, line: &mut String) {
        for (position, (name, json)) in self.0.iter().enumerate() {
            let comma = if position > 0 { "," } else { "" };
            // Writing to a String cannot fail.
            let _ = write!(line, "{comma}{}:{json}", to_json(name));
        }
    }

    fn record(&mut self, field: &Field, value: &(impl Serialize + ?Sized)) {
        let json = if is_redacted(field.name()) { to_json(REDACTED) } else { to_json(value) };
        self.put(field.name(), json);
    }
}

/// Numbers and texts always become JSON.
pub(super) fn to_json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.record(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.record(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.record(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.record(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record(field, value);
    }

    /// An error with everything beneath it: style says to log the whole chain once.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        self.record(field, &text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record(field, &format!("{value:?}"));
    }
}
