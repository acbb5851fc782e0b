//! On what does a service run? On one thread less than there are processors.

use std::{io, thread, time::Duration};

use tokio::runtime::{Builder, Runtime};

/// Threads for what blocks, at most.
const BLOCKING: usize = 32;

/// How long the end of a service waits for threads that block: one may wait for a disk that does not answer, and nothing is lost
/// that was acknowledged.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs a service, or a command of it, to its end.
///
/// # Errors
/// The system gives no threads.
pub fn block_on<F: Future>(work: F) -> io::Result<F::Output> {
    let runtime = runtime()?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(PATIENCE);
    Ok(done)
}

/// Makes the runtime of a service.
///
/// A processor is left to the threads of the store: a runtime that spreads few requests over all processors pays more for
/// waking its own threads than for the requests. What blocks (files, names) has few threads too: each holds memory of its own,
/// and more of them make no disk faster.
fn runtime() -> io::Result<Runtime> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    Builder::new_multi_thread()
        .worker_threads(processors.saturating_sub(1).max(1))
        .max_blocking_threads(BLOCKING)
        .enable_all()
        .build()
}
