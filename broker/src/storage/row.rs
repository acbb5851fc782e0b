//! From a row to what it must be, and from a fault of a driver to [`StoreError`]: the same for both SQL databases.

use clock::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{ColumnIndex, Decode, Row, Type};

use super::StoreError;

/// The database did not do what it was asked.
pub(super) fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

/// The database is not one this program works with.
pub(super) fn schema(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Schema(Box::new(error))
}

/// A column of a row, named as `table.column` when it does not read.
pub(super) fn column<'r, R, T>(row: &'r R, table: &'static str, column: &'static str) -> Result<T, StoreError>
where
    R: Row,
    T: Decode<'r, R::Database> + Type<R::Database>,
    for<'c> &'c str: ColumnIndex<R>,
{
    row.try_get(column).map_err(|_| StoreError::Unreadable { table, column })
}

/// The few kinds of columns that rows of both databases have, so that one piece of code can read them.
pub(super) trait Columns {
    /// A text.
    fn text(&self, table: &'static str, name: &'static str) -> Result<&str, StoreError>;
    /// Bytes.
    fn bytes(&self, table: &'static str, name: &'static str) -> Result<&[u8], StoreError>;
    /// Bytes that may not be there.
    fn some_bytes(&self, table: &'static str, name: &'static str) -> Result<Option<&[u8]>, StoreError>;
    /// A number.
    fn number(&self, table: &'static str, name: &'static str) -> Result<i64, StoreError>;
    /// Yes or no.
    fn flag(&self, table: &'static str, name: &'static str) -> Result<bool, StoreError>;
}

impl<R> Columns for R
where
    R: Row,
    for<'r> &'r str: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> &'r [u8]: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> Option<&'r [u8]>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> bool: Decode<'r, R::Database> + Type<R::Database>,
    for<'c> &'c str: ColumnIndex<R>,
{
    fn text(&self, table: &'static str, name: &'static str) -> Result<&str, StoreError> {
        column(self, table, name)
    }

    fn bytes(&self, table: &'static str, name: &'static str) -> Result<&[u8], StoreError> {
        column(self, table, name)
    }

    fn some_bytes(&self, table: &'static str, name: &'static str) -> Result<Option<&[u8]>, StoreError> {
        column(self, table, name)
    }

    fn number(&self, table: &'static str, name: &'static str) -> Result<i64, StoreError> {
        column(self, table, name)
    }

    fn flag(&self, table: &'static str, name: &'static str) -> Result<bool, StoreError> {
        column(self, table, name)
    }
}

/// A column of bytes that are an id or a hash.
pub(super) fn bytes_as<T>(
    row: &impl Columns,
    table: &'static str,
    name: &'static str,
    read: impl FnOnce(&[u8]) -> Option<T>,
) -> Result<T, StoreError> {
    read(row.bytes(table, name)?).ok_or(StoreError::Unreadable { table, column: name })
}

/// A column that holds a value as JSON.
pub(super) fn json<T: DeserializeOwned>(
    row: &impl Columns,
    table: &'static str,
    name: &'static str,
) -> Result<T, StoreError> {
    serde_json::from_str(row.text(table, name)?).map_err(|_| StoreError::Unreadable { table, column: name })
}

/// A column that holds a moment.
pub(super) fn moment(row: &impl Columns, table: &'static str, name: &'static str) -> Result<Timestamp, StoreError> {
    row.number(table, name).map(Timestamp::from_micros)
}

/// A value as the JSON that is kept of it.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(unavailable)
}
