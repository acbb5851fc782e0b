//! Made-up values: the same number, the same value.

use std::{collections::BTreeSet, time::Duration};

use clock::{SeededEntropy, Timestamp};
use contract::AccountType;
use signing::Digest;
use types::{AuthLevel, ClientId, ProviderId};

use crate::{
    audit::{AuditEvent, AuditKind},
    grant::{Grant, PendingGrant},
    ids::{GrantId, PersonId, Reference, SessionId, TokenId},
    people::person::{FoundPerson, LinkKey, PersonUpsert},
    session::browser::Session,
    storage::{NewRefresh, Stores},
};

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_795_219_200);

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

pub(crate) fn later(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

pub(crate) fn digest(what: &str, number: u32) -> Digest {
    Digest::of(format!("{what} {number}"))
}

fn entropy(what: &str, number: u32) -> SeededEntropy {
    let seed = digest(what, number).as_bytes()[..8].try_into().map(u64::from_le_bytes).unwrap();
    SeededEntropy::new(seed)
}

pub(crate) fn client(number: u32) -> ClientId {
    ClientId::parse(&format!("ung-dung-{number}")).unwrap()
}

pub(crate) fn provider() -> ProviderId {
    ProviderId::parse("vneid").unwrap()
}

pub(crate) fn reference(number: u32) -> Reference {
    Reference::make(NOW, &entropy("reference", number)).unwrap()
}

pub(crate) fn grant_id(number: u32) -> GrantId {
    GrantId::random(&entropy("grant", number)).unwrap()
}

pub(crate) fn token_id(number: u32) -> TokenId {
    TokenId::random(&entropy("token", number)).unwrap()
}

pub(crate) fn person_id(number: u32) -> PersonId {
    PersonId::random(&entropy("person", number)).unwrap()
}

pub(crate) fn session_id(number: u32) -> SessionId {
    SessionId::random(&entropy("session", number)).unwrap()
}

pub(crate) fn person(number: u32) -> PersonUpsert {
    PersonUpsert {
        link: LinkKey(digest("link", number)),
        issuer: "http://localhost:8420".into(),
        new_id: person_id(number),
        sealed_record: format!("sealed record of {number}").into_bytes(),
        citizen_index: Some(digest("citizen", number)),
    }
}

pub(crate) fn session(number: u32) -> Session {
    Session {
        id: session_id(number),
        person: person_id(number),
        provider: provider(),
        link: Some(LinkKey(digest("link", number))),
        auth_level: AuthLevel::try_from(2).unwrap(),
        account_level: None,
        account_type: AccountType::Person,
        auth_time: NOW,
        expires_at: NOW.plus(HOUR),
    }
}

pub(crate) fn grant(number: u32, session: &Session) -> Grant {
    Grant {
        id: grant_id(number),
        reference: reference(number),
        client: client(1),
        person: session.person,
        session: session.id,
        provider: provider(),
        link: session.link,
        scope: BTreeSet::from(["openid".to_owned(), "profile".to_owned()]),
        claims: BTreeSet::from(["name".to_owned(), "birthdate".to_owned()]),
        id_token_claims: BTreeSet::new(),
        auth_level: session.auth_level,
        account_level: None,
        account_type: AccountType::Person,
        auth_time: NOW,
        nonce: Some("n-0S6_WzA2Mj".into()),
        expires_at: NOW.plus(HOUR),
    }
}

pub(crate) fn pending(number: u32) -> PendingGrant {
    PendingGrant {
        grant: grant(number, &session(number)),
        redirect_uri: "http://127.0.0.1:7999/cb".into(),
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
        traceparent: None,
        expires_at: later(60),
    }
}

pub(crate) fn refresh(number: u32) -> NewRefresh {
    NewRefresh { hash: digest("refresh", number), expires_at: later(1800) }
}

pub(crate) fn signed_in(found: FoundPerson, session: &Session) -> AuditEvent {
    let kind = AuditKind::SignedIn {
        person: found.id,
        first_time: found.first_time,
        session: session.id,
        provider: session.provider.clone(),
        auth_level: session.auth_level,
        account_level: session.account_level,
    };
    AuditEvent { at: session.auth_time, reference: reference(1), kind }
}

pub(crate) fn signed_out(session: &Session) -> AuditEvent {
    let kind = AuditKind::SignedOut { session: session.id, person: session.person, client: None };
    AuditEvent { at: NOW, reference: reference(1), kind }
}

pub(crate) fn issued(number: u32) -> AuditEvent {
    let kind = AuditKind::TokensIssued {
        client: client(1),
        grant: Some(grant_id(number)),
        grant_type: "authorization_code",
        token: token_id(number),
        auth_level: Some(AuthLevel::try_from(2).unwrap()),
        account_level: None,
        officer: None,
        agency: None,
        claims: vec!["name".into()],
        kid: "kid".into(),
        policies: vec!["sign_in".into()],
        policy_version: "1".into(),
    };
    AuditEvent { at: NOW, reference: reference(number), kind }
}

pub(crate) fn replayed(number: u32) -> AuditEvent {
    let kind = AuditKind::ReplayDetected { client: client(1), grant: grant_id(number), what: "refresh_token" };
    AuditEvent { at: NOW, reference: reference(number), kind }
}

pub(crate) fn revoked(number: u32) -> AuditEvent {
    let kind = AuditKind::Revoked { client: client(1), grant: Some(grant_id(number)), token: None };
    AuditEvent { at: NOW, reference: reference(number), kind }
}

/// Signs a person in, in a browser of their own.
pub(crate) async fn sign_in(stores: &Stores, number: u32) -> Session {
    let begun =
        stores.sessions.begin(&person(number), &digest("key", number), &session(number), None, &signed_in).await;
    begun.unwrap().1
}

/// Signs a person in and opens a grant with a refresh token.
pub(crate) async fn open_grant(stores: &Stores, number: u32) -> Grant {
    let session = sign_in(stores, number).await;
    let grant = grant(number, &session);
    assert!(stores.grants.open(&grant, Some(refresh(number)), NOW, issued(number)).await.unwrap());
    grant
}
