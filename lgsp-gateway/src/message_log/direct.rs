//! Writes without a queue, where the store has a journal: each call writes its own records, and only the flush is shared.
//!
//! The lock is asynchronous: whoever waits for it holds up no thread, and nothing is waited for under it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Mutex;

use super::{
    state::State,
    writer::{Built, Entry, Place, WriteError, fits},
};
use crate::storage::{Durability, Journal, Mark, MessageLogStore, StoreError};

/// Writes one entry after the other.
pub(super) struct Direct {
    store: Arc<dyn MessageLogStore>,
    state: Mutex<State>,
    works: AtomicBool,
    stopped: AtomicBool,
}

impl Direct {
    /// Goes on where the log stands; `None` for a store without a journal.
    pub(super) fn of(store: &Arc<dyn MessageLogStore>, state: &State) -> Option<Self> {
        store.journal()?;
        Some(Self {
            store: Arc::clone(store),
            state: Mutex::new(state.clone()),
            works: AtomicBool::new(true),
            stopped: AtomicBool::new(false),
        })
    }

    /// Writes an entry if there is room for the end of its call too.
    pub(super) async fn try_write(&self, entry: Entry, durability: Durability) -> Result<Place, WriteError> {
        if !self.journal()?.has_room() {
            return Err(WriteError::Full);
        }
        self.write(entry, durability).await
    }

    /// Writes an entry; when this returns it is as durable as was asked.
    pub(super) async fn write(&self, entry: Entry, durability: Durability) -> Result<Place, WriteError> {
        if !fits(&entry) {
            return Err(WriteError::TooLong);
        }
        let written = self.append(&entry, durability).await;
        self.works.store(written.is_ok(), Ordering::Relaxed);
        written.map_err(|error| WriteError::Store(Arc::new(error)))
    }

    async fn append(&self, entry: &Entry, durability: Durability) -> Result<Place, StoreError> {
        let (place, mark) = self.place(entry).await?;
        if durability == Durability::Power {
            let journal = self.store.journal().ok_or(StoreError::Conflict)?;
            journal.flushed(mark).await?;
        }
        Ok(place)
    }

    async fn place(&self, entry: &Entry) -> Result<(Place, Mark), StoreError> {
        let journal = self.store.journal().ok_or(StoreError::Conflict)?;
        let mut state = self.state.lock().await;
        let Built { batch, state: after, places } = Built::of(std::slice::from_ref(entry), &state, &[])?;
        let place = places.first().copied().ok_or(StoreError::Conflict)?;
        let mark = journal.write(batch, after.encode())?;
        *state = after;
        Ok((place, mark))
    }

    /// Takes no more.
    pub(super) fn close(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether the last write worked.
    pub(super) fn works(&self) -> bool {
        self.works.load(Ordering::Relaxed)
    }

    fn journal(&self) -> Result<&dyn Journal, WriteError> {
        let stopped = self.stopped.load(Ordering::Relaxed);
        self.store.journal().filter(|_| !stopped).ok_or(WriteError::Stopped)
    }
}
