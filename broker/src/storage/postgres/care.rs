//! Sweeping, readiness and closing.

use std::time::Duration;

use async_trait::async_trait;
use clock::Timestamp;

use super::{Postgres, limited};
use crate::storage::{KEEP_ENDED, StoreCare, StoreError, row::unavailable};

/// How many rows go in one step, so that nobody waits long behind it.
const STEP: u64 = 512;

/// Each table's statement, which replicas may run at the same time, and how long after its expiry a row is kept.
const SWEPT: [(&str, Duration); 4] = [
    (
        "DELETE FROM refresh WHERE hash IN \
           (SELECT hash FROM refresh WHERE expires_at <= $1 LIMIT 512 FOR UPDATE SKIP LOCKED)",
        KEEP_ENDED,
    ),
    (
        "DELETE FROM grant_family WHERE id IN \
           (SELECT id FROM grant_family WHERE expires_at <= $1 LIMIT 512 FOR UPDATE SKIP LOCKED)",
        KEEP_ENDED,
    ),
    (
        "DELETE FROM session WHERE id IN \
           (SELECT id FROM session WHERE expires_at <= $1 LIMIT 512 FOR UPDATE SKIP LOCKED)",
        KEEP_ENDED,
    ),
    (
        "DELETE FROM revoked_token WHERE id IN \
           (SELECT id FROM revoked_token WHERE until <= $1 LIMIT 512 FOR UPDATE SKIP LOCKED)",
        Duration::ZERO,
    ),
];

const BEAT: &str = "INSERT INTO heartbeat (id, beats) VALUES (1, 1) \
     ON CONFLICT (id) DO UPDATE SET beats = heartbeat.beats + 1";

#[async_trait]
impl StoreCare for Postgres {
    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut gone = 0_u64;
        for (sql, grace) in SWEPT {
            loop {
                let step = sqlx::query(sql).bind(now.minus(grace).micros());
                let done = limited(async { step.execute(&self.pool).await.map_err(unavailable) }).await?;
                gone = gone.saturating_add(done.rows_affected());
                if done.rows_affected() < STEP {
                    break;
                }
            }
        }
        Ok(gone)
    }

    async fn ready(&self) -> Result<(), StoreError> {
        limited(async { sqlx::query(BEAT).execute(&self.pool).await.map(drop).map_err(unavailable) }).await
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
