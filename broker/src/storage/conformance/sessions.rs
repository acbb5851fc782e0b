//! What every store of people and sessions must do.

use std::collections::BTreeSet;

use super::{
    Bench, crowd,
    made::{
        HOUR, NOW, client, digest, grant, issued, later, open_grant, person, person_id, session, session_id, sign_in,
        signed_in, signed_out,
    },
    names, written,
};
use crate::{people::person::FoundPerson, session::browser::Session};

pub(in super::super) async fn a_person_is_made_once_and_found_again(bench: &impl Bench) {
    let sessions = &bench.stores().sessions;
    let (first, begun) = sessions.begin(&person(1), &digest("key", 1), &session(1), None, &signed_in).await.unwrap();
    assert_eq!(first, FoundPerson { id: person_id(1), first_time: true });
    assert_eq!(begun, session(1));
    let mut again = person(1);
    again.new_id = person_id(2);
    again.sealed_record = b"changed".to_vec();
    let (second, begun) = sessions.begin(&again, &digest("key", 2), &session(2), None, &signed_in).await.unwrap();
    assert_eq!(second, FoundPerson { id: person_id(1), first_time: false });
    assert_eq!(begun, Session { person: person_id(1), ..session(2) });
    assert_eq!(sessions.get(&digest("key", 2), NOW).await.unwrap(), Some(begun));
    assert_eq!(sessions.person(person_id(1)).await.unwrap(), Some(b"changed".to_vec()));
    assert_eq!(sessions.person(person_id(2)).await.unwrap(), None);
    let bodies = written(bench.stores()).await;
    assert!(bodies[0].body.contains("first_time") && bodies[0].body.contains(&person_id(1).to_string()));
}

pub(in super::super) async fn fifty_first_sign_ins_at_once_make_one_person(bench: &impl Bench) {
    let sessions = bench.stores().sessions.clone();
    let found = crowd(|number| {
        let sessions = sessions.clone();
        async move {
            let mut upsert = person(1);
            upsert.new_id = person_id(number);
            let key = digest("key", number);
            sessions.begin(&upsert, &key, &session(number), None, &signed_in).await.unwrap().0
        }
    });
    let found = found.await;
    assert_eq!(found.iter().filter(|found| found.first_time).count(), 1);
    let people: BTreeSet<_> = found.iter().map(|found| found.id).collect();
    assert_eq!(people.len(), 1);
    assert_eq!(names(bench.stores()).await.len(), 50);
}

pub(in super::super) async fn a_session_ends_at_its_expiry(bench: &impl Bench) {
    let sessions = &bench.stores().sessions;
    let begun = sign_in(bench.stores(), 1).await;
    assert_eq!(sessions.get(&digest("key", 1), later(3599)).await.unwrap(), Some(begun.clone()));
    assert_eq!(sessions.get(&digest("key", 1), later(3600)).await.unwrap(), None);
    assert_eq!(sessions.get(&digest("key", 2), NOW).await.unwrap(), None);
    assert!(!sessions.join(begun.id, &client(1), later(3600), issued(1)).await.unwrap());
    assert_eq!(sessions.end(&digest("key", 1), later(3600), &signed_out).await.unwrap(), None);
}

pub(in super::super) async fn a_session_of_the_same_person_goes_on_under_a_new_key(bench: &impl Bench) {
    let stores = bench.stores();
    let opened = open_grant(stores, 1).await;
    assert!(stores.sessions.join(session_id(1), &client(1), NOW, issued(1)).await.unwrap());
    let draft = Session { auth_time: later(10), expires_at: later(10).plus(HOUR), ..session(2) };
    let (old, new) = (digest("key", 1), digest("key", 2));
    let (found, begun) = stores.sessions.begin(&person(1), &new, &draft, Some(&old), &signed_in).await.unwrap();
    assert_eq!(found, FoundPerson { id: person_id(1), first_time: false });
    assert_eq!(begun, Session { id: session_id(1), person: person_id(1), ..draft });
    assert_eq!(stores.sessions.get(&old, later(10)).await.unwrap(), None);
    assert_eq!(stores.sessions.get(&new, later(3605)).await.unwrap(), Some(begun));
    assert_eq!(stores.grants.get(opened.id, later(10)).await.unwrap(), Some(opened));
    let ended = stores.sessions.end(&new, later(20), &signed_out).await.unwrap().unwrap();
    assert_eq!(ended.participants, vec![client(1)]);
}

pub(in super::super) async fn a_session_of_another_person_ends_with_its_grants(bench: &impl Bench) {
    let stores = bench.stores();
    let opened = open_grant(stores, 1).await;
    let (old, new) = (digest("key", 1), digest("key", 2));
    let (_, begun) = stores.sessions.begin(&person(2), &new, &session(2), Some(&old), &signed_in).await.unwrap();
    assert_eq!(begun, session(2));
    assert_eq!(stores.sessions.get(&old, NOW).await.unwrap(), None);
    assert_eq!(stores.sessions.get(&new, NOW).await.unwrap(), Some(begun));
    assert_eq!(stores.grants.get(opened.id, NOW).await.unwrap(), None);
}

pub(in super::super) async fn an_expired_session_does_not_go_on(bench: &impl Bench) {
    let stores = bench.stores();
    sign_in(stores, 1).await;
    let draft = Session { auth_time: later(3600), expires_at: later(7200), ..session(2) };
    let (old, new) = (digest("key", 1), digest("key", 2));
    let (_, begun) = stores.sessions.begin(&person(1), &new, &draft, Some(&old), &signed_in).await.unwrap();
    assert_eq!(begun.id, session_id(2));
}

pub(in super::super) async fn a_session_names_who_took_part_when_it_ends(bench: &impl Bench) {
    let sessions = &bench.stores().sessions;
    let begun = sign_in(bench.stores(), 1).await;
    sign_in(bench.stores(), 2).await;
    for number in [2, 1, 2] {
        assert!(sessions.join(begun.id, &client(number), NOW, issued(number)).await.unwrap());
    }
    assert!(sessions.join(session_id(2), &client(3), NOW, issued(3)).await.unwrap());
    let mut ended = sessions.end(&digest("key", 1), NOW, &signed_out).await.unwrap().unwrap();
    ended.participants.sort();
    assert_eq!(ended.session, begun);
    assert_eq!(ended.participants, vec![client(1), client(2)]);
    assert_eq!(names(bench.stores()).await.last().map(String::as_str), Some("signed_out"));
}

pub(in super::super) async fn ending_a_session_revokes_its_grants(bench: &impl Bench) {
    let stores = bench.stores();
    let opened = open_grant(stores, 1).await;
    let other = open_grant(stores, 2).await;
    stores.sessions.end(&digest("key", 1), NOW, &signed_out).await.unwrap().unwrap();
    assert_eq!(stores.grants.get(opened.id, NOW).await.unwrap(), None);
    let found = stores.grants.find_refresh(&digest("refresh", 1), NOW).await.unwrap().unwrap();
    assert!(!found.alive);
    assert_eq!(stores.grants.get(other.id, NOW).await.unwrap(), Some(other.clone()));
    let another = grant(3, &session(1));
    assert!(!stores.grants.open(&another, None, NOW, issued(3)).await.unwrap());
}

pub(in super::super) async fn nobody_joins_a_session_that_ended(bench: &impl Bench) {
    let sessions = &bench.stores().sessions;
    let begun = sign_in(bench.stores(), 1).await;
    sessions.end(&digest("key", 1), NOW, &signed_out).await.unwrap().unwrap();
    let before = written(bench.stores()).await;
    assert!(!sessions.join(begun.id, &client(1), NOW, issued(1)).await.unwrap());
    assert!(!sessions.join(session_id(9), &client(1), NOW, issued(1)).await.unwrap());
    assert_eq!(written(bench.stores()).await, before);
}

pub(in super::super) async fn a_session_is_ended_only_once(bench: &impl Bench) {
    let sessions = bench.stores().sessions.clone();
    sign_in(bench.stores(), 1).await;
    let ended = crowd(|_| {
        let sessions = sessions.clone();
        async move { sessions.end(&digest("key", 1), NOW, &signed_out).await.unwrap() }
    });
    assert_eq!(ended.await.into_iter().flatten().count(), 1);
    assert_eq!(names(bench.stores()).await, ["signed_in", "signed_out"]);
}
