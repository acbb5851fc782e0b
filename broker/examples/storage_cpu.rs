//! Prints what each act of the embedded store costs in processor time, for one caller and for thirty-two at once.
//!
//! `cargo run --release -p broker --example storage_cpu [rounds]`

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::{collections::BTreeSet, fs, future::Future, time::Duration};

use anyhow::{Context, Result};
use broker::{
    audit::{AuditEvent, AuditKind},
    grant::{Grant, PendingGrant},
    ids::{GrantId, PersonId, Reference, SessionId, TokenId},
    people::person::{LinkKey, PersonUpsert},
    session::browser::Session,
    storage::{LoginRecord, NewRefresh, StorageSettings, Stores, open},
};
use clock::{SeededEntropy, Timestamp};
use contract::AccountType;
use futures::future::try_join_all;
use signing::Digest;
use types::{AuthLevel, ClientId, ProviderId};

const NOW: Timestamp = Timestamp::from_seconds(1_795_219_200);

fn later() -> Timestamp {
    NOW.plus(Duration::from_secs(3600))
}

/// Nanoseconds that all threads of this process have run.
fn cpu() -> Result<u64> {
    let mut sum = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        sum += text.split_whitespace().next().context("empty schedstat")?.parse::<u64>()?;
    }
    Ok(sum)
}

/// Resident memory in MiB.
fn memory() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS")).context("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).context("no size")?.parse::<u64>()? / 1024)
}

/// Everything one login leaves behind, by number.
#[derive(Clone)]
struct Made {
    handle: Digest,
    key: Digest,
    refresh: NewRefresh,
    next: NewRefresh,
    person: PersonUpsert,
    session: Session,
    pending: PendingGrant,
    token: TokenId,
    event: AuditEvent,
}

fn made(number: u64) -> Result<Made> {
    let entropy = SeededEntropy::new(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let person_id = PersonId::random(&entropy)?;
    let reference = Reference::make(NOW, &entropy)?;
    let session = Session {
        id: SessionId::random(&entropy)?,
        person: person_id,
        provider: ProviderId::parse("vneid")?,
        link: Some(LinkKey(Digest::of(format!("link {number}")))),
        auth_level: AuthLevel::try_from(2)?,
        account_level: None,
        account_type: AccountType::Person,
        auth_time: NOW,
        expires_at: later(),
    };
    let claims: BTreeSet<String> = ["name", "birthdate", "gender", "vn_account_level"].map(String::from).into();
    let grant = Grant {
        id: GrantId::random(&entropy)?,
        reference,
        client: ClientId::parse("mot-cua")?,
        person: person_id,
        session: session.id,
        provider: session.provider.clone(),
        link: session.link,
        scope: ["openid", "profile"].map(String::from).into(),
        claims: claims.clone(),
        id_token_claims: BTreeSet::new(),
        auth_level: session.auth_level,
        account_level: None,
        account_type: AccountType::Person,
        auth_time: NOW,
        nonce: Some("n-0S6_WzA2MjkTsmAX4".into()),
        expires_at: later(),
    };
    let token = TokenId::random(&entropy)?;
    let kind = AuditKind::TokensIssued {
        client: grant.client.clone(),
        grant: Some(grant.id),
        grant_type: "authorization_code",
        token,
        auth_level: Some(session.auth_level),
        account_level: None,
        officer: None,
        agency: None,
        claims: claims.into_iter().collect(),
        kid: Digest::of("kid").base64url(),
        policies: vec!["release_claims".into(), "sign_in".into()],
        policy_version: "2026-11-21".into(),
    };
    Ok(Made {
        handle: Digest::of(format!("handle {number}")),
        key: Digest::of(format!("key {number}")),
        refresh: NewRefresh { hash: Digest::of(format!("refresh {number}")), expires_at: later() },
        next: NewRefresh { hash: Digest::of(format!("next {number}")), expires_at: later() },
        person: PersonUpsert {
            link: LinkKey(Digest::of(format!("link {number}"))),
            issuer: "http://localhost:8420".into(),
            new_id: person_id,
            sealed_record: vec![7; 400],
            citizen_index: Some(Digest::of(format!("citizen {number}"))),
        },
        pending: PendingGrant {
            grant,
            redirect_uri: "http://localhost:8410/callback".into(),
            code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
            traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into()),
            expires_at: later(),
        },
        session,
        token,
        event: AuditEvent { at: NOW, reference, kind },
    })
}

/// Runs one act for every login and prints what one cost.
async fn measure<F>(name: &str, logins: &[Made], crowd: usize, act: impl Fn(Made) -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let before = cpu()?;
    for some in logins.chunks(crowd) {
        let acts = some.iter().map(|login| tokio::spawn(act(login.clone())));
        for done in try_join_all(acts).await? {
            done?;
        }
    }
    let each = (cpu()? - before) / 1000 / u64::try_from(logins.len().max(1))?;
    println!("{name:<22} {crowd:>3} at once {each:>6} µs");
    Ok(())
}

/// One row of the table: the name, and the act for one login.
macro_rules! act {
    ($stores:ident, $logins:ident, $crowd:ident, $name:literal, |$login:ident| $act:expr) => {
        measure($name, &$logins, $crowd, |$login| {
            let $stores = $stores.clone();
            async move {
                $act.await?;
                Ok(())
            }
        })
        .await?;
    };
}

async fn table(stores: Stores, first: u64, rounds: u64, crowd: usize) -> Result<()> {
    let logins: Vec<Made> = (first..first + rounds).map(made).collect::<Result<_>>()?;
    measure("(nothing)", &logins, crowd, |_| async { Ok(()) }).await?;
    act!(stores, logins, crowd, "login keep", |it| stores.logins.keep(&it.handle, LoginRecord(vec![7; 900]), later()));
    act!(stores, logins, crowd, "login peek", |it| stores.logins.peek(&it.handle, NOW));
    act!(stores, logins, crowd, "login take", |it| stores.logins.take(&it.handle, NOW));
    act!(stores, logins, crowd, "first_use", |it| stores.once.first_use(&it.handle, later(), NOW));
    act!(stores, logins, crowd, "session begin", |it| {
        let event = it.event.clone();
        let make = move |_, _: &Session| event.clone();
        async move { stores.sessions.begin(&it.person, &it.key, &it.session, None, &make).await }
    });
    act!(stores, logins, crowd, "session get", |it| stores.sessions.get(&it.key, NOW));
    act!(stores, logins, crowd, "session join", |it| {
        stores.sessions.join(it.session.id, &it.pending.grant.client, NOW, it.event.clone())
    });
    act!(stores, logins, crowd, "code keep", |it| stores.codes.keep(&it.handle, &it.pending));
    act!(stores, logins, crowd, "code spend", |it| stores.codes.spend(&it.handle, NOW));
    act!(stores, logins, crowd, "grant open", |it| {
        stores.grants.open(&it.pending.grant, Some(it.refresh), NOW, it.event.clone())
    });
    act!(stores, logins, crowd, "grant get", |it| stores.grants.get(it.pending.grant.id, NOW));
    act!(stores, logins, crowd, "token_alive", |it| stores.grants.token_alive(
        it.token,
        Some(it.pending.grant.id),
        NOW
    ));
    act!(stores, logins, crowd, "find_refresh", |it| stores.grants.find_refresh(&it.refresh.hash, NOW));
    act!(stores, logins, crowd, "rotate", |it| {
        stores.grants.rotate(&it.refresh.hash, it.next, NOW, it.event.clone(), it.event.clone())
    });
    act!(stores, logins, crowd, "audit append", |it| stores.audit.append(it.event.clone()));
    println!("memory {} MiB", memory()?);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let rounds = std::env::args().nth(1).map_or(Ok(3000), |rounds| rounds.parse())?;
    let folder = tempfile::tempdir()?;
    let stores = open(&StorageSettings::Embedded { path: folder.path().join("broker.db") }).await?;
    table(stores.clone(), 0, rounds, 1).await?;
    table(stores.clone(), rounds, rounds, 32).await?;
    stores.care.close().await;
    Ok(())
}
