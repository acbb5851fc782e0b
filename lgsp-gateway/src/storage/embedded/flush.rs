//! The one thread that flushes: whoever waits when a flush begins is served by it, and whoever comes meanwhile by the next.
//!
//! A flush costs the same for one and for many. While other calls are under way, it waits for them a moment, at most until
//! as many wait as are under way: the more there are, the longer that takes, and the more it spares. A call that is alone waits for
//! nobody.

use std::{
    collections::VecDeque,
    fs::File,
    io, mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use tokio::sync::oneshot;

/// After a flush that failed nobody knows what is on the disk: nothing is written any more until the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal could not be flushed; nothing is written to it until the gateway starts again")]
pub(super) struct Failed;

/// How long a flush waits for each other call that is under way, and for all of them at most.
const GATHER: Duration = Duration::from_micros(250);
const GATHER_MOST: Duration = Duration::from_millis(2);

#[derive(Default)]
struct State {
    /// To which index of the log the journal is written, and to which it is flushed.
    written: u64,
    flushed: u64,
    /// The files that were written since their last flush.
    dirty: Vec<Arc<File>>,
    /// Who waits, by the index to which it must be flushed.
    waiting: VecDeque<(u64, oneshot::Sender<Result<(), Failed>>)>,
    /// How many calls were under way when the last of them came.
    under_way: usize,
    /// What the thread does: it must be woken from sleep by the first that waits, and from gathering by the last.
    doing: Doing,
    failed: bool,
    closed: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Doing {
    #[default]
    Flushing,
    Sleeping,
    Gathering,
}

impl State {
    /// Whether nobody more is to be waited for.
    fn complete(&self) -> bool {
        self.closed || self.waiting.len() >= self.under_way
    }
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

    /// Waits until somebody waits, and a moment for the others. Nobody waits only when it was closed.
    fn somebody(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        state.doing = Doing::Sleeping;
        let idle = |state: &mut State| state.waiting.is_empty() && !state.closed;
        let mut state = self.wake.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
        if !state.complete() {
            state.doing = Doing::Gathering;
            let others = u32::try_from(state.under_way).unwrap_or(u32::MAX);
            let moment = GATHER.saturating_mul(others).min(GATHER_MOST);
            let more = |state: &mut State| !state.complete();
            state = self.wake.wait_timeout_while(state, moment, more).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.doing = Doing::Flushing;
        state
    }
}

/// Flushes what is written.
pub(super) struct Flusher {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Flusher {
    /// Goes on where the log ends, flushed up to there.
    pub(super) fn start(end: u64) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        *shared.state() = State { written: end, flushed: end, ..State::default() };
        let own = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("log-flush".to_owned()).spawn(move || run(&own))?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Notes that the journal was written up to this index, into this file.
    pub(super) fn written(&self, file: &Arc<File>, end: u64) {
        let mut state = self.shared.state();
        state.written = end;
        if !state.dirty.iter().any(|known| Arc::ptr_eq(known, file)) {
            state.dirty.push(Arc::clone(file));
        }
    }

    /// To which index the journal is flushed.
    ///
    /// # Errors
    /// A flush has failed.
    pub(super) fn flushed_to(&self) -> Result<u64, Failed> {
        let state = self.shared.state();
        if state.failed { Err(Failed) } else { Ok(state.flushed) }
    }

    /// Waits until everything before this index is flushed; `under_way` calls, this one among them, will come to this point.
    pub(super) async fn flushed(&self, end: u64, under_way: usize) -> Result<(), Failed> {
        let (done, outcome) = oneshot::channel();
        let wake = {
            let mut state = self.shared.state();
            if state.failed || state.closed {
                return Err(Failed);
            }
            if state.flushed >= end {
                return Ok(());
            }
            state.waiting.push_back((end, done));
            state.under_way = under_way;
            match state.doing {
                Doing::Flushing => false,
                Doing::Sleeping => true,
                Doing::Gathering => state.complete(),
            }
        };
        if wake {
            self.shared.wake.notify_one();
        }
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
            let mut state = shared.somebody();
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
            let many = state.waiting.iter().take_while(|(end, _)| all || *end <= target).count();
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
        let flusher = Flusher::start(7).unwrap();
        assert_eq!(flusher.flushed_to(), Ok(7));
        (8..18).for_each(|end| flusher.written(&file, end));
        futures::future::join_all((8..18).rev().map(|end| flusher.flushed(end, 10)))
            .await
            .into_iter()
            .for_each(Result::unwrap);
        assert_eq!(flusher.flushed_to(), Ok(17));
        flusher.close();
        assert_eq!(flusher.flushed(18, 1).await, Err(Failed));
    }

    #[tokio::test]
    async fn who_waits_for_calls_that_never_come_is_served_all_the_same() {
        let (_folder, file) = file();
        let flusher = Flusher::start(0).unwrap();
        for end in 1..4 {
            flusher.written(&file, end);
            flusher.flushed(end, 1000).await.unwrap();
        }
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
        let flusher = Flusher::start(0).unwrap();
        flusher.written(&Arc::new(pipe), 1);
        assert_eq!(flusher.flushed_to(), Ok(0));
        assert_eq!(flusher.flushed(1, 1).await, Err(Failed));
        assert_eq!(flusher.flushed_to(), Err(Failed));
        flusher.written(&good, 2);
        assert_eq!(flusher.flushed(2, 1).await, Err(Failed));
    }
}
