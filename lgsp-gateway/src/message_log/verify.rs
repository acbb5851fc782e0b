//! Does the whole log hold? Every entry in its place and unchanged, every checkpoint signed and of this tree, every piece of
//! evidence there, every call opened and closed once; the first fault is named.
//!
//! One thread reads while another hashes. JSON is not read unless something is wrong: what is needed stands at fixed places.

mod checker;
mod fault;

use std::sync::Arc;

use clock::Timestamp;
use signing::Sealer;
use tlog::{Checkpoint, Hash, Verifier};
use types::TransactionId;

use super::{READ_BYTES, state};
use crate::storage::{Batch, MessageLogStore, StoreError, TileRow};
use checker::{Checker, End};
pub use fault::{Fault, What};

/// How many checkpoints are read at a time.
const CHECKPOINTS: u32 = 4096;

/// How many chunks wait between the thread that reads and the one that checks.
const CHUNKS: usize = 3;

/// Levels of tiles that are looked at: more than a log that fits anywhere has.
const LEVELS: usize = 6;

/// What a log is held against.
pub struct Audit {
    /// The log's key.
    pub log: Verifier,
    /// Checkpoints that the auditor kept, as signed notes: they find a log that was cut short or exchanged as a whole.
    pub kept: Vec<String>,
    /// Opens the evidence and checks what is in it; without it only that it is there, unchanged.
    pub evidence: Option<Arc<Sealer>>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries that were checked.
    pub entries: u64,
    /// Checkpoints that agree with them.
    pub checkpoints: u64,
    /// The size of the newest of them.
    pub signed: u64,
    /// Pieces of evidence that were checked.
    pub evidence: u64,
    /// Calls without a closed record: their outcome is unknown. Calls under way are among them.
    pub open: Vec<(u64, TransactionId)>,
    /// Time of the newest entry, when there is one.
    pub until: Option<Timestamp>,
    /// The first thing that does not hold.
    pub fault: Option<Fault>,
}

/// What the thread that reads hands over.
struct Chunk {
    batches: Vec<Batch>,
    tiles: Vec<TileRow>,
}

/// Checks the log as it stands now.
///
/// # Errors
/// When the store does not answer. What is wrong with the log is no error but a [`Fault`] of the report.
pub async fn verify(store: &dyn MessageLogStore, audit: &Audit) -> Result<Report, StoreError> {
    // First the checkpoints, then the end: a log that grows meanwhile never looks shorter than its checkpoints.
    let (checkpoints, forged) = checkpoints(store, audit).await?;
    let end = match state::current(store).await {
        Ok(state) => state,
        Err(StoreError::Unreadable { .. }) => {
            return Ok(Report { fault: Some(Fault::of(What::Head)), ..Report::default() });
        }
        Err(error) => return Err(error),
    };
    let size = end.tree.size();
    let (chunks, mut waiting) = tokio::sync::mpsc::channel::<Chunk>(CHUNKS);
    let known = End { size, root: end.tree.root(), last: end.last };
    let mut checker = Checker::new(known, checkpoints, audit.evidence.clone());
    let checking = tokio::task::spawn_blocking(move || {
        while let Some(chunk) = waiting.blocking_recv() {
            if !checker.check(&chunk.batches, &chunk.tiles) {
                break;
            }
        }
        checker
    });
    read(store, size, chunks).await?;
    let checker = checking.await.map_err(|error| StoreError::Failed(Box::new(error)))?;
    let mut report = checker.finish();
    // An entry that is wrong says more than a checkpoint that is.
    report.fault = report.fault.or(forged);
    if size > 0 {
        report.until = i64::try_from(end.until).ok().map(|millis| Timestamp::from_micros(millis.saturating_mul(1000)));
    }
    Ok(report)
}

/// Reads until the end or until nobody wants more.
async fn read(
    store: &dyn MessageLogStore,
    size: u64,
    chunks: tokio::sync::mpsc::Sender<Chunk>,
) -> Result<(), StoreError> {
    let mut index = 0;
    let mut levels = [0_u64; LEVELS];
    while index < size {
        let batches = store.read(index, READ_BYTES).await?;
        let Some(last) = batches.last() else { break };
        index = last.first.saturating_add(u64::from(last.count)).max(index.saturating_add(1));
        let mut tiles = Vec::new();
        let mut full = index.min(size);
        for (level, read) in (0..).zip(&mut levels) {
            full /= tlog::tile::WIDTH;
            let count = u32::try_from(full.saturating_sub(*read)).unwrap_or(u32::MAX);
            if count > 0 {
                tiles.extend(store.tiles(level, *read, count).await?);
            }
            *read = full;
        }
        if chunks.send(Chunk { batches, tiles }).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// The checkpoints of the store and of the auditor, by size, and the first that is not one of this log.
async fn checkpoints(
    store: &dyn MessageLogStore,
    audit: &Audit,
) -> Result<(Vec<(u64, Hash)>, Option<Fault>), StoreError> {
    let mut notes: Vec<(Option<u64>, String)> = audit.kept.iter().map(|note| (None, note.clone())).collect();
    let mut after = 0;
    loop {
        let more = store.checkpoints(after, CHECKPOINTS).await?;
        let Some((last, _)) = more.last() else { break };
        after = *last;
        notes.extend(more.into_iter().map(|(size, note)| (Some(size), note)));
    }
    let mut checkpoints = Vec::with_capacity(notes.len());
    let mut forged = None;
    for (size, note) in notes {
        let text = audit.log.open(&note).ok();
        let checkpoint = text.and_then(Checkpoint::parse).filter(|checkpoint| {
            checkpoint.origin == audit.log.name() && size.is_none_or(|size| size == checkpoint.size)
        });
        match checkpoint {
            Some(checkpoint) => checkpoints.push((checkpoint.size, checkpoint.root)),
            None => forged = forged.or(Some(Fault::of(What::Checkpoint { size }))),
        }
    }
    checkpoints.sort_by_key(|(size, _)| *size);
    checkpoints.dedup();
    Ok((checkpoints, forged))
}
