//! For several replicas: Postgres, where all of them write one log.
//!
//! Every append is one statement, so that it costs one round trip and is one transaction by itself. What it promises is the
//! `synchronous_commit` of its connection, so there are two for appends. They are kept for good: a database that broke down, and
//! may have lost what was not flushed, shows itself by an error of the next append.

mod message_log;

use std::{future::Future, str::FromStr, time::Duration};

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
    /// For everything but appends; commits survive the loss of power.
    pool: PgPool,
    /// One connection, for appends that survive the loss of power.
    power: PgPool,
    /// One connection, for appends that survive the end of this process.
    process: PgPool,
}

impl PostgresLog {
    /// Connects and brings the schema forward, one replica at a time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Schema`] when a newer program made it.
    pub async fn open(url: &SecretString, connections: u32) -> Result<Self, StoreError> {
        let log = Self::connect(url, connections)?;
        let migrate = async {
            let mut connection = log.pool.acquire().await.map_err(unavailable)?;
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
        let look = sqlx::query("SELECT size FROM log_head").fetch_one(&log.pool);
        limited(async { look.await.map_err(unavailable) }).await?;
        Ok(log)
    }

    fn connect(url: &SecretString, connections: u32) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url.expose_secret()).map_err(unavailable)?.disable_statement_logging();
        let kept = |first| pool(1, first).max_lifetime(None).idle_timeout(None);
        let pools = [pool(connections.max(2), FLUSHED), kept(FLUSHED), kept("SET synchronous_commit TO off")];
        let [pool, power, process] = pools.map(|pool| pool.connect_lazy_with(options.clone()));
        Ok(Self { pool, power, process })
    }
}

const FLUSHED: &str = "SET synchronous_commit TO on";

/// Connections that begin with a statement.
fn pool(connections: u32, first: &'static str) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        // A connection that died shows itself by an error at first use and is replaced; asking first costs every call
        // a round trip.
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
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
