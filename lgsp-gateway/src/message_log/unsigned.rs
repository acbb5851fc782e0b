//! Was the end of the log left without a checkpoint although there was time to sign one? Who can write to the database can take
//! checkpoints away and write what they covered anew; what cannot be made up is the second in which one would have been signed.

use std::time::Duration;

use crate::storage::{MessageLogStore, StoreError};

/// How long entries may go without a checkpoint; one is signed every second.
pub(super) const UNSIGNED: Duration = Duration::from_secs(60);

/// The first entry that no checkpoint covers, when it is older by more than [`UNSIGNED`] than the newest one, which is of
/// `until` (milliseconds since the epoch); `signed` is the size of the newest checkpoint, `size` that of the log.
pub(super) async fn first_left(
    store: &dyn MessageLogStore,
    signed: u64,
    size: u64,
    until: u64,
) -> Result<Option<u64>, StoreError> {
    if signed >= size {
        return Ok(None);
    }
    let batches = store.read_entries(signed, 1).await?;
    // The latest time of its batch: entries that were written together are no sign of anything.
    let since = batches.first().map_or(until, |batch| batch.until);
    let most = u64::try_from(UNSIGNED.as_millis()).unwrap_or(u64::MAX);
    Ok((until.saturating_sub(since) > most).then_some(signed))
}
