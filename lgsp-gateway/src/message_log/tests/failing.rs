//! A store that fails, is slow, or is ahead of what is known: no record, no call; and what is unknown is called so.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tlog::{Entries, Kind, Line};
use tokio::sync::Semaphore;
use types::TransactionId;

use super::made::{Bench, answered, head, id, trail};
use crate::{
    message_log::{Audit, Disk, LogSettings, MessageLog, Opened, StartError, verify},
    refusal::Code,
    storage::{Batch, Durability, MessageLogStore, StoreError, TileRow},
    trail::Trail,
};

/// What happens at the next appends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Nothing is written, and it says so.
    Down,
    /// It is written, and it says that it was not.
    Silent,
}

/// A store over another that fails on demand, counts, and can be held up.
struct Failing {
    inner: Mutex<Arc<dyn MessageLogStore>>,
    fault: Mutex<Option<Fault>>,
    appends: AtomicU32,
    durable: AtomicU32,
    /// One permit lets one append through.
    gate: Semaphore,
    /// What another replica appends as soon as the state was read.
    overtaking: Mutex<Option<(Batch, Vec<u8>)>>,
}

impl Failing {
    fn over(inner: &Arc<dyn MessageLogStore>) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::new(Arc::clone(inner)),
            fault: Mutex::new(None),
            appends: AtomicU32::new(0),
            durable: AtomicU32::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS >> 1),
            overtaking: Mutex::default(),
        })
    }

    fn set(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap() = fault;
    }

    fn inner(&self) -> Arc<dyn MessageLogStore> {
        Arc::clone(&self.inner.lock().unwrap())
    }

    fn exchange(&self, inner: &Arc<dyn MessageLogStore>) {
        *self.inner.lock().unwrap() = Arc::clone(inner);
    }

    fn down() -> StoreError {
        StoreError::Unavailable(Box::new(std::io::Error::other("down")))
    }

    fn up(&self) -> Result<(), StoreError> {
        if *self.fault.lock().unwrap() == Some(Fault::Down) { Err(Self::down()) } else { Ok(()) }
    }
}

#[async_trait]
impl MessageLogStore for Failing {
    async fn head(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.up()?;
        let head = self.inner().head().await;
        let overtaking = self.overtaking.lock().unwrap().take();
        if let Some((batch, head)) = overtaking {
            self.inner().append(&batch, &head, Durability::Process).await?;
        }
        head
    }

    async fn append(&self, batch: &Batch, head: &[u8], durability: Durability) -> Result<(), StoreError> {
        self.gate.acquire().await.unwrap().forget();
        self.appends.fetch_add(1, Ordering::SeqCst);
        if durability == Durability::Power {
            self.durable.fetch_add(1, Ordering::SeqCst);
        }
        self.up()?;
        self.inner().append(batch, head, durability).await?;
        let silent = *self.fault.lock().unwrap() == Some(Fault::Silent);
        if silent { Err(Self::down()) } else { Ok(()) }
    }

    async fn settle(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.up()?;
        self.inner().settle().await
    }

    async fn read(&self, index: u64, most_bytes: usize) -> Result<Vec<Batch>, StoreError> {
        self.up()?;
        self.inner().read(index, most_bytes).await
    }

    async fn read_entries(&self, index: u64, most_bytes: usize) -> Result<Vec<Batch>, StoreError> {
        self.up()?;
        self.inner().read_entries(index, most_bytes).await
    }

    async fn first_at(&self, millis: u64) -> Result<Option<u64>, StoreError> {
        self.inner().first_at(millis).await
    }

    async fn keep_checkpoint(&self, size: u64, note: &str) -> Result<(), StoreError> {
        self.up()?;
        self.inner().keep_checkpoint(size, note).await
    }

    async fn checkpoint(&self) -> Result<Option<(u64, String)>, StoreError> {
        self.inner().checkpoint().await
    }

    async fn checkpoints(&self, after: u64, most: u32) -> Result<Vec<(u64, String)>, StoreError> {
        self.inner().checkpoints(after, most).await
    }

    async fn keep_tiles(&self, tiles: &[TileRow]) -> Result<(), StoreError> {
        self.inner().keep_tiles(tiles).await
    }

    async fn tile_count(&self, level: u8) -> Result<u64, StoreError> {
        self.inner().tile_count(level).await
    }

    async fn tiles(&self, level: u8, first: u64, most: u32) -> Result<Vec<TileRow>, StoreError> {
        self.inner().tiles(level, first, most).await
    }

    async fn close(&self) {
        self.inner().close().await;
    }
}

fn dispatched(number: u32) -> Trail {
    Trail { attempts: 1, ..trail(number) }
}

#[tokio::test]
async fn without_a_record_there_is_no_call_and_afterwards_it_goes_on() {
    let bench = Bench::new().await;
    let store = Failing::over(&bench.store);
    let log = bench.start_over(store.clone(), LogSettings::default()).await;
    let before = log.open(&head(1), &trail(1)).await.unwrap();
    let asked = log.open(&head(2), &trail(2)).await.unwrap();
    store.set(Some(Fault::Down));
    assert_eq!(log.open(&head(3), &trail(3)).await.unwrap_err().code, Code::LogUnavailable);
    assert!(!log.ready());
    let not_asked = log.close_with(&head(1), &trail(1), before, answered()).await.unwrap_err();
    assert_eq!(not_asked.code, Code::LogUnavailable);
    let unknown = log.close_with(&head(2), &dispatched(2), asked, answered()).await.unwrap_err();
    assert_eq!(unknown.code, Code::OutcomeUnknown);

    store.set(None);
    let opened = log.open(&head(4), &trail(4)).await.unwrap();
    log.close_with(&head(4), &trail(4), opened, answered()).await.unwrap();
    assert!(log.ready());
    log.stop().await;
    let report = verify(bench.store.as_ref(), &Audit { log: bench.verifier(), kept: Vec::new(), evidence: None }).await;
    let report = report.unwrap();
    assert_eq!((report.fault, report.open), (None, vec![(0, id(1)), (1, id(2))]));
}

#[tokio::test]
async fn a_write_that_was_done_without_saying_so_counts_once_it_is_found() {
    let bench = Bench::new().await;
    let store = Failing::over(&bench.store);
    let log = bench.start_over(store.clone(), LogSettings::default()).await;
    store.set(Some(Fault::Silent));
    let opened = log.open(&head(1), &trail(1)).await.unwrap();
    log.close_with(&head(1), &dispatched(1), opened, answered()).await.unwrap();
    log.stop().await;
    let entries = bench.store.read(0, usize::MAX).await.unwrap();
    assert_eq!(entries.iter().map(|batch| batch.count).sum::<u32>(), 2);
}

#[tokio::test]
async fn many_calls_share_one_write_and_one_flush() {
    let bench = Bench::new().await;
    let store = Failing::over(&bench.store);
    let log = Arc::new(bench.start_over(store.clone(), LogSettings::default()).await);
    // The first write is held up; whatever comes meanwhile waits for the next.
    store.gate.forget_permits(usize::MAX >> 1);
    let calls: Vec<_> = (0..100)
        .map(|number| {
            let log = Arc::clone(&log);
            tokio::spawn(async move { log.open(&head(number), &trail(number)).await.unwrap() })
        })
        .collect();
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    store.gate.add_permits(1000);
    let mut opened = Vec::new();
    for call in calls {
        opened.push(call.await.unwrap());
    }
    let opening = store.appends.load(Ordering::SeqCst);
    assert!(opening <= 2, "{opening} writes for 100 records");
    assert_eq!(store.durable.load(Ordering::SeqCst), 0, "an opened record needs no flush");

    store.gate.forget_permits(usize::MAX >> 1);
    let calls: Vec<_> = (0..)
        .zip(opened)
        .map(|(number, opened)| {
            let log = Arc::clone(&log);
            tokio::spawn(
                async move { log.close_with(&head(number), &trail(number), opened, answered()).await.unwrap() },
            )
        })
        .collect();
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    store.gate.add_permits(1000);
    for call in calls {
        call.await.unwrap();
    }
    let closing = store.durable.load(Ordering::SeqCst);
    assert!((1..=2).contains(&closing), "{closing} flushes for 100 records");
}

#[tokio::test]
async fn when_too_many_wait_new_calls_are_refused_and_open_ones_are_closed() {
    let bench = Bench::new().await;
    let store = Failing::over(&bench.store);
    let settings = LogSettings { queue: 8, ..LogSettings::default() };
    let log = Arc::new(bench.start_over(store.clone(), settings).await);
    let first = log.open(&head(0), &trail(0)).await.unwrap();
    store.gate.forget_permits(usize::MAX >> 1);
    let mut waiting = Vec::new();
    let mut refused = 0;
    for number in 1..20 {
        let (log, call) = (Arc::clone(&log), head(number));
        let mut call = tokio::spawn(async move { log.open(&call, &trail(number)).await });
        match tokio::time::timeout(Duration::from_millis(1), &mut call).await {
            Ok(outcome) => {
                assert_eq!(outcome.unwrap().unwrap_err().code, Code::LogUnavailable);
                refused += 1;
            }
            Err(_) => waiting.push(call),
        }
    }
    assert!(refused > 5, "{refused}");
    let closing = tokio::spawn({
        let log = Arc::clone(&log);
        async move { log.close_with(&head(0), &dispatched(0), first, answered()).await.map(|_| ()) }
    });
    store.gate.add_permits(1000);
    closing.await.unwrap().unwrap();
    for call in waiting {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn an_end_that_cannot_be_recorded_in_time_is_unknown() {
    let bench = Bench::new().await;
    let store = Failing::over(&bench.store);
    let settings = LogSettings { close_within: Duration::ZERO, ..LogSettings::default() };
    let log = bench.start_over(store.clone(), settings).await;
    let opened = log.open(&head(1), &trail(1)).await.unwrap();
    store.gate.forget_permits(usize::MAX >> 1);
    let error = log.close_with(&head(1), &dispatched(1), opened, answered()).await.unwrap_err();
    assert_eq!(error.code, Code::OutcomeUnknown);
}

#[tokio::test]
async fn a_full_disk_takes_no_new_call_and_lets_open_ones_end() {
    let bench = Bench::new().await;
    let used = Arc::new(AtomicU32::new(50));
    let gauge = Arc::clone(&used);
    let disk = Disk::with(move || u8::try_from(gauge.load(Ordering::SeqCst)).ok(), 95);
    let settings = LogSettings { disk: Some(disk), ..LogSettings::default() };
    let log = bench.start_over(Arc::clone(&bench.store), settings.clone()).await;
    let opened = log.open(&head(1), &trail(1)).await.unwrap();
    used.store(95, Ordering::SeqCst);
    log.disk.look();
    assert_eq!(log.open(&head(2), &trail(2)).await.unwrap_err().code, Code::LogUnavailable);
    log.close_with(&head(1), &dispatched(1), opened, answered()).await.unwrap();
    used.store(94, Ordering::SeqCst);
    log.disk.look();
    log.open(&head(3), &trail(3)).await.unwrap();
    assert!(Disk::of(std::env::temp_dir(), 101).used().is_some_and(|used| used <= 100));
}

/// A store with the opened records of two calls, and the store that is left when everything after the first was lost.
async fn about_to_lose() -> (Bench, Bench, Arc<Failing>, MessageLog, [Opened; 2]) {
    let (bench, lost) = (Bench::new().await, Bench::new().await);
    let store = Failing::over(&bench.store);
    let log = bench.start_over(store.clone(), LogSettings::default()).await;
    let first = log.open(&head(0), &trail(0)).await.unwrap();
    let batch = bench.store.read(0, usize::MAX).await.unwrap().remove(0);
    lost.store.append(&batch, &bench.store.head().await.unwrap().unwrap(), Durability::Power).await.unwrap();
    let second = log.open(&head(1), &trail(1)).await.unwrap();
    (bench, lost, store, log, [first, second])
}

async fn lines(store: &dyn MessageLogStore) -> Vec<(Kind, TransactionId)> {
    let batches = store.read(0, usize::MAX).await.unwrap();
    let entries = batches.iter().flat_map(|batch| Entries::of(&batch.entries)).map(Result::unwrap);
    entries.map(|entry| Line::parse(entry).unwrap()).map(|line| (line.kind, line.id)).collect()
}

#[tokio::test]
async fn when_the_store_loses_its_unflushed_end_open_records_are_written_again() {
    let (_bench, lost, store, log, [first, second]) = about_to_lose().await;
    // What is left when the machine of the database lost power: only what was flushed.
    store.exchange(&lost.store);
    log.close_with(&head(1), &dispatched(1), second, answered()).await.unwrap();
    log.close_with(&head(0), &dispatched(0), first, answered()).await.unwrap();
    log.stop().await;
    let (opened, closed) = (Kind::Opened, Kind::Closed);
    let wanted = [(opened, id(0)), (opened, id(1)), (closed, id(1)), (closed, id(0))];
    assert_eq!(lines(lost.store.as_ref()).await, wanted);
}

/// Loses the end and lets another replica fill it again with these calls; then the two calls end, and the log is what it has to be,
/// signed to its end.
async fn lose_and_fill(others: std::ops::Range<u32>) {
    let (bench, lost, store, log, [first, second]) = about_to_lose().await;
    let other = bench.start_over(Arc::clone(&lost.store), LogSettings::default()).await;
    for number in others.clone() {
        other.open(&head(number), &trail(number)).await.unwrap();
    }
    // Our connection breaks when the database does.
    store.set(Some(Fault::Down));
    assert!(log.open(&head(2), &trail(2)).await.is_err());
    store.set(None);
    store.exchange(&lost.store);
    log.close_with(&head(1), &dispatched(1), second, answered()).await.unwrap();
    log.close_with(&head(0), &dispatched(0), first, answered()).await.unwrap();
    log.stop().await;
    let (opened, closed) = (Kind::Opened, Kind::Closed);
    let mut wanted = vec![(opened, id(0))];
    wanted.extend(others.map(|number| (opened, id(number))));
    wanted.extend([(opened, id(1)), (closed, id(1)), (closed, id(0))]);
    assert_eq!(lines(lost.store.as_ref()).await, wanted);
    let (signed, _) = lost.store.checkpoint().await.unwrap().unwrap();
    assert_eq!(usize::try_from(signed), Ok(wanted.len()));
}

#[tokio::test]
async fn an_end_that_was_lost_and_filled_by_another_replica_is_noticed() {
    lose_and_fill(5..9).await;
}

#[tokio::test]
async fn what_is_remembered_of_a_lost_end_is_not_what_is_signed() {
    // The other's one entry stands just where ours was: without a gap, only the tree tells.
    lose_and_fill(5..6).await;
}

#[tokio::test]
async fn a_replica_starts_while_another_writes() {
    let (bench, later) = (Bench::new().await, Bench::new().await);
    let log = bench.start().await;
    log.open(&head(0), &trail(0)).await.unwrap();
    log.stop().await;
    // What another replica writes next, as it comes after the same beginning.
    let (begun, state) = (bench.store.read(0, 1).await.unwrap().remove(0), bench.store.head().await.unwrap().unwrap());
    later.store.append(&begun, &state, Durability::Power).await.unwrap();
    let other = later.start().await;
    other.open(&head(1), &trail(1)).await.unwrap();
    other.stop().await;
    let next = (later.store.read(1, 1).await.unwrap().remove(0), later.store.head().await.unwrap().unwrap());
    let store = Failing::over(&bench.store);
    *store.overtaking.lock().unwrap() = Some(next);
    let log = bench.start_over(store.clone(), LogSettings::default()).await;
    log.open(&head(2), &trail(2)).await.unwrap();
    log.stop().await;
    assert_eq!(lines(bench.store.as_ref()).await, [0, 1, 2].map(|number| (Kind::Opened, id(number))));
}

#[tokio::test]
async fn a_log_that_does_not_end_as_it_says_is_not_taken_up() {
    let bench = Bench::new().await;
    let log = bench.start().await;
    log.open(&head(1), &trail(1)).await.unwrap();
    log.stop().await;
    let batch = crate::storage::conformance::message_log::batch(1, 1);
    bench.store.append(&batch, &bench.store.head().await.unwrap().unwrap(), Durability::Power).await.unwrap();
    let error = bench.try_start().await.err().unwrap();
    assert!(matches!(error, StartError::Broken("there are entries after the end")), "{error}");

    let bench = Bench::new().await;
    let log = bench.start().await;
    log.open(&head(1), &trail(1)).await.unwrap();
    log.stop().await;
    let other = Bench { key: Bench::new().await.key, ..bench };
    let error = other.try_start().await.err().unwrap();
    assert!(matches!(error, StartError::Broken("its last checkpoint is not signed by this key")), "{error}");
}
