//! The one connection that writes, and the task that owns it.
//!
//! Whatever waits is written in one transaction, so that under load many writers share one commit; every caller is
//! answered after that commit. When a statement fails, the transaction is rolled back and each script runs in one of
//! its own, so that nobody fails for another's fault.

use futures::TryStreamExt;
use sqlx::{
    Connection, Either, Executor, SqliteConnection,
    sqlite::{SqliteArguments, SqliteRow},
};
use tokio::sync::{mpsc, oneshot};

use super::{
    audit::{APPEND, EventRow},
    script::{Script, Values},
};
use crate::storage::{StoreError, row::unavailable};

/// How many scripts may wait before callers are told that the store is not available.
const QUEUE: usize = 1024;

/// How many scripts share one transaction at most.
const BATCH: usize = 64;

/// The rows of each statement of a script.
pub(super) type Results = Vec<Vec<SqliteRow>>;

/// Why the writer gave no answer.
#[derive(Debug, thiserror::Error)]
enum WriterError {
    /// More waits than is sensible.
    #[error("too many writes are waiting")]
    Full,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The driver does not take a value.
    #[error("a value cannot be written")]
    Values,
}

enum Job {
    Run(Run),
    Append(Append),
    Lend(oneshot::Sender<Lease>),
    Close(oneshot::Sender<()>),
}

struct Run {
    script: Script,
    arguments: SqliteArguments,
    done: Done,
}

/// An audit event that stands alone.
struct Append {
    row: EventRow,
    done: oneshot::Sender<Result<(), StoreError>>,
}

/// Who waits for a run.
enum Done {
    /// One caller, for what its script gives.
    Script(oneshot::Sender<Result<Results, StoreError>>),
    /// The callers whose events are written together.
    Events(Vec<Append>),
}

impl Run {
    /// One run for the events of as many callers as there is a statement for.
    fn of_events(events: Vec<Append>) -> Result<Self, Vec<Append>> {
        let script = events.len().checked_sub(1).and_then(|place| APPEND.get(place));
        match (script, EventRow::values(events.iter().map(|event| &event.row)).finish()) {
            (Some(script), Ok(arguments)) => Ok(Self { script: *script, arguments, done: Done::Events(events) }),
            _ => Err(events),
        }
    }

    /// Whether nobody waits any more.
    fn is_idle(&self) -> bool {
        match &self.done {
            Done::Script(done) => done.is_closed(),
            Done::Events(events) => events.iter().all(|event| event.done.is_closed()),
        }
    }

    /// Tells everybody who waits that it is done. A caller who is gone is told nothing; the outcome is kept all the same.
    fn succeed(self, results: Results) {
        match self.done {
            Done::Script(done) => drop(done.send(Ok(results))),
            Done::Events(events) => events.into_iter().for_each(|event| drop(event.done.send(Ok(())))),
        }
    }
}

/// The way to the task that writes.
#[derive(Clone, Debug)]
pub(super) struct Writer(mpsc::Sender<Job>);

impl Writer {
    /// Gives the connection to a task of its own.
    pub(super) fn start(connection: SqliteConnection) -> Self {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(write(connection, waiting));
        Self(jobs)
    }

    /// Runs a script; when this answers, its outcome is kept.
    pub(super) async fn run(&self, script: Script, values: Values) -> Result<Results, StoreError> {
        let (done, outcome) = oneshot::channel();
        self.send(Job::Run(Run { script, arguments: values.finish()?, done: Done::Script(done) }))?;
        outcome.await.map_err(|_| unavailable(WriterError::Closed))?
    }

    /// Writes an event that stands alone; when this answers, it is kept.
    pub(super) async fn append(&self, row: EventRow) -> Result<(), StoreError> {
        let (done, outcome) = oneshot::channel();
        self.send(Job::Append(Append { row, done }))?;
        outcome.await.map_err(|_| unavailable(WriterError::Closed))?
    }

    /// Borrows the connection with a transaction begun, for acts that must look before they write.
    pub(super) async fn borrow(&self) -> Result<Lease, StoreError> {
        let (lent, lease) = oneshot::channel();
        self.send(Job::Lend(lent))?;
        lease.await.map_err(|_| unavailable(WriterError::Closed))
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

/// The writing connection, on loan. Dropped without [`Lease::commit`], what was written is undone.
pub(super) struct Lease {
    connection: Option<SqliteConnection>,
    back: Option<oneshot::Sender<Returned>>,
    clean: bool,
}

/// A connection that comes back, and whether no transaction can be open on it.
struct Returned {
    connection: SqliteConnection,
    clean: bool,
}

impl Lease {
    /// Runs statements within the transaction on loan. The first must begin it.
    pub(super) async fn run(&mut self, sql: &'static str, values: Values) -> Result<Results, StoreError> {
        let arguments = values.finish()?;
        execute(self.connection.as_mut().ok_or_else(|| unavailable(WriterError::Closed))?, sql, arguments)
            .await
            .map_err(unavailable)
    }

    /// Runs the last statements, which end in `COMMIT`, and gives the connection back.
    pub(super) async fn commit(mut self, sql: &'static str, values: Values) -> Result<(), StoreError> {
        self.run(sql, values).await?;
        self.clean = true;
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let (Some(connection), Some(back)) = (self.connection.take(), self.back.take()) {
            // Nobody takes it back only when the writer is gone; then the connection closes here.
            let _ = back.send(Returned { connection, clean: self.clean });
        }
    }
}

/// Runs statements and collects their rows by statement.
pub(super) async fn execute(
    connection: &mut SqliteConnection,
    sql: &'static str,
    arguments: SqliteArguments,
) -> Result<Results, sqlx::Error> {
    let mut steps = connection.fetch_many(sqlx::query_with(sql, arguments));
    let mut results = Vec::with_capacity(6);
    let mut rows = Vec::new();
    while let Some(step) = steps.try_next().await? {
        match step {
            Either::Left(_) => results.push(std::mem::take(&mut rows)),
            Either::Right(row) => rows.push(row),
        }
    }
    Ok(results)
}

async fn write(mut connection: SqliteConnection, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut waiting, BATCH).await > 0 {
        let mut runs = Vec::new();
        let mut events = Vec::new();
        for job in waiting.drain(..) {
            match job {
                Job::Run(run) => runs.push(run),
                Job::Append(event) => events.push(event),
                Job::Lend(lent) => {
                    gather(&mut runs, &mut events);
                    together(&mut connection, std::mem::take(&mut runs)).await;
                    match lend(connection, lent).await {
                        Some(returned) => connection = returned,
                        None => return,
                    }
                }
                Job::Close(done) => {
                    gather(&mut runs, &mut events);
                    together(&mut connection, std::mem::take(&mut runs)).await;
                    close(connection).await;
                    // Nobody waits for the answer any more: nothing is lost.
                    let _ = done.send(());
                    return;
                }
            }
        }
        gather(&mut runs, &mut events);
        together(&mut connection, runs).await;
    }
    close(connection).await;
}

/// Makes runs of the events that wait, as few as there are statements for.
fn gather(runs: &mut Vec<Run>, events: &mut Vec<Append>) {
    while !events.is_empty() {
        let some = events.drain(..events.len().min(APPEND.len())).collect();
        match Run::of_events(some) {
            Ok(run) => runs.push(run),
            Err(refused) => {
                // Values that the driver does not take; there is no such event, and if there were it is not written.
                for event in refused {
                    drop(event.done.send(Err(unavailable(WriterError::Values))));
                }
            }
        }
    }
}

async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(error = %error, "the embedded store did not close cleanly");
    }
}

/// Lends the connection and has it back, without what was not committed.
async fn lend(connection: SqliteConnection, lent: oneshot::Sender<Lease>) -> Option<SqliteConnection> {
    let (back, returned) = oneshot::channel();
    // A borrower who is gone drops the lease, which sends the connection back.
    drop(lent.send(Lease { connection: Some(connection), back: Some(back), clean: false }));
    let Returned { mut connection, clean } = returned.await.ok()?;
    if !clean {
        undo(&mut connection).await;
    }
    Some(connection)
}

/// Ends a transaction that was left open; with none open this is an error that says nothing.
async fn undo(connection: &mut SqliteConnection) {
    if let Err(error) = connection.execute("ROLLBACK").await {
        tracing::trace!(error = %error, "nothing was left open");
    }
}

/// Runs all scripts in one transaction, or each in its own when that fails.
async fn together(connection: &mut SqliteConnection, mut runs: Vec<Run>) {
    // Whoever stopped waiting was told nothing, so nothing need happen.
    runs.retain(|run| !run.is_idle());
    if runs.len() > 1
        && let Ok(results) = transaction(connection, &runs).await
    {
        for (run, results) in runs.into_iter().zip(results) {
            run.succeed(results);
        }
        return;
    }
    for run in runs {
        match (alone(connection, run.script, run.arguments.clone()).await, run) {
            (Ok(results), run) => run.succeed(results),
            // Nobody's event fails for another's.
            (Err(_), Run { done: Done::Events(events), .. }) if events.len() > 1 => {
                one_by_one(connection, events).await
            }
            (Err(error), Run { done: Done::Events(events), .. }) => {
                // There is one, as the arm above takes all others.
                if let Some(event) = events.into_iter().next() {
                    drop(event.done.send(Err(error)));
                }
            }
            (Err(error), Run { done: Done::Script(done), .. }) => drop(done.send(Err(error))),
        }
    }
}

/// Writes each event by itself.
async fn one_by_one(connection: &mut SqliteConnection, events: Vec<Append>) {
    let [script, ..] = APPEND;
    for event in events {
        let outcome = match EventRow::values(std::iter::once(&event.row)).finish() {
            Ok(arguments) => alone(connection, script, arguments).await.map(drop),
            Err(fault) => Err(fault),
        };
        drop(event.done.send(outcome));
    }
}

/// Every script wakes the database's thread once: the transaction begins with the first and is committed with the last.
async fn transaction(connection: &mut SqliteConnection, runs: &[Run]) -> Result<Vec<Results>, sqlx::Error> {
    let mut together = Vec::with_capacity(runs.len());
    for (place, run) in runs.iter().enumerate() {
        let (sql, ahead) = match place {
            0 => (run.script.first, 1),
            _ if place + 1 == runs.len() => (run.script.last, 0),
            _ => (run.script.body, 0),
        };
        match execute(connection, sql, run.arguments.clone()).await {
            Ok(mut results) => {
                results.drain(..ahead.min(results.len()));
                together.push(results);
            }
            Err(error) => {
                undo(connection).await;
                return Err(error);
            }
        }
    }
    Ok(together)
}

async fn alone(
    connection: &mut SqliteConnection,
    script: Script,
    arguments: SqliteArguments,
) -> Result<Results, StoreError> {
    match execute(connection, script.alone, arguments).await {
        Ok(mut results) => {
            results.drain(..script.ahead.min(results.len()));
            Ok(results)
        }
        Err(error) => {
            undo(connection).await;
            Err(unavailable(error))
        }
    }
}
