//! The one connection that writes. In WAL mode a commit survives the end of the process at any moment; whether it also
//! survives the loss of power is `PRAGMA synchronous`: FULL flushes the write-ahead log after the commit, and with it
//! everything that was committed before, NORMAL does not.

use futures::TryStreamExt;
use sqlx::{
    Connection, Either, Executor, SqliteConnection,
    sqlite::{SqliteArguments, SqliteRow},
};
use tokio::sync::Mutex;

use crate::storage::{Durability, StoreError, fault::unavailable};

/// One intention as SQL, in the two forms that its durability may need. The pragma stands in the same text, so that the
/// database's thread is woken once.
pub(super) struct Script {
    pub(super) power: &'static str,
    pub(super) process: &'static str,
}

/// Statements that happen together or not at all. A macro, because only a macro can join texts at compile time.
macro_rules! script {
    ($($statement:literal),+ $(,)?) => {
        $crate::storage::sqlite::writer::Script {
            power: concat!("PRAGMA synchronous = FULL; BEGIN IMMEDIATE; ", $($statement, "; ",)+ "COMMIT"),
            process: concat!("PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; ", $($statement, "; ",)+ "COMMIT"),
        }
    };
}
pub(super) use script;

/// The store was closed, or opened only to be read.
#[derive(Debug, thiserror::Error)]
#[error("the store is not open to write")]
pub(super) struct NotOpen;

/// The rows of a script, and how many rows its last statement changed.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) rows: Vec<SqliteRow>,
    pub(super) changed: u64,
}

/// The connection, used by one at a time; a write is one act after another in any case.
#[derive(Debug)]
pub(super) struct Writer(Mutex<Option<SqliteConnection>>);

impl Writer {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self(Mutex::new(Some(connection)))
    }

    /// Runs a script; when this returns, it is as durable as was asked. After an error nothing of it was done.
    pub(super) async fn run(
        &self,
        script: &Script,
        durability: Durability,
        arguments: SqliteArguments,
    ) -> Result<Outcome, StoreError> {
        let mut held = self.0.lock().await;
        let connection = held.as_mut().ok_or_else(|| unavailable(NotOpen))?;
        let sql = match durability {
            Durability::Power => script.power,
            Durability::Process => script.process,
        };
        match execute(connection, sql, arguments).await {
            Ok(outcome) => Ok(outcome),
            Err(error) => {
                // With no transaction left open this is an error that says nothing.
                if let Err(nothing) = connection.execute("ROLLBACK").await {
                    tracing::trace!(error = %nothing, "nothing was left open");
                }
                Err(unavailable(error))
            }
        }
    }

    pub(super) async fn close(&self) {
        let Some(connection) = self.0.lock().await.take() else { return };
        if let Err(error) = connection.close().await {
            tracing::warn!(error = %error, "the embedded store did not close cleanly");
        }
    }
}

async fn execute(
    connection: &mut SqliteConnection,
    sql: &'static str,
    arguments: SqliteArguments,
) -> Result<Outcome, sqlx::Error> {
    let mut steps = connection.fetch_many(sqlx::query_with(sql, arguments));
    let mut outcome = Outcome::default();
    while let Some(step) = steps.try_next().await? {
        match step {
            // SQLite counts the rows of the last statement that can change any, so the commit still tells the count of the
            // statement before it.
            Either::Left(done) => outcome.changed = done.rows_affected(),
            Either::Right(row) => outcome.rows.push(row),
        }
    }
    Ok(outcome)
}
