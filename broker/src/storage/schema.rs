//! The schema of the SQL databases: which migrations there are, and whether a database has had exactly these.

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

use super::{StoreError, row};

/// The number of the newest migration that was run.
pub(super) const NEWEST: &str = "SELECT max(version) AS version FROM _sqlx_migrations WHERE success";

/// The schema in the database is not the one of this program.
#[derive(Debug, thiserror::Error)]
#[error("the schema is of another release of this program, or was never made; the broker makes it at its start")]
pub(super) struct OtherSchema;

/// A migration: what it is called, and its SQL.
pub(super) type Step = (&'static str, &'static str);

/// Brings a database forward through these migrations, which are numbered from 1.
pub(super) fn migrator(steps: &[Step]) -> Migrator {
    let numbered = steps.iter().zip(1..).map(|((name, sql), number)| {
        Migration::new(number, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(numbered.collect())
}

/// Whether this number of the newest migration, as [`NEWEST`] finds it, is that of the last of these.
pub(super) fn is_at(newest: Option<i64>, steps: &[Step]) -> Result<(), StoreError> {
    let last = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    if newest == Some(last) { Ok(()) } else { Err(row::schema(OtherSchema)) }
}
