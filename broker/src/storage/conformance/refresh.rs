//! What every store of refresh tokens must do.

use super::{
    Bench, crowd,
    made::{NOW, issued, later, open_grant, refresh, replayed, revoked},
    names,
};
use crate::storage::Rotation;

pub(in super::super) async fn a_refresh_token_leads_to_its_grant(bench: &impl Bench) {
    let grants = &bench.stores().grants;
    let opened = open_grant(bench.stores(), 1).await;
    let found = grants.find_refresh(&refresh(1).hash, NOW).await.unwrap().unwrap();
    assert_eq!(found.grant, opened);
    assert!(found.alive && !found.used);
    assert_eq!(found.expires_at, refresh(1).expires_at);
}

pub(in super::super) async fn a_rotated_token_that_comes_back_ends_the_family(bench: &impl Bench) {
    let grants = &bench.stores().grants;
    let opened = open_grant(bench.stores(), 1).await;
    let rotation = grants.rotate(&refresh(1).hash, refresh(2), NOW, issued(1), replayed(1)).await.unwrap();
    assert_eq!(rotation, Rotation::Rotated);
    assert!(grants.find_refresh(&refresh(1).hash, NOW).await.unwrap().unwrap().used);
    let next = grants.find_refresh(&refresh(2).hash, NOW).await.unwrap().unwrap();
    assert!(next.alive && !next.used && next.grant == opened);
    assert!(grants.get(opened.id, NOW).await.unwrap().is_some());
    let rotation = grants.rotate(&refresh(1).hash, refresh(3), NOW, issued(1), replayed(1)).await.unwrap();
    assert_eq!(rotation, Rotation::Reused);
    assert_eq!(grants.find_refresh(&refresh(3).hash, NOW).await.unwrap(), None);
    assert_eq!(grants.get(opened.id, NOW).await.unwrap(), None);
    let rotation = grants.rotate(&refresh(2).hash, refresh(4), NOW, issued(1), replayed(1)).await.unwrap();
    assert_eq!(rotation, Rotation::Gone);
    let expected = ["signed_in", "tokens_issued", "tokens_issued", "replay_detected"];
    assert_eq!(names(bench.stores()).await, expected);
}

pub(in super::super) async fn a_refresh_token_of_a_dead_grant_does_not_rotate(bench: &impl Bench) {
    let grants = &bench.stores().grants;
    let opened = open_grant(bench.stores(), 1).await;
    grants.revoke(opened.id, NOW, revoked(1)).await.unwrap();
    let rotation = grants.rotate(&refresh(1).hash, refresh(2), NOW, issued(1), replayed(1)).await.unwrap();
    assert_eq!(rotation, Rotation::Gone);
    assert_eq!(grants.find_refresh(&refresh(2).hash, NOW).await.unwrap(), None);
    let unknown = grants.rotate(&refresh(8).hash, refresh(9), NOW, issued(1), replayed(1)).await.unwrap();
    assert_eq!(unknown, Rotation::Gone);
    assert_eq!(names(bench.stores()).await, ["signed_in", "tokens_issued", "revoked"]);
}

pub(in super::super) async fn an_expired_refresh_token_does_not_rotate(bench: &impl Bench) {
    let grants = &bench.stores().grants;
    open_grant(bench.stores(), 1).await;
    let at = later(1800);
    let rotation = grants.rotate(&refresh(1).hash, refresh(2), at, issued(1), replayed(1)).await.unwrap();
    assert_eq!(rotation, Rotation::Gone);
    assert_eq!(grants.find_refresh(&refresh(2).hash, NOW).await.unwrap(), None);
}

pub(in super::super) async fn cve_19_fifty_uses_of_one_refresh_token_at_once_have_one_winner(bench: &impl Bench) {
    let grants = bench.stores().grants.clone();
    let opened = open_grant(bench.stores(), 1).await;
    let rotations = crowd(|number| {
        let grants = grants.clone();
        async move {
            let new = refresh(100 + number);
            grants.rotate(&refresh(1).hash, new, NOW, issued(1), replayed(1)).await.unwrap()
        }
    });
    let rotations = rotations.await;
    assert_eq!(rotations.iter().filter(|rotation| **rotation == Rotation::Rotated).count(), 1);
    assert_eq!(rotations.iter().filter(|rotation| **rotation == Rotation::Reused).count(), 49);
    assert_eq!(grants.get(opened.id, NOW).await.unwrap(), None);
    let replays = names(bench.stores()).await.into_iter().filter(|name| name == "replay_detected").count();
    assert_eq!(replays, 49);
}
