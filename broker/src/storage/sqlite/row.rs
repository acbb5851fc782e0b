//! From a row to what it must be.

use std::sync::Arc;

use clock::Timestamp;
use rusqlite::types::Value;
use serde::de::DeserializeOwned;

use crate::storage::StoreError;

/// A row as it was read. Rows of one result share the names of its columns.
#[derive(Debug)]
pub(super) struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// A row of values in the order of the names.
    pub(super) fn new(names: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { names, values }
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.names.iter().position(|known| known == name).and_then(|place| self.values.get(place))
    }
}

/// What a column may be read as; `None` when it holds something else.
pub(super) trait Column<'r>: Sized {
    /// Reads it.
    fn read(value: &'r Value) -> Option<Self>;
}

impl Column<'_> for i64 {
    fn read(value: &Value) -> Option<Self> {
        if let Value::Integer(number) = value { Some(*number) } else { None }
    }
}

impl Column<'_> for bool {
    fn read(value: &Value) -> Option<Self> {
        i64::read(value).map(|number| number != 0)
    }
}

impl<'r> Column<'r> for &'r str {
    fn read(value: &'r Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text) } else { None }
    }
}

impl<'r> Column<'r> for &'r [u8] {
    fn read(value: &'r Value) -> Option<Self> {
        if let Value::Blob(bytes) = value { Some(bytes) } else { None }
    }
}

impl Column<'_> for String {
    fn read(value: &Value) -> Option<Self> {
        <&str>::read(value).map(str::to_owned)
    }
}

impl Column<'_> for Vec<u8> {
    fn read(value: &Value) -> Option<Self> {
        <&[u8]>::read(value).map(<[u8]>::to_vec)
    }
}

impl<'r, T: Column<'r>> Column<'r> for Option<T> {
    fn read(value: &'r Value) -> Option<Self> {
        if matches!(value, Value::Null) { Some(None) } else { T::read(value).map(Some) }
    }
}

/// A column of a row, named as `table.column` when it does not read.
pub(super) fn column<'r, T: Column<'r>>(
    row: &'r Row,
    table: &'static str,
    column: &'static str,
) -> Result<T, StoreError> {
    row.value(column).and_then(T::read).ok_or(StoreError::Unreadable { table, column })
}

/// A column of bytes that are an id or a hash.
pub(super) fn bytes_as<T>(
    row: &Row,
    table: &'static str,
    name: &'static str,
    read: impl FnOnce(&[u8]) -> Option<T>,
) -> Result<T, StoreError> {
    read(column(row, table, name)?).ok_or(StoreError::Unreadable { table, column: name })
}

/// A column that holds a value as JSON.
pub(super) fn json<T: DeserializeOwned>(row: &Row, table: &'static str, name: &'static str) -> Result<T, StoreError> {
    let text: &str = column(row, table, name)?;
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable { table, column: name })
}

/// A column that holds a moment.
pub(super) fn moment(row: &Row, table: &'static str, name: &'static str) -> Result<Timestamp, StoreError> {
    column(row, table, name).map(Timestamp::from_micros)
}
