//! The embedded default: a journal that takes each record as it comes, and the SQLite file into which it moves. One gateway
//! writes both, auditors may read them meanwhile.
//!
//! A record is written to the journal and is then safe from the end of this process; the loss of power it survives once the
//! journal is flushed, which many calls share. Every second, when a checkpoint is signed, and before much has gathered,
//! everything in the journal becomes one batch in the database. The database is flushed only for a checkpoint: whatever it could
//! still lose stands in the journal, whose place is written again when the database can lose it no more.

mod flush;
mod frame;
mod pen;
mod tail;

#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{sync::Notify, task::JoinHandle};

use super::{
    Batch, Durability, Journal, Mark, MessageLogStore, StoreError, TileRow, fault::unavailable, sqlite::SqliteLog,
};
use flush::Flusher;
use frame::Piece;
use pen::Pen;
use tail::Tail;

/// How much gathers in the journal before it moves into the database, in bytes. Little at a time, because flushes of the journal
/// wait for what is written to the same disk meanwhile.
const GATHERED: usize = 512 << 10;

/// How much may be in the journal at most, in bytes; the half of it is for the ends of calls.
const MOST: usize = 128 << 20;

/// How long a file of the journal becomes before the database is flushed for its sake, in bytes.
const LONG: u64 = 64 << 20;

/// How large one batch of the database becomes, in bytes, about.
const BATCH: usize = 512 << 10;

/// How long to wait after the database took nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often a reader looks again when the journal moved while it looked.
const LOOKS: u32 = 8;

/// Why the journal takes or gives nothing.
#[derive(Debug, thiserror::Error)]
enum JournalError {
    /// It was closed, or opened only to be read.
    #[error("the journal is not open to write")]
    NotOpen,
    /// The database takes nothing, so the journal grows.
    #[error("the journal is full, because its records do not get into the database")]
    Full,
    /// What stands in it does not go on where the database ends.
    #[error(
        "the journal beside the database does not go on where the database ends, or lacks what had been flushed: one of them is \
         another's, was cut, or is damaged"
    )]
    Gap,
}

/// The message log of one process.
pub struct EmbeddedLog {
    inner: Arc<Inner>,
    mover: Mutex<Option<JoinHandle<()>>>,
}

struct Inner {
    sqlite: SqliteLog,
    path: PathBuf,
    /// `None` when it was closed, or opened only to be read.
    writing: Option<Writing>,
    tail: Mutex<Tail>,
}

struct Writing {
    pen: Mutex<Option<Pen>>,
    flusher: Flusher,
    /// One moves at a time.
    moving: tokio::sync::Mutex<()>,
    /// Much has gathered.
    gathered: Arc<Notify>,
}

impl EmbeddedLog {
    /// Opens database and journal to write; what a former process left in the journal moves into the database first.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process writes it, [`StoreError::Unreadable`] when journal and database do not
    /// belong together.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let sqlite = SqliteLog::open(path).await?;
        let (pen, left) = Pen::open(path).map_err(unavailable)?;
        let tail = Tail::of(left, sqlite.size().await?).ok_or_else(|| gap(path))?;
        let gathered = Arc::new(Notify::new());
        let writing = Writing {
            pen: Mutex::new(Some(pen)),
            flusher: Flusher::start(tail.end()).map_err(unavailable)?,
            moving: tokio::sync::Mutex::default(),
            gathered: Arc::clone(&gathered),
        };
        let inner = Inner { sqlite, path: path.to_owned(), writing: Some(writing), tail: Mutex::new(tail) };
        inner.settle().await?;
        let inner = Arc::new(inner);
        let mover = tokio::spawn(keep_moving(Arc::downgrade(&inner), gathered));
        Ok(Self { inner, mover: Mutex::new(Some(mover)) })
    }

    /// Opens what is there to read it, beside the gateway that writes it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is no such file, or it is not a log.
    pub async fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let sqlite = SqliteLog::open_to_read(path).await?;
        let inner = Inner { sqlite, path: path.to_owned(), writing: None, tail: Mutex::default() };
        inner.look().await?;
        Ok(Self { inner: Arc::new(inner), mover: Mutex::new(None) })
    }
}

/// Moves what has gathered, as long as the log is there. What could not move stays where it is safe and is tried again after
/// [`PATIENCE`]: every call asks for it then, and each try leaves a line.
async fn keep_moving(inner: Weak<Inner>, gathered: Arc<Notify>) {
    loop {
        gathered.notified().await;
        let Some(inner) = inner.upgrade() else { return };
        let moved = if inner.is_long() { inner.settle().await.map(drop) } else { inner.empty().await.map(drop) };
        drop(inner);
        if let Err(error) = moved {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, source, "the journal of the message log does not get into the database");
            tokio::time::sleep(PATIENCE).await;
        }
    }
}

fn gap(path: &Path) -> StoreError {
    tracing::error!(path = %path.display(), "{}", JournalError::Gap);
    StoreError::Unreadable { table: "the journal" }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No step under these locks leaves anything half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn writing(&self) -> Result<&Writing, StoreError> {
        let open = self.writing.as_ref().filter(|writing| lock(&writing.pen).is_some());
        open.ok_or_else(|| unavailable(JournalError::NotOpen))
    }

    /// Whether the file that is written has become so long that its place is wanted back.
    fn is_long(&self) -> bool {
        self.writing.as_ref().is_some_and(|writing| lock(&writing.pen).as_ref().is_some_and(|pen| pen.offset() > LONG))
    }

    /// Moves everything that is in the journal now into the database, where it survives the end of this process; gives the index
    /// to which the database reaches.
    async fn empty(&self) -> Result<u64, StoreError> {
        let writing = self.writing()?;
        let _one = writing.moving.lock().await;
        // Whatever is written from here on goes into the other file, so that this one is free when the database keeps its pieces.
        let end = {
            let mut pen = lock(&writing.pen);
            pen.as_mut().ok_or_else(|| unavailable(JournalError::NotOpen))?.turn();
            lock(&self.tail).end()
        };
        loop {
            let (pieces, moved_to) = {
                let tail = lock(&self.tail);
                (tail.first(BATCH), tail.moved_to())
            };
            let Some(last) = pieces.last().filter(|_| moved_to < end).cloned() else { return Ok(moved_to) };
            // Much is copied: not on a thread that serves calls.
            let joined = tokio::task::spawn_blocking(move || joined(&pieces)).await;
            let Some(batch) = joined.map_err(unavailable)?? else { return Ok(moved_to) };
            self.sqlite.extend(batch, last.head.clone(), Durability::Process).await?;
            lock(&self.tail).moved(last.end());
        }
    }

    /// Moves everything, and flushes the database; gives the state of the log there.
    async fn settle(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let kept_to = self.empty().await?;
        let head = self.sqlite.settle().await?;
        if let Some(pen) = lock(&self.writing()?.pen).as_mut() {
            pen.kept(kept_to);
        }
        Ok(head)
    }

    /// Looks at the journal as another process writes it. The journal is read first: whatever moves meanwhile is in the
    /// database then.
    async fn look(&self) -> Result<(), StoreError> {
        if self.writing.is_some() {
            return Ok(());
        }
        for _ in 0..LOOKS {
            let left = pen::read(&self.path).map_err(unavailable)?;
            if let Some(tail) = Tail::of(left, self.sqlite.size().await?) {
                *lock(&self.tail) = tail;
                return Ok(());
            }
        }
        Err(gap(&self.path))
    }
}

fn joined(pieces: &[Arc<Piece>]) -> Result<Option<Batch>, StoreError> {
    let Some((first, rest)) = pieces.split_first() else { return Ok(None) };
    let bytes = |of: fn(&Batch) -> &Vec<u8>| pieces.iter().map(|piece| of(&piece.batch).len()).sum();
    let (mut entries, mut evidence) =
        (Vec::with_capacity(bytes(|batch| &batch.entries)), Vec::with_capacity(bytes(|batch| &batch.evidence)));
    entries.extend_from_slice(&first.batch.entries);
    evidence.extend_from_slice(&first.batch.evidence);
    let mut batch = Batch { entries, evidence, ..first.batch.bare() };
    for piece in rest {
        batch.join(&piece.batch).map_err(|_| StoreError::Unreadable { table: "the journal" })?;
    }
    Ok(Some(batch))
}

#[async_trait]
impl Journal for EmbeddedLog {
    fn has_room(&self) -> bool {
        lock(&self.inner.tail).bytes() < MOST / 2
    }

    fn write(&self, batch: Batch, head: Vec<u8>) -> Result<Mark, StoreError> {
        let Inner { writing, tail, .. } = &*self.inner;
        let writing = writing.as_ref().ok_or_else(|| unavailable(JournalError::NotOpen))?;
        let mut held = lock(&writing.pen);
        let pen = held.as_mut().ok_or_else(|| unavailable(JournalError::NotOpen))?;
        let flushed_to = writing.flusher.flushed_to().map_err(unavailable)?;
        {
            let tail = lock(tail);
            if batch.first != tail.end() {
                return Err(StoreError::Conflict);
            }
            if tail.bytes() >= MOST {
                return Err(unavailable(JournalError::Full));
            }
        }
        let piece = Piece { batch, head };
        pen.write(&piece, flushed_to).map_err(unavailable)?;
        let file = pen.file().ok_or_else(|| unavailable(JournalError::NotOpen))?;
        let end = piece.end();
        writing.flusher.written(file, end);
        let mut tail = lock(tail);
        tail.push(Arc::new(piece));
        if tail.bytes() >= GATHERED {
            writing.gathered.notify_one();
        }
        Ok(Mark(end))
    }

    async fn flushed(&self, Mark(end): Mark, under_way: usize) -> Result<(), StoreError> {
        self.inner.writing()?.flusher.flushed(end, under_way).await.map_err(unavailable)
    }
}

#[async_trait]
impl MessageLogStore for EmbeddedLog {
    fn journal(&self) -> Option<&dyn Journal> {
        self.inner.writing.as_ref().map(|_| self as &dyn Journal)
    }

    async fn head(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.look().await?;
        let tail = lock(&self.inner.tail).head().map(<[u8]>::to_vec);
        // A closed database must not be passed over because the journal still knows.
        let database = self.inner.sqlite.head().await?;
        Ok(tail.or(database))
    }

    async fn append(&self, batch: &Batch, head: &[u8], durability: Durability) -> Result<(), StoreError> {
        let mark = self.write(batch.clone(), head.to_vec())?;
        match durability {
            Durability::Process => Ok(()),
            Durability::Power => self.flushed(mark, 1).await,
        }
    }

    async fn settle(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.settle().await
    }

    async fn read(&self, index: u64, most_bytes: usize) -> Result<Vec<Batch>, StoreError> {
        match self.of_tail(index, most_bytes).await? {
            Some(batches) => Ok(batches),
            None => Ok(from(index, self.inner.sqlite.read(index, most_bytes).await?)),
        }
    }

    async fn read_entries(&self, index: u64, most_bytes: usize) -> Result<Vec<Batch>, StoreError> {
        match self.of_tail(index, most_bytes).await? {
            Some(batches) => Ok(batches),
            None => Ok(from(index, self.inner.sqlite.read_entries(index, most_bytes).await?)),
        }
    }

    async fn first_at(&self, millis: u64) -> Result<Option<u64>, StoreError> {
        self.inner.look().await?;
        let found = lock(&self.inner.tail).first_at(millis);
        // What is in the database comes before what is in the journal, also when it moves meanwhile.
        Ok(self.inner.sqlite.first_at(millis).await?.or(found))
    }

    async fn keep_checkpoint(&self, size: u64, note: &str) -> Result<(), StoreError> {
        self.inner.sqlite.keep_checkpoint(size, note).await
    }

    async fn checkpoint(&self) -> Result<Option<(u64, String)>, StoreError> {
        self.inner.sqlite.checkpoint().await
    }

    async fn checkpoints(&self, after: u64, most: u32) -> Result<Vec<(u64, String)>, StoreError> {
        self.inner.sqlite.checkpoints(after, most).await
    }

    async fn keep_tiles(&self, tiles: &[TileRow]) -> Result<(), StoreError> {
        self.inner.sqlite.keep_tiles(tiles).await
    }

    async fn tile_count(&self, level: u8) -> Result<u64, StoreError> {
        self.inner.sqlite.tile_count(level).await
    }

    async fn tiles(&self, level: u8, first: u64, most: u32) -> Result<Vec<TileRow>, StoreError> {
        self.inner.sqlite.tiles(level, first, most).await
    }

    async fn close(&self) {
        if let Some(writing) = &self.inner.writing {
            if let Err(error) = self.inner.settle().await {
                tracing::warn!(%error, "the journal keeps what did not get into the database");
            }
            lock(&writing.pen).take();
            writing.flusher.close();
        }
        if let Some(mover) = lock(&self.mover).take() {
            mover.abort();
        }
        self.inner.sqlite.close().await;
    }
}

/// Lets the first batch begin with entry `index`: what was a batch of its own in the journal is part of a larger one in the
/// database, and whoever goes on reading meanwhile must not see an entry twice.
fn from(index: u64, mut batches: Vec<Batch>) -> Vec<Batch> {
    if let Some(first) = batches.first_mut() {
        first.begin_with(index);
    }
    batches
}

impl EmbeddedLog {
    /// What of the log is in the journal alone; `None` when the database is to be asked.
    async fn of_tail(&self, index: u64, most_bytes: usize) -> Result<Option<Vec<Batch>>, StoreError> {
        let found = |tail: &Tail| (index >= tail.moved_to()).then(|| tail.read(index, most_bytes));
        let mut pieces = found(&lock(&self.inner.tail));
        if pieces.as_ref().is_some_and(Vec::is_empty) {
            if self.inner.writing.is_some() {
                // A closed store says so itself.
                return Ok(None);
            }
            // Another process writes: there may be more by now.
            self.inner.look().await?;
            pieces = found(&lock(&self.inner.tail));
        }
        Ok(pieces.map(|pieces| pieces.iter().map(|piece| piece.batch.clone()).collect()))
    }
}

impl Drop for EmbeddedLog {
    fn drop(&mut self) {
        if let Some(mover) = lock(&self.mover).take() {
            mover.abort();
        }
    }
}
