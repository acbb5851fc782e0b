//! The one connection that writes, and the task that owns it.
//!
//! Whatever waits is written in one transaction, so that under load many writers share one commit; every caller is
//! answered after that commit. When a statement fails, the transaction is rolled back and each script runs in one of
//! its own, so that nobody fails for another's fault.
//!
//! A script runs on the thread that serves requests, as it takes microseconds. Carrying the write-ahead log over into the
//! file, and waiting for another process that writes, take a thread that is there for waiting.

use tokio::sync::{mpsc, oneshot};

use super::{
    connection::{Connection, Results, is_busy},
    log::Log,
    script::{Script, Values},
};
use crate::storage::{StoreError, row::unavailable};

/// How many scripts may wait before callers are told that the store is not available.
const QUEUE: usize = 1024;

/// How many scripts share one transaction at most.
const BATCH: usize = 64;

/// Why the writer gave no answer.
#[derive(Debug, thiserror::Error)]
enum WriterError {
    /// More waits than is sensible.
    #[error("too many writes are waiting")]
    Full,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// Another process writes into the file for longer than anybody can wait.
    #[error("another process holds the file")]
    Busy,
}

enum Job {
    Run(Run),
    Lend(oneshot::Sender<Result<Lease, StoreError>>),
    Close(oneshot::Sender<()>),
}

struct Run {
    script: Script,
    values: Values,
    done: oneshot::Sender<Result<Results, StoreError>>,
}

impl Run {
    /// Tells who waits. A caller who is gone is told nothing; the outcome is kept all the same.
    fn tell(self, outcome: Result<Results, StoreError>) {
        drop(self.done.send(outcome));
    }
}

/// The way to the task that writes.
#[derive(Clone, Debug)]
pub(super) struct Writer(mpsc::Sender<Job>);

impl Writer {
    /// Gives a connection to write with, and one to carry the log over with, to a task of its own.
    pub(super) fn start(connection: Connection, carrier: Connection) -> Self {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        connection.be_quick();
        tokio::spawn(async move {
            let mut log = Log::new(carrier);
            let written = write(connection, waiting, &mut log).await;
            log.close().await;
            if let Some((connection, closed)) = written {
                connection.close();
                // Nobody waits for the answer any more: nothing is lost.
                closed.map(|closed| closed.send(()));
            }
        });
        Self(jobs)
    }

    /// Runs a script; when this answers, its outcome is kept.
    pub(super) async fn run(&self, script: Script, values: Values) -> Result<Results, StoreError> {
        let (done, outcome) = oneshot::channel();
        self.send(Job::Run(Run { script, values, done }))?;
        outcome.await.map_err(|_| unavailable(WriterError::Closed))?
    }

    /// Borrows the connection with a transaction begun, for acts that must look before they write.
    pub(super) async fn borrow(&self) -> Result<Lease, StoreError> {
        let (lent, lease) = oneshot::channel();
        self.send(Job::Lend(lent))?;
        lease.await.map_err(|_| unavailable(WriterError::Closed))?
    }

    /// Writes what waits, then closes the connection.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        // Waits for room, because closing must not be refused for a full queue.
        if self.0.send(Job::Close(done)).await.is_ok() {
            // An answer that never comes means that the task ended, which is what was asked.
            let _ = closed.await;
        }
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.0.try_send(job).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => unavailable(WriterError::Full),
            mpsc::error::TrySendError::Closed(_) => unavailable(WriterError::Closed),
        })
    }
}

/// The writing connection, on loan within a transaction. Dropped without [`Lease::commit`], what was written is undone.
pub(super) struct Lease {
    connection: Option<Connection>,
    back: Option<oneshot::Sender<Connection>>,
}

impl Lease {
    /// Runs statements within the transaction.
    pub(super) fn run(&self, script: Script, values: &Values) -> Result<Results, StoreError> {
        self.connection()?.run_all(script, values).map_err(unavailable)
    }

    /// Keeps what was written and gives the connection back.
    pub(super) fn commit(self) -> Result<(), StoreError> {
        self.connection()?.commit().map_err(unavailable)
    }

    fn connection(&self) -> Result<&Connection, StoreError> {
        self.connection.as_ref().ok_or_else(|| unavailable(WriterError::Closed))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let (Some(connection), Some(back)) = (self.connection.take(), self.back.take()) {
            // Nobody takes it back only when the writer is gone; then the connection closes here.
            let _ = back.send(connection);
        }
    }
}

/// Writes until the store is closed. Gives back the connection, unless it was lost; then every later act is refused. With it
/// comes whoever waits for the store to be closed.
async fn write(
    mut connection: Connection,
    mut jobs: mpsc::Receiver<Job>,
    log: &mut Log,
) -> Option<(Connection, Option<oneshot::Sender<()>>)> {
    let mut waiting = Vec::with_capacity(BATCH);
    while let Some(first) = jobs.recv().await {
        waiting.push(first);
        // Whoever is ready now comes first, so that its act shares the transaction.
        tokio::task::yield_now().await;
        while waiting.len() < BATCH
            && let Ok(job) = jobs.try_recv()
        {
            waiting.push(job);
        }
        log.grew_by(waiting.len());
        let mut runs = Vec::with_capacity(waiting.len());
        for job in waiting.drain(..) {
            match job {
                Job::Run(run) => runs.push(run),
                Job::Lend(lent) => {
                    connection = settle(connection, std::mem::take(&mut runs)).await?;
                    connection = lend(connection, lent).await?;
                }
                Job::Close(done) => return Some((settle(connection, runs).await?, Some(done))),
            }
        }
        connection = settle(connection, runs).await?;
        if log.wants_its_end_carried_over().await {
            connection = carry_over(connection).await?;
        }
    }
    Some((connection, None))
}

/// Lends the connection and has it back, without what was not committed.
async fn lend(connection: Connection, lent: oneshot::Sender<Result<Lease, StoreError>>) -> Option<Connection> {
    let (connection, begun) = match connection.begin() {
        Err(error) if is_busy(&error) => {
            aside(connection, |connection| connection.patiently(Connection::begin)).await?
        }
        begun => (connection, begun),
    };
    if let Err(error) = begun {
        drop(lent.send(Err(unavailable(error))));
        return Some(connection);
    }
    let (back, returned) = oneshot::channel();
    // A borrower who is gone drops the lease, which sends the connection back.
    drop(lent.send(Ok(Lease { connection: Some(connection), back: Some(back) })));
    let connection = returned.await.ok()?;
    connection.undo();
    Some(connection)
}

/// Runs all scripts and tells who waits, however long another process holds the file.
async fn settle(connection: Connection, runs: Vec<Run>) -> Option<Connection> {
    let left = together(&connection, runs);
    if left.is_empty() {
        return Some(connection);
    }
    let wait = move |connection: &Connection| {
        for run in connection.patiently(|connection| together(connection, left)) {
            run.tell(Err(unavailable(WriterError::Busy)));
        }
    };
    aside(connection, wait).await.map(|(connection, ())| connection)
}

/// Carries over what is left of the log, so that it begins again from its start.
async fn carry_over(connection: Connection) -> Option<Connection> {
    aside(connection, Connection::carry_over).await.map(|(connection, ())| connection)
}

/// Does something that may take long on a thread that is there for that; `None` when the connection is lost with it.
async fn aside<T: Send + 'static>(
    connection: Connection,
    act: impl FnOnce(&Connection) -> T + Send + 'static,
) -> Option<(Connection, T)> {
    let done = tokio::task::spawn_blocking(move || {
        let outcome = act(&connection);
        (connection, outcome)
    });
    done.await.inspect_err(|error| tracing::error!(%error, "the writer of the embedded store is gone")).ok()
}

/// Runs all scripts in one transaction, or each in its own when that fails. Gives back those that another process kept from
/// running.
fn together(connection: &Connection, mut runs: Vec<Run>) -> Vec<Run> {
    // Whoever stopped waiting was told nothing, so nothing need happen.
    runs.retain(|run| !run.done.is_closed());
    if runs.len() > 1 {
        match transaction(connection, runs.iter().map(|run| (run.script, &run.values))) {
            Ok(results) => {
                runs.into_iter().zip(results).for_each(|(run, results)| run.tell(Ok(results)));
                return Vec::new();
            }
            Err(error) if is_busy(&error) => return runs,
            // Each by itself, below.
            Err(_) => {}
        }
    }
    let mut left = Vec::new();
    for run in runs {
        match alone(connection, run.script, &run.values) {
            Err(error) if is_busy(&error) => left.push(run),
            outcome => run.tell(outcome.map_err(unavailable)),
        }
    }
    left
}

/// One script, kept when this answers. A single statement needs no transaction around it.
fn alone(connection: &Connection, script: Script, values: &Values) -> rusqlite::Result<Results> {
    if script.len() == 1 {
        return connection.run_all(script, values);
    }
    let mut results = transaction(connection, std::iter::once((script, values)))?;
    Ok(results.pop().unwrap_or_default())
}

fn transaction<'r>(
    connection: &Connection,
    runs: impl Iterator<Item = (Script, &'r Values)>,
) -> rusqlite::Result<Vec<Results>> {
    let all = || {
        connection.begin()?;
        let results = runs.map(|(script, values)| connection.run_all(script, values)).collect::<Result<Vec<_>, _>>()?;
        connection.commit()?;
        Ok(results)
    };
    let outcome = all();
    if outcome.is_err() {
        connection.undo();
    }
    outcome
}
