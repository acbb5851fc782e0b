//! The connections that only read. In WAL mode they never wait for the writer, and see everything it has answered for.

use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteRow};
use tokio::sync::Mutex;

use super::{script::Values, writer};
use crate::storage::{StoreError, row::unavailable};

/// The store was closed.
#[derive(Debug, thiserror::Error)]
#[error("the store is closed")]
struct Closed;

/// A few connections, used in turn.
#[derive(Debug)]
pub(super) struct Readers {
    connections: Vec<Mutex<Option<SqliteConnection>>>,
    next: AtomicUsize,
}

impl Readers {
    /// Takes the connections.
    pub(super) fn new(connections: Vec<SqliteConnection>) -> Self {
        let connections = connections.into_iter().map(|connection| Mutex::new(Some(connection))).collect();
        Self { connections, next: AtomicUsize::new(0) }
    }

    /// The first row of a query.
    pub(super) async fn one(&self, sql: &'static str, values: Values) -> Result<Option<SqliteRow>, StoreError> {
        let mut connection = self.free().await?;
        let connection = connection.as_mut().ok_or_else(|| unavailable(Closed))?;
        sqlx::query_with(sql, values.finish()?).fetch_optional(connection).await.map_err(unavailable)
    }

    /// All rows of a query.
    pub(super) async fn all(&self, sql: &'static str, values: Values) -> Result<Vec<SqliteRow>, StoreError> {
        let mut connection = self.free().await?;
        let connection = connection.as_mut().ok_or_else(|| unavailable(Closed))?;
        let results = writer::execute(connection, sql, values.finish()?).await.map_err(unavailable)?;
        Ok(results.into_iter().flatten().collect())
    }

    /// Closes every connection; what reads afterwards is refused.
    pub(super) async fn close(&self) {
        for slot in &self.connections {
            if let Some(connection) = slot.lock().await.take()
                && let Err(error) = connection.close().await
            {
                tracing::warn!(error = %error, "a reader of the embedded store did not close cleanly");
            }
        }
    }

    /// The first that is free, else the next in turn.
    async fn free(&self) -> Result<tokio::sync::MutexGuard<'_, Option<SqliteConnection>>, StoreError> {
        if let Some(free) = self.connections.iter().find_map(|slot| slot.try_lock().ok()) {
            return Ok(free);
        }
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len().max(1);
        let slot = self.connections.get(turn).ok_or_else(|| unavailable(Closed))?;
        Ok(slot.lock().await)
    }
}
