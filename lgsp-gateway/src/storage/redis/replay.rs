//! Nonces: set when absent, by one script, so that of all replicas one gets it, and only while Redis is known to remember what
//! was set before.
//!
//! That Redis still remembers is said by a key of its own, whose value is the id of Redis's run. It is missing when somebody
//! emptied it, and of another run when it was started again or another took its place, whatever it kept on disk: the last
//! second may be missing. A run ends with its connections, so its id is asked again after an error only.

use std::{fmt::Write, sync::Arc, time::Duration};

use async_trait::async_trait;
use clock::Timestamp;
use redis::Script;

use super::{Redis, limited, unavailable};
use crate::storage::{Nonce, ReplayStore, StoreError, moment};

/// Kept this much longer than asked for: the clocks of Redis and of the replicas may differ, and a call may have waited.
const SLACK: Duration = Duration::from_secs(60);

/// How many nonces are told at a time.
const TOLD: usize = 1000;

/// Keys: the nonce, the memory. Values: how long it lives, milliseconds, and the run.
const REMEMBER: &str = "if redis.call('GET', KEYS[2]) ~= ARGV[2] then return 'lost' end \
     if redis.call('SET', KEYS[1], 1, 'NX', 'PX', ARGV[1]) then return 'fresh' end \
     return 'replayed'";

/// The script that remembers.
pub(super) fn script() -> Script {
    Script::new(REMEMBER)
}

/// The time of the nonce is over.
#[derive(Debug, thiserror::Error)]
#[error("the nonce is too old to be judged")]
struct TooOld;

/// Redis does not know what was remembered before.
#[derive(Debug, thiserror::Error)]
#[error("Redis has lost what it remembered")]
struct Lost;

impl Redis {
    fn nonce(&self, key: &[u8; 32]) -> String {
        let mut name = String::with_capacity(self.prefix.len() + 70);
        name.push_str(&self.prefix);
        name.push_str("nonce:");
        for byte in key {
            // Writing to a String cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        name
    }

    fn memory(&self) -> String {
        format!("{}memory", self.prefix)
    }

    /// The id of the run, as it was when it was last asked.
    async fn run(&self) -> Result<Arc<str>, StoreError> {
        if let Some(run) = self.run.load_full() {
            return Ok(Arc::clone(&run));
        }
        let mut connection = self.connection.clone();
        let mut info = redis::cmd("INFO");
        info.arg("server");
        let text: String = limited(info.query_async(&mut connection)).await?;
        let id = text.lines().find_map(|line| line.strip_prefix("run_id:")).map_or("-", str::trim);
        let run: Arc<str> = id.into();
        self.run.store(Some(Arc::new(Arc::clone(&run))));
        Ok(run)
    }

    /// After an error it may be another run that answers next.
    fn noted<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        if outcome.is_err() {
            self.run.store(None);
        }
        outcome
    }

    /// How long a nonce is kept, in milliseconds; `None` when its time is over.
    fn life(&self, until: Timestamp) -> Option<u64> {
        let (end, now) = (until.plus(SLACK), self.clock.now());
        (end > now).then(|| u64::try_from(end.since(now).as_millis()).unwrap_or(u64::MAX).max(1))
    }

    async fn set(&self, nonces: &[([u8; 32], u64)]) -> Result<(), StoreError> {
        let mut pipe = redis::pipe();
        for (key, until) in nonces {
            if let Some(life) = self.life(moment(*until)) {
                pipe.cmd("SET").arg(self.nonce(key)).arg(1).arg("NX").arg("PX").arg(life).ignore();
            }
        }
        let mut connection = self.connection.clone();
        limited(pipe.query_async(&mut connection)).await
    }
}

#[async_trait]
impl ReplayStore for Redis {
    async fn remember(&self, key: [u8; 32], until: Timestamp) -> Result<Nonce, StoreError> {
        let life = self.life(until).ok_or_else(|| StoreError::Failed(Box::new(TooOld)))?;
        let run = self.run().await?;
        let mut connection = self.connection.clone();
        let mut call = self.remember.key(self.nonce(&key));
        call.key(self.memory()).arg(life).arg(&*run);
        // A command that was lost on the way back may have been carried out: the call is then refused, never repeated.
        let said: String = self.noted(limited(call.invoke_async(&mut connection)).await)?;
        match said.as_str() {
            "fresh" => Ok(Nonce::Fresh),
            "replayed" => Ok(Nonce::Replayed),
            _ => Err(unavailable(Lost)),
        }
    }

    async fn remembers(&self) -> Result<bool, StoreError> {
        let run = self.run().await?;
        let mut connection = self.connection.clone();
        let mut get = redis::cmd("GET");
        get.arg(self.memory());
        let known: Option<String> = self.noted(limited(get.query_async(&mut connection)).await)?;
        Ok(known.as_deref() == Some(&*run))
    }

    async fn restore(&self, nonces: Vec<([u8; 32], u64)>) -> Result<(), StoreError> {
        let run = self.run().await?;
        for some in nonces.chunks(TOLD) {
            self.noted(self.set(some).await)?;
        }
        let mut connection = self.connection.clone();
        let mut set = redis::cmd("SET");
        set.arg(self.memory()).arg(&*run);
        self.noted(limited(set.query_async(&mut connection)).await)
    }

    async fn ready(&self) -> Result<(), StoreError> {
        if self.remembers().await? { self.beat().await } else { Err(unavailable(Lost)) }
    }
}
