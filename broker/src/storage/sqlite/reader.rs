//! The connections that only read. In WAL mode they never wait for the writer, and see everything it has answered for.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use super::{connection::Connection, row::Row, script::Values};
use crate::storage::{StoreError, row::unavailable};

/// The store was closed.
#[derive(Debug, thiserror::Error)]
#[error("the store is closed")]
struct Closed;

/// A few connections, used in turn.
#[derive(Debug)]
pub(super) struct Readers {
    connections: Vec<Mutex<Option<Connection>>>,
    next: AtomicUsize,
}

impl Readers {
    /// Takes the connections.
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        let connections = connections.into_iter().map(|connection| Mutex::new(Some(connection))).collect();
        Self { connections, next: AtomicUsize::new(0) }
    }

    /// The first row of a query.
    pub(super) fn one(&self, sql: &'static str, values: &Values) -> Result<Option<Row>, StoreError> {
        Ok(self.all(sql, values)?.into_iter().next())
    }

    /// All rows of a query.
    pub(super) fn all(&self, sql: &'static str, values: &Values) -> Result<Vec<Row>, StoreError> {
        let connection = self.free()?;
        connection.as_ref().ok_or_else(|| unavailable(Closed))?.run(sql, values).map_err(unavailable)
    }

    /// Closes every connection; what reads afterwards is refused.
    pub(super) fn close(&self) {
        for slot in &self.connections {
            if let Some(connection) = take(slot).take() {
                connection.close();
            }
        }
    }

    /// The first that is free, else the next in turn.
    fn free(&self) -> Result<MutexGuard<'_, Option<Connection>>, StoreError> {
        if let Some(free) = self.connections.iter().find_map(|slot| slot.try_lock().ok()) {
            return Ok(free);
        }
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len().max(1);
        self.connections.get(turn).map(take).ok_or_else(|| unavailable(Closed))
    }
}

/// A query that panicked left nothing behind that the next could trip over.
fn take(slot: &Mutex<Option<Connection>>) -> MutexGuard<'_, Option<Connection>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
