//! Nonces: set when absent, by one command, so that of all replicas one gets it.

use std::{fmt::Write, time::Duration};

use async_trait::async_trait;
use clock::Timestamp;
use redis::Value;

use super::{Redis, limited};
use crate::storage::{Nonce, ReplayStore, StoreError};

/// Kept this much longer than asked for: the clocks of Redis and of the replicas may differ, and a call may have waited.
const SLACK: Duration = Duration::from_secs(60);

/// The time of the nonce is over.
#[derive(Debug, thiserror::Error)]
#[error("the nonce is too old to be judged")]
struct TooOld;

#[async_trait]
impl ReplayStore for Redis {
    async fn ready(&self) -> Result<(), StoreError> {
        self.beat().await
    }

    async fn remember(&self, key: [u8; 32], until: Timestamp) -> Result<Nonce, StoreError> {
        let now = self.clock.now();
        if until.plus(SLACK) <= now {
            return Err(StoreError::Failed(Box::new(TooOld)));
        }
        let life = u64::try_from(until.plus(SLACK).since(now).as_millis()).unwrap_or(u64::MAX).max(1);
        let mut name = String::with_capacity(self.prefix.len() + 70);
        name.push_str(&self.prefix);
        name.push_str("nonce:");
        for byte in key {
            // Writing to a String cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        let mut connection = self.connection.clone();
        let mut set = redis::cmd("SET");
        set.arg(name).arg(1).arg("NX").arg("PX").arg(life);
        // A command that was lost on the way back may have been carried out: the call is then refused, never repeated.
        match limited(set.query_async::<Value>(&mut connection)).await? {
            Value::Okay => Ok(Nonce::Fresh),
            Value::Nil => Ok(Nonce::Replayed),
            _ => Err(StoreError::Unreadable { table: "nonce" }),
        }
    }
}
