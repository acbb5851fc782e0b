//! Is one setting there, is it right, and what if not?

use super::document::Document;
use super::fault::Origin;
use std::fmt::{Debug, Display};

/// One setting that has been looked up, and on which is still to be said whether it must be there.
///
/// [`required`](Self::required), [`or`](Self::or) and [`optional`](Self::optional) end it. Each gives `None` only after a
/// fault was recorded, so that the settings can be built with `?` once everything has been asked for.
#[must_use = "say whether it is required, has a default, or is optional"]
pub struct Setting<'d, T> {
    document: &'d Document,
    path: String,
    origin: Origin,
    state: State<T>,
}

enum State<T> {
    Value(T),
    Missing,
    /// A fault is on record.
    Faulty,
}

impl<'d, T> Setting<'d, T> {
    pub(super) fn found(document: &'d Document, path: String, origin: Origin, read: Result<T, String>) -> Self {
        let state = match read {
            Ok(value) => State::Value(value),
            Err(message) => {
                // An empty message: the reader has reported by itself, item by item.
                if !message.is_empty() {
                    document.report(origin.clone(), &path, message);
                }
                State::Faulty
            }
        };
        Self { document, path, origin, state }
    }

    pub(super) fn missing(document: &'d Document, path: String, origin: Origin) -> Self {
        Self { document, path, origin, state: State::Missing }
    }

    pub(super) fn faulty(document: &'d Document, path: String, origin: Origin) -> Self {
        Self { document, path, origin, state: State::Faulty }
    }

    /// Turns the value into what it means; an `Err` is a fault with its `Display` as message, which must not repeat
    /// the value if that may be secret.
    pub fn parse<U, E: Display>(self, parse: impl FnOnce(T) -> Result<U, E>) -> Setting<'d, U> {
        let Self { document, path, origin, state } = self;
        match state {
            State::Value(value) => {
                let read = parse(value).map_err(|error| error.to_string());
                Setting::found(document, path, origin, read)
            }
            State::Missing => Setting::missing(document, path, origin),
            State::Faulty => Setting::faulty(document, path, origin),
        }
    }

    /// A value below `least` or above `most` is a fault. Both ends belong to the range.
    pub fn between(self, least: T, most: T) -> Self
    where
        T: PartialOrd + Debug,
    {
        self.parse(|value| {
            let inside = value >= least && value <= most;
            if inside { Ok(value) } else { Err(format!("must be from {least:?} to {most:?}")) }
        })
    }

    /// The value; that it is missing is a fault.
    #[must_use]
    pub fn required(self) -> Option<T> {
        match self.state {
            State::Value(value) => Some(value),
            State::Missing => {
                let hint = variable_of(&self.document.prefix, &self.path)
                    .map_or_else(String::new, |variable| format!(" (the variable {variable} can set it too)"));
                self.document.report_missing(self.origin, &self.path, format!("is required, but missing{hint}"));
                None
            }
            State::Faulty => None,
        }
    }

    /// The value, or this one when it is not set.
    #[must_use]
    pub fn or(self, default: T) -> Option<T> {
        match self.state {
            State::Value(value) => Some(value),
            State::Missing => Some(default),
            State::Faulty => None,
        }
    }

    /// `Some(None)` when it is not set.
    #[must_use]
    pub fn optional(self) -> Option<Option<T>> {
        match self.state {
            State::Value(value) => Some(Some(value)),
            State::Missing => Some(None),
            State::Faulty => None,
        }
    }
}

/// The name of the variable that would set this key, in a document that variables overlay.
fn variable_of(prefix: &str, path: &str) -> Option<String> {
    let key = path.replace('.', "__").replace('-', "_").to_uppercase();
    (!prefix.is_empty()).then(|| format!("{prefix}__{key}"))
}
