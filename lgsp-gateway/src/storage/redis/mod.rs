//! What lives minutes, for several replicas: Redis.

mod replay;

use std::{future::Future, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use clock::Clock;
use redis::{
    Client, RedisResult, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use secrecy::{ExposeSecret, SecretString};

use super::StoreError;

/// How long one call may take, a new connection included.
const LIMIT: Duration = Duration::from_secs(1);

/// Redis took longer than it may.
#[derive(Debug, thiserror::Error)]
#[error("Redis did not answer in time")]
struct TooSlow;

/// The connection, which is made anew when it breaks.
pub struct Redis {
    connection: ConnectionManager,
    prefix: String,
    clock: Arc<dyn Clock>,
    remember: Script,
    /// The id of the run that answers; not known after an error.
    run: ArcSwapOption<Arc<str>>,
}

impl Redis {
    /// Connects. `rediss://` is TLS through the process's rustls provider; every key begins with `prefix`.
    ///
    /// # Errors
    /// The address is no address, or nobody answers there.
    pub async fn open(url: &SecretString, prefix: &str, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let client = Client::open(url.expose_secret()).map_err(unavailable)?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(LIMIT))
            .set_response_timeout(Some(LIMIT));
        let connection = tokio::time::timeout(LIMIT * 3, client.get_connection_manager_with_config(config));
        let connection = connection.await.map_err(|_| unavailable(TooSlow))?.map_err(unavailable)?;
        Ok(Self {
            connection,
            prefix: prefix.to_owned(),
            clock,
            remember: replay::script(),
            run: ArcSwapOption::empty(),
        })
    }

    /// Writes something, to see whether it can.
    async fn beat(&self) -> Result<(), StoreError> {
        let mut connection = self.connection.clone();
        let mut beat = redis::cmd("SET");
        beat.arg(format!("{}ready", self.prefix)).arg(1).arg("EX").arg(60);
        limited(beat.query_async(&mut connection)).await
    }
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// Runs one call within its limit.
async fn limited<T>(call: impl Future<Output = RedisResult<T>>) -> Result<T, StoreError> {
    tokio::time::timeout(LIMIT, call).await.map_err(|_| unavailable(TooSlow))?.map_err(unavailable)
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}

#[cfg(test)]
mod tests;
