//! From a row to what it must be, and from a fault of a driver to [`StoreError`]: the same for both SQL databases.

use clock::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use signing::{Algorithm, KeyState};
use sqlx::{ColumnIndex, Decode, Row, Type};

use super::{StoreError, StoredKey};

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

/// A column of bytes that are an id or a hash.
pub(super) fn bytes_as<'r, R, T>(
    row: &'r R,
    table: &'static str,
    name: &'static str,
    read: impl FnOnce(&[u8]) -> Option<T>,
) -> Result<T, StoreError>
where
    R: Row,
    &'r [u8]: Decode<'r, R::Database> + Type<R::Database>,
    for<'c> &'c str: ColumnIndex<R>,
{
    let bytes: &[u8] = column(row, table, name)?;
    read(bytes).ok_or(StoreError::Unreadable { table, column: name })
}

/// A column that holds a value as JSON.
pub(super) fn json<'r, R, T>(row: &'r R, table: &'static str, name: &'static str) -> Result<T, StoreError>
where
    R: Row,
    T: DeserializeOwned,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
    for<'c> &'c str: ColumnIndex<R>,
{
    let text: &str = column(row, table, name)?;
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable { table, column: name })
}

/// A column that holds a moment.
pub(super) fn moment<'r, R>(row: &'r R, table: &'static str, name: &'static str) -> Result<Timestamp, StoreError>
where
    R: Row,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'c> &'c str: ColumnIndex<R>,
{
    column(row, table, name).map(Timestamp::from_micros)
}

/// A value as the JSON that is kept of it.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(unavailable)
}

/// A signing key.
pub(super) fn stored_key<'r, R>(row: &'r R) -> Result<StoredKey, StoreError>
where
    R: Row,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'c> &'c str: ColumnIndex<R>,
{
    const TABLE: &str = "signing_key";
    let unreadable = |column| StoreError::Unreadable { table: TABLE, column };
    let kid: &str = column(row, TABLE, "kid")?;
    Ok(StoredKey {
        kid: kid.to_owned(),
        algorithm: Algorithm::from_name(column(row, TABLE, "algorithm")?).ok_or(unreadable("algorithm"))?,
        state: KeyState::from_name(column(row, TABLE, "state")?).ok_or(unreadable("state"))?,
        sealed: column(row, TABLE, "sealed")?,
        created_at: moment(row, TABLE, "created_at")?,
        since: moment(row, TABLE, "since")?,
    })
}
