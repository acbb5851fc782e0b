use std::sync::atomic::{AtomicUsize, Ordering};

use clock::FixedClock;

use super::*;
use crate::rejection::Rejection;

struct World {
    clock: Arc<FixedClock>,
    cache: Cache<usize>,
    fetches: AtomicUsize,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::from_seconds(1_795_219_200)));
        let limits = Limits::default();
        let cache = Cache::new(Arc::clone(&clock) as Arc<dyn Clock>, &limits);
        Self { clock, cache, fetches: AtomicUsize::new(0) }
    }

    async fn fetch(&self, works: bool) -> Result<usize, Failure> {
        let count = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::task::yield_now().await;
        if works { Ok(count) } else { Err(ProviderError::Unreachable.into()) }
    }

    async fn get(&self, works: bool) -> Result<usize, Failure> {
        self.cache.get(self.fetch(works)).await.map(|value| *value)
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn nothing_is_fetched_before_it_is_needed_and_then_once_within_its_age() {
    let world = World::new();
    assert_eq!(world.fetches(), 0);
    assert_eq!(world.get(true).await, Ok(1));
    world.clock.advance(Duration::from_secs(3599));
    assert_eq!(world.get(true).await, Ok(1));
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.get(true).await, Ok(2));
}

#[tokio::test]
async fn many_readers_at_once_cause_one_fetch() {
    let world = World::new();
    let (one, two, three) = tokio::join!(world.get(true), world.get(true), world.get(true));
    assert_eq!((one, two, three), (Ok(1), Ok(1), Ok(1)));
    assert_eq!(world.fetches(), 1);
}

#[tokio::test]
async fn the_last_good_value_serves_while_the_provider_is_down_but_not_for_ever() {
    let world = World::new();
    assert_eq!(world.get(true).await, Ok(1));
    world.clock.advance(Duration::from_hours(23));
    assert_eq!(world.get(false).await, Ok(1));
    assert!(world.cache.is_ready());
    world.clock.advance(Duration::from_hours(1));
    assert_eq!(world.get(false).await, Err(ProviderError::Unreachable.into()));
    assert!(!world.cache.is_ready());
    assert!(world.cache.known().is_none());
}

#[tokio::test]
async fn a_failure_is_remembered_only_briefly() {
    let world = World::new();
    assert!(world.get(false).await.is_err());
    assert!(world.get(true).await.is_err());
    assert_eq!(world.fetches(), 1);
    assert!(!world.cache.is_ready());
    world.clock.advance(Duration::from_secs(5));
    assert!(world.cache.is_ready());
    assert_eq!(world.get(true).await, Ok(2));
}

#[tokio::test]
async fn something_unknown_forces_at_most_one_fetch_a_minute() {
    let world = World::new();
    let seen = world.cache.get(world.fetch(true)).await.unwrap();
    let newer = world.cache.newer_than(&seen, world.fetch(true)).await.unwrap().unwrap();
    assert_eq!(*newer, 2);
    assert!(world.cache.newer_than(&newer, world.fetch(true)).await.unwrap().is_none());
    world.clock.advance(Duration::from_secs(59));
    assert!(world.cache.newer_than(&newer, world.fetch(true)).await.unwrap().is_none());
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(*world.cache.newer_than(&newer, world.fetch(true)).await.unwrap().unwrap(), 3);
    assert_eq!(world.fetches(), 3);
}

#[tokio::test]
async fn whoever_saw_an_older_value_gets_the_newer_one_without_a_fetch() {
    let world = World::new();
    let seen = world.cache.get(world.fetch(true)).await.unwrap();
    world.cache.newer_than(&seen, world.fetch(true)).await.unwrap();
    assert_eq!(*world.cache.newer_than(&seen, world.fetch(true)).await.unwrap().unwrap(), 2);
    assert_eq!(world.fetches(), 2);
}

#[tokio::test]
async fn a_forced_fetch_that_fails_leaves_the_good_value_in_place() {
    let world = World::new();
    let seen = world.cache.get(world.fetch(true)).await.unwrap();
    let failed = world.cache.newer_than(&seen, async { Err(Rejection::Key.into()) }).await;
    assert_eq!(failed.unwrap_err(), Rejection::Key.into());
    assert_eq!(world.get(true).await, Ok(1));
}
