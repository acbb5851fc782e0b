//! A process that writes is killed at any moment; whatever it said was done must be there, and nothing may work twice.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::open;
use crate::storage::{
    LoginRecord, Rotation, Spend, Stores,
    conformance::{
        made::{
            NOW, client, digest, grant, grant_id, issued, later, open_grant, pending, refresh, replayed, revoked,
            session, signed_out,
        },
        written,
    },
};

/// Tells the process that it is the one to be killed: the file, and the first number it may use.
const ROLE: &str = "KILLED_STORE";

const ROUNDS: u32 = 20;

/// How many writers the killed process has; each takes every fourth number.
const WRITERS: u32 = 4;

/// The numbers a round may use.
const SPAN: u32 = 100_000;

#[expect(clippy::disallowed_methods, reason = "a process started by a test is told its part by its environment")]
fn role() -> Option<(PathBuf, u32)> {
    let role = std::env::var(ROLE).ok()?;
    let (first, file) = role.split_once(' ').unwrap();
    Some((PathBuf::from(file), first.parse().unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_to_be_done_survives_kill_9_and_nothing_works_twice() {
    if let Some((file, first)) = role() {
        let stores = open(&file).await.unwrap();
        let writers = (0..WRITERS).map(|writer| tokio::spawn(write(stores.clone(), first + writer)));
        futures::future::join_all(writers).await;
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broker.db");
    for round in 0..ROUNDS {
        let done = run_and_kill(&file, round * SPAN, 10 + (round * 37) % 200);
        let stores = open(&file).await.unwrap();
        check(&stores, &done).await;
        stores.care.close().await;
    }
}

/// Starts this very test as another process, reads what it says is done, and kills it after so many lines.
fn run_and_kill(file: &Path, first: u32, lines: u32) -> BTreeSet<(String, u32)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--test-threads=1"])
        .arg("storage::sqlite::killed::what_was_said_to_be_done_survives_kill_9_and_nothing_works_twice")
        .env(ROLE, format!("{first} {}", file.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut done = BTreeSet::new();
    let mut left = lines;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // The last line may have been cut short; then it was not said.
        let line = line.unwrap();
        let mut words = line.split_whitespace();
        let (Some("done"), Some(what), Some(number), Some(".")) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        done.insert((what.to_owned(), number.parse().unwrap()));
        left = left.saturating_sub(1);
        if left == 0 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(done.len() >= usize::try_from(lines).unwrap());
    done
}

fn say(what: &str, number: u32) {
    println!("done {what} {number} .");
}

/// Writes without end. Every third grant is revoked, every fifth session ended.
async fn write(stores: Stores, first: u32) {
    for number in (first..first + SPAN).step_by(4) {
        stores.logins.keep(&digest("login", number), LoginRecord(vec![1]), later(600)).await.unwrap();
        say("login_kept", number);
        stores.logins.take(&digest("login", number), NOW).await.unwrap().unwrap();
        say("login_taken", number);
        stores.codes.keep(&digest("code", number), &pending(number)).await.unwrap();
        say("code_kept", number);
        assert!(matches!(stores.codes.spend(&digest("code", number), NOW).await.unwrap(), Spend::Fresh(_)));
        say("code_spent", number);
        assert!(stores.once.first_use(&digest("jti", number), later(60), NOW).await.unwrap());
        say("id_used", number);
        open_grant(&stores, number).await;
        say("grant_opened", number);
        let new = refresh(number + 50_000_000);
        let rotation = stores.grants.rotate(&refresh(number).hash, new, NOW, issued(number), replayed(number)).await;
        assert_eq!(rotation.unwrap(), Rotation::Rotated);
        say("token_rotated", number);
        if number.is_multiple_of(3) {
            stores.grants.revoke(grant_id(number), NOW, revoked(number)).await.unwrap();
            say("grant_revoked", number);
        }
        if number.is_multiple_of(5) {
            stores.sessions.end(&digest("key", number), NOW, &signed_out).await.unwrap().unwrap();
            say("session_ended", number);
        }
    }
}

async fn check(stores: &Stores, done: &BTreeSet<(String, u32)>) {
    let told = written(stores).await;
    for row in &told {
        let event: serde_json::Value = serde_json::from_str(&row.body).unwrap();
        assert!(event["event"].is_string() && event["at"].is_i64());
    }
    for (what, number) in done {
        let number = *number;
        match what.as_str() {
            // The act that follows may have been done without being said.
            "login_kept" | "code_kept" => {}
            "login_taken" => assert_eq!(stores.logins.take(&digest("login", number), NOW).await.unwrap(), None),
            // Codes are kept in memory: after a kill nobody knows them, so no use of one is the first.
            "code_spent" => {
                let again = stores.codes.spend(&digest("code", number), NOW).await.unwrap();
                assert_eq!(again, Spend::Unknown);
            }
            "id_used" => assert!(!stores.once.first_use(&digest("jti", number), later(60), NOW).await.unwrap()),
            "grant_opened" => {
                let ends = number.is_multiple_of(3) || number.is_multiple_of(5);
                let opened = stores.grants.get(grant_id(number), NOW).await.unwrap();
                assert!(ends || opened == Some(grant(number, &session(number))));
                assert!(told.iter().any(|row| row.body.contains(&grant_id(number).to_string())));
            }
            "token_rotated" => {
                let found = stores.grants.find_refresh(&refresh(number).hash, NOW).await.unwrap().unwrap();
                assert!(found.used);
                assert!(stores.grants.find_refresh(&refresh(number + 50_000_000).hash, NOW).await.unwrap().is_some());
            }
            "grant_revoked" => assert_eq!(stores.grants.get(grant_id(number), NOW).await.unwrap(), None),
            "session_ended" => {
                assert_eq!(stores.sessions.get(&digest("key", number), NOW).await.unwrap(), None);
                assert!(!stores.sessions.join(session(number).id, &client(1), NOW, issued(number)).await.unwrap());
            }
            other => panic!("{other}"),
        }
    }
    assert!(told.len() >= done.iter().filter(|(what, _)| what == "grant_opened").count() * 2);
}
