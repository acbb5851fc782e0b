//! On what does a service run? Small pages of memory, and one thread less than there are processors.

use std::{io, thread};

use tokio::runtime::{Builder, Runtime};

/// Prepares the process and makes the runtime of a service.
///
/// Large pages are switched off: a service holds little memory in many pieces, and a page of 2 MiB for each of them triples
/// what is resident. A processor is left to the threads of the store: a runtime that spreads few requests over all
/// processors pays more for waking its own threads than for the requests.
///
/// # Errors
/// The system gives no threads.
pub fn runtime() -> io::Result<Runtime> {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        // Only more memory is used than need be.
        tracing::debug!(%error, "large pages stay on");
    }
    let processors = thread::available_parallelism().map_or(1, usize::from);
    Builder::new_multi_thread().worker_threads(processors.saturating_sub(1).max(1)).enable_all().build()
}
