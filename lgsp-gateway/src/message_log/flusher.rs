//! The one task that flushes a store without a journal: while one flush is under way, those who need the next one gather, and
//! appends go on.
//!
//! A store may lose what was not yet flushed when it breaks down alone. A flush counts for an entry only when nothing of the
//! kind can have happened since its append; otherwise the entry is looked for.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use tlog::Hash;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::{
    standing::first_missing,
    writer::{Place, WriteError},
};
use crate::storage::{Era, MessageLogStore, StoreError};

/// How many share a flush at most.
const MOST: usize = 4096;

/// An entry that was appended and must survive the loss of power before anybody is told.
pub(super) struct Appended {
    pub(super) place: Place,
    pub(super) leaf: Hash,
    /// In which era of the store its append began.
    pub(super) era: Era,
    pub(super) done: oneshot::Sender<Result<Place, WriteError>>,
}

/// What the flusher has found out, for the writer.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Whether the store may have lost its end since the writer last looked.
    pub(super) doubt: AtomicBool,
    /// Up to this index, what this process has appended is flushed.
    pub(super) flushed: AtomicU64,
}

/// Begins to flush what is sent; ends when the sender is gone and all are told.
pub(super) fn start(
    store: Arc<dyn MessageLogStore>,
    found: Arc<Found>,
    works: Arc<AtomicBool>,
) -> (mpsc::UnboundedSender<Appended>, JoinHandle<()>) {
    let (appended, waiting) = mpsc::unbounded_channel();
    let flusher = Flusher { store, found, works };
    (appended, tokio::spawn(flusher.run(waiting)))
}

struct Flusher {
    store: Arc<dyn MessageLogStore>,
    found: Arc<Found>,
    works: Arc<AtomicBool>,
}

impl Flusher {
    async fn run(self, mut waiting: mpsc::UnboundedReceiver<Appended>) {
        let mut appended = Vec::new();
        while waiting.recv_many(&mut appended, MOST).await > 0 {
            let flushed = self.flush(&appended).await;
            self.works.store(flushed.is_ok(), Ordering::Relaxed);
            match flushed {
                Ok(end) => {
                    self.found.flushed.fetch_max(end, Ordering::Relaxed);
                    for Appended { place, done, .. } in appended.drain(..) {
                        let lost = || WriteError::Store(Arc::new(StoreError::Conflict));
                        tell(done, if place.index < end { Ok(place) } else { Err(lost()) });
                    }
                }
                Err(error) => {
                    let error = Arc::new(error);
                    for Appended { done, .. } in appended.drain(..) {
                        tell(done, Err(WriteError::Store(Arc::clone(&error))));
                    }
                }
            }
        }
    }

    /// Flushes, and gives the index before which all of these entries survive the loss of power.
    async fn flush(&self, appended: &[Appended]) -> Result<u64, StoreError> {
        let end = appended.iter().map(|entry| entry.place.index).max().map_or(0, |last| last.saturating_add(1));
        match self.store.flush().await {
            Ok(era) if appended.iter().all(|entry| entry.era == era) => return Ok(end),
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = %error, "a flush of the message log failed; its end is looked at");
                self.store.settle().await?;
            }
        }
        self.found.doubt.store(true, Ordering::Relaxed);
        let leaves: Vec<_> = appended.iter().map(|entry| (entry.place.index, entry.leaf)).collect();
        Ok(first_missing(self.store.as_ref(), &leaves).await?.unwrap_or(end))
    }
}

fn tell(done: oneshot::Sender<Result<Place, WriteError>>, outcome: Result<Place, WriteError>) {
    // Who does not wait any more has given the call up; its record stands all the same.
    let _ = done.send(outcome);
}
