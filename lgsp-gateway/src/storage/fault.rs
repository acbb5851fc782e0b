//! From a fault of a driver to [`StoreError`], and from a number of ours to a column and back: the same for both databases.

use sqlx::{ColumnIndex, Decode, Row, Type};

use super::{Batch, StoreError, TileRow};

/// The database cannot be reached or did not do what it was asked.
pub(super) fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

/// The database is not one this program works with.
pub(super) fn schema(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Schema(Box::new(error))
}

/// A number as a column takes it.
pub(super) fn column(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|error| StoreError::Failed(Box::new(error)))
}

/// A value of a row.
pub(super) fn value<'r, R, T>(row: &'r R, table: &'static str, name: &str) -> Result<T, StoreError>
where
    R: Row,
    T: Decode<'r, R::Database> + Type<R::Database>,
    for<'c> &'c str: ColumnIndex<R>,
{
    row.try_get(name).map_err(|_| StoreError::Unreadable { table })
}

/// A number of a row that is not negative.
pub(super) fn number<'r, R>(row: &'r R, table: &'static str, name: &str) -> Result<u64, StoreError>
where
    R: Row,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'c> &'c str: ColumnIndex<R>,
{
    u64::try_from(value::<R, i64>(row, table, name)?).map_err(|_| StoreError::Unreadable { table })
}

/// A row of `log_batch`.
pub(super) fn batch<'r, R>(row: &'r R) -> Result<Batch, StoreError>
where
    R: Row,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
    for<'c> &'c str: ColumnIndex<R>,
{
    const TABLE: &str = "log_batch";
    Ok(Batch {
        first: number(row, TABLE, "first")?,
        count: u32::try_from(number(row, TABLE, "count")?).map_err(|_| StoreError::Unreadable { table: TABLE })?,
        since: number(row, TABLE, "since")?,
        until: number(row, TABLE, "until")?,
        entries: value(row, TABLE, "entries")?,
        evidence: value(row, TABLE, "evidence")?,
    })
}

/// A row of `log_tile`.
pub(super) fn tile<'r, R>(row: &'r R, level: u8) -> Result<TileRow, StoreError>
where
    R: Row,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
    for<'c> &'c str: ColumnIndex<R>,
{
    Ok(TileRow { level, number: number(row, "log_tile", "number")?, hashes: value(row, "log_tile", "hashes")? })
}
