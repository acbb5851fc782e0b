//! What must outlive a restart, for several replicas: Postgres through a pool.
//!
//! Every method is one statement or one transaction, its audit event included, and answers within [`LIMIT`].

mod audit;
mod care;
mod clients;
mod consents;
mod grants;
mod keys;
mod sessions;

use std::{future::Future, str::FromStr, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, PgPool, Postgres as Driver, SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions},
    query::Query,
};

use super::{
    StoreError,
    row::{schema, to_json, unavailable},
};
use crate::audit::AuditEvent;

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

/// The pool.
#[derive(Debug)]
pub(super) struct Postgres {
    pool: PgPool,
}

/// Connects and brings the schema forward, one replica at a time.
pub(super) async fn open(url: &SecretString, connections: u32) -> Result<Arc<Postgres>, StoreError> {
    let options = PgConnectOptions::from_str(url.expose_secret()).map_err(unavailable)?.disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(ACQUIRE)
        // A connection that died shows itself by an error at first use and is replaced; asking first costs every call
        // a round trip.
        .test_before_acquire(false)
        .connect_lazy_with(options);
    let migrate = async {
        let mut connection = pool.acquire().await.map_err(unavailable)?;
        migrator().run_direct(None, &mut *connection, false).await.map_err(schema)
    };
    tokio::time::timeout(START, migrate).await.map_err(|_| unavailable(TooSlow))??;
    Ok(Arc::new(Postgres { pool }))
}

fn migrator() -> Migrator {
    let first = include_str!("../../../migrations/postgres/0001_first_light.sql");
    Migrator::with_migrations(vec![Migration::new(
        1,
        "first light".into(),
        MigrationType::Simple,
        first.into_sql_str(),
        false,
    )])
}

/// Waits for the database as long as it may take.
async fn limited<T>(act: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::time::timeout(LIMIT, act).await.map_err(|_| unavailable(TooSlow))?
}

/// A statement whose first four values are those of an audit event.
fn with_event(sql: &'static str, event: &AuditEvent) -> Result<Query<'static, Driver, PgArguments>, StoreError> {
    let (name, reference) = (event.name(), event.reference.to_string());
    Ok(sqlx::query(sql).bind(event.at.micros()).bind(name).bind(reference).bind(to_json(event)?))
}
