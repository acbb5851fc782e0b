//! Writes without a queue, where the store has a journal: each call writes its own records, and only the flush is shared.
//!
//! The lock is asynchronous: whoever waits for it holds up no thread, and nothing is waited for under it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Mutex;

use super::{
    recent::Recent,
    state::State,
    writer::{Built, Entry, Place, WriteError, fits},
};
use crate::storage::{Mark, MessageLogStore, StoreError};

/// Writes one entry after the other.
pub(super) struct Direct {
    store: Arc<dyn MessageLogStore>,
    state: Mutex<State>,
    recent: Recent,
    works: AtomicBool,
    stopped: AtomicBool,
}

impl Direct {
    /// Goes on where the log stands; `None` for a store without a journal.
    pub(super) fn of(store: &Arc<dyn MessageLogStore>, state: &State, recent: &Recent) -> Option<Self> {
        store.journal()?;
        Some(Self {
            store: Arc::clone(store),
            state: Mutex::new(state.clone()),
            recent: recent.clone(),
            works: AtomicBool::new(true),
            stopped: AtomicBool::new(false),
        })
    }

    /// Writes an opened record, if there is room for the closed one too; it survives the end of this process.
    pub(super) async fn open(&self, entry: &Entry) -> Result<Place, WriteError> {
        let stopped = self.stopped.load(Ordering::Relaxed);
        let journal = self.store.journal().filter(|_| !stopped).ok_or(WriteError::Stopped)?;
        if !journal.has_room() {
            return Err(WriteError::Full);
        }
        if !fits(entry) {
            return Err(WriteError::TooLong);
        }
        self.told(self.place(entry).await.map(|(place, _)| place))
    }

    /// Writes a closed record; it survives the loss of power. So many calls are under way, this one among them.
    pub(super) async fn close(&self, entry: &Entry, under_way: usize) -> Result<Place, WriteError> {
        if !fits(entry) {
            return Err(WriteError::TooLong);
        }
        let written = async {
            let (place, mark) = self.place(entry).await?;
            self.store.journal().ok_or(StoreError::Conflict)?.flushed(mark, under_way).await?;
            Ok(place)
        };
        self.told(written.await)
    }

    fn told(&self, written: Result<Place, StoreError>) -> Result<Place, WriteError> {
        self.works.store(written.is_ok(), Ordering::Relaxed);
        written.map_err(|error| WriteError::Store(Arc::new(error)))
    }

    async fn place(&self, entry: &Entry) -> Result<(Place, Mark), StoreError> {
        let journal = self.store.journal().ok_or(StoreError::Conflict)?;
        let mut state = self.state.lock().await;
        let Built { batch, state: after, places, leaves } = Built::of(std::slice::from_ref(entry), &state, &[])?;
        let place = places.first().copied().ok_or(StoreError::Conflict)?;
        let first = batch.first;
        let mark = journal.write(batch, after.encode())?;
        *state = after;
        self.recent.written(first, &leaves);
        Ok((place, mark))
    }

    /// Takes no more.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether the last write worked.
    pub(super) fn works(&self) -> bool {
        self.works.load(Ordering::Relaxed)
    }
}
