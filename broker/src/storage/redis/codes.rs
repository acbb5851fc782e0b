//! Authorization codes.

use async_trait::async_trait;
use clock::Timestamp;
use signing::Digest;

use super::{Redis, SLACK, millis, number};
use crate::{
    grant::PendingGrant,
    ids::GrantId,
    storage::{CodeStore, KEEP_SPENT_CODES, Spend, StoreError, row::to_json},
};

/// Keeps the expiry, the family and the pending grant, until a spent code need not be remembered any more. The server's
/// own clock gives the time to live; the least it may be is 15 minutes, should the clocks differ.
pub(super) const KEEP: &str = r"
if redis.call('EXISTS', KEYS[1]) == 1 then return redis.error_reply('code kept twice') end
local at = redis.call('TIME')
local life = math.floor(tonumber(ARGV[1]) / 1000) - (at[1] * 1000 + math.floor(at[2] / 1000)) + tonumber(ARGV[4])
if life < 900000 then life = 900000 end
redis.call('HSET', KEYS[1], 'expires', ARGV[1], 'grant', ARGV[2], 'body', ARGV[3])
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', life))
return 1
";

/// Decides and marks, as one act: `fresh` with the pending grant, `replayed` with the family, `expired`, `unknown`.
pub(super) const SPEND: &str = r"
local kept = redis.call('HMGET', KEYS[1], 'expires', 'grant', 'body', 'spent')
if not kept[1] then return {'unknown', ''} end
if kept[4] then return {'replayed', kept[2]} end
if tonumber(kept[1]) <= tonumber(ARGV[1]) then return {'expired', ''} end
redis.call('HSET', KEYS[1], 'spent', '1')
redis.call('HDEL', KEYS[1], 'body')
return {'fresh', kept[3]}
";

#[async_trait]
impl CodeStore for Redis {
    async fn keep(&self, code: &Digest, pending: &PendingGrant) -> Result<(), StoreError> {
        let (expires, body) = (number(pending.expires_at.micros()), to_json(pending)?);
        let grace = millis(KEEP_SPENT_CODES.saturating_add(SLACK));
        let arguments = [expires.as_bytes(), pending.grant.id.as_bytes(), body.as_bytes(), grace.as_bytes()];
        self.run::<i64>(&self.scripts.keep_code, &self.key("code", code), &arguments).await.map(drop)
    }

    async fn spend(&self, code: &Digest, now: Timestamp) -> Result<Spend, StoreError> {
        let now = number(now.micros());
        let key = self.key("code", code);
        let (outcome, rest): (String, Vec<u8>) = self.run(&self.scripts.spend_code, &key, &[now.as_bytes()]).await?;
        let unreadable = |column| StoreError::Unreadable { table: "code", column };
        match outcome.as_str() {
            "fresh" => serde_json::from_slice(&rest).map(Spend::Fresh).map_err(|_| unreadable("body")),
            "replayed" => GrantId::from_slice(&rest).map(Spend::Replayed).ok_or(unreadable("grant")),
            "expired" => Ok(Spend::Expired),
            "unknown" => Ok(Spend::Unknown),
            _ => Err(unreadable("outcome")),
        }
    }
}
