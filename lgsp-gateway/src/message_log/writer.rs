//! The one task that writes to a store without a journal: whatever waits is written together, as one batch in one
//! transaction with one flush. The more calls, the larger the batches; nobody ever waits for a timer.
//!
//! The state of the log is kept in memory. When another replica appended meanwhile, or it is not known what came of a
//! write, the state is read again from the store.

use std::{
    borrow::Borrow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use arc_swap::ArcSwapOption;
use tlog::{Hash, entries, line};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::{
    recent::Recent,
    standing::first_missing,
    state::{State, current},
};
use crate::storage::{Batch, Durability, MessageLogStore, StoreError, evidence};

/// How many entries are written together at most.
const MOST: usize = 1024;

/// How many bytes of evidence begin a new batch.
const MOST_BYTES: usize = 8 << 20;

/// How often a batch is tried again because another replica was first.
const TRIES: u32 = 64;

/// Why an entry was not written.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum WriteError {
    /// More waits than is sensible.
    #[error("too many records are waiting to be written")]
    Full,
    /// The log was stopped.
    #[error("the message log was stopped")]
    Stopped,
    /// An entry has at most 65 535 bytes.
    #[error("the record is too long")]
    TooLong,
    /// The store did not take it, or did not say so.
    #[error("the store did not take the record")]
    Store(#[source] Arc<StoreError>),
}

/// Where an entry came to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) index: u64,
    /// How often the log had lost its end before; see [`Reopen`].
    epoch: u64,
}

/// An opened record that may have to be written again: a store may lose what was not yet flushed when it breaks down alone
/// (Postgres without `synchronous_commit`). The closed record must never stand there without it.
#[derive(Clone, Debug)]
pub(super) struct Reopen {
    pub(super) place: Place,
    pub(super) body: Arc<[u8]>,
    pub(super) at: u64,
}

/// An entry to be written.
pub(super) struct Entry {
    /// The entry without its head.
    pub(super) body: Arc<[u8]>,
    /// Its sealed evidence.
    pub(super) evidence: Option<Vec<u8>>,
    /// Its time, milliseconds since the epoch.
    pub(super) at: u64,
    /// The opened record of a closed one.
    pub(super) reopen: Option<Reopen>,
}

struct Job {
    entry: Entry,
    durability: Durability,
    done: oneshot::Sender<Result<Place, WriteError>>,
}

impl Borrow<Entry> for Job {
    fn borrow(&self) -> &Entry {
        &self.entry
    }
}

/// The way to the task.
pub(super) struct Queue {
    jobs: ArcSwapOption<mpsc::Sender<Job>>,
    works: Arc<AtomicBool>,
}

impl Queue {
    /// Writes an entry, unless too many wait.
    pub(super) async fn try_write(&self, entry: Entry, durability: Durability) -> Result<Place, WriteError> {
        let (done, outcome) = oneshot::channel();
        let jobs = self.sender()?;
        // A closed record must find room where an opened one got in: opened ones leave half of it.
        if jobs.capacity() <= jobs.max_capacity() / 2 {
            return Err(WriteError::Full);
        }
        jobs.try_send(Job { entry, durability, done }).map_err(|_| WriteError::Full)?;
        drop(jobs);
        outcome.await.map_err(|_| WriteError::Stopped)?
    }

    /// Writes an entry, and waits for room before.
    pub(super) async fn write(&self, entry: Entry, durability: Durability) -> Result<Place, WriteError> {
        let (done, outcome) = oneshot::channel();
        let jobs = self.sender()?;
        jobs.send(Job { entry, durability, done }).await.map_err(|_| WriteError::Stopped)?;
        drop(jobs);
        outcome.await.map_err(|_| WriteError::Stopped)?
    }

    /// Takes no more; the task ends when what waits is written.
    pub(super) fn close(&self) {
        self.jobs.store(None);
    }

    /// Whether the last write worked.
    pub(super) fn works(&self) -> bool {
        self.works.load(Ordering::Relaxed)
    }

    fn sender(&self) -> Result<Arc<mpsc::Sender<Job>>, WriteError> {
        self.jobs.load_full().ok_or(WriteError::Stopped)
    }
}

/// Begins to write where the log stands.
pub(super) fn start(
    store: Arc<dyn MessageLogStore>,
    state: State,
    recent: Recent,
    queue: usize,
) -> (Queue, JoinHandle<()>) {
    let (jobs, waiting) = mpsc::channel(queue.max(2));
    let works = Arc::new(AtomicBool::new(true));
    let (lost_at, unflushed) = (Vec::new(), Vec::new());
    let writer =
        Writer { store, recent, known: true, doubt: false, state, lost_at, unflushed, works: Arc::clone(&works) };
    let task = tokio::spawn(writer.run(waiting));
    (Queue { jobs: ArcSwapOption::from_pointee(jobs), works }, task)
}

struct Writer {
    store: Arc<dyn MessageLogStore>,
    recent: Recent,
    state: State,
    /// Whether the state is that of the store as far as we know.
    known: bool,
    /// The sizes to which the log fell back, one for each epoch that ended.
    lost_at: Vec<u64>,
    /// Whether the store may have lost its end: an append failed otherwise than because another replica was first.
    doubt: bool,
    /// What we have appended and the store may still lose, with its leaf hash.
    unflushed: Vec<(u64, Hash)>,
    works: Arc<AtomicBool>,
}

impl Writer {
    async fn run(mut self, mut waiting: mpsc::Receiver<Job>) {
        let mut jobs = Vec::new();
        while waiting.recv_many(&mut jobs, MOST).await > 0 {
            while !jobs.is_empty() {
                let mut bytes = 0;
                let fits = jobs.iter().take_while(|job| {
                    let before = bytes;
                    bytes += job.entry.evidence.as_ref().map_or(0, Vec::len);
                    before < MOST_BYTES
                });
                let together = fits.count();
                self.write(jobs.drain(..together).collect()).await;
            }
        }
    }

    /// Writes what can be written together, and tells everybody.
    async fn write(&mut self, jobs: Vec<Job>) {
        // What is too long fails alone.
        let (jobs, long): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| fits(&job.entry));
        for job in long {
            answer(job, Err(WriteError::TooLong));
        }
        if jobs.is_empty() {
            return;
        }
        match self.append(&jobs).await {
            Ok(places) => {
                self.works.store(true, Ordering::Relaxed);
                for (job, place) in jobs.into_iter().zip(places) {
                    answer(job, Ok(place));
                }
            }
            Err(error) => {
                self.known = false;
                self.works.store(false, Ordering::Relaxed);
                let error = Arc::new(error);
                for job in jobs {
                    answer(job, Err(WriteError::Store(Arc::clone(&error))));
                }
            }
        }
    }

    async fn append(&mut self, jobs: &[Job]) -> Result<Vec<Place>, StoreError> {
        let power = jobs.iter().any(|job| job.durability == Durability::Power);
        let durability = if power { Durability::Power } else { Durability::Process };
        for _ in 0..TRIES {
            if !self.known {
                self.reload().await?;
            }
            let built = Built::of(jobs, &self.state, &self.lost_at)?;
            let head = built.state.encode();
            match self.store.append(&built.batch, &head, durability).await {
                Ok(()) => {
                    self.recent.written(built.batch.first, &built.leaves);
                    match durability {
                        // A flushed append flushes all before it.
                        Durability::Power => self.unflushed.clear(),
                        Durability::Process => self.unflushed.extend((built.batch.first..).zip(built.leaves)),
                    }
                    self.state = built.state;
                    return Ok(built.places);
                }
                Err(StoreError::Conflict) => self.known = false,
                Err(error) => return self.look_again(&built).await.map_err(|_| error).map(|()| built.places),
            }
        }
        Err(StoreError::Conflict)
    }

    /// A write that failed may have been done all the same, and then it counts once it is flushed. It is never done again: it
    /// might still come.
    async fn look_again(&mut self, built: &Built) -> Result<(), StoreError> {
        (self.known, self.doubt) = (false, true);
        self.store.settle().await?;
        let there = self.store.read(built.batch.first, 1).await?;
        if there.first() == Some(&built.batch) { Ok(()) } else { Err(StoreError::Conflict) }
    }

    /// Reads the state again, and notices when the log has lost its end.
    async fn reload(&mut self) -> Result<(), StoreError> {
        let state = current(self.store.as_ref()).await?;
        let (before, now) = (self.state.tree.size(), state.tree.size());
        // Another replica may have filled the places again, so the size alone does not tell.
        if self.doubt || now < before {
            if let Some(end) = first_missing(self.store.as_ref(), &self.unflushed).await? {
                tracing::error!(
                    before,
                    now,
                    end,
                    "the store lost the end of the message log; open records are written again"
                );
                self.lost_at.push(end);
                self.unflushed.retain(|(index, _)| *index < end);
            }
            self.doubt = false;
        }
        self.state = state;
        self.known = true;
        Ok(())
    }
}

/// The most a head takes: index and hash in their longest form.
const HEAD: usize = 96;

/// Whether an entry is not too long.
pub(super) fn fits(entry: &Entry) -> bool {
    entry.body.len() + HEAD <= entries::LONGEST
}

/// A batch, and what the log is after it.
pub(super) struct Built {
    pub(super) batch: Batch,
    pub(super) state: State,
    pub(super) places: Vec<Place>,
    /// The leaf hashes of its entries.
    pub(super) leaves: Vec<Hash>,
}

impl Built {
    /// Puts entries behind the state; `lost_at` are the sizes to which the log fell back since they were opened.
    pub(super) fn of<E: Borrow<Entry>>(jobs: &[E], state: &State, lost_at: &[u64]) -> Result<Self, StoreError> {
        let bytes: usize = jobs.iter().map(|job| job.borrow().body.len() + HEAD).sum();
        let batch = Batch {
            first: state.tree.size(),
            count: 0,
            since: u64::MAX,
            until: state.until,
            entries: Vec::with_capacity(bytes),
            evidence: Vec::new(),
        };
        let mut built =
            Self { batch, state: state.clone(), places: Vec::with_capacity(jobs.len()), leaves: Vec::new() };
        let epoch = u64::try_from(lost_at.len()).unwrap_or(u64::MAX);
        let mut entry = Vec::with_capacity(1024);
        for job in jobs {
            let job: &Entry = job.borrow();
            if let Some(reopen) = job.reopen.as_ref().filter(|reopen| reopen.place.is_lost(lost_at)) {
                built.push(&mut entry, &reopen.body, reopen.at, None)?;
            }
            let index = built.push(&mut entry, &job.body, job.at, job.evidence.as_deref())?;
            built.places.push(Place { index, epoch });
        }
        built.state.until = built.batch.until;
        Ok(built)
    }

    fn push(&mut self, entry: &mut Vec<u8>, body: &[u8], at: u64, sealed: Option<&[u8]>) -> Result<u64, StoreError> {
        let index = self.state.tree.size();
        entry.clear();
        line::head(entry, index, &self.state.last);
        entry.extend_from_slice(body);
        entries::push(&mut self.batch.entries, entry).map_err(|error| StoreError::Failed(Box::new(error)))?;
        if let Some(sealed) = sealed {
            evidence::push(&mut self.batch.evidence, self.batch.count, sealed);
        }
        self.state.last = Hash::leaf(entry);
        self.leaves.push(self.state.last);
        self.state.tree.append(self.state.last);
        self.batch.count += 1;
        self.batch.since = self.batch.since.min(at);
        self.batch.until = self.batch.until.max(at);
        Ok(index)
    }
}

impl Place {
    /// Whether the log fell back behind this place since.
    fn is_lost(&self, lost_at: &[u64]) -> bool {
        let since = usize::try_from(self.epoch).unwrap_or(usize::MAX);
        lost_at.iter().skip(since).any(|size| *size <= self.index)
    }
}

fn answer(job: Job, outcome: Result<Place, WriteError>) {
    // Who does not wait any more has given the call up; its record stands all the same.
    let _ = job.done.send(outcome);
}
