//! What is wrong, and where must somebody look?

use std::fmt;
use std::sync::Arc;

/// Where a value came from, or where it should have been. The order is the order of the report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A line of the settings file, counted from 1.
    Line(usize),
    /// The settings file as a whole: no line can be named.
    File,
    /// An environment variable, by its name.
    Variable(String),
}

/// One fault of the settings. It never holds a value, because a value in the wrong place may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    origin: Origin,
    key: String,
    message: String,
    file: Arc<str>,
}

impl Fault {
    pub(super) fn new(file: Arc<str>, origin: Origin, key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { origin, key: key.into(), message: message.into(), file }
    }

    /// Where the fault is.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The dotted name of the setting, such as `server.bind`; empty when the fault is not about one setting.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong, in English, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Line(line) => write!(f, "{}:{line}: ", self.file)?,
            Origin::File => write!(f, "{}: ", self.file)?,
            Origin::Variable(name) => write!(f, "{name}: ")?,
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// Every fault of the settings, sorted by line; never empty. `Display` gives one line for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// `None` when there is nothing to report.
    pub(super) fn sorted(mut faults: Vec<Fault>) -> Option<Self> {
        faults.sort();
        faults.dedup();
        (!faults.is_empty()).then_some(Self(faults))
    }

    /// A reader gave nothing, yet recorded no fault: a mistake of ours that must not start a program.
    pub(super) fn unexplained(file: Arc<str>) -> Self {
        Self(vec![Fault::new(file, Origin::File, "", "the settings were not built, though no fault was found")])
    }

    /// The faults in the order of the report.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// Faults in the order in which they are to be reported; `None` when there are none.
    #[must_use]
    pub fn of(faults: Vec<Fault>) -> Option<Self> {
        (!faults.is_empty()).then_some(Self(faults))
    }

    /// These faults followed by those of another file.
    #[must_use]
    pub fn followed_by(mut self, other: Faults) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
