//! What every store of grants must do.

use super::{
    Bench,
    made::{NOW, grant, grant_id, issued, later, open_grant, refresh, revoked, session, sign_in, token_id},
    names,
};

pub(in super::super) async fn a_grant_lives_until_it_expires(bench: &impl Bench) {
    let grants = &bench.stores().grants;
    let opened = open_grant(bench.stores(), 1).await;
    assert_eq!(grants.get(opened.id, later(3599)).await.unwrap(), Some(opened.clone()));
    assert_eq!(grants.get(opened.id, later(3600)).await.unwrap(), None);
    assert!(grants.token_alive(token_id(1), Some(opened.id), later(3599)).await.unwrap());
    assert!(!grants.token_alive(token_id(1), Some(opened.id), later(3600)).await.unwrap());
    assert_eq!(names(bench.stores()).await, ["signed_in", "tokens_issued"]);
}

pub(in super::super) async fn a_grant_does_not_open_without_a_live_session(bench: &impl Bench) {
    let grants = &bench.stores().grants;
    assert!(!grants.open(&grant(1, &session(1)), Some(refresh(1)), NOW, issued(1)).await.unwrap());
    assert_eq!(grants.find_refresh(&refresh(1).hash, NOW).await.unwrap(), None);
    assert!(names(bench.stores()).await.is_empty());
    let begun = sign_in(bench.stores(), 2).await;
    assert!(!grants.open(&grant(2, &begun), None, begun.expires_at, issued(2)).await.unwrap());
    assert_eq!(names(bench.stores()).await, ["signed_in"]);
}

pub(in super::super) async fn a_revoked_grant_is_dead_and_revoking_again_is_no_error(bench: &impl Bench) {
    let grants = &bench.stores().grants;
    let opened = open_grant(bench.stores(), 1).await;
    let other = open_grant(bench.stores(), 2).await;
    for _ in 0..2 {
        grants.revoke(opened.id, NOW, revoked(1)).await.unwrap();
        assert_eq!(grants.get(opened.id, NOW).await.unwrap(), None);
        assert!(!grants.token_alive(token_id(1), Some(opened.id), NOW).await.unwrap());
        assert!(!grants.find_refresh(&refresh(1).hash, NOW).await.unwrap().unwrap().alive);
    }
    assert_eq!(grants.get(other.id, NOW).await.unwrap(), Some(other));
}

pub(in super::super) async fn a_grant_revoked_before_it_opens_is_told_and_never_alive(bench: &impl Bench) {
    let grants = &bench.stores().grants;
    let begun = sign_in(bench.stores(), 1).await;
    grants.revoke(grant_id(1), NOW, revoked(1)).await.unwrap();
    assert!(grants.open(&grant(1, &begun), Some(refresh(1)), NOW, issued(1)).await.unwrap());
    assert_eq!(grants.get(grant_id(1), NOW).await.unwrap(), None);
    assert!(!grants.token_alive(token_id(1), Some(grant_id(1)), NOW).await.unwrap());
    assert!(!grants.find_refresh(&refresh(1).hash, NOW).await.unwrap().unwrap().alive);
    assert_eq!(names(bench.stores()).await, ["signed_in", "revoked", "tokens_issued"]);
    assert!(!grants.open(&grant(1, &begun), Some(refresh(2)), NOW, issued(1)).await.unwrap());
}

pub(in super::super) async fn a_grant_opens_only_once(bench: &impl Bench) {
    let grants = &bench.stores().grants;
    let opened = open_grant(bench.stores(), 1).await;
    assert!(!grants.open(&opened, Some(refresh(2)), NOW, issued(1)).await.unwrap());
    assert_eq!(grants.find_refresh(&refresh(2).hash, NOW).await.unwrap(), None);
}

pub(in super::super) async fn a_revoked_token_is_dead_alone(bench: &impl Bench) {
    let grants = &bench.stores().grants;
    let opened = open_grant(bench.stores(), 1).await;
    for _ in 0..2 {
        grants.revoke_token(token_id(1), later(600), revoked(1)).await.unwrap();
    }
    assert!(!grants.token_alive(token_id(1), Some(opened.id), NOW).await.unwrap());
    assert!(!grants.token_alive(token_id(1), None, later(599)).await.unwrap());
    assert!(grants.token_alive(token_id(2), Some(opened.id), NOW).await.unwrap());
    assert!(grants.token_alive(token_id(2), None, NOW).await.unwrap());
}

pub(in super::super) async fn an_unknown_grant_is_not_alive(bench: &impl Bench) {
    let grants = &bench.stores().grants;
    assert_eq!(grants.get(grant_id(9), NOW).await.unwrap(), None);
    assert!(!grants.token_alive(token_id(1), Some(grant_id(9)), NOW).await.unwrap());
    assert_eq!(grants.find_refresh(&refresh(9).hash, NOW).await.unwrap(), None);
}
