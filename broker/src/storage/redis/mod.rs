//! What lives minutes, for several replicas: Redis.
//!
//! A key names what it holds and the SHA-256 of its handle, never the handle. The moment of expiry is part of what is
//! kept and is compared with the caller's `now`; the time to live of a key only bounds the memory, and is never shorter.

mod codes;
mod logins;
mod once;

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{
    Client, FromRedisValue, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use secrecy::{ExposeSecret, SecretString};
use signing::Digest;

use super::{StoreError, row::unavailable};

/// How long one call may take, a new connection included.
const LIMIT: Duration = Duration::from_secs(1);

/// Memory is kept at least this long after the last use that can be, so that clocks may differ a little.
const SLACK: Duration = Duration::from_secs(60);

/// Why Redis gave no answer.
#[derive(Debug, thiserror::Error)]
enum RedisError {
    /// It took longer than it may.
    #[error("Redis did not answer in time")]
    TooSlow,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// The connection, which is made anew when it breaks, and the scripts.
pub(super) struct Redis {
    connection: ConnectionManager,
    prefix: String,
    closed: AtomicBool,
    scripts: Scripts,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

struct Scripts {
    keep_login: Script,
    take_login: Script,
    keep_code: Script,
    spend_code: Script,
    first_use: Script,
}

/// Connects. `rediss://` is TLS through the process's rustls provider.
pub(super) async fn open(url: &SecretString, prefix: &str) -> Result<Arc<Redis>, StoreError> {
    let client = Client::open(url.expose_secret()).map_err(unavailable)?;
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(1)
        .set_connection_timeout(Some(LIMIT))
        .set_response_timeout(Some(LIMIT));
    let connection = client.get_connection_manager_with_config(config);
    let connection = tokio::time::timeout(LIMIT * 3, connection).await;
    Ok(Arc::new(Redis {
        connection: connection.map_err(|_| unavailable(RedisError::TooSlow))?.map_err(unavailable)?,
        prefix: prefix.to_owned(),
        closed: AtomicBool::new(false),
        scripts: Scripts {
            keep_login: Script::new(logins::KEEP),
            take_login: Script::new(logins::TAKE),
            keep_code: Script::new(codes::KEEP),
            spend_code: Script::new(codes::SPEND),
            first_use: Script::new(once::FIRST_USE),
        },
    }))
}

impl Redis {
    fn key(&self, kind: &str, handle: &Digest) -> String {
        use fmt::Write;
        let mut key = format!("{}{kind}:", self.prefix);
        for byte in handle.as_bytes() {
            // Writing to a String cannot fail.
            let _ = write!(key, "{byte:02x}");
        }
        key
    }

    /// Runs one call within its limit.
    async fn limited<T>(&self, call: impl Future<Output = redis::RedisResult<T>>) -> Result<T, StoreError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(unavailable(RedisError::Closed));
        }
        tokio::time::timeout(LIMIT, call).await.map_err(|_| unavailable(RedisError::TooSlow))?.map_err(unavailable)
    }

    /// Runs a script on one key.
    async fn run<T: FromRedisValue>(&self, script: &Script, key: &str, arguments: &[&[u8]]) -> Result<T, StoreError> {
        let mut connection = self.connection.clone();
        let mut call = script.key(key);
        for argument in arguments {
            call.arg(*argument);
        }
        self.limited(call.invoke_async(&mut connection)).await
    }

    /// Whether it can be written to.
    pub(super) async fn ready(&self) -> Result<(), StoreError> {
        let mut connection = self.connection.clone();
        let mut beat = redis::cmd("SET");
        beat.arg(format!("{}ready", self.prefix)).arg(1).arg("EX").arg(60);
        self.limited(beat.query_async(&mut connection)).await
    }

    /// From now on every call is refused.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }
}

/// A number as an argument of a script.
fn number(value: i64) -> String {
    value.to_string()
}

/// Milliseconds as an argument of a script.
fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}
