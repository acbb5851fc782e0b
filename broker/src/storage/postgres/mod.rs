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
    ConnectOptions, PgPool, Postgres as Driver,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions},
    query::Query,
};

use super::{
    KeyCabinet, StoreError,
    row::{self, to_json, unavailable},
    schema::{self, OtherSchema},
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
    let pool = pool(url, connections)?;
    let migrate = async {
        let mut connection = pool.acquire().await.map_err(unavailable)?;
        schema::migrator(&MIGRATIONS).run_direct(None, &mut *connection, false).await.map_err(row::schema)
    };
    tokio::time::timeout(START, migrate).await.map_err(|_| unavailable(TooSlow))??;
    Ok(Arc::new(Postgres { pool }))
}

/// Opens only the keys, for an act beside the replicas.
pub(super) async fn open_keys(url: &SecretString) -> Result<KeyCabinet, StoreError> {
    let pool = pool(url, 1)?;
    let newest = limited(async {
        let mut connection = pool.acquire().await.map_err(unavailable)?;
        sqlx::query(schema::NEWEST).fetch_one(&mut *connection).await.map_err(|_| row::schema(OtherSchema))
    });
    schema::is_at(row::column(&newest.await?, "_sqlx_migrations", "version")?, &MIGRATIONS)?;
    let store = Arc::new(Postgres { pool });
    Ok(KeyCabinet { keys: store.clone(), care: store })
}

fn pool(url: &SecretString, connections: u32) -> Result<PgPool, StoreError> {
    let options = PgConnectOptions::from_str(url.expose_secret()).map_err(unavailable)?.disable_statement_logging();
    Ok(PgPoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(ACQUIRE)
        // A connection that died shows itself by an error at first use and is replaced; asking first costs every call
        // a round trip.
        .test_before_acquire(false)
        .connect_lazy_with(options))
}

/// Every migration, in order, numbered from 1.
const MIGRATIONS: [schema::Step; 2] = [
    ("first light", include_str!("../../../migrations/postgres/0001_first_light.sql")),
    ("key rotation", include_str!("../../../migrations/postgres/0002_key_rotation.sql")),
];

/// Waits for the database as long as it may take.
async fn limited<T>(act: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::time::timeout(LIMIT, act).await.map_err(|_| unavailable(TooSlow))?
}

/// A statement whose first four values are those of an audit event.
fn with_event(sql: &'static str, event: &AuditEvent) -> Result<Query<'static, Driver, PgArguments>, StoreError> {
    let (name, reference) = (event.name(), event.reference.to_string());
    Ok(sqlx::query(sql).bind(event.at.micros()).bind(name).bind(reference).bind(to_json(event)?))
}
