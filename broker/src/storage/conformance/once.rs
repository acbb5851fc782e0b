//! What every store of assertion ids must do.

use super::{
    Bench, crowd,
    made::{NOW, digest, later},
};

pub(in super::super) async fn cve_30_an_assertion_id_is_accepted_once(bench: &impl Bench) {
    let once = &bench.stores().once;
    assert!(once.first_use(&digest("jti", 1), later(60), NOW).await.unwrap());
    assert!(!once.first_use(&digest("jti", 1), later(60), NOW).await.unwrap());
    assert!(!once.first_use(&digest("jti", 1), later(120), later(59)).await.unwrap());
    assert!(once.first_use(&digest("jti", 2), later(60), NOW).await.unwrap());
}

pub(in super::super) async fn an_assertion_id_is_free_again_after_its_expiry(bench: &impl Bench) {
    let once = &bench.stores().once;
    assert!(once.first_use(&digest("jti", 1), later(60), NOW).await.unwrap());
    assert!(once.first_use(&digest("jti", 1), later(120), later(60)).await.unwrap());
    assert!(!once.first_use(&digest("jti", 1), later(120), later(119)).await.unwrap());
}

pub(in super::super) async fn fifty_uses_of_one_assertion_id_at_once_have_one_winner(bench: &impl Bench) {
    let once = bench.stores().once.clone();
    let first = crowd(|_| {
        let once = once.clone();
        async move { once.first_use(&digest("jti", 1), later(60), NOW).await.unwrap() }
    });
    assert_eq!(first.await.into_iter().filter(|first| *first).count(), 1);
}
