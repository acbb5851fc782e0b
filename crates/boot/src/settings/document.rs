//! What do file and environment say together, and was all of it understood?

use super::environment::Environment;
use super::fault::{Fault, Faults, Origin};
use super::section::Section;
use super::tree::{self, Table};
use super::{mask, overlay, unread};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::DeTable;

/// A settings file is written by a person; one beyond this size is something else.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// The settings of one file, overlaid by the environment, while they are being read.
///
/// Readers record faults here and go on; [`Document::finish`] ends the reading.
pub struct Document {
    pub(super) file: Arc<str>,
    /// Where relative paths begin: the folder of the settings file.
    pub(super) folder: PathBuf,
    pub(super) prefix: String,
    pub(super) root: Table,
    faults: RefCell<Vec<Fault>>,
    /// Lines whose syntax is wrong. What else such a line seems to lack is only a consequence.
    broken: Vec<Origin>,
}

impl Document {
    /// Reads a settings file and lays the variables `PREFIX__SECTION__KEY` over it.
    ///
    /// In a variable's name letters are upper case and `-` is written `_`: `BROKER__PROVIDER__CAN_BO__ISSUER` sets
    /// `issuer` in `[provider.can-bo]`. Its value is the plain text, without quotes; lists and tables are written as TOML.
    ///
    /// A file that is missing, unreadable, not UTF-8 or not TOML is a fault, which [`Document::finish`] reports.
    #[must_use]
    pub fn read(path: &Path, prefix: &str, environment: &Environment) -> Self {
        match load(path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Self::parse(&text, path, prefix, environment),
                Err(error) => {
                    let line = line_of(error.as_bytes(), error.utf8_error().valid_up_to());
                    Self::unreadable(path, prefix, Origin::Line(line), "is not UTF-8".to_owned())
                }
            },
            Err(message) => Self::unreadable(path, prefix, Origin::File, message),
        }
    }

    /// The same for a text that is at hand; `path` names it in faults, and its folder is where relative paths begin. An empty
    /// prefix says that no variable sets anything in this file.
    #[must_use]
    pub fn parse(text: &str, path: &Path, prefix: &str, environment: &Environment) -> Self {
        let mut document = Self::empty(path, prefix);
        let place = |offset| Origin::Line(line_of(text.as_bytes(), offset));
        let (parsed, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let origin = error.span().map_or(Origin::File, |span| place(span.start));
            document.report(origin.clone(), "", format!("TOML syntax: {}", error.message()));
            document.broken.push(origin);
        }
        document.root = tree::table(parsed.get_ref(), &place);
        for (variable, key, message) in overlay::apply(&mut document.root, prefix, environment) {
            document.report(Origin::Variable(variable), &key, message);
        }
        document
    }

    fn empty(path: &Path, prefix: &str) -> Self {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        Self {
            file: path.display().to_string().into(),
            folder,
            prefix: prefix.to_owned(),
            root: Table::default(),
            faults: RefCell::default(),
            broken: Vec::new(),
        }
    }

    fn unreadable(path: &Path, prefix: &str, origin: Origin, message: String) -> Self {
        let mut document = Self::empty(path, prefix);
        document.report(origin.clone(), "", message);
        document.broken.push(origin);
        document
    }

    /// The keys above the first `[section]`.
    #[must_use]
    pub fn root(&self) -> Section<'_> {
        Section::of_root(self)
    }

    /// The section `[name]`; empty when the file has none.
    #[must_use]
    pub fn section(&self, name: &str) -> Section<'_> {
        self.root().section(name)
    }

    /// What is set, one `key = value` a line with the place that set it; values of secrets are masked, so that the text
    /// may be logged or sent to a colleague. Defaults are not among it.
    #[must_use]
    pub fn masked(&self) -> String {
        mask::print(&self.file, &self.root)
    }

    /// Ends the reading: the settings, if neither a reader nor this look at unread keys found a fault.
    ///
    /// `built` is `None` when a reader gave `None`.
    ///
    /// # Errors
    /// All faults together. Keys that nobody asked for are among them, with the nearest name that exists.
    pub fn finish<T>(self, built: Option<T>) -> Result<T, Faults> {
        if self.broken.is_empty() {
            unread::report(&self);
        }
        match (Faults::sorted(self.faults.into_inner()), built) {
            (None, Some(settings)) => Ok(settings),
            (Some(faults), _) => Err(faults),
            (None, None) => Err(Faults::unexplained(self.file)),
        }
    }

    /// Records a fault, unless the line it is about is wrong already.
    pub(super) fn report(&self, origin: Origin, key: &str, message: String) {
        if !self.broken.contains(&origin) {
            self.faults.borrow_mut().push(Fault::new(Arc::clone(&self.file), origin, key, message));
        }
    }

    /// Records that a setting is missing; not while lines are unreadable, since it may stand in one of them.
    pub(super) fn report_missing(&self, origin: Origin, key: &str, message: String) {
        if self.broken.is_empty() {
            self.report(origin, key, message);
        }
    }
}

fn load(path: &Path) -> Result<Vec<u8>, String> {
    crate::read_file(path, LARGEST_FILE).map_err(|error| format!("cannot be read: {error}"))
}

/// The line of a byte, counted from 1.
fn line_of(bytes: &[u8], offset: usize) -> usize {
    bytes.iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}
