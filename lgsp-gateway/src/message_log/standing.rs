//! Do entries that we appended still stand in the store?

use tlog::{Entries, Hash};

use super::READ_BYTES;
use crate::storage::{MessageLogStore, StoreError};

/// The index of the first of these leaves, in order, that does not stand where it was put; `None` when all do.
pub(super) async fn first_missing(
    store: &dyn MessageLogStore,
    leaves: &[(u64, Hash)],
) -> Result<Option<u64>, StoreError> {
    let mut rest = leaves.iter().peekable();
    while let Some((next, _)) = rest.peek() {
        let missing = *next;
        let batches = store.read_entries(missing, READ_BYTES).await?;
        for batch in &batches {
            for (index, entry) in (batch.first..).zip(Entries::of(&batch.entries)) {
                let entry = entry.map_err(|_| StoreError::Unreadable { table: "log_batch" })?;
                if let Some((_, leaf)) = rest.next_if(|(next, _)| *next == index)
                    && Hash::leaf(entry) != *leaf
                {
                    return Ok(Some(index));
                }
            }
        }
        // Nothing that was asked for was there.
        if rest.peek().is_some_and(|(next, _)| *next == missing) {
            return Ok(Some(missing));
        }
    }
    Ok(None)
}
