//! What every store of acceptances must do.

use super::{
    Bench,
    made::{NOW, client, digest, later, person_id, revoked},
    names,
};

pub(in super::super) async fn an_acceptance_holds_for_exactly_what_was_shown(bench: &impl Bench) {
    let consents = &bench.stores().consents;
    let (person, shown) = (person_id(1), digest("shown", 1));
    assert!(!consents.accepted(person, &client(1), &shown).await.unwrap());
    consents.accept(person, &client(1), &shown, NOW, revoked(1)).await.unwrap();
    assert!(consents.accepted(person, &client(1), &shown).await.unwrap());
    assert!(!consents.accepted(person, &client(1), &digest("shown", 2)).await.unwrap());
    assert!(!consents.accepted(person, &client(2), &shown).await.unwrap());
    assert!(!consents.accepted(person_id(2), &client(1), &shown).await.unwrap());
    consents.accept(person, &client(1), &digest("shown", 2), later(1), revoked(1)).await.unwrap();
    assert!(!consents.accepted(person, &client(1), &shown).await.unwrap());
    assert_eq!(names(bench.stores()).await.len(), 2);
}
