//! Audit events that stand alone, and reading all of them back.

use async_trait::async_trait;

use super::{
    Sqlite,
    row::column,
    script::{AUDIT, Script, Values},
};
use crate::{
    audit::AuditEvent,
    storage::{AuditRow, AuditStore, StoreError},
};

const APPEND: Script = &[AUDIT];

const READ: &str = "SELECT sequence, body FROM audit WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";

#[async_trait]
impl AuditStore for Sqlite {
    async fn append(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.writer.run(APPEND, Values::audit(&event)?).await.map(drop)
    }

    async fn read_after(&self, sequence: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        let rows = self.readers.all(READ, &Values::new().with(sequence).with(i64::from(limit)))?;
        rows.iter()
            .map(|row| {
                Ok(AuditRow { sequence: column(row, "audit", "sequence")?, body: column(row, "audit", "body")? })
            })
            .collect()
    }
}
