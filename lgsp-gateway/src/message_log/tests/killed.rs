//! A gateway that records calls is killed at any moment: whatever it said was closed is in the log, and the log holds.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use tlog::{Entries, Kind, Line};

use super::made::{Bench, answered, head, id, sealer, trail};
use crate::message_log::{Audit, verify};

/// Tells the process that it is the one to be killed: the first number it may use, and the folder.
const ROLE: &str = "KILLED_LOG";

const ROUNDS: u32 = 100;

/// Calls at the same time.
const CALLERS: u32 = 8;

/// The numbers a round may use.
const SPAN: u32 = 1_000_000;

#[expect(clippy::disallowed_methods, reason = "a process started by a test is told its part by its environment")]
fn role() -> Option<(u32, PathBuf)> {
    let role = std::env::var(ROLE).ok()?;
    let (first, folder) = role.split_once(' ').unwrap();
    Some((first.parse().unwrap(), PathBuf::from(folder)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_was_answered_has_its_record_whenever_the_gateway_is_killed() {
    if let Some((first, folder)) = role() {
        return call_without_end(first, &folder).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let key = tlog::Signer::generate().unwrap();
    std::fs::write(folder.path().join("key"), &key).unwrap();
    let (mut answered, mut read) = (BTreeSet::new(), 0);
    for round in 0..ROUNDS {
        let said = run_and_kill(folder.path(), round * SPAN, 1 + (round * 37) % 150);
        let bench = Bench::of(&folder.path().join("gateway.db"), key.clone()).await;
        let mut closed = BTreeSet::new();
        for batch in bench.store.read(read, usize::MAX).await.unwrap() {
            let entries = Entries::of(&batch.entries).map(|entry| Line::parse(entry.unwrap()).unwrap());
            closed.extend(entries.filter(|line| line.kind == Kind::Closed).map(|line| line.id));
            read = batch.first + u64::from(batch.count);
        }
        for number in &said {
            assert!(closed.contains(&id(*number)), "round {round}: call {number} was answered and is not recorded");
        }
        answered.extend(said);
        if round % 10 == 9 {
            let audit = Audit { log: bench.verifier(), kept: Vec::new(), evidence: Some(sealer()) };
            let report = verify(bench.store.as_ref(), &audit).await.unwrap();
            assert_eq!((report.fault, report.entries), (None, read), "round {round}");
        }
        bench.store.close().await;
    }
    assert!(answered.len() >= usize::try_from(ROUNDS).unwrap());
}

/// Starts this very test as another process, reads what it says is answered, and kills it after so many lines.
fn run_and_kill(folder: &Path, first: u32, lines: u32) -> BTreeSet<u32> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--test-threads=1"])
        .arg("message_log::tests::killed::a_call_that_was_answered_has_its_record_whenever_the_gateway_is_killed")
        .env(ROLE, format!("{first} {}", folder.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut answered = BTreeSet::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let mut words = line.split_whitespace();
        // The last line may have been cut short; then it was not said.
        if let (Some("answered"), Some(number), Some(".")) = (words.next(), words.next(), words.next()) {
            answered.insert(number.parse().unwrap());
            if answered.len() == usize::try_from(lines).unwrap() {
                child.kill().unwrap();
            }
        }
    }
    child.wait().unwrap();
    assert!(answered.len() >= usize::try_from(lines).unwrap());
    answered
}

async fn call_without_end(first: u32, folder: &Path) {
    let bench = Bench::of(&folder.join("gateway.db"), std::fs::read(folder.join("key")).unwrap()).await;
    let log = Arc::new(bench.start_signing().await);
    let callers = (0..CALLERS).map(|caller| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            for number in (first + caller..first + SPAN).step_by(usize::try_from(CALLERS).unwrap()) {
                let opened = log.open(&head(number), &trail(number)).await.unwrap();
                log.close_with(&head(number), &trail(number), opened, answered()).await.unwrap();
                println!("answered {number} .");
            }
        })
    });
    futures::future::join_all(callers).await;
}
