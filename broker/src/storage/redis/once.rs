//! Assertion ids, each seen once.

use async_trait::async_trait;
use clock::Timestamp;
use signing::Digest;

use super::{Redis, SLACK, millis, number};
use crate::storage::{OnceStore, StoreError};

/// Looks and remembers, as one act.
pub(super) const FIRST_USE: &str = r"
local seen = redis.call('GET', KEYS[1])
if seen and tonumber(seen) > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return 1
";

#[async_trait]
impl OnceStore for Redis {
    async fn first_use(&self, key: &Digest, expires_at: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        let life = millis(expires_at.since(now).saturating_add(SLACK));
        let (expires, now) = (number(expires_at.micros()), number(now.micros()));
        let arguments = [expires.as_bytes(), now.as_bytes(), life.as_bytes()];
        let first: i64 = self.run(&self.scripts.first_use, &self.key("once", key), &arguments).await?;
        Ok(first == 1)
    }
}
