//! Where are the records of a call? Its id carries its time, and entries are found by time.

use tlog::{Entries, Kind, Line};
use types::TransactionId;

use super::READ_BYTES;
use crate::storage::{MessageLogStore, StoreError, evidence};

/// How much earlier than its id's time a call's record may stand, in milliseconds: clocks of replicas differ.
const EARLIER: u64 = 60_000;

/// An entry and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundEntry {
    /// Its place in the log.
    pub index: u64,
    /// The entry, to the byte.
    pub entry: Vec<u8>,
    /// Its sealed evidence.
    pub sealed: Option<Vec<u8>>,
}

/// The records of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The opened record.
    pub opened: Option<FoundEntry>,
    /// The closed record.
    pub closed: Option<FoundEntry>,
}

/// Looks for the records of a call.
///
/// # Errors
/// When the log cannot be read.
pub async fn find(store: &dyn MessageLogStore, id: TransactionId) -> Result<Found, StoreError> {
    let mut found = Found::default();
    let Some(mut index) = store.first_at(id.millis().saturating_sub(EARLIER)).await? else { return Ok(found) };
    let wanted = id.to_string();
    while found.closed.is_none() {
        let batches = store.read(index, READ_BYTES).await?;
        let Some(last) = batches.last() else { break };
        index = last.first.saturating_add(u64::from(last.count));
        for batch in &batches {
            for (place, entry) in (0_u32..).zip(Entries::of(&batch.entries)) {
                let entry = entry.map_err(|_| StoreError::Unreadable { table: "log_batch" })?;
                let Some(line) = Line::parse(entry).filter(|line| line.id == id) else { continue };
                let sealed = evidence::of_entry(&batch.evidence, place).map(<[u8]>::to_vec);
                let entry = FoundEntry { index: line.index, entry: entry.to_vec(), sealed };
                match line.kind {
                    Kind::Opened => found.opened = Some(entry),
                    Kind::Closed => found.closed = Some(entry),
                }
            }
        }
    }
    tracing::debug!(transaction.id = wanted, found = found.opened.is_some(), "looked for a call");
    Ok(found)
}
