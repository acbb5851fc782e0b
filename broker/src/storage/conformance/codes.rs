//! What every store of authorization codes must do.

use super::{
    Bench, crowd,
    made::{NOW, digest, grant_id, later, pending},
};
use crate::storage::{KEEP_SPENT_CODES, Spend};

pub(in super::super) async fn a_spent_code_names_its_family(bench: &impl Bench) {
    let codes = &bench.stores().codes;
    codes.keep(&digest("code", 1), &pending(1)).await.unwrap();
    codes.keep(&digest("code", 2), &pending(2)).await.unwrap();
    assert_eq!(codes.spend(&digest("code", 3), NOW).await.unwrap(), Spend::Unknown);
    assert_eq!(codes.spend(&digest("code", 1), NOW).await.unwrap(), Spend::Fresh(Box::new(pending(1))));
    assert_eq!(codes.spend(&digest("code", 1), NOW).await.unwrap(), Spend::Replayed(grant_id(1)));
    let end = pending(1).expires_at.plus(KEEP_SPENT_CODES).minus(std::time::Duration::from_secs(1));
    bench.stores().care.sweep(end).await.unwrap();
    assert_eq!(codes.spend(&digest("code", 1), end).await.unwrap(), Spend::Replayed(grant_id(1)));
}

pub(in super::super) async fn cve_38_an_expired_code_is_refused(bench: &impl Bench) {
    let codes = &bench.stores().codes;
    codes.keep(&digest("code", 1), &pending(1)).await.unwrap();
    assert_eq!(codes.spend(&digest("code", 1), later(60)).await.unwrap(), Spend::Expired);
    assert_eq!(codes.spend(&digest("code", 1), later(61)).await.unwrap(), Spend::Expired);
}

pub(in super::super) async fn fifty_uses_of_one_code_at_once_have_one_winner(bench: &impl Bench) {
    let codes = bench.stores().codes.clone();
    codes.keep(&digest("code", 1), &pending(1)).await.unwrap();
    let outcomes = crowd(|_| {
        let codes = codes.clone();
        async move { codes.spend(&digest("code", 1), NOW).await.unwrap() }
    });
    let outcomes = outcomes.await;
    let fresh = outcomes.iter().filter(|outcome| matches!(outcome, Spend::Fresh(_))).count();
    let replayed = outcomes.iter().filter(|outcome| **outcome == Spend::Replayed(grant_id(1))).count();
    assert_eq!((fresh, replayed), (1, 49));
}
