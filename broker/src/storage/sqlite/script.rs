//! A script: one or more statements that happen together or not at all, and the values they share by number (`?1`).

use rusqlite::{
    ToSql,
    types::{Null, ToSqlOutput, ValueRef},
};

use crate::{
    audit::AuditEvent,
    storage::{StoreError, row::to_json},
};

/// The statements of a script. Every result is found by its place among them.
pub(super) type Script = &'static [&'static str];

/// Writes the audit event whose four values come first in every script that has one.
pub(super) const AUDIT: &str = "INSERT INTO audit (at, event, reference, body) VALUES (?1, ?2, ?3, ?4)";

/// The same, if the statement before it changed exactly one row.
pub(super) const AUDIT_IF_CHANGED: &str =
    "INSERT INTO audit (at, event, reference, body) SELECT ?1, ?2, ?3, ?4 WHERE changes() = 1";

/// One value. Ids and hashes lie in it as they are, so that they cost no allocation.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// `NULL`
    Null,
    /// A number, a moment or a truth.
    Integer(i64),
    /// A word that the program knows.
    Word(&'static str),
    /// Any other text.
    Text(String),
    /// An id.
    Id([u8; 16]),
    /// A hash.
    Hash([u8; 32]),
    /// Any other bytes.
    Bytes(Vec<u8>),
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => return Null.to_sql(),
            Self::Integer(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Self::Word(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Id(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Hash(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Integer(i64::from(truth))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&[u8; 16]> for Value {
    fn from(id: &[u8; 16]) -> Self {
        Self::Id(*id)
    }
}

impl From<&[u8; 32]> for Value {
    fn from(hash: &[u8; 32]) -> Self {
        Self::Hash(*hash)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The values of a script, in order.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<Value>);

impl Values {
    /// No values yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The four values of an audit event.
    pub(super) fn audit(event: &AuditEvent) -> Result<Self, StoreError> {
        let mut values = Vec::with_capacity(12);
        values.push(Value::Integer(event.at.micros()));
        values.push(Value::Word(event.name()));
        values.push(Value::Text(event.reference.to_string()));
        values.push(Value::Text(to_json(event)?));
        Ok(Self(values))
    }

    /// The next value.
    pub(super) fn with(mut self, value: impl Into<Value>) -> Self {
        self.0.push(value.into());
        self
    }

    /// The values, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Value> {
        self.0.iter()
    }
}
