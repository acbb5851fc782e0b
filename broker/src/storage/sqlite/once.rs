//! Assertion ids, each seen once.

use async_trait::async_trait;
use clock::Timestamp;
use signing::Digest;

use super::{
    Sqlite,
    script::{Script, Values},
};
use crate::storage::{OnceStore, StoreError};

const FIRST_USE: Script = &["INSERT INTO once (key, expires_at) VALUES (?1, ?2) \
     ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE once.expires_at <= ?3 RETURNING 1"];

#[async_trait]
impl OnceStore for Sqlite {
    async fn first_use(&self, key: &Digest, expires_at: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        let values = Values::new().with(key.as_bytes()).with(expires_at.micros()).with(now.micros());
        let results = self.writer.run(FIRST_USE, values).await?;
        Ok(results.iter().flatten().next().is_some())
    }
}
