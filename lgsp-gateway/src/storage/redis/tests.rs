//! Redis itself, where a test run says where it is; and no Redis at all.

use std::sync::Arc;

use clock::{Clock, FixedClock, SystemClock, Timestamp};
use secrecy::SecretString;

use super::Redis;
use crate::storage::{Nonce, ReplayStore, StoreError, conformance::replay_store};

#[expect(clippy::disallowed_methods, reason = "the address of the test server is told by the environment")]
fn url() -> SecretString {
    SecretString::from(std::env::var("TEST_REDIS_URL").expect("TEST_REDIS_URL"))
}

/// Keys of one test are apart from those of every other run.
fn prefix(name: &str) -> String {
    format!("gateway-test:{}:{}:{name}:", std::process::id(), SystemClock.now().micros())
}

#[tokio::test]
#[ignore = "needs TEST_REDIS_URL"]
async fn it_is_a_replay_store() {
    replay_store::all(&|| {
        Box::pin(async {
            let clock: Arc<dyn Clock> = Arc::new(SystemClock);
            let redis = Redis::open(&url(), &prefix("suite"), Arc::clone(&clock)).await.unwrap();
            assert!(redis.ready().await.is_err(), "it must be told first");
            redis.restore(Vec::new()).await.unwrap();
            redis.ready().await.unwrap();
            let replay: Arc<dyn ReplayStore> = Arc::new(redis);
            (replay, clock)
        })
    })
    .await;
}

#[tokio::test]
#[ignore = "needs TEST_REDIS_URL"]
async fn two_replicas_share_one_memory_that_forgets_in_the_end() {
    let prefix = prefix("replicas");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let first = Redis::open(&url(), &prefix, Arc::clone(&clock)).await.unwrap();
    let second = Redis::open(&url(), &prefix, Arc::clone(&clock)).await.unwrap();
    let until = clock.now().plus(std::time::Duration::from_secs(90));
    first.restore(Vec::new()).await.unwrap();
    assert!(second.remembers().await.unwrap(), "one replica tells for all");
    assert_eq!(first.remember([7; 32], until).await.unwrap(), Nonce::Fresh);
    assert_eq!(second.remember([7; 32], until).await.unwrap(), Nonce::Replayed);
    let mut connection = first.connection.clone();
    let name = format!("{prefix}nonce:{}", "07".repeat(32));
    let life: i64 = redis::cmd("PTTL").arg(name).query_async(&mut connection).await.unwrap();
    assert!((140_000..=150_000).contains(&life), "{life}");
}

#[tokio::test]
#[ignore = "needs TEST_REDIS_URL"]
async fn a_redis_that_was_emptied_or_is_another_run_accepts_nothing_until_it_is_told_again() {
    let prefix = prefix("lost");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let redis = Redis::open(&url(), &prefix, Arc::clone(&clock)).await.unwrap();
    let until = clock.now().plus(std::time::Duration::from_secs(90));
    let accepted = vec![([1; 32], u64::try_from(until.micros() / 1000).unwrap())];
    redis.restore(Vec::new()).await.unwrap();
    assert_eq!(redis.remember([1; 32], until).await.unwrap(), Nonce::Fresh);

    let mut connection = redis.connection.clone();
    for other_run in [false, true] {
        if other_run {
            // As it is with a Redis that came back from its disk, without its last second.
            let mut set = redis::cmd("SET");
            let () = set.arg(format!("{prefix}memory")).arg("another").query_async(&mut connection).await.unwrap();
        } else {
            let keys = [format!("{prefix}memory"), format!("{prefix}nonce:{}", "01".repeat(32))];
            let () = redis::cmd("DEL").arg(&keys).query_async(&mut connection).await.unwrap();
        }
        assert!(!redis.remembers().await.unwrap() && redis.ready().await.is_err());
        for key in [[1; 32], [2; 32]] {
            assert!(matches!(redis.remember(key, until).await, Err(StoreError::Unavailable(_))));
        }
        redis.restore(accepted.clone()).await.unwrap();
        assert_eq!(redis.remember([1; 32], until).await.unwrap(), Nonce::Replayed);
    }
    assert_eq!(redis.remember([2; 32], until).await.unwrap(), Nonce::Fresh);
}

#[tokio::test]
async fn without_redis_there_is_an_error_and_no_answer() {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(Timestamp::from_seconds(1)));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let opened = Redis::open(&SecretString::from(format!("redis://{closed}/")), "t:", clock).await;
    assert!(matches!(opened, Err(StoreError::Unavailable(_))));
}
