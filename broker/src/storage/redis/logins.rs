//! Login attempts.

use async_trait::async_trait;
use clock::Timestamp;
use redis::AsyncCommands;
use signing::Digest;

use super::{Redis, SLACK, millis, number};
use crate::storage::{LoginRecord, LoginStore, StoreError};

/// Keeps the expiry and the record. The server's own clock gives the time to live, because there is no other here; the
/// least it may be is the longest life of an attempt, should the clocks differ.
pub(super) const KEEP: &str = r"
local at = redis.call('TIME')
local life = math.floor(tonumber(ARGV[1]) / 1000) - (at[1] * 1000 + math.floor(at[2] / 1000)) + tonumber(ARGV[3])
if life < 900000 then life = 900000 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'expires', ARGV[1], 'record', ARGV[2])
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', life))
return 1
";

/// Reads and removes, as one act.
pub(super) const TAKE: &str = r"
local kept = redis.call('HMGET', KEYS[1], 'expires', 'record')
redis.call('DEL', KEYS[1])
if kept[1] and tonumber(kept[1]) > tonumber(ARGV[1]) then return kept[2] end
return false
";

#[async_trait]
impl LoginStore for Redis {
    async fn keep(&self, handle: &Digest, record: LoginRecord, expires_at: Timestamp) -> Result<(), StoreError> {
        let (expires, slack) = (number(expires_at.micros()), millis(SLACK));
        let arguments = [expires.as_bytes(), &record.0, slack.as_bytes()];
        self.run::<i64>(&self.scripts.keep_login, &self.key("login", handle), &arguments).await.map(drop)
    }

    async fn peek(&self, handle: &Digest, now: Timestamp) -> Result<Option<LoginRecord>, StoreError> {
        let mut connection = self.connection.clone();
        let key = self.key("login", handle);
        let read = connection.hmget::<_, _, (Option<i64>, Option<Vec<u8>>)>(key, &["expires", "record"]);
        let (expires, record) = self.limited(read).await?;
        let alive = expires.is_some_and(|expires| Timestamp::from_micros(expires) > now);
        Ok(record.filter(|_| alive).map(LoginRecord))
    }

    async fn take(&self, handle: &Digest, now: Timestamp) -> Result<Option<LoginRecord>, StoreError> {
        let now = number(now.micros());
        let key = self.key("login", handle);
        let record: Option<Vec<u8>> = self.run(&self.scripts.take_login, &key, &[now.as_bytes()]).await?;
        Ok(record.map(LoginRecord))
    }
}
