//! What every store of signing keys must do.

use signing::{Algorithm, KeyState};

use super::{
    Bench, crowd,
    made::{NOW, later},
};
use crate::storage::StoredKey;

fn key(kid: &str, algorithm: Algorithm, seconds: u64) -> StoredKey {
    let sealed = vec![0, 255, 7];
    StoredKey { kid: kid.into(), algorithm, state: KeyState::Signing, sealed, created_at: later(seconds) }
}

pub(in super::super) async fn the_first_keys_are_the_only_ones(bench: &impl Bench) {
    let keys = &bench.stores().keys;
    assert_eq!(keys.all().await.unwrap(), vec![]);
    let first = key("b", Algorithm::ES256, 1);
    assert_eq!(keys.add_first(std::slice::from_ref(&first)).await.unwrap(), vec![first.clone()]);
    let older = StoredKey { created_at: NOW, ..key("a", Algorithm::RS256, 0) };
    let kept = keys.add_first(&[key("c", Algorithm::ES256, 2), older.clone()]).await.unwrap();
    assert_eq!(kept, vec![older, first]);
    assert_eq!(keys.all().await.unwrap(), kept);
}

pub(in super::super) async fn fifty_first_starts_at_once_agree_on_the_keys(bench: &impl Bench) {
    let keys = bench.stores().keys.clone();
    let seen = crowd(|number| {
        let keys = keys.clone();
        async move {
            let es = key(&format!("es {number}"), Algorithm::ES256, number.into());
            let rs = key(&format!("rs {number}"), Algorithm::RS256, number.into());
            keys.add_first(&[es, rs]).await.unwrap()
        }
    });
    let seen = seen.await;
    assert_eq!(seen[0].len(), 2);
    assert!(seen.iter().all(|kept| *kept == seen[0]));
}
