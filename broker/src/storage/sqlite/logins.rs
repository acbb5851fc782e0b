//! Login attempts.

use async_trait::async_trait;
use clock::Timestamp;
use signing::Digest;

use super::{
    Sqlite,
    row::{column, moment},
    script::{Script, Values},
};
use crate::storage::{LoginRecord, LoginStore, StoreError};

const KEEP: Script = &["INSERT INTO login (handle, record, expires_at) VALUES (?1, ?2, ?3) \
     ON CONFLICT (handle) DO UPDATE SET record = excluded.record, expires_at = excluded.expires_at"];

const PEEK: &str = "SELECT record FROM login WHERE handle = ?1 AND expires_at > ?2";

const TAKE: Script = &["DELETE FROM login WHERE handle = ?1 RETURNING record, expires_at"];

#[async_trait]
impl LoginStore for Sqlite {
    async fn keep(&self, handle: &Digest, record: LoginRecord, expires_at: Timestamp) -> Result<(), StoreError> {
        let values = Values::new().with(handle.as_bytes()).with(record.0).with(expires_at.micros());
        self.writer.run(KEEP, values).await.map(drop)
    }

    async fn peek(&self, handle: &Digest, now: Timestamp) -> Result<Option<LoginRecord>, StoreError> {
        let values = Values::new().with(handle.as_bytes()).with(now.micros());
        let row = self.readers.one(PEEK, &values)?;
        row.map(|row| column(&row, "login", "record").map(LoginRecord)).transpose()
    }

    async fn take(&self, handle: &Digest, now: Timestamp) -> Result<Option<LoginRecord>, StoreError> {
        let values = Values::new().with(handle.as_bytes());
        let results = self.writer.run(TAKE, values).await?;
        let Some(row) = results.iter().flatten().next() else { return Ok(None) };
        let expired = moment(row, "login", "expires_at")? <= now;
        if expired { Ok(None) } else { Ok(Some(LoginRecord(column(row, "login", "record")?))) }
    }
}
