//! The record of every call: opened before anything is believed, closed before the answer leaves. No record, no call.
//!
//! [`MessageLog::open`] and [`MessageLog::close`] write a [`record`] into the journal of the store ([`direct`]) or hand it to the
//! one task that writes where there is none ([`writer`]), and wait until it is as durable as it must be. A second task signs the
//! state of the log ([`checkpoint`]) and keeps the tiles of its tree ([`tiles`]), of hashes that are still in memory where they are
//! ([`recent`]). Whoever asks afterwards gets entries and tiles ([`published`]), a proof of one call ([`prove`]), or an answer to
//! whether everything still holds ([`verify()`]).

mod checkpoint;
pub mod cli;
mod credentials;
mod direct;
mod disk;
mod evidence;
mod find;
mod proof;
mod published;
mod recent;
mod record;
mod standing;
mod state;
mod texts;
mod tiles;
mod unsigned;
mod verify;
mod writer;

#[cfg(test)]
pub(crate) mod tests;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use clock::{Clock, Entropy};
use signing::Sealer;
use tlog::{Entries, Kind, Line};
use tokio::{sync::Mutex, task::JoinHandle};

pub use disk::Disk;
pub use find::{Found, FoundEntry, find};
pub use proof::{Keys, ProveError, prove};
pub use published::{Published, published};
pub use state::StartError;
pub use tiles::TreeError;
pub use verify::{Audit, Fault, Report, What, verify};

use crate::{
    call::Head,
    refusal::{Code, Refusal},
    reply::{RecordedReply, SignedReply},
    storage::{Durability, MessageLogStore, StoreError},
    trail::Trail,
};
use checkpoint::{Notary, Sound};
use direct::Direct;
use recent::Recent;
use record::{Answer, Record};
use state::State;
use tiles::Tiler;
use writer::{Entry, Place, Queue, Reopen, WriteError};

/// How the log is kept.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// How many records may wait to be written before a new call is refused.
    pub queue: usize,
    /// How often a checkpoint is signed when the log grew.
    pub checkpoint_every: Duration,
    /// How long the end of a call waits for its record before the outcome counts as unknown.
    pub close_within: Duration,
    /// The disk on which an embedded log lies.
    pub disk: Option<Disk>,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            queue: 8192,
            checkpoint_every: Duration::from_secs(1),
            close_within: Duration::from_secs(10),
            disk: None,
        }
    }
}

/// The proof that a record is open, and durable enough to dispatch.
#[derive(Debug)]
pub struct Opened {
    reopen: Reopen,
    _under_way: UnderWay,
}

/// A call whose record is open, counted as long as this is there.
#[derive(Debug)]
struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    fn of(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The proof that a record is closed and durable.
#[derive(Debug)]
pub struct Closed(());

/// What the log needs besides its store.
pub struct LogParts {
    /// Where entries go.
    pub store: Arc<dyn MessageLogStore>,
    /// Seals evidence.
    pub sealer: Arc<Sealer>,
    /// Signs checkpoints; its name is the origin of the log.
    pub signer: tlog::Signer,
    /// The time of closed records.
    pub clock: Arc<dyn Clock>,
    /// For sealing.
    pub entropy: Arc<dyn Entropy>,
}

/// The log of one gateway.
pub struct MessageLog {
    store: Arc<dyn MessageLogStore>,
    sealer: Arc<Sealer>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    writing: Writing,
    under_way: Arc<AtomicUsize>,
    close_within: Duration,
    disk: disk::Watch,
    sound: Sound,
    verifier: tlog::Verifier,
    tasks: Mutex<Option<Tasks>>,
}

struct Tasks {
    writer: Option<JoinHandle<()>>,
    checkpoint: checkpoint::Task,
}

/// How records get into the store.
enum Writing {
    /// Each call writes its own into a journal.
    Direct(Direct),
    /// One task writes for all.
    Queued(Queue),
}

impl Writing {
    fn start(
        store: &Arc<dyn MessageLogStore>,
        state: State,
        recent: &Recent,
        queue: usize,
    ) -> (Self, Option<JoinHandle<()>>) {
        match Direct::of(store, &state, recent) {
            Some(direct) => (Self::Direct(direct), None),
            None => {
                let (queue, task) = writer::start(Arc::clone(store), state, recent.clone(), queue);
                (Self::Queued(queue), Some(task))
            }
        }
    }

    /// Writes the opened record of a call, if there is room for the call.
    async fn open(&self, entry: Entry) -> Result<Place, WriteError> {
        match self {
            Self::Direct(direct) => direct.open(&entry).await,
            Self::Queued(queue) => queue.try_write(entry, Durability::Process).await,
        }
    }

    /// Writes the closed record of a call, one of so many that are under way.
    async fn close(&self, entry: Entry, under_way: usize) -> Result<Place, WriteError> {
        match self {
            Self::Direct(direct) => direct.close(&entry, under_way).await,
            Self::Queued(queue) => queue.write(entry, Durability::Power).await,
        }
    }

    fn works(&self) -> bool {
        match self {
            Self::Direct(direct) => direct.works(),
            Self::Queued(queue) => queue.works(),
        }
    }

    fn stop(&self) {
        match self {
            Self::Direct(direct) => direct.stop(),
            Self::Queued(queue) => queue.close(),
        }
    }
}

impl MessageLog {
    /// Reads where the log stands, checks it, and begins to write.
    ///
    /// # Errors
    /// When the store does not answer, or its end is not what its own state says.
    pub async fn start(parts: LogParts, settings: LogSettings) -> Result<Self, StartError> {
        let LogParts { store, sealer, signer, clock, entropy } = parts;
        let state = state::load(store.as_ref()).await?;
        let verifier = signer.verifier().clone();
        let disk = disk::Watch::of(settings.disk);
        let recent = Recent::default();
        let notary = Notary::start(Arc::clone(&store), signer, recent.clone()).await?;
        let sound = notary.sound();
        let (writing, writer) = Writing::start(&store, state, &recent, settings.queue);
        let tiler = Tiler::new(Arc::clone(&store), recent);
        let checkpoint = checkpoint::Task::start(notary, tiler, settings.checkpoint_every, disk.clone());
        let tasks = Mutex::new(Some(Tasks { writer, checkpoint }));
        let close_within = settings.close_within;
        Ok(Self {
            store,
            sealer,
            clock,
            entropy,
            writing,
            under_way: Arc::default(),
            close_within,
            disk,
            sound,
            verifier,
            tasks,
        })
    }

    /// Opens the record of a call: it survives the end of this process when this returns.
    ///
    /// # Errors
    /// [`Code::LogUnavailable`]: nothing may be dispatched.
    pub async fn open(&self, head: &Head, trail: &Trail) -> Result<Opened, Refusal> {
        if self.disk.full() || !self.sound.holds() {
            return Err(Refusal::new(Code::LogUnavailable));
        }
        let body = record::opened(head, trail).map_err(|error| refuse(Code::LogUnavailable, &error))?;
        let body: Arc<[u8]> = body.into();
        let at = millis(head.received);
        let entry = Entry { body: Arc::clone(&body), evidence: None, at, reopen: None };
        let place = self.writing.open(entry).await;
        let place = place.map_err(|error| refuse(Code::LogUnavailable, &error))?;
        Ok(Opened { reopen: Reopen { place, body, at }, _under_way: UnderWay::of(&self.under_way) })
    }

    /// Closes the record of a call with its answer: it survives the loss of power when this returns.
    ///
    /// # Errors
    /// [`Code::OutcomeUnknown`] when the register was asked, [`Code::LogUnavailable`] when it was not. The answer must then
    /// not leave.
    pub async fn close(
        &self,
        head: &Head,
        trail: &Trail,
        opened: Opened,
        reply: SignedReply,
    ) -> Result<RecordedReply, Refusal> {
        let answer = Answer {
            status: reply.status,
            digest: &reply.digest,
            refusal: reply.refusal,
            signature: reply.signature.as_ref(),
        };
        let closed = self.close_with(head, trail, opened, answer).await?;
        Ok(reply.recorded(closed))
    }

    async fn close_with(
        &self,
        head: &Head,
        trail: &Trail,
        opened: Opened,
        answer: Answer<'_>,
    ) -> Result<Closed, Refusal> {
        let code = if trail.attempts > 0 { Code::OutcomeUnknown } else { Code::LogUnavailable };
        let now = self.clock.now();
        let closing = record::Closing { head, trail, answer, now };
        let made = closing.record(&self.sealer, self.entropy.as_ref());
        let Record { body, evidence } = made.map_err(|error| refuse(code, &error))?;
        let Opened { reopen, _under_way } = opened;
        let entry = Entry { body: body.into(), evidence, at: millis(now), reopen: Some(reopen) };
        let under_way = self.under_way.load(Ordering::Relaxed);
        let written = tokio::time::timeout(self.close_within, self.writing.close(entry, under_way)).await;
        match written {
            Ok(Ok(_)) => Ok(Closed(())),
            Ok(Err(error)) => Err(refuse(code, &error)),
            Err(elapsed) => Err(refuse(code, &elapsed)),
        }
    }

    /// The nonces of calls that came within `window` before now and must still be remembered, each with the time until which
    /// (milliseconds since the epoch).
    ///
    /// # Errors
    /// When the log cannot be read: then replays cannot be ruled out, and the gateway must not start.
    pub async fn recent_nonces(&self, window: Duration) -> Result<Vec<([u8; 32], u64)>, StoreError> {
        let now = self.clock.now();
        let Some(mut index) = self.store.first_at(millis(now.minus(window))).await? else { return Ok(Vec::new()) };
        let mut nonces = Vec::new();
        loop {
            let batches = self.store.read_entries(index, READ_BYTES).await?;
            let Some(last) = batches.last() else { break };
            index = last.first.saturating_add(u64::from(last.count));
            for entry in batches.iter().flat_map(|batch| Entries::of(&batch.entries)) {
                let unreadable = StoreError::Unreadable { table: "log_batch" };
                let Ok(entry) = entry else { return Err(unreadable) };
                let Some(line) = Line::parse(entry) else { return Err(unreadable) };
                if line.kind == Kind::Opened {
                    nonces.extend(record::nonce(entry).filter(|(_, until)| *until >= millis(now)));
                }
            }
        }
        Ok(nonces)
    }

    /// The public key that verifies checkpoints.
    #[must_use]
    pub fn verifier(&self) -> &tlog::Verifier {
        &self.verifier
    }

    /// Whether the last write worked, the disk is not full, and the log is still what was signed.
    #[must_use]
    pub fn ready(&self) -> bool {
        self.writing.works() && !self.disk.full() && self.sound.holds()
    }

    /// Takes no more records, writes those that wait, and signs a last checkpoint. Calls under way must have ended before.
    pub async fn stop(&self) {
        let Some(tasks) = self.tasks.lock().await.take() else { return };
        self.writing.stop();
        if let Some(writer) = tasks.writer
            && let Err(error) = writer.await
        {
            tracing::error!(error = %error, "the writer of the message log failed");
        }
        tasks.checkpoint.stop().await;
    }
}

impl Opened {
    /// The call's place in the log.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.reopen.place.index
    }
}

/// How much of the log is read at a time, in bytes of entries.
const READ_BYTES: usize = 4 << 20;

/// Says in our own log why, and to the caller only that.
fn refuse(code: Code, error: &dyn std::error::Error) -> Refusal {
    let cause = error.source().map(ToString::to_string);
    tracing::error!(error = %error, cause, refusal.code = code.name(), "a call cannot be recorded");
    Refusal::new(code)
}

/// Milliseconds since the epoch.
fn millis(moment: clock::Timestamp) -> u64 {
    u64::try_from(moment.micros() / 1000).unwrap_or(0)
}
