//! Which stores the settings ask for.

use std::path::PathBuf;

use secrecy::SecretString;

use super::{KeyCabinet, StoreError, Stores};

/// Where things are kept.
#[derive(Clone, Debug)]
pub enum StorageSettings {
    /// The embedded default: one SQLite file, one process.
    Embedded {
        /// The file.
        path: PathBuf,
    },
    /// Several replicas: Postgres for what must outlive a restart, Redis for what lives minutes.
    Cluster {
        /// `postgres://…`
        postgres_url: SecretString,
        /// Connections at most.
        postgres_connections: u32,
        /// `redis://…`
        redis_url: SecretString,
        /// Prefix of every Redis key, so that installations can share a server.
        redis_prefix: String,
    },
}

/// Opens the stores, brings the schema forward under a lock, and checks that they can be written to.
pub async fn open(settings: &StorageSettings) -> Result<Stores, StoreError> {
    let stores = match settings {
        StorageSettings::Embedded { path } => super::sqlite::open(path).await?,
        StorageSettings::Cluster { postgres_url, postgres_connections, redis_url, redis_prefix } => {
            let durable = super::postgres::open(postgres_url, *postgres_connections).await?;
            super::cluster::stores(durable, super::redis::open(redis_url, redis_prefix).await?)
        }
    };
    stores.care.ready().await?;
    Ok(stores)
}

/// Opens only the keys, beside a broker that may be running. The schema must be there and be the one of this program:
/// nothing is made and nothing is brought forward.
pub async fn open_keys(settings: &StorageSettings) -> Result<KeyCabinet, StoreError> {
    match settings {
        StorageSettings::Embedded { path } => super::sqlite::open_keys(path).await,
        StorageSettings::Cluster { postgres_url, .. } => super::postgres::open_keys(postgres_url).await,
    }
}
