//! Nonces in the memory of one process: bounded, in shards, filled from the message log at the start.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use clock::{Clock, Timestamp};

use super::{Nonce, ReplayStore, StoreError, moment};

/// As many locks: enough that calls seldom wait for each other.
const SHARDS: usize = 32;
/// Kept this much longer than asked for, so that a call that took its time after its window was checked still finds it.
const SLACK: Duration = Duration::from_secs(10);

/// Why a nonce cannot be remembered.
#[derive(Debug, thiserror::Error)]
enum MemoryError {
    /// As many as may be are remembered.
    #[error("no more nonces can be remembered")]
    Full,
    /// Its time is over, so whether it was seen cannot be said any more.
    #[error("the nonce is too old to be judged")]
    TooOld,
}

/// Nonces in memory.
pub struct MemoryReplay {
    clock: Arc<dyn Clock>,
    /// Whether it was told what a former process remembered.
    restored: AtomicBool,
    /// Per shard.
    capacity: usize,
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
}

#[derive(Default)]
struct Shard {
    known: HashSet<[u8; 32]>,
    /// By the second after which they may be forgotten.
    expiring: BTreeMap<i64, Vec<[u8; 32]>>,
}

impl Shard {
    fn forget_before(&mut self, second: i64) {
        while let Some(entry) = self.expiring.first_entry() {
            if *entry.key() >= second {
                break;
            }
            for key in entry.remove() {
                self.known.remove(&key);
            }
        }
    }

    fn insert(&mut self, key: [u8; 32], until: Timestamp) -> bool {
        let new = self.known.insert(key);
        if new {
            self.expiring.entry(until.plus(SLACK).seconds()).or_default().push(key);
        }
        new
    }
}

impl MemoryReplay {
    /// Remembers at most about `capacity` nonces at once. A signed call needs about 100 bytes for 90 seconds.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, capacity: usize) -> Self {
        Self {
            clock,
            restored: AtomicBool::new(false),
            capacity: capacity.div_ceil(SHARDS),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }

    fn insert(&self, key: [u8; 32], until: Timestamp, now: Timestamp) -> Result<Nonce, StoreError> {
        let mut shard = self.shard(&key)?;
        shard.forget_before(now.seconds());
        if shard.known.contains(&key) {
            return Ok(Nonce::Replayed);
        }
        if shard.known.len() >= self.capacity {
            return Err(StoreError::Unavailable(Box::new(MemoryError::Full)));
        }
        shard.insert(key, until);
        Ok(Nonce::Fresh)
    }

    /// Callers choose nonces, so the shard is chosen by a hash they do not know.
    fn shard(&self, key: &[u8; 32]) -> Result<MutexGuard<'_, Shard>, StoreError> {
        let shards = u64::try_from(self.shards.len()).unwrap_or(1).max(1);
        let place = usize::try_from(self.hasher.hash_one(key) % shards).unwrap_or_default();
        let shard = self.shards.get(place).ok_or_else(|| StoreError::Unavailable(Box::new(MemoryError::Full)))?;
        // Nothing in here can be left half done by a panic but one entry, and that only forgets later.
        Ok(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl std::fmt::Debug for MemoryReplay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryReplay")
    }
}

#[async_trait]
impl ReplayStore for MemoryReplay {
    async fn remember(&self, key: [u8; 32], until: Timestamp) -> Result<Nonce, StoreError> {
        let now = self.clock.now();
        if until.plus(SLACK) < now {
            return Err(StoreError::Failed(Box::new(MemoryError::TooOld)));
        }
        self.insert(key, until, now)
    }

    async fn remembers(&self) -> Result<bool, StoreError> {
        Ok(self.restored.load(Ordering::Acquire))
    }

    async fn restore(&self, nonces: Vec<([u8; 32], u64)>) -> Result<(), StoreError> {
        let now = self.clock.now();
        for (key, until) in nonces {
            let until = moment(until);
            if until.plus(SLACK) >= now {
                self.insert(key, until, now)?;
            }
        }
        self.restored.store(true, Ordering::Release);
        Ok(())
    }

    async fn ready(&self) -> Result<(), StoreError> {
        let full = |shard: &Mutex<Shard>| {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.forget_before(self.clock.now().seconds());
            shard.known.len() >= self.capacity
        };
        if self.shards.iter().any(full) { Err(StoreError::Unavailable(Box::new(MemoryError::Full))) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use clock::FixedClock;

    use super::*;
    use crate::storage::conformance::replay_store;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_305_600);

    fn store(capacity: usize) -> (Arc<FixedClock>, MemoryReplay) {
        let clock = Arc::new(FixedClock::at(NOW));
        (Arc::clone(&clock), MemoryReplay::new(clock, capacity))
    }

    fn key(number: u32) -> [u8; 32] {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&number.to_be_bytes());
        key
    }

    #[tokio::test]
    async fn it_is_a_replay_store() {
        replay_store::all(&|| {
            let (clock, store) = store(100_000);
            let replay: Arc<dyn ReplayStore> = Arc::new(store);
            let clock: Arc<dyn Clock> = clock;
            Box::pin(async move { (replay, clock) })
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_over_makes_room_and_what_is_not_is_never_dropped() {
        let (clock, store) = store(SHARDS * 4);
        let until = NOW.plus(Duration::from_secs(90));
        let mut kept = Vec::new();
        let full = loop {
            let number = u32::try_from(kept.len()).unwrap();
            match store.remember(key(number), until).await {
                Ok(nonce) => {
                    assert_eq!(nonce, Nonce::Fresh);
                    kept.push(key(number));
                }
                Err(error) => break error,
            }
        };
        assert!(matches!(full, StoreError::Unavailable(_)));
        assert!(store.ready().await.is_err());
        for key in &kept {
            assert_eq!(store.remember(*key, until).await.unwrap(), Nonce::Replayed);
        }
        clock.advance(Duration::from_secs(102));
        let later = until.plus(Duration::from_secs(102));
        let fresh = store.remember(key(1_000_000), later).await.unwrap();
        assert_eq!(fresh, Nonce::Fresh);
        store.ready().await.unwrap();
    }

    #[tokio::test]
    async fn what_a_former_process_remembered_is_remembered() {
        let (clock, store) = store(1000);
        let until = u64::try_from(NOW.micros() / 1000).unwrap() + 90_000;
        assert!(!store.remembers().await.unwrap());
        store.restore(vec![(key(1), until), (key(1), until), (key(2), until - 200_000)]).await.unwrap();
        assert!(store.remembers().await.unwrap());
        let new = NOW.plus(Duration::from_secs(90));
        assert_eq!(store.remember(key(1), new).await.unwrap(), Nonce::Replayed);
        assert_eq!(store.remember(key(2), new).await.unwrap(), Nonce::Fresh);
        clock.advance(Duration::from_secs(90));
        assert_eq!(store.remember(key(1), new).await.unwrap(), Nonce::Replayed);
        let (_, small) = self::store(SHARDS);
        let many = (0..10_000).map(|number| (key(number), until)).collect();
        assert!(small.restore(many).await.is_err());
        assert!(!small.remembers().await.unwrap());
    }

    #[tokio::test]
    async fn a_nonce_whose_time_is_over_is_not_judged() {
        let (clock, store) = store(1000);
        clock.advance(Duration::from_secs(120));
        assert!(store.remember(key(1), NOW.plus(Duration::from_secs(90))).await.is_err());
    }
}
