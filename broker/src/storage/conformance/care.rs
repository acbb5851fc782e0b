//! What every store must do to stay small, and to tell what happened.

use std::time::Duration;

use super::{
    Bench,
    made::{NOW, digest, issued, later, open_grant, pending, revoked, session, signed_out, token_id},
    names, written,
};
use crate::storage::{KEEP_ENDED, LoginRecord, Spend};

const SECOND: Duration = Duration::from_secs(1);

pub(in super::super) async fn what_expired_is_swept_and_what_lives_stays(bench: &impl Bench) {
    let stores = bench.stores();
    for number in 0..600 {
        stores.logins.keep(&digest("login", number), LoginRecord(vec![1]), later(10)).await.unwrap();
    }
    stores.logins.keep(&digest("login", 600), LoginRecord(vec![2]), later(20)).await.unwrap();
    stores.codes.keep(&digest("code", 1), &pending(1)).await.unwrap();
    stores.once.first_use(&digest("jti", 1), later(10), NOW).await.unwrap();
    let opened = open_grant(stores, 1).await;
    stores.sessions.join(session(1).id, &opened.client, NOW, issued(1)).await.unwrap();
    stores.grants.revoke_token(token_id(1), later(10), revoked(1)).await.unwrap();
    assert!(!stores.grants.token_alive(token_id(1), Some(opened.id), NOW).await.unwrap());
    // Redis forgets by itself, so what lives minutes is not counted.
    stores.care.sweep(later(10)).await.unwrap();
    assert_eq!(stores.logins.take(&digest("login", 600), later(10)).await.unwrap(), Some(LoginRecord(vec![2])));
    assert!(stores.grants.get(opened.id, later(10)).await.unwrap().is_some());
    // Asked about a moment at which it was still needed, the revocation shows that it is gone.
    assert!(stores.grants.token_alive(token_id(1), Some(opened.id), NOW).await.unwrap());
    assert_eq!(stores.codes.spend(&digest("code", 1), NOW).await.unwrap(), Spend::Fresh(Box::new(pending(1))));
    let end = opened.expires_at.plus(KEEP_ENDED);
    stores.care.sweep(end.minus(SECOND)).await.unwrap();
    assert!(stores.grants.get(opened.id, NOW).await.unwrap().is_some());
    assert!(stores.care.sweep(end).await.unwrap() >= 2);
    assert!(stores.grants.get(opened.id, NOW).await.unwrap().is_none());
    assert!(stores.grants.find_refresh(&digest("refresh", 1), NOW).await.unwrap().is_none());
    assert!(stores.sessions.get(&digest("key", 1), NOW).await.unwrap().is_none());
    assert_eq!(stores.care.sweep(end).await.unwrap(), 0);
}

pub(in super::super) async fn audit_reads_back_in_order_and_is_never_swept(bench: &impl Bench) {
    let stores = bench.stores();
    for number in 0..5 {
        stores.audit.append(issued(number)).await.unwrap();
    }
    stores.audit.append(signed_out(&session(1))).await.unwrap();
    stores.care.sweep(later(1_000_000_000)).await.unwrap();
    let rows = written(stores).await;
    assert!(rows.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
    assert_eq!(rows.len(), 6);
    assert_eq!(names(stores).await.last().map(String::as_str), Some("signed_out"));
    let whole: serde_json::Value = serde_json::from_str(&rows[3].body).unwrap();
    assert_eq!(whole, serde_json::to_value(issued(3)).unwrap());
    let part = stores.audit.read_after(rows[1].sequence, 2).await.unwrap();
    assert_eq!(part, rows[2..4]);
}

pub(in super::super) async fn a_store_that_works_is_ready(bench: &impl Bench) {
    bench.stores().care.ready().await.unwrap();
    bench.stores().care.ready().await.unwrap();
}
