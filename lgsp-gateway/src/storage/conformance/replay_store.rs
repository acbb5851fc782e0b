//! What every memory of nonces must do.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use clock::Clock;

use crate::storage::{Nonce, ReplayStore};

/// A new store with the clock it goes by.
pub type Made = Pin<Box<dyn Future<Output = (Arc<dyn ReplayStore>, Arc<dyn Clock>)> + Send>>;

/// Runs the whole suite; each test on a store of its own.
pub async fn all(make: &(dyn Fn() -> Made + Sync)) {
    one_of_two_is_fresh(make).await;
    keys_are_apart(make).await;
    of_many_at_once_exactly_one_is_fresh(make).await;
}

fn key(number: u8) -> [u8; 32] {
    let mut key = [number; 32];
    key[31] = 0;
    key
}

async fn one_of_two_is_fresh(make: &(dyn Fn() -> Made + Sync)) {
    let (store, clock) = make().await;
    let until = clock.now().plus(Duration::from_secs(90));
    assert_eq!(store.remember(key(1), until).await.unwrap(), Nonce::Fresh);
    assert_eq!(store.remember(key(1), until).await.unwrap(), Nonce::Replayed);
    // Another end of its time does not make it another nonce.
    assert_eq!(store.remember(key(1), until.plus(Duration::from_secs(1))).await.unwrap(), Nonce::Replayed);
}

async fn keys_are_apart(make: &(dyn Fn() -> Made + Sync)) {
    let (store, clock) = make().await;
    let until = clock.now().plus(Duration::from_secs(90));
    for number in 0..=255 {
        assert_eq!(store.remember(key(number), until).await.unwrap(), Nonce::Fresh);
    }
    let mut other = key(1);
    other[31] = 1;
    assert_eq!(store.remember(other, until).await.unwrap(), Nonce::Fresh);
}

async fn of_many_at_once_exactly_one_is_fresh(make: &(dyn Fn() -> Made + Sync)) {
    let (store, clock) = make().await;
    let until = clock.now().plus(Duration::from_secs(90));
    for round in 0..20 {
        let calls: Vec<_> = (0..16)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.remember(key(round), until).await.unwrap() })
            })
            .collect();
        let mut fresh = 0;
        for call in calls {
            fresh += u8::from(call.await.unwrap() == Nonce::Fresh);
        }
        assert_eq!(fresh, 1, "round {round}");
    }
}
