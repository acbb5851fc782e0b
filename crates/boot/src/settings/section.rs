//! What does one `[section]` hold?

use super::document::Document;
use super::fault::Origin;
use super::setting::Setting;
use super::tree::{Node, Table};

/// A table of the settings while it is being read. One that the file lacks can be read like any other: its required
/// settings are then missing, its others take their defaults.
#[derive(Clone)]
pub struct Section<'d> {
    pub(super) document: &'d Document,
    /// The dotted name, empty at the root.
    path: String,
    table: Option<&'d Table>,
    /// Where the section begins, which is where a setting it lacks would belong.
    origin: Origin,
    /// The section cannot be read at all, and has been reported: what it lacks is no further fault.
    broken: bool,
}

impl<'d> Section<'d> {
    pub(super) fn of_root(document: &'d Document) -> Self {
        document.root.opened.set(true);
        Self { document, path: String::new(), table: Some(&document.root), origin: Origin::File, broken: false }
    }

    /// The section `[this.name]`.
    #[must_use]
    pub fn section(&self, name: &str) -> Section<'d> {
        let path = self.path_of(name);
        match self.table.and_then(|table| table.ask(name)) {
            Some(node) => self.open(node, path),
            None => {
                Section { document: self.document, path, table: None, origin: self.origin.clone(), broken: self.broken }
            }
        }
    }

    /// The same, but `None` when neither file nor environment mentions it: for what is off unless it is set up.
    #[must_use]
    pub fn optional_section(&self, name: &str) -> Option<Section<'d>> {
        let node = self.table.and_then(|table| table.ask(name))?;
        Some(self.open(node, self.path_of(name)))
    }

    /// The sections `[this.name.*]` with the names they were given, in the order of the file.
    #[must_use]
    pub fn subsections(&self, name: &str) -> Vec<(String, Section<'d>)> {
        let parent = self.section(name);
        let mut nodes: Vec<(&String, &Node)> = parent.table.iter().flat_map(|table| &table.entries).collect();
        nodes.sort_by_key(|(_, node)| &node.origin);
        nodes.into_iter().map(|(key, _)| (key.clone(), parent.section(key))).collect()
    }

    /// The tables `[[this.name]]`, in the order of the file; none when the file has none.
    #[must_use]
    pub fn tables(&self, name: &str) -> Vec<Section<'d>> {
        let path = self.path_of(name);
        let Some(node) = self.table.and_then(|table| table.ask(name)) else { return Vec::new() };
        let Some(items) = node.value.as_list() else {
            let found = node.value.kind();
            self.document.report(node.origin.clone(), &path, format!("must be [[{path}]] tables, but is {found}"));
            return Vec::new();
        };
        items.iter().zip(1..).map(|(item, number)| self.open(item, format!("{path}[{number}]"))).collect()
    }

    /// The names of everything set here, so that a section whose keys are data can be read key by key.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.table.map(|table| table.entries.keys().cloned().collect()).unwrap_or_default()
    }

    /// The dotted name of this section, empty at the root.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Records a fault of a setting that only a look at several together could find, such as a plain-http issuer that is
    /// not loopback. It is reported where `key` was set, or where this section begins; an empty key means the section.
    pub fn fault(&self, key: &str, message: impl Into<String>) {
        let origin = self.table.and_then(|table| table.entries.get(key)).map_or(&self.origin, |node| &node.origin);
        self.document.report(origin.clone(), &self.path_of(key), message.into());
    }

    /// The same for what an error says, with all its sources.
    pub fn fault_of(&self, key: &str, error: &dyn std::error::Error) {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        self.fault(key, text);
    }

    /// The setting `key`, read by `read`, which says what is wrong when it cannot.
    pub(super) fn setting<T>(&self, key: &str, read: impl FnOnce(&Node) -> Result<T, String>) -> Setting<'d, T> {
        let path = self.path_of(key);
        match self.table.and_then(|table| table.ask(key)) {
            Some(node) => Setting::found(self.document, path, node.origin.clone(), read(node)),
            None if self.broken => Setting::faulty(self.document, path, self.origin.clone()),
            None => Setting::missing(self.document, path, self.origin.clone()),
        }
    }

    fn open(&self, node: &'d Node, path: String) -> Section<'d> {
        let table = node.value.as_table();
        match table {
            Some(table) => table.opened.set(true),
            None => {
                let message = format!("must be a section [{path}], but is {}", node.value.kind());
                self.document.report(node.origin.clone(), &path, message);
            }
        }
        Section { document: self.document, path, table, origin: node.origin.clone(), broken: table.is_none() }
    }

    fn path_of(&self, key: &str) -> String {
        if key.is_empty() {
            return self.path.clone();
        }
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}
