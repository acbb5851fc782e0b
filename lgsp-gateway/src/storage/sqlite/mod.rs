//! The database of the embedded log: one SQLite file, which one gateway writes at a time and auditors may read meanwhile.

mod message_log;
mod writer;

use std::{fs::TryLockError, path::Path, sync::Mutex, time::Duration};

use boot::{Hold, private_file};
use sqlx::{
    ConnectOptions, SqlSafeStr, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    StoreError,
    fault::{schema, unavailable},
};
use writer::Writer;

/// How many connections read at the same time.
const READERS: u32 = 2;

/// How long a reader waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(5);

/// The message log in a file.
#[derive(Debug)]
pub struct SqliteLog {
    /// `None` when the file was opened to be read.
    writer: Option<Writer>,
    readers: SqlitePool,
    /// Held as long as the store is open.
    lock: Mutex<Option<Hold>>,
}

impl SqliteLog {
    /// Opens the file to write, which is made when it is not there, and brings its schema forward.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it open to write, [`StoreError::Schema`] when a newer program made it.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        // SQLite gives its journals the mode of the database.
        private_file(path).map_err(unavailable)?;
        let options = options(path);
        let mut writing = options.clone().connect().await.map_err(unavailable)?;
        migrator().run_direct(None, &mut writing, false).await.map_err(schema)?;
        // Read-only by pragma and not by open flag, because a reader may have to make the shared memory of the log.
        let readers = readers(options.pragma("query_only", "on"));
        Ok(Self { writer: Some(Writer::new(writing)), readers, lock: Mutex::new(Some(lock)) })
    }

    /// Opens a file that is there to read it, beside the gateway that writes it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is no such file, or it is not a log.
    pub async fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let readers = readers(options(path).pragma("query_only", "on"));
        sqlx::query("SELECT size FROM log_head").fetch_one(&readers).await.map_err(unavailable)?;
        Ok(Self { writer: None, readers, lock: Mutex::new(None) })
    }
}

/// Takes `<file>.lock` for this process alone.
fn lock(path: &Path) -> Result<Hold, StoreError> {
    Hold::beside(path).map_err(|refused| match refused {
        TryLockError::WouldBlock => StoreError::InUse,
        TryLockError::Error(error) => unavailable(error),
    })
}

fn readers(options: SqliteConnectOptions) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .connect_lazy_with(options)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // Every append says for itself what it promises; see `writer`.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        // Batches are large: fewer and larger pages cost fewer system calls.
        .page_size(32_768)
        .pragma("temp_store", "memory")
        // A checkpoint of the write-ahead log every MiB: what is flushed at once is what flushes of the journal wait for.
        .pragma("wal_autocheckpoint", "32")
        .pragma("journal_size_limit", "67108864")
        .disable_statement_logging()
}

fn migrator() -> Migrator {
    let first = include_str!("../../../migrations/sqlite/0001_message_log.sql");
    Migrator::with_migrations(vec![Migration::new(
        1,
        "message log".into(),
        MigrationType::Simple,
        first.into_sql_str(),
        false,
    )])
}
