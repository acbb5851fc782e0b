//! How are the settings held between parsing and reading? As a tree in which every value knows where it came from.

use super::fault::Origin;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and the place that set it.
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) value: Value,
}

pub(super) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
    List(Vec<Node>),
    Table(Table),
    /// What a variable holds. Its type is that of the reader: a text stays as it is (`[::1]:8400` is no list), while a
    /// list or a table is taken from `literal`, the same text read as a TOML value.
    Variable {
        text: String,
        literal: Option<Box<Value>>,
    },
    /// A TOML value that no setting has, by its name for a person.
    Unsupported(&'static str),
}

/// A table, and what was asked of it: whatever nobody asked for is a key that does not exist.
#[derive(Default)]
pub(super) struct Table {
    pub(super) entries: BTreeMap<String, Node>,
    pub(super) asked: RefCell<BTreeSet<String>>,
    pub(super) opened: Cell<bool>,
}

impl Table {
    /// The entry of this name, which from now on counts as a name that exists.
    pub(super) fn ask(&self, key: &str) -> Option<&Node> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.entries.get(key)
    }
}

impl Value {
    /// What a person would call it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) | Value::Variable { .. } => "a text",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a decimal number",
            Value::Flag(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a section",
            Value::Unsupported(kind) => kind,
        }
    }

    pub(super) fn as_table(&self) -> Option<&Table> {
        match self {
            Value::Table(table) => Some(table),
            Value::Variable { literal, .. } => literal.as_deref().and_then(Value::as_table),
            _ => None,
        }
    }

    pub(super) fn as_table_mut(&mut self) -> Option<&mut Table> {
        match self {
            Value::Table(table) => Some(table),
            Value::Variable { literal, .. } => literal.as_deref_mut().and_then(Value::as_table_mut),
            _ => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Node]> {
        match self {
            Value::List(items) => Some(items),
            Value::Variable { literal, .. } => literal.as_deref().and_then(Value::as_list),
            _ => None,
        }
    }
}

/// Takes over a parsed table; `place` says where the byte at an offset came from.
pub(super) fn table(parsed: &DeTable<'_>, place: &dyn Fn(usize) -> Origin) -> Table {
    let entries = parsed
        .iter()
        .map(|(key, item)| {
            let origin = place(key.span().start);
            (key.get_ref().to_string(), Node { origin, value: value(item.get_ref(), place) })
        })
        .collect();
    Table { entries, ..Table::default() }
}

/// Takes over a parsed value.
pub(super) fn value(parsed: &DeValue<'_>, place: &dyn Fn(usize) -> Origin) -> Value {
    match parsed {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map_or(Value::Unsupported("an integer beyond 64 bits"), Value::Integer),
        DeValue::Float(float) => {
            float.as_str().parse().map_or(Value::Unsupported("an unreadable number"), Value::Float)
        }
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(_) => Value::Unsupported("a date"),
        DeValue::Array(items) => Value::List(items.iter().map(|item| node(item, place)).collect()),
        DeValue::Table(entries) => Value::Table(table(entries, place)),
    }
}

fn node(item: &Spanned<DeValue<'_>>, place: &dyn Fn(usize) -> Origin) -> Node {
    Node { origin: place(item.span().start), value: value(item.get_ref(), place) }
}
