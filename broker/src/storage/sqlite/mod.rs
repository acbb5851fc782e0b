//! The embedded default: everything in one SQLite file, which one process uses at a time.

mod audit;
mod care;
mod clients;
mod codes;
mod consents;
mod grants;
mod keys;
mod logins;
mod once;
mod reader;
mod recent;
mod script;
mod sessions;
mod writer;

#[cfg(test)]
mod killed;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use codes::Codes;
use reader::Readers;
use recent::Recent;
use sqlx::{
    ConnectOptions, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use writer::Writer;

use super::{
    KeyCabinet, StoreError, Stores,
    row::{self, unavailable},
    schema::{self, OtherSchema},
};

/// How many connections read at the same time.
const READERS: usize = 2;

/// Every store, on one file.
#[derive(Debug)]
struct Sqlite {
    writer: Writer,
    readers: Readers,
    codes: Codes,
    recent: Recent,
    /// Held as long as the stores are open; the system lets go of it with the process, however that ends.
    lock: Mutex<Option<File>>,
}

/// Opens the file, which is made when it is not there, and brings its schema forward.
///
/// [`StoreError::InUse`] when another process has it open, [`StoreError::Schema`] when a newer program made it.
pub(super) async fn open(path: &Path) -> Result<Stores, StoreError> {
    let lock = lock(path)?;
    let options = options(path);
    let mut writing = options.clone().create_if_missing(true).connect().await.map_err(unavailable)?;
    schema::migrator(&MIGRATIONS).run_direct(None, &mut writing, false).await.map_err(row::schema)?;
    let revoked = grants::revoked_tokens(&mut writing).await?;
    let mut reading: Vec<SqliteConnection> = Vec::with_capacity(READERS);
    for _ in 0..READERS {
        // Read-only by pragma and not by open flag, because a reader may have to make the shared memory of the log.
        reading.push(options.clone().pragma("query_only", "on").connect().await.map_err(unavailable)?);
    }
    let store = Arc::new(Sqlite {
        writer: Writer::start(writing),
        readers: Readers::new(reading),
        codes: Codes::default(),
        recent: Recent::new(revoked),
        lock: Mutex::new(Some(lock)),
    });
    store.take_up_codes().await?;
    Ok(Stores {
        logins: store.clone(),
        codes: store.clone(),
        once: store.clone(),
        sessions: store.clone(),
        consents: store.clone(),
        grants: store.clone(),
        clients: store.clone(),
        keys: store.clone(),
        audit: store.clone(),
        care: store,
    })
}

/// Opens only the keys of a file that another process may have open: a broker reads its keys again and again, and keeps
/// nothing of them that an act here could contradict. The writer of the other process is waited for like any.
pub(super) async fn open_keys(path: &Path) -> Result<KeyCabinet, StoreError> {
    let options = options(path);
    let writing = options.clone().connect().await.map_err(unavailable)?;
    let mut reading = options.pragma("query_only", "on").connect().await.map_err(unavailable)?;
    let newest = sqlx::query(schema::NEWEST).fetch_one(&mut reading).await.map_err(|_| row::schema(OtherSchema))?;
    schema::is_at(&newest, &MIGRATIONS)?;
    let store = Arc::new(Sqlite {
        writer: Writer::start(writing),
        readers: Readers::new(vec![reading]),
        codes: Codes::default(),
        recent: Recent::new(HashMap::new()),
        lock: Mutex::new(None),
    });
    Ok(KeyCabinet { keys: store.clone(), care: store })
}

/// Takes `<file>.lock` for this process alone.
fn lock(path: &Path) -> Result<File, StoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(PathBuf::from(name)).map_err(unavailable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(TryLockError::Error(error)) => Err(unavailable(error)),
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // In WAL mode this survives the end of the process at any moment, and a loss of power without damage.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        // 4 MiB of pages for each connection; the rest is the system's page cache.
        .pragma("cache_size", "-4096")
        .pragma("temp_store", "memory")
        .pragma("wal_autocheckpoint", "2000")
        .pragma("journal_size_limit", "33554432")
        .statement_cache_capacity(128)
        .disable_statement_logging()
}

/// Every migration, in order, numbered from 1.
const MIGRATIONS: [schema::Step; 2] = [
    ("first light", include_str!("../../../migrations/sqlite/0001_first_light.sql")),
    ("key rotation", include_str!("../../../migrations/sqlite/0002_key_rotation.sql")),
];
