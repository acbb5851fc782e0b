//! Opens what the settings name.

use std::sync::Arc;

use clock::Clock;

use super::{
    StorageSettings, StoreError, Stores, embedded::EmbeddedLog, memory::MemoryReplay, postgres::PostgresLog,
    redis::Redis,
};

/// Nonces that an embedded gateway remembers at most; more are refused. At 4 000 calls a second and 90 s each that is two
/// times what is needed.
const MOST_NONCES: usize = 1_000_000;

/// Opens the stores of a gateway that serves.
///
/// # Errors
/// [`StoreError`]: none can be used.
pub async fn open(settings: &StorageSettings, clock: &Arc<dyn Clock>) -> Result<Stores, StoreError> {
    match settings {
        StorageSettings::Embedded { path } => {
            let replay = Arc::new(MemoryReplay::new(Arc::clone(clock), MOST_NONCES));
            let message_log = Arc::new(EmbeddedLog::open(path).await?);
            Ok(Stores { replay, message_log })
        }
        StorageSettings::Cluster { postgres_url, postgres_connections, redis_url, redis_prefix } => {
            let message_log = Arc::new(PostgresLog::open(postgres_url, *postgres_connections).await?);
            let replay = Arc::new(Redis::open(redis_url, redis_prefix, Arc::clone(clock)).await?);
            Ok(Stores { replay, message_log })
        }
    }
}

/// Opens the log alone to write it, while no embedded gateway does.
///
/// # Errors
/// [`StoreError`]: it cannot be used.
pub async fn open_log(settings: &StorageSettings) -> Result<Arc<dyn super::MessageLogStore>, StoreError> {
    Ok(match settings {
        StorageSettings::Embedded { path } => Arc::new(EmbeddedLog::open(path).await?),
        StorageSettings::Cluster { postgres_url, .. } => Arc::new(PostgresLog::open(postgres_url, 2).await?),
    })
}

/// Opens the log to read it, beside the gateway that writes it.
///
/// # Errors
/// [`StoreError`]: it cannot be read.
pub async fn open_to_read(settings: &StorageSettings) -> Result<Arc<dyn super::MessageLogStore>, StoreError> {
    Ok(match settings {
        StorageSettings::Embedded { path } => Arc::new(EmbeddedLog::open_to_read(path).await?),
        StorageSettings::Cluster { postgres_url, .. } => Arc::new(PostgresLog::open_to_read(postgres_url).await?),
    })
}
