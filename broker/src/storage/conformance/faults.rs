//! What every store must do when its database fails it.

use super::{
    Bench,
    made::{
        NOW, client, digest, grant, grant_id, issued, later, open_grant, pending, person, person_id, refresh, replayed,
        revoked, session, signed_in, signed_out, token_id,
    },
    written,
};
use crate::storage::{LoginRecord, Spend, StoreError};

pub(in super::super) async fn nothing_happens_without_its_audit_event(bench: &impl Bench) {
    let stores = bench.stores();
    let opened = open_grant(stores, 1).await;
    let before = written(stores).await;
    bench.forbid_audit().await;
    let (sessions, grants) = (&stores.sessions, &stores.grants);
    sessions.begin(&person(2), &digest("key", 2), &session(2), None, &signed_in).await.unwrap_err();
    sessions.begin(&person(1), &digest("key", 3), &session(3), Some(&digest("key", 1)), &signed_in).await.unwrap_err();
    sessions.join(session(1).id, &client(1), NOW, issued(1)).await.unwrap_err();
    sessions.end(&digest("key", 1), NOW, &signed_out).await.unwrap_err();
    grants.open(&grant(2, &session(1)), Some(refresh(2)), NOW, issued(2)).await.unwrap_err();
    grants.rotate(&refresh(1).hash, refresh(3), NOW, issued(1), replayed(1)).await.unwrap_err();
    grants.revoke(grant_id(1), NOW, revoked(1)).await.unwrap_err();
    grants.revoke_token(token_id(1), later(600), revoked(1)).await.unwrap_err();
    stores.consents.accept(person_id(1), &client(1), &digest("shown", 1), NOW, revoked(1)).await.unwrap_err();
    stores.audit.append(issued(1)).await.unwrap_err();

    assert_eq!(written(stores).await, before);
    assert_eq!(sessions.get(&digest("key", 1), NOW).await.unwrap(), Some(session(1)));
    assert_eq!(sessions.get(&digest("key", 2), NOW).await.unwrap(), None);
    assert_eq!(sessions.get(&digest("key", 3), NOW).await.unwrap(), None);
    assert_eq!(sessions.person(person_id(2)).await.unwrap(), None);
    assert_eq!(grants.get(opened.id, NOW).await.unwrap(), Some(opened.clone()));
    assert_eq!(grants.get(grant_id(2), NOW).await.unwrap(), None);
    assert!(!grants.find_refresh(&refresh(1).hash, NOW).await.unwrap().unwrap().used);
    assert_eq!(grants.find_refresh(&refresh(3).hash, NOW).await.unwrap(), None);
    assert!(grants.token_alive(token_id(1), Some(opened.id), NOW).await.unwrap());
    assert!(!stores.consents.accepted(person_id(1), &client(1), &digest("shown", 1)).await.unwrap());
}

pub(in super::super) async fn cve_31_a_closed_store_never_means_yes(bench: &impl Bench) {
    let stores = bench.stores();
    let opened = open_grant(stores, 1).await;
    stores.care.close().await;
    let (sessions, grants) = (&stores.sessions, &stores.grants);
    let faults = [
        sessions.begin(&person(2), &digest("key", 2), &session(2), None, &signed_in).await.err(),
        sessions.get(&digest("key", 1), NOW).await.err(),
        sessions.join(session(1).id, &client(1), NOW, issued(1)).await.err(),
        sessions.end(&digest("key", 1), NOW, &signed_out).await.err(),
        sessions.person(person_id(1)).await.err(),
        grants.open(&grant(2, &session(1)), None, NOW, issued(2)).await.err(),
        grants.get(opened.id, NOW).await.err(),
        grants.find_refresh(&refresh(1).hash, NOW).await.err(),
        grants.rotate(&refresh(1).hash, refresh(2), NOW, issued(1), replayed(1)).await.err(),
        grants.revoke(opened.id, NOW, revoked(1)).await.err(),
        grants.revoke_token(token_id(1), later(600), revoked(1)).await.err(),
        grants.token_alive(token_id(1), Some(opened.id), NOW).await.err(),
        stores.consents.accepted(person_id(1), &client(1), &digest("shown", 1)).await.err(),
        stores.consents.accept(person_id(1), &client(1), &digest("shown", 1), NOW, revoked(1)).await.err(),
        stores.clients.replace_all(&[], NOW).await.err(),
        stores.clients.get(&client(1)).await.err(),
        stores.keys.add_first(&[]).await.err(),
        stores.keys.all().await.err(),
        stores.keys.activate("kid", NOW, NOW, issued(1)).await.err(),
        stores.keys.remove("kid", NOW, issued(1)).await.err(),
        stores.audit.append(issued(1)).await.err(),
        stores.audit.read_after(0, 10).await.err(),
        stores.care.ready().await.err(),
        stores.care.sweep(NOW).await.err(),
        stores.logins.keep(&digest("login", 1), LoginRecord(vec![1]), later(60)).await.err(),
        stores.logins.peek(&digest("login", 1), NOW).await.err(),
        stores.logins.take(&digest("login", 1), NOW).await.err(),
        stores.codes.keep(&digest("code", 1), &pending(1)).await.err(),
        stores.codes.spend(&digest("code", 1), NOW).await.err(),
        stores.once.first_use(&digest("jti", 1), later(60), NOW).await.err(),
    ];
    for (place, fault) in faults.into_iter().enumerate() {
        assert!(matches!(fault, Some(StoreError::Unavailable(_))), "call {place}: {fault:?}");
    }
}

pub(in super::super) async fn an_unreadable_row_names_its_table_and_column(bench: &impl Bench) {
    let stores = bench.stores();
    let opened = open_grant(stores, 1).await;
    bench.meddle("UPDATE grant_family SET body = '{}'").await;
    bench.meddle("UPDATE session SET body = '{}'").await;
    let named = |error: StoreError| match error {
        StoreError::Unreadable { table, column } => format!("{table}.{column}"),
        other => panic!("{other:?}"),
    };
    assert_eq!(named(stores.grants.get(opened.id, NOW).await.unwrap_err()), "grant_family.body");
    assert_eq!(named(stores.grants.find_refresh(&refresh(1).hash, NOW).await.unwrap_err()), "grant_family.body");
    assert_eq!(named(stores.sessions.get(&digest("key", 1), NOW).await.unwrap_err()), "session.body");
    assert_eq!(named(stores.sessions.end(&digest("key", 1), NOW, &signed_out).await.unwrap_err()), "session.body");
    stores.codes.keep(&digest("code", 1), &pending(1)).await.unwrap();
    assert!(matches!(stores.codes.spend(&digest("code", 1), NOW).await.unwrap(), Spend::Fresh(_)));
    assert_eq!(stores.codes.spend(&digest("code", 1), NOW).await.unwrap(), Spend::Replayed(grant_id(1)));
}
