//! What every store of signing keys must do.

use signing::{Algorithm, KeyState};

use super::{
    Bench, crowd,
    made::{NOW, later, revoked},
    names,
};
use crate::storage::StoredKey;

fn key(kid: &str, algorithm: Algorithm, seconds: u64) -> StoredKey {
    let sealed = vec![0, 255, 7];
    let created_at = later(seconds);
    StoredKey { kid: kid.into(), algorithm, state: KeyState::Signing, sealed, created_at, since: created_at }
}

pub(in super::super) async fn the_first_keys_are_the_only_ones(bench: &impl Bench) {
    let keys = &bench.stores().keys;
    assert_eq!(keys.all().await.unwrap(), vec![]);
    let first = key("b", Algorithm::ES256, 1);
    assert_eq!(keys.add_first(std::slice::from_ref(&first)).await.unwrap(), vec![first.clone()]);
    let older = key("a", Algorithm::RS256, 0);
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

fn announced(kid: &str, algorithm: Algorithm, seconds: u64) -> StoredKey {
    StoredKey { state: KeyState::Announced, ..key(kid, algorithm, seconds) }
}

/// Each key with its state and since when, oldest first.
async fn states(bench: &impl Bench) -> Vec<(String, KeyState, clock::Timestamp)> {
    let all = bench.stores().keys.all().await.unwrap();
    all.into_iter().map(|key| (key.kid, key.state, key.since)).collect()
}

pub(in super::super) async fn a_key_is_announced_then_signs_then_goes(bench: &impl Bench) {
    use KeyState::{Announced, Retiring, Signing};
    let keys = &bench.stores().keys;
    keys.add_first(&[key("old", Algorithm::ES256, 0), key("rsa", Algorithm::RS256, 1)]).await.unwrap();
    assert!(keys.announce(&announced("new", Algorithm::ES256, 10), revoked(1)).await.unwrap());
    assert!(!keys.announce(&announced("third", Algorithm::ES256, 11), revoked(1)).await.unwrap(), "one waits already");
    assert!(keys.announce(&announced("rsa 2", Algorithm::RS256, 12), revoked(1)).await.unwrap(), "another algorithm");
    // Announced later than asked for, not there, or past announcing: nothing changes.
    for (kid, by) in [("new", later(9)), ("none", later(99)), ("old", later(99))] {
        assert!(!keys.activate(kid, by, later(20), revoked(1)).await.unwrap(), "{kid}");
    }
    assert!(keys.activate("new", later(10), later(20), revoked(1)).await.unwrap());
    assert!(!keys.activate("new", later(10), later(21), revoked(1)).await.unwrap(), "it signs already");
    let expected = [
        ("old", Retiring, later(20)),
        ("rsa", Signing, later(1)),
        ("new", Signing, later(20)),
        ("rsa 2", Announced, later(12)),
    ];
    assert_eq!(states(bench).await, expected.map(|(kid, state, since)| (kid.to_owned(), state, since)));
    for (kid, by) in [("old", later(19)), ("new", later(99)), ("rsa", later(99)), ("none", later(99))] {
        assert!(!keys.remove(kid, by, revoked(1)).await.unwrap(), "{kid}");
    }
    assert!(keys.remove("old", later(20), revoked(1)).await.unwrap());
    assert!(keys.remove("rsa 2", NOW, revoked(1)).await.unwrap(), "only announced");
    assert!(!keys.remove("old", later(99), revoked(1)).await.unwrap(), "a second time");
    let left: Vec<String> = states(bench).await.into_iter().map(|(kid, ..)| kid).collect();
    assert_eq!(left, ["rsa", "new"]);
    assert_eq!(names(bench.stores()).await.len(), 5, "one event for each act that happened");
}

pub(in super::super) async fn fifty_activations_at_once_leave_one_key_that_signs(bench: &impl Bench) {
    let keys = bench.stores().keys.clone();
    keys.add_first(&[key("old", Algorithm::ES256, 0)]).await.unwrap();
    assert!(keys.announce(&announced("new", Algorithm::ES256, 1), revoked(1)).await.unwrap());
    let activated = crowd(|_| {
        let keys = keys.clone();
        async move { keys.activate("new", later(1), later(2), revoked(1)).await.unwrap() }
    });
    assert_eq!(activated.await.into_iter().filter(|activated| *activated).count(), 1);
    let signing = states(bench).await.into_iter().filter(|(_, state, _)| *state == KeyState::Signing);
    assert_eq!(signing.map(|(kid, ..)| kid).collect::<Vec<_>>(), ["new"]);
}

pub(in super::super) async fn a_key_changes_only_with_its_event(bench: &impl Bench) {
    let keys = &bench.stores().keys;
    keys.add_first(&[key("old", Algorithm::ES256, 0)]).await.unwrap();
    assert!(keys.announce(&announced("new", Algorithm::ES256, 1), revoked(1)).await.unwrap());
    let before = states(bench).await;
    bench.forbid_audit().await;
    keys.announce(&announced("rsa", Algorithm::RS256, 1), revoked(1)).await.unwrap_err();
    keys.activate("new", later(1), later(2), revoked(1)).await.unwrap_err();
    keys.remove("new", later(2), revoked(1)).await.unwrap_err();
    assert_eq!(states(bench).await, before);
}
