//! Audit events that stand alone, and reading all of them back.
//!
//! Transactions that run at the same time may become visible in another order than they took their numbers in. A reader
//! that follows the end of the log therefore reads the last few seconds again.

use async_trait::async_trait;

use super::{Postgres, limited, with_event};
use crate::{
    audit::AuditEvent,
    storage::{
        AuditRow, AuditStore, StoreError,
        row::{column, unavailable},
    },
};

const APPEND: &str = "INSERT INTO audit (at, event, reference, body) VALUES ($1, $2, $3, $4::jsonb)";

const READ: &str = "SELECT sequence, body::text AS body FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2";

#[async_trait]
impl AuditStore for Postgres {
    async fn append(&self, event: AuditEvent) -> Result<(), StoreError> {
        let append = with_event(APPEND, &event)?;
        limited(async { append.execute(&self.pool).await.map(drop).map_err(unavailable) }).await
    }

    async fn read_after(&self, sequence: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        let read = sqlx::query(READ).bind(sequence).bind(i64::from(limit));
        let rows = limited(async { read.fetch_all(&self.pool).await.map_err(unavailable) }).await?;
        rows.iter()
            .map(|row| {
                Ok(AuditRow { sequence: column(row, "audit", "sequence")?, body: column(row, "audit", "body")? })
            })
            .collect()
    }
}
