//! What no checkpoint covers: only for a moment, and nothing is signed that does not follow from what was signed before.

use std::{sync::Arc, time::Duration};

use clock::Clock;
use sqlx::{ConnectOptions, Executor, SqliteConnection, sqlite::SqliteConnectOptions};
use tlog::{Frontier, Hash, entries, line, proof::Nodes, tile};

use super::made::{Bench, START, answered, head, id, trail};
use crate::{
    message_log::{Audit, LogSettings, MessageLog, StartError, What, cli, state::State, verify},
    refusal::Code,
    storage::{Batch, Durability, TileRow},
};

async fn calls(log: &MessageLog, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let opened = log.open(&head(number), &trail(number)).await.unwrap();
        log.close_with(&head(number), &trail(number), opened, answered()).await.unwrap();
    }
}

/// A log of two calls, and of two more some time later; the checkpoint of the later ones was taken away.
async fn left(later: Duration) -> (Bench, SqliteConnection) {
    let bench = Bench::of_rows().await;
    let log = bench.start().await;
    calls(&log, 0..2).await;
    log.stop().await;
    let (size, note) = bench.store.checkpoint().await.unwrap().unwrap();
    bench.clock.advance(later);
    let log = bench.start().await;
    calls(&log, 2..4).await;
    log.stop().await;
    let mut database = SqliteConnectOptions::new().filename(bench.file()).connect().await.unwrap();
    database.execute("DELETE FROM log_checkpoint").await.unwrap();
    bench.store.keep_checkpoint(size, &note).await.unwrap();
    (bench, database)
}

async fn verified(bench: &Bench) -> (bool, String) {
    let audit = Audit { log: bench.verifier(), kept: Vec::new(), evidence: None };
    let mut out = Vec::new();
    let good = cli::verify(bench.store.as_ref(), &audit, bench.clock.now(), &mut out).await.unwrap();
    (good, String::from_utf8(out).unwrap())
}

#[tokio::test]
async fn an_end_that_was_left_for_a_moment_is_signed_at_the_next_start() {
    let (bench, _database) = left(Duration::from_secs(60)).await;
    let (good, said) = verified(&bench).await;
    assert!(good && said.contains("not covered by a checkpoint yet: 4 entries"), "{said}");
    bench.start().await.stop().await;
    assert_eq!(bench.store.checkpoint().await.unwrap().unwrap().0, 8);
}

#[tokio::test]
async fn an_end_that_was_left_for_long_does_not_hold_until_somebody_signs_it() {
    // The third call came at the time of the first two and ended at that of the fourth.
    let (bench, _database) = left(Duration::from_secs(61)).await;
    let (good, said) = verified(&bench).await;
    assert!(!good && said.contains("entry 4: no checkpoint covers it"), "{said}");
    let error = bench.try_start().await.err().unwrap();
    assert!(matches!(error, StartError::Broken(why) if why.contains("log sign")), "{error}");

    let mut out = Vec::new();
    assert!(cli::sign(&bench.store, bench.signer(), &mut out).await.unwrap());
    let said = String::from_utf8(out).unwrap();
    assert!(said.ends_with("signed: 8 entries, 4 of them new under a checkpoint\n"), "{said}");
    assert!(said.starts_with(&format!("log: {}\n", bench.verifier())), "{said}");
    assert!(verified(&bench).await.0);
    bench.start().await.stop().await;
}

#[tokio::test]
async fn entries_without_any_checkpoint_do_not_hold_once_there_was_time_for_one() {
    let (bench, mut database) = left(Duration::ZERO).await;
    database.execute("DELETE FROM log_checkpoint").await.unwrap();
    bench.clock.advance(Duration::from_secs(60));
    assert!(verified(&bench).await.0);
    bench.clock.advance(Duration::from_secs(1));
    let (good, said) = verified(&bench).await;
    assert!(!good && said.contains("entry 0: no checkpoint covers it"), "{said}");
}

#[tokio::test]
async fn a_log_that_does_not_hold_is_not_signed() {
    let (bench, mut database) = left(Duration::from_secs(61)).await;
    database.execute("UPDATE log_batch SET entries = zeroblob(length(entries)) WHERE first = 5").await.unwrap();
    let mut out = Vec::new();
    assert!(!cli::sign(&bench.store, bench.signer(), &mut out).await.unwrap());
    assert_eq!(bench.store.checkpoint().await.unwrap().unwrap().0, 4);
}

#[tokio::test]
async fn what_a_checkpoint_covers_cannot_be_another_at_the_next_start() {
    let bench = Bench::of_rows().await;
    let log = bench.start().await;
    calls(&log, 0..3).await;
    log.stop().await;
    let state = State::decode(&bench.store.head().await.unwrap().unwrap()).unwrap();
    let (size, note) = bench.store.checkpoint().await.unwrap().unwrap();
    let log = bench.start().await;
    calls(&log, 3..4).await;
    log.stop().await;
    let mut database = SqliteConnectOptions::new().filename(bench.file()).connect().await.unwrap();
    // Back to the first checkpoint; one entry under it is another, and all that follows fits it.
    database.execute("DELETE FROM log_checkpoint").await.unwrap();
    bench.store.keep_checkpoint(size, &note).await.unwrap();
    let (mut tree, mut last) = (Frontier::new(), Hash::ZERO);
    let batches = bench.store.read(0, usize::MAX).await.unwrap();
    for (index, entry) in (0..).zip(batches.iter().flat_map(|batch| tlog::Entries::of(&batch.entries))) {
        let mut body = tlog::Line::parse(entry.unwrap()).unwrap().body.to_vec();
        if index == 2 {
            body[30] ^= 1;
        }
        let mut entry = Vec::new();
        line::head(&mut entry, index, &last);
        entry.extend_from_slice(&body);
        last = Hash::leaf(&entry);
        tree.append(last);
        let mut bundle = Vec::new();
        entries::push(&mut bundle, &entry).unwrap();
        let query = sqlx::query("UPDATE log_batch SET entries = ?1 WHERE first = ?2");
        query.bind(bundle).bind(i64::try_from(index).unwrap()).execute(&mut database).await.unwrap();
    }
    let forged = State { tree, last, ..state }.encode();
    sqlx::query("UPDATE log_head SET head = ?1").bind(forged).execute(&mut database).await.unwrap();
    let error = bench.try_start().await.err().unwrap();
    assert!(matches!(error, StartError::Broken(why) if why.contains("last checkpoint")), "{error}");
}

#[tokio::test]
async fn a_state_that_is_not_that_of_the_entries_is_not_signed_and_no_call_is_taken_any_more() {
    let bench = Bench::of_rows().await;
    let log = bench.start_signing().await;
    calls(&log, 0..2).await;
    while bench.store.checkpoint().await.unwrap().is_none_or(|(size, _)| size < 4) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut state = State::decode(&bench.store.head().await.unwrap().unwrap()).unwrap();
    // Somebody with the database, not with the program: the entry is one thing, the state says another.
    let batch = crate::storage::conformance::message_log::batch(4, 1);
    state.tree.append(Hash::leaf(b"another entry"));
    bench.store.append(&batch, &state.encode(), Durability::Power).await.unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while log.ready() {
        assert!(tokio::time::Instant::now() < deadline, "it is still ready");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(log.open(&head(9), &trail(9)).await.unwrap_err().code, Code::LogUnavailable);
    log.stop().await;
    assert_eq!(bench.store.checkpoint().await.unwrap().unwrap().0, 4);
    let error = bench.try_start().await.err().unwrap();
    assert!(matches!(error, StartError::Broken(_)), "{error}");
}

#[tokio::test]
async fn what_we_wrote_is_signed_as_we_wrote_it() {
    let bench = Bench::of_rows().await;
    let log = bench.start().await;
    calls(&log, 0..2).await;
    let batch = bench.store.read(1, 1).await.unwrap().remove(0);
    let mut entries = batch.entries;
    *entries.last_mut().unwrap() ^= 1;
    let mut database = SqliteConnectOptions::new().filename(bench.file()).connect().await.unwrap();
    let query = sqlx::query("UPDATE log_batch SET entries = ?1 WHERE first = 1").bind(entries);
    query.execute(&mut database).await.unwrap();
    log.stop().await;
    assert_eq!(bench.store.checkpoint().await.unwrap().unwrap().0, 4);
    let audit = Audit { log: bench.verifier(), kept: Vec::new(), evidence: None };
    let fault = verify(bench.store.as_ref(), &audit).await.unwrap().fault.unwrap();
    assert_eq!(fault.index, Some(1));
}

#[tokio::test]
async fn the_tree_under_an_old_checkpoint_is_found_by_its_tiles() {
    let bench = Bench::of_rows().await;
    let settings = LogSettings::default();
    for part in 0..4 {
        let log = bench.start_over(Arc::clone(&bench.store), settings.clone()).await;
        calls(&log, part * 75..(part + 1) * 75 + 1).await;
        log.stop().await;
    }
    let audit = Audit { log: bench.verifier(), kept: Vec::new(), evidence: None };
    let report = verify(bench.store.as_ref(), &audit).await.unwrap();
    assert_eq!((report.fault, report.signed), (None, 608));
}

/// As many opened records as one tile of the second level covers.
async fn long() -> (Bench, Vec<Hash>) {
    let bench = Bench::of_rows().await;
    let (mut state, mut leaves) = (State::empty(), Vec::new());
    state.until = u64::try_from(START.micros() / 1000).unwrap();
    for first in (0..65_536_u64).step_by(8192) {
        let mut batch = Batch {
            first,
            count: 8192,
            since: state.until,
            until: state.until,
            entries: Vec::new(),
            evidence: Vec::new(),
        };
        for index in first..first + 8192 {
            let mut entry = Vec::new();
            line::head(&mut entry, index, &state.last);
            entry.extend_from_slice(
                format!("\"kind\":\"opened\",\"id\":\"{}\"}}", id(u32::try_from(index).unwrap())).as_bytes(),
            );
            state.last = Hash::leaf(&entry);
            state.tree.append(state.last);
            leaves.push(state.last);
            entries::push(&mut batch.entries, &entry).unwrap();
        }
        bench.store.append(&batch, &state.encode(), Durability::Power).await.unwrap();
    }
    (bench, leaves)
}

#[tokio::test]
async fn a_wrong_tile_of_a_higher_level_is_found() {
    let (bench, leaves) = long().await;
    let audit = Audit { log: bench.verifier(), kept: Vec::new(), evidence: None };
    let mut hashes: Vec<_> = leaves.chunks(256).map(|row| row.node(8, 0).unwrap()).collect();
    bench.store.keep_tiles(&[TileRow { level: 1, number: 0, hashes: tile::encode(&hashes) }]).await.unwrap();
    assert_eq!(verify(bench.store.as_ref(), &audit).await.unwrap().fault, None);

    hashes[3] = Hash::ZERO;
    let mut database = SqliteConnectOptions::new().filename(bench.file()).connect().await.unwrap();
    let query = sqlx::query("UPDATE log_tile SET hashes = ?1").bind(tile::encode(&hashes));
    query.execute(&mut database).await.unwrap();
    let fault = verify(bench.store.as_ref(), &audit).await.unwrap().fault.unwrap();
    assert_eq!((fault.index, fault.what), (Some(768), What::Tile));
}
