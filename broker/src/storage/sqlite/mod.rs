//! The embedded default: everything in one SQLite file, which one process uses at a time.

mod audit;
mod care;
mod clients;
mod codes;
mod connection;
mod consents;
mod grants;
mod keys;
mod log;
mod logins;
mod once;
mod reader;
mod recent;
mod row;
mod script;
mod sessions;
mod writer;

#[cfg(test)]
mod killed;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fs::TryLockError,
    path::Path,
    sync::{Arc, Mutex},
};

use boot::{Hold, private_file};
use codes::Codes;
use connection::Connection;
use reader::Readers;
use recent::Recent;
use script::Values;
use sqlx::{
    ConnectOptions, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use writer::Writer;

use super::{
    KeyCabinet, StoreError, Stores,
    row::{schema, unavailable},
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
    /// Held as long as the stores are open.
    lock: Mutex<Option<Hold>>,
}

/// Opens the file, which is made when it is not there, and brings its schema forward.
///
/// [`StoreError::InUse`] when another process has it open, [`StoreError::Schema`] when a newer program made it.
pub(super) async fn open(path: &Path) -> Result<Stores, StoreError> {
    let lock = lock(path)?;
    // SQLite gives its journals the mode of the database.
    private_file(path).map_err(unavailable)?;
    migrate(path).await?;
    let writing = Connection::open(path).map_err(unavailable)?;
    let carrying = Connection::open(path).map_err(unavailable)?;
    let revoked = grants::revoked_tokens(&writing)?;
    let reading =
        (0..READERS).map(|_| Connection::open_to_read(path)).collect::<Result<_, _>>().map_err(unavailable)?;
    let store = Arc::new(Sqlite {
        writer: Writer::start(writing, carrying),
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
    let writing = Connection::open(path).map_err(unavailable)?;
    let reading = Connection::open_to_read(path).map_err(unavailable)?;
    let carrying = Connection::open(path).map_err(unavailable)?;
    let newest = reading.run(schema::NEWEST, &Values::new()).map_err(|_| schema(OtherSchema))?;
    let newest = newest.first().map(|found| row::column(found, "_sqlx_migrations", "version")).transpose()?;
    schema::is_at(newest.flatten(), &MIGRATIONS)?;
    let store = Arc::new(Sqlite {
        writer: Writer::start(writing, carrying),
        readers: Readers::new(vec![reading]),
        codes: Codes::default(),
        recent: Recent::new(HashMap::new()),
        lock: Mutex::new(None),
    });
    Ok(KeyCabinet { keys: store.clone(), care: store })
}

/// Takes `<file>.lock` for this process alone.
fn lock(path: &Path) -> Result<Hold, StoreError> {
    Hold::beside(path).map_err(|refused| match refused {
        TryLockError::WouldBlock => StoreError::InUse,
        TryLockError::Error(error) => unavailable(error),
    })
}

/// Makes the file when it is not there and brings its schema forward, with the means that Postgres' schema is kept with.
async fn migrate(path: &Path) -> Result<(), StoreError> {
    let options =
        SqliteConnectOptions::new().filename(path).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    let mut connection = options.disable_statement_logging().connect().await.map_err(unavailable)?;
    schema::migrator(&MIGRATIONS).run_direct(None, &mut connection, false).await.map_err(schema)?;
    connection.close().await.map_err(unavailable)
}

/// Every migration, in order, numbered from 1.
const MIGRATIONS: [schema::Step; 2] = [
    ("first light", include_str!("../../../migrations/sqlite/0001_first_light.sql")),
    ("key rotation", include_str!("../../../migrations/sqlite/0002_key_rotation.sql")),
];
