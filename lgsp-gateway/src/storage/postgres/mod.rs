//! For several replicas: Postgres, where all of them write one log.
//!
//! Every append is one statement, so that it costs one round trip and is one transaction by itself. What a commit promises is the
//! `synchronous_commit` of its connection, so there are two pools: appends go over one without it, and a flush of its own,
//! over the other, is shared by all whose records must survive the loss of power.

mod message_log;

use std::{
    future::Future,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, Executor, PgPool, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::{
    StoreError,
    fault::{schema, unavailable},
};

/// How long a call may take before the database counts as not available.
const LIMIT: Duration = Duration::from_secs(5);

/// How long a call waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(2);

/// How long the first connection and the migrations may take at start; other replicas may be at them.
const START: Duration = Duration::from_secs(60);

/// The database took longer than it may.
#[derive(Debug, thiserror::Error)]
#[error("the database did not answer in time")]
struct TooSlow;

/// The message log in Postgres.
#[derive(Debug)]
pub struct PostgresLog {
    /// Commits survive the loss of power.
    power: PgPool,
    /// Commits survive the end of this process.
    process: PgPool,
    /// One connection that only flushes: as long as it is the same, the database cannot have broken down.
    flush: PgPool,
    /// How often that connection was made.
    flush_connections: Arc<AtomicU64>,
}

impl PostgresLog {
    /// Connects and brings the schema forward, one replica at a time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Schema`] when a newer program made it.
    pub async fn open(url: &SecretString, connections: u32) -> Result<Self, StoreError> {
        let log = Self::connect(url, connections)?;
        let migrate = async {
            let mut connection = log.power.acquire().await.map_err(unavailable)?;
            migrator().run_direct(None, &mut *connection, false).await.map_err(schema)
        };
        tokio::time::timeout(START, migrate).await.map_err(|_| unavailable(TooSlow))??;
        Ok(log)
    }

    /// Connects to read a log that is there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], also when there is no log.
    pub async fn open_to_read(url: &SecretString) -> Result<Self, StoreError> {
        let log = Self::connect(url, 2)?;
        let look = sqlx::query("SELECT size FROM log_head").fetch_one(&log.power);
        limited(async { look.await.map_err(unavailable) }).await?;
        Ok(log)
    }

    fn connect(url: &SecretString, connections: u32) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url.expose_secret()).map_err(unavailable)?.disable_statement_logging();
        let count = Arc::new(AtomicU64::new(0));
        let power = pool(connections.max(2), FLUSHED, None);
        // Kept for good: a database that broke down meanwhile shows itself by an error of theirs.
        let process = pool(1, "SET synchronous_commit TO off", None).max_lifetime(None).idle_timeout(None);
        let flush = pool(1, FLUSHED, Some(Arc::clone(&count))).max_lifetime(None).idle_timeout(None);
        let [power, process, flush] = [power, process, flush].map(|pool| pool.connect_lazy_with(options.clone()));
        Ok(Self { power, process, flush, flush_connections: count })
    }
}

const FLUSHED: &str = "SET synchronous_commit TO on";

/// Connections that begin with a statement and are counted.
fn pool(connections: u32, first: &'static str, count: Option<Arc<AtomicU64>>) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        // A connection that died shows itself by an error at first use and is replaced; asking first costs every call
        // a round trip.
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            if let Some(count) = &count {
                count.fetch_add(1, Ordering::SeqCst);
            }
            Box::pin(async move {
                connection.execute(first).await?;
                Ok(())
            })
        })
}

fn migrator() -> Migrator {
    let first = include_str!("../../../migrations/postgres/0001_message_log.sql");
    let mut migrator = Migrator::with_migrations(vec![Migration::new(
        1,
        "message log".into(),
        MigrationType::Simple,
        first.into_sql_str(),
        false,
    )]);
    // Apart from the broker's, which may share the database.
    migrator.table_name = "gateway_migrations".into();
    migrator
}

/// Waits for the database as long as it may take.
async fn limited<T>(act: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::time::timeout(LIMIT, act).await.map_err(|_| unavailable(TooSlow))?
}
