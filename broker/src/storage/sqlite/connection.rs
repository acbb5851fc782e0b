//! One connection to the file, used where its caller runs: no thread of its own, because handing an act over to another
//! thread and its answer back costs more than most acts do. What may wait for long is the caller's to take aside.

use std::{path::Path, sync::Arc, time::Duration};

use rusqlite::{ErrorCode, OpenFlags, types::Value};

use super::{
    row::Row,
    script::{Script, Values},
};

/// How long a statement waits for another process that writes into the file, where waiting holds nobody up.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many prepared statements are kept: more than there are.
const STATEMENTS: usize = 128;

/// What every connection is told. In WAL mode `NORMAL` survives the end of the process at any moment, and a loss of power
/// without damage. The log is carried over by [`Connection::carry_over`]; only if that falls far behind, by a commit.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; \
     PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8000; \
     PRAGMA journal_size_limit = 33554432";

/// What a connection that reads is told beside that. Not to write by pragma and not by open flag, because a reader may have
/// to make the shared memory of the log; and to keep few pages, because every commit of the writer makes it forget them.
const TO_READ: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -256";

/// The rows of each statement of a script.
pub(super) type Results = Vec<Vec<Row>>;

/// Whether another process had the file.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// A connection.
#[derive(Debug)]
pub(super) struct Connection(rusqlite::Connection);

impl Connection {
    /// Opens a file that is there.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = rusqlite::Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.execute_batch(SETTINGS)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self(connection))
    }

    /// The same, and nothing can be written through it.
    pub(super) fn open_to_read(path: &Path) -> rusqlite::Result<Self> {
        let connection = Self::open(path)?;
        connection.0.execute_batch(TO_READ)?;
        Ok(connection)
    }

    /// From now on a statement fails at once when another process writes.
    pub(super) fn be_quick(&self) {
        self.wait_for(Duration::ZERO);
    }

    /// Does something that may wait for another process.
    pub(super) fn patiently<T>(&self, act: impl FnOnce(&Self) -> T) -> T {
        self.wait_for(PATIENCE);
        let outcome = act(self);
        self.be_quick();
        outcome
    }

    fn wait_for(&self, time: Duration) {
        if let Err(error) = self.0.busy_timeout(time) {
            tracing::error!(error = %error, "the embedded store cannot be told how long to wait");
        }
    }

    /// Carries the write-ahead log over into the file, as far as nobody still reads from it.
    pub(super) fn carry_over(&self) {
        if let Err(error) = self.run("PRAGMA wal_checkpoint(PASSIVE)", &Values::new()) {
            tracing::warn!(error = %error, "the write-ahead log could not be carried over");
        }
    }

    /// Runs one statement to its end and gives its rows.
    pub(super) fn run(&self, sql: &'static str, values: &Values) -> rusqlite::Result<Vec<Row>> {
        let mut statement = self.0.prepare_cached(sql)?;
        // Statements of a script take what they need of its values, and none takes more than it counts.
        let takes = statement.parameter_count();
        for (place, value) in values.iter().take(takes).enumerate() {
            statement.raw_bind_parameter(place + 1, value)?;
        }
        let width = statement.column_count();
        let mut names: Option<Arc<[String]>> = None;
        let mut rows = Vec::new();
        let mut found = statement.raw_query();
        while let Some(row) = found.next()? {
            let values = (0..width).map(|place| row.get(place)).collect::<Result<Vec<Value>, _>>()?;
            let names =
                names.get_or_insert_with(|| row.as_ref().column_names().into_iter().map(str::to_owned).collect());
            rows.push(Row::new(Arc::clone(names), values));
        }
        Ok(rows)
    }

    /// Runs the statements of a script one after the other.
    pub(super) fn run_all(&self, script: Script, values: &Values) -> rusqlite::Result<Results> {
        script.iter().map(|sql| self.run(sql, values)).collect()
    }

    /// Begins a transaction that may write.
    pub(super) fn begin(&self) -> rusqlite::Result<()> {
        self.run("BEGIN IMMEDIATE", &Values::new()).map(drop)
    }

    /// Keeps what was written since [`Connection::begin`].
    pub(super) fn commit(&self) -> rusqlite::Result<()> {
        self.run("COMMIT", &Values::new()).map(drop)
    }

    /// Ends a transaction that was left open, if there is one.
    pub(super) fn undo(&self) {
        if !self.0.is_autocommit()
            && let Err(error) = self.run("ROLLBACK", &Values::new())
        {
            tracing::error!(error = %error, "a transaction of the embedded store could not be undone");
        }
    }

    /// Closes it.
    pub(super) fn close(self) {
        if let Err((_, error)) = self.0.close() {
            tracing::warn!(error = %error, "the embedded store did not close cleanly");
        }
    }
}
