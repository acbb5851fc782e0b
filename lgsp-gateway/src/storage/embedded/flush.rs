//! The one thread that flushes: whoever waits when a flush begins is served by it, and whoever comes meanwhile by the next.
//! The more calls, the more share a flush; nobody waits for a timer.

use std::{
    collections::VecDeque,
    fs::File,
    io, mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
};

use tokio::sync::oneshot;

/// After a flush that failed nobody knows what is on the disk: nothing is written any more until the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal could not be flushed; nothing is written to it until the gateway starts again")]
pub(super) struct Failed;

#[derive(Default)]
struct State {
    /// How many pieces were written, and how many of them are flushed.
    written: u64,
    flushed: u64,
    /// The files that were written since their last flush.
    dirty: Vec<Arc<File>>,
    /// Who waits, by the piece that must be flushed.
    waiting: VecDeque<(u64, oneshot::Sender<Result<(), Failed>>)>,
    failed: bool,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No step in here leaves it half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Flushes what is written.
pub(super) struct Flusher {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Flusher {
    pub(super) fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("log-flush".to_owned()).spawn(move || run(&own))?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Notes that a piece was written into this file; gives its number.
    pub(super) fn written(&self, file: &Arc<File>) -> u64 {
        let mut state = self.shared.state();
        state.written += 1;
        if !state.dirty.iter().any(|known| Arc::ptr_eq(known, file)) {
            state.dirty.push(Arc::clone(file));
        }
        state.written
    }

    /// Whether no flush has failed.
    pub(super) fn works(&self) -> bool {
        !self.shared.state().failed
    }

    /// Waits until this piece and all before it are flushed.
    pub(super) async fn flushed(&self, piece: u64) -> Result<(), Failed> {
        let (done, outcome) = oneshot::channel();
        {
            let mut state = self.shared.state();
            if state.failed || state.closed {
                return Err(Failed);
            }
            if state.flushed >= piece {
                return Ok(());
            }
            state.waiting.push_back((piece, done));
        }
        self.shared.wake.notify_one();
        outcome.await.unwrap_or(Err(Failed))
    }

    /// Flushes for whoever waits, and ends.
    pub(super) fn close(&self) {
        self.shared.state().closed = true;
        self.shared.wake.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the thread that flushes the journal failed");
        }
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        self.close();
    }
}

fn run(shared: &Shared) {
    loop {
        let (target, dirty) = {
            let idle = |state: &mut State| state.waiting.is_empty() && !state.closed;
            let mut state = shared.wake.wait_while(shared.state(), idle).unwrap_or_else(PoisonError::into_inner);
            if state.waiting.is_empty() {
                return;
            }
            (state.written, mem::take(&mut state.dirty))
        };
        let outcome = dirty.iter().try_for_each(|file| file.sync_data());
        if let Err(error) = &outcome {
            tracing::error!(%error, "the journal of the message log cannot be flushed");
        }
        let served: Vec<_> = {
            let mut state = shared.state();
            state.failed |= outcome.is_err();
            if !state.failed {
                state.flushed = target;
            }
            let all = state.failed;
            let many = state.waiting.iter().take_while(|(piece, _)| all || *piece <= target).count();
            state.waiting.drain(..many).map(|(_, done)| (done, all)).collect()
        };
        for (done, failed) in served {
            // Who does not wait any more has given the call up; its record stands all the same.
            let _gone = done.send(if failed { Err(Failed) } else { Ok(()) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::OpenOptionsExt;

    use super::*;

    fn file() -> (tempfile::TempDir, Arc<File>) {
        let folder = tempfile::tempdir().unwrap();
        let file = File::create(folder.path().join("journal")).unwrap();
        (folder, Arc::new(file))
    }

    #[tokio::test]
    async fn whoever_waits_is_served_and_marks_before_are_flushed_too() {
        let (_folder, file) = file();
        let flusher = Flusher::start().unwrap();
        let pieces: Vec<_> = (0..10).map(|_| flusher.written(&file)).collect();
        assert_eq!(pieces, (1..=10).collect::<Vec<_>>());
        futures::future::join_all(pieces.iter().rev().map(|piece| flusher.flushed(*piece)))
            .await
            .into_iter()
            .for_each(Result::unwrap);
        flusher.close();
        assert_eq!(flusher.flushed(11).await, Err(Failed));
    }

    #[tokio::test]
    async fn after_a_flush_that_failed_nothing_counts_as_flushed() {
        // What cannot be flushed: the kernel refuses to sync a pipe.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        let pipe = std::fs::OpenOptions::new().read(true).write(true).mode(0o600).open(&path).unwrap();
        let (_other, good) = file();
        let flusher = Flusher::start().unwrap();
        let piece = flusher.written(&Arc::new(pipe));
        assert!(flusher.works());
        assert_eq!(flusher.flushed(piece).await, Err(Failed));
        assert!(!flusher.works());
        let piece = flusher.written(&good);
        assert_eq!(flusher.flushed(piece).await, Err(Failed));
    }
}
