//! Audit events that stand alone, and reading all of them back.

use async_trait::async_trait;

use super::{
    Sqlite,
    script::{Script, Values, single},
};
use crate::{
    audit::AuditEvent,
    storage::{
        AuditRow, AuditStore, StoreError,
        row::{column, to_json},
    },
};

/// A statement for one event and one more for each further number. A macro, because only a macro can join texts at compile
/// time.
macro_rules! append {
    ($(, $more:literal)*) => {
        single!(concat!(
            "INSERT INTO audit (at, event, reference, body) VALUES (?, ?, ?, ?)",
            $(append!(@ $more),)*
        ))
    };
    (@ $more:literal) => { ", (?, ?, ?, ?)" };
}

/// An event as it is written, so that those of several callers can be written together.
#[derive(Clone)]
pub(super) struct EventRow {
    at: i64,
    event: &'static str,
    reference: String,
    body: String,
}

impl EventRow {
    fn of(event: &AuditEvent) -> Result<Self, StoreError> {
        let (event_name, reference) = (event.name(), event.reference.to_string());
        Ok(Self { at: event.at.micros(), event: event_name, reference, body: to_json(event)? })
    }

    /// The values of these rows, in order.
    pub(super) fn values<'r>(rows: impl Iterator<Item = &'r Self>) -> Values {
        rows.fold(Values::new(), |values, row| {
            values.with(row.at).with(row.event).with(row.reference.as_str()).with(row.body.as_str())
        })
    }
}

/// Statements that write one event, two, and so on.
pub(super) const APPEND: [Script; 8] = [
    append!(),
    append!(, 2),
    append!(, 2, 3),
    append!(, 2, 3, 4),
    append!(, 2, 3, 4, 5),
    append!(, 2, 3, 4, 5, 6),
    append!(, 2, 3, 4, 5, 6, 7),
    append!(, 2, 3, 4, 5, 6, 7, 8),
];

const READ: &str = "SELECT sequence, body FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2";

#[async_trait]
impl AuditStore for Sqlite {
    async fn append(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.writer.append(EventRow::of(&event)?).await
    }

    async fn read_after(&self, sequence: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        let rows = self.readers.all(READ, Values::new().with(sequence).with(i64::from(limit))).await?;
        rows.iter()
            .map(|row| {
                Ok(AuditRow { sequence: column(row, "audit", "sequence")?, body: column(row, "audit", "body")? })
            })
            .collect()
    }
}
