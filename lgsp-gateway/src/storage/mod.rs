//! What the gateway keeps, as ports; one conformance suite per port is run by every implementation.

#[cfg(test)]
pub(crate) mod conformance;
pub mod embedded;
pub mod evidence;
mod fault;
pub mod memory;
mod open;
pub mod postgres;
pub mod redis;
mod settings;
pub mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use clock::Timestamp;

pub use open::{open, open_log, open_to_read};
pub use settings::StorageSettings;

/// Why a store gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or did not answer in time.
    #[error("the store cannot be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It refused what was asked of it.
    #[error("the store failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What it gave cannot be read.
    #[error("a row of {table} cannot be read")]
    Unreadable {
        /// Where.
        table: &'static str,
    },
    /// Another process wrote to the log at the same place: nothing of this batch was written.
    #[error("the log was extended by somebody else")]
    Conflict,
    /// Another process uses this embedded store.
    #[error("another process uses this embedded store; several replicas need Postgres and Redis")]
    InUse,
    /// The database is newer than this program, or a migration failed.
    #[error("the schema is not the one this program works with")]
    Schema(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Whether a nonce is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nonce {
    /// It had not been seen, and is remembered now.
    Fresh,
    /// It was seen before.
    Replayed,
}

/// A moment that is kept in milliseconds since the epoch.
fn moment(millis: u64) -> Timestamp {
    Timestamp::from_micros(i64::try_from(millis).unwrap_or(i64::MAX).saturating_mul(1000))
}

/// Nonces of message signatures that were accepted.
#[async_trait]
pub trait ReplayStore: Send + Sync {
    /// Remembers `key` until `until`. Of any number of calls with one key, in any number of processes and across restarts,
    /// exactly one gets [`Nonce::Fresh`]. `key` is a digest of key id and nonce.
    ///
    /// # Errors
    /// When it cannot be known, as after a loss of what was remembered; the call must then be refused.
    async fn remember(&self, key: [u8; 32], until: Timestamp) -> Result<Nonce, StoreError>;

    /// Whether it knows what was remembered before; otherwise it must be told.
    ///
    /// # Errors
    /// It cannot be asked.
    async fn remembers(&self) -> Result<bool, StoreError>;

    /// Takes what it must know: keys, and until when in milliseconds since the epoch. What is over is left out.
    ///
    /// # Errors
    /// There are more than can be remembered, or it cannot be asked.
    async fn restore(&self, nonces: Vec<([u8; 32], u64)>) -> Result<(), StoreError>;

    /// Whether it could be asked now.
    ///
    /// # Errors
    /// It cannot, or not in time.
    async fn ready(&self) -> Result<(), StoreError>;
}

/// Consecutive entries of the log, written by one act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Index of the first entry.
    pub first: u64,
    /// How many entries.
    pub count: u32,
    /// Time of the earliest and of the latest entry, milliseconds since the epoch.
    pub since: u64,
    /// See `since`.
    pub until: u64,
    /// The entries, in the format of a C2SP entry bundle: each preceded by its length as two bytes, big-endian.
    pub entries: Vec<u8>,
    /// The sealed evidence of the entries, empty when there is none; see [`evidence`].
    pub evidence: Vec<u8>,
}

impl Batch {
    /// The same place and times with nothing in it.
    #[must_use]
    pub const fn bare(&self) -> Self {
        let Self { first, count, since, until, .. } = *self;
        Self { first, count, since, until, entries: Vec::new(), evidence: Vec::new() }
    }
}

/// A full tile of the tree (C2SP tlog-tiles): 256 hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileRow {
    /// Its level, from 0.
    pub level: u8,
    /// Its place in the level, from 0.
    pub number: u64,
    /// The hashes, 8192 bytes.
    pub hashes: Vec<u8>,
}

/// How much an append promises when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// It survives the end of this process.
    Process,
    /// It survives the loss of power.
    Power,
}

/// A place in a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(u64);

/// A log that this process alone writes, beside it: an append waits for nobody.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Whether there is room for another call: for its opened record and, later, for its closed one.
    fn has_room(&self) -> bool;

    /// Appends as [`MessageLogStore::append`] does. When this returns, the batch survives the end of this process.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the batch does not begin where the log ends. After any error the log ends where it ended.
    fn write(&self, batch: Batch, head: Vec<u8>) -> Result<Mark, StoreError>;

    /// Waits until everything up to the mark survives the loss of power. `under_way` calls, this one among them, will wait so:
    /// a flush may wait a moment for them, because it costs the same for all.
    ///
    /// # Errors
    /// It cannot be known whether it does.
    async fn flushed(&self, mark: Mark, under_way: usize) -> Result<(), StoreError>;
}

/// The message log, as rows.
#[async_trait]
pub trait MessageLogStore: Send + Sync {
    /// The journal of a store that this process alone writes; `None` when an append has to wait for another system.
    fn journal(&self) -> Option<&dyn Journal> {
        None
    }

    /// The state after the last batch; `None` for an empty log.
    async fn head(&self) -> Result<Option<Vec<u8>>, StoreError>;

    /// Appends one batch, whole or not at all. `head` is the state of the log after it (size, last leaf hash, compact
    /// tree), in the message log's format.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when `batch.first` is not the end of the log: another process appended meanwhile.
    async fn append(&self, batch: &Batch, head: &[u8], durability: Durability) -> Result<(), StoreError>;

    /// The state after the last batch. When this returns, that batch and all before it survive the loss of power, however
    /// they were appended.
    async fn settle(&self) -> Result<Option<Vec<u8>>, StoreError>;

    /// Batches from the one that holds entry `index` on, in order: at least one when there is one, and no further one
    /// after about `most_bytes` of entries.
    async fn read(&self, index: u64, most_bytes: usize) -> Result<Vec<Batch>, StoreError>;

    /// The same without the evidence, which is the larger part.
    async fn read_entries(&self, index: u64, most_bytes: usize) -> Result<Vec<Batch>, StoreError>;

    /// Index of the first entry of the first batch whose `until` is not before `millis`; `None` when there is none.
    async fn first_at(&self, millis: u64) -> Result<Option<u64>, StoreError>;

    /// Keeps a signed checkpoint for a tree of this size, past the loss of power; one of the same size stays as it is. Of
    /// the older ones only the last of every 1024 entries need be kept.
    async fn keep_checkpoint(&self, size: u64, note: &str) -> Result<(), StoreError>;

    /// The newest checkpoint that was kept.
    async fn checkpoint(&self) -> Result<Option<(u64, String)>, StoreError>;

    /// Checkpoints of a larger size than `after`, by size, at most `most`.
    async fn checkpoints(&self, after: u64, most: u32) -> Result<Vec<(u64, String)>, StoreError>;

    /// Keeps full tiles; one that is there stays as it is.
    async fn keep_tiles(&self, tiles: &[TileRow]) -> Result<(), StoreError>;

    /// How many full tiles of a level are kept; they are kept in order.
    async fn tile_count(&self, level: u8) -> Result<u64, StoreError>;

    /// Full tiles of a level from number `first` on, at most `most`.
    async fn tiles(&self, level: u8, first: u64, most: u32) -> Result<Vec<TileRow>, StoreError>;

    /// Finishes what is under way and closes; whatever is asked afterwards fails.
    async fn close(&self);
}

/// The stores of one gateway.
#[derive(Clone)]
pub struct Stores {
    /// Nonces.
    pub replay: Arc<dyn ReplayStore>,
    /// The message log.
    pub message_log: Arc<dyn MessageLogStore>,
}
