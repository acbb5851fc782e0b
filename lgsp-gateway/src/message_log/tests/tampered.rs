//! Whoever can write to the database changes the log; `verify` finds it and names the place.

use std::sync::Arc;

use sqlx::{ConnectOptions, Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};
use tlog::{Checkpoint, Entries, Frontier, Hash, Line, Signer, line};

use super::made::{Bench, answered, head, id, refused, sealer, trail};
use crate::message_log::{Audit, Report, What, state::State, verify};

/// How many calls a log has; it makes one full tile and some entries more.
const CALLS: u32 = 150;

/// A log of [`CALLS`] calls, one after the other, and hands on its database.
struct Crime {
    bench: Bench,
    database: SqliteConnection,
    kept: Vec<String>,
}

impl Crime {
    async fn new() -> Self {
        let bench = Bench::of_rows().await;
        let mut kept = Vec::new();
        for part in 0..3 {
            let log = bench.start().await;
            for number in part * CALLS / 3..(part + 1) * CALLS / 3 {
                let opened = log.open(&head(number), &trail(number)).await.unwrap();
                let answer = if number % 7 == 0 { refused() } else { answered() };
                log.close_with(&head(number), &trail(number), opened, answer).await.unwrap();
            }
            log.stop().await;
            kept.push(bench.store.checkpoint().await.unwrap().unwrap().1);
        }
        let database = SqliteConnectOptions::new().filename(bench.file()).connect().await.unwrap();
        Self { bench, database, kept }
    }

    async fn sql(&mut self, sql: &'static str) {
        self.database.execute(sql).await.unwrap();
    }

    /// All entries, and the evidence of each.
    async fn entries(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let batches = self.bench.store.read(0, usize::MAX).await.unwrap();
        assert!(batches.iter().all(|batch| batch.count == 1), "one call after the other");
        let entry = |bytes: &[u8]| Entries::of(bytes).next().unwrap().unwrap().to_vec();
        batches.iter().map(|batch| (entry(&batch.entries), batch.evidence.clone())).collect()
    }

    /// Puts an entry in the place of another.
    async fn put(&mut self, first: u64, entry: &[u8]) {
        let mut bundle = Vec::new();
        tlog::entries::push(&mut bundle, entry).unwrap();
        let query = sqlx::query("UPDATE log_batch SET entries = ?1 WHERE first = ?2");
        query.bind(bundle).bind(i64::try_from(first).unwrap()).execute(&mut self.database).await.unwrap();
    }

    /// Writes the log anew from an entry on, chain and state and all, as whoever has the program but not the key can.
    async fn rewrite(&mut self, from: usize, change: impl Fn(usize, &str) -> String) {
        let entries = self.entries().await;
        let (mut tree, mut last, mut until) = (Frontier::new(), Hash::ZERO, 0);
        for (place, (entry, _)) in entries.iter().enumerate() {
            let body = String::from_utf8(Line::parse(entry).unwrap().body.to_vec()).unwrap();
            let body = if place >= from { change(place, &body) } else { body };
            let mut entry = Vec::new();
            line::head(&mut entry, place as u64, &last);
            entry.extend_from_slice(body.as_bytes());
            last = Hash::leaf(&entry);
            tree.append(last);
            until += 1;
            self.put(place as u64, &entry).await;
        }
        let head = State { tree, last, until }.encode();
        sqlx::query("UPDATE log_head SET head = ?1").bind(head).execute(&mut self.database).await.unwrap();
    }

    async fn report(&self) -> Report {
        self.audited(Vec::new()).await
    }

    async fn audited(&self, kept: Vec<String>) -> Report {
        let audit = Audit { log: self.bench.verifier(), kept, evidence: None };
        verify(self.bench.store.as_ref(), &audit).await.unwrap()
    }

    /// What is found, at which entry, of which call.
    async fn expect(self, index: Option<u64>, call: Option<u32>, what: What) {
        let fault = self.report().await.fault.expect("a fault");
        assert_eq!((fault.index, fault.id, fault.what), (index, call.map(id), what));
        self.database.close().await.unwrap();
    }
}

#[tokio::test]
async fn an_untouched_log_holds() {
    let crime = Crime::new().await;
    let mut audit = Audit { log: crime.bench.verifier(), kept: crime.kept.clone(), evidence: None };
    let report = verify(crime.bench.store.as_ref(), &audit).await.unwrap();
    assert_eq!((&report.fault, report.entries, report.evidence, report.signed), (&None, 300, 150, 300));
    assert_eq!(report.checkpoints, 3);
    audit.evidence = Some(sealer());
    assert_eq!(verify(crime.bench.store.as_ref(), &audit).await.unwrap().fault, None);
    audit.evidence = Some(Arc::new(signing::Sealer::new(&[8; 32]).unwrap()));
    let fault = verify(crime.bench.store.as_ref(), &audit).await.unwrap().fault.unwrap();
    assert_eq!((fault.index, fault.what), (Some(1), What::EvidenceUnopened));
}

#[tokio::test]
async fn a_changed_entry_is_found() {
    for place in [0, 1, 100, 298] {
        let mut crime = Crime::new().await;
        let entry = String::from_utf8(crime.entries().await[place].0.clone()).unwrap();
        let changed = entry.replace("can-bo:dung", "can-bo:hung").replace("lgsp-v1", "lgsp-v2");
        assert_ne!(changed, entry);
        crime.put(place as u64, changed.as_bytes()).await;
        crime.expect(Some(place as u64), Some(u32::try_from(place).unwrap() / 2), What::Changed).await;
    }
}

#[tokio::test]
async fn a_changed_last_entry_is_found() {
    let mut crime = Crime::new().await;
    let entry = String::from_utf8(crime.entries().await[299].0.clone()).unwrap();
    crime.put(299, entry.replace("can-bo:dung", "can-bo:hung").as_bytes()).await;
    crime.expect(Some(299), Some(149), What::Changed).await;
}

#[tokio::test]
async fn a_changed_link_is_found() {
    let mut crime = Crime::new().await;
    let entry = String::from_utf8(crime.entries().await[40].0.clone()).unwrap();
    let previous = Line::parse(entry.as_bytes()).unwrap().previous.base64();
    crime.put(40, entry.replace(&previous, &Hash::of(b"other").base64()).as_bytes()).await;
    crime.expect(Some(40), Some(20), What::Changed).await;
}

#[tokio::test]
async fn a_removed_entry_is_found() {
    let mut crime = Crime::new().await;
    crime.sql("DELETE FROM log_batch WHERE first = 77").await;
    crime.expect(Some(77), None, What::Missing { found: None }).await;
}

#[tokio::test]
async fn a_removed_entry_whose_place_was_filled_is_found() {
    let mut crime = Crime::new().await;
    crime.sql("DELETE FROM log_batch WHERE first = 77; UPDATE log_batch SET first = 77 WHERE first = 78").await;
    crime.expect(Some(77), None, What::Missing { found: Some(78) }).await;
}

#[tokio::test]
async fn swapped_entries_are_found() {
    let mut crime = Crime::new().await;
    let entries = crime.entries().await;
    crime.put(10, &entries[12].0).await;
    crime.put(12, &entries[10].0).await;
    crime.expect(Some(10), None, What::Missing { found: Some(12) }).await;
}

#[tokio::test]
async fn a_cut_tail_is_found_by_the_checkpoint() {
    let mut crime = Crime::new().await;
    crime.sql("DELETE FROM log_batch WHERE first >= 290").await;
    crime.expect(Some(290), None, What::Missing { found: None }).await;
}

#[tokio::test]
async fn a_log_that_was_cut_with_its_state_and_checkpoints_is_found_by_one_that_an_auditor_kept() {
    let mut crime = Crime::new().await;
    let entries = crime.entries().await;
    let (mut tree, mut last) = (Frontier::new(), Hash::ZERO);
    for (entry, _) in &entries[..100] {
        last = Hash::leaf(entry);
        tree.append(last);
    }
    let head = State { tree, last, until: 1 }.encode();
    crime.sql("DELETE FROM log_batch WHERE first >= 100; DELETE FROM log_checkpoint; DELETE FROM log_tile").await;
    sqlx::query("UPDATE log_head SET size = 100, head = ?1").bind(head).execute(&mut crime.database).await.unwrap();
    assert_eq!(crime.report().await.fault, None, "nothing inside tells");
    let fault = crime.audited(crime.kept.clone()).await.fault.unwrap();
    assert_eq!((fault.index, fault.what), (Some(100), What::Missing { found: None }));
}

#[tokio::test]
async fn a_log_that_was_rewritten_with_its_chain_is_found_and_the_tile_names_the_entry() {
    let mut crime = Crime::new().await;
    crime.rewrite(123, |place, body| if place == 123 { body.replace("dung", "hung") } else { body.to_owned() }).await;
    crime.expect(Some(123), None, What::Rewritten { size: 300 }).await;
}

#[tokio::test]
async fn an_entry_whose_successors_were_chained_anew_is_named_by_the_tile() {
    let mut crime = Crime::new().await;
    let head = crime.bench.store.head().await.unwrap().unwrap();
    crime.rewrite(123, |place, body| if place == 123 { body.replace("dung", "hung") } else { body.to_owned() }).await;
    // The log's own state is left as it was.
    sqlx::query("UPDATE log_head SET head = ?1").bind(head).execute(&mut crime.database).await.unwrap();
    crime.expect(Some(123), None, What::Rewritten { size: 300 }).await;
}

#[tokio::test]
async fn a_split_view_is_found_by_a_checkpoint_that_an_auditor_kept() {
    let mut crime = Crime::new().await;
    let kept = crime.kept.clone();
    // The operator himself, with the key, shows another log now.
    crime.rewrite(123, |place, body| if place == 123 { body.replace("dung", "hung") } else { body.to_owned() }).await;
    let state = State::decode(&crime.bench.store.head().await.unwrap().unwrap()).unwrap();
    let signer = crime.bench.signer();
    let origin = signer.verifier().name().to_owned();
    let checkpoint = Checkpoint { origin, size: 300, root: state.tree.root(), extensions: Vec::new() };
    let note = signer.sign(&checkpoint.text());
    crime.sql("DELETE FROM log_checkpoint; DELETE FROM log_tile").await;
    sqlx::query("INSERT INTO log_checkpoint VALUES (300, ?1)").bind(note).execute(&mut crime.database).await.unwrap();
    assert_eq!(crime.report().await.fault, None, "nothing inside tells");
    let fault = crime.audited(vec![kept[2].clone()]).await.fault.unwrap();
    assert_eq!(fault.what, What::SplitView { size: 300 });
    let fault = crime.audited(vec![kept[1].clone()]).await.fault.unwrap();
    assert_eq!(fault.what, What::Rewritten { size: 200 });
}

#[tokio::test]
async fn a_forged_checkpoint_is_found() {
    let mut crime = Crime::new().await;
    let state = State::decode(&crime.bench.store.head().await.unwrap().unwrap()).unwrap();
    let forger = Signer::from_pkcs8("lgsp.test/log", &Signer::generate().unwrap()).unwrap();
    let origin = "lgsp.test/log".to_owned();
    let checkpoint = Checkpoint { origin, size: 300, root: state.tree.root(), extensions: Vec::new() };
    let note = forger.sign(&checkpoint.text());
    sqlx::query("UPDATE log_checkpoint SET note = ?1").bind(note).execute(&mut crime.database).await.unwrap();
    crime.expect(None, None, What::Checkpoint { size: Some(300) }).await;
}

#[tokio::test]
async fn changed_removed_and_exchanged_evidence_is_found() {
    let mut crime = Crime::new().await;
    crime.sql("UPDATE log_batch SET evidence = zeroblob(length(evidence)) WHERE first = 31").await;
    crime.expect(Some(31), Some(15), What::EvidenceChanged).await;

    let mut crime = Crime::new().await;
    let mut evidence = crime.entries().await[31].1.clone();
    *evidence.last_mut().unwrap() ^= 1;
    let query = sqlx::query("UPDATE log_batch SET evidence = ?1 WHERE first = 31").bind(evidence);
    query.execute(&mut crime.database).await.unwrap();
    crime.expect(Some(31), Some(15), What::EvidenceChanged).await;

    let mut crime = Crime::new().await;
    crime.sql("UPDATE log_batch SET evidence = x'' WHERE first = 31").await;
    crime.expect(Some(31), Some(15), What::EvidenceMissing).await;

    let mut crime = Crime::new().await;
    crime
        .sql("UPDATE log_batch SET evidence = (SELECT evidence FROM log_batch WHERE first = 33) WHERE first = 31")
        .await;
    crime.expect(Some(31), Some(15), What::EvidenceChanged).await;

    let mut crime = Crime::new().await;
    crime
        .sql("UPDATE log_batch SET evidence = (SELECT evidence FROM log_batch WHERE first = 33) WHERE first = 30")
        .await;
    crime.expect(Some(30), Some(15), What::EvidenceUnknown).await;
}

#[tokio::test]
async fn a_changed_state_and_a_changed_tile_are_found() {
    let mut crime = Crime::new().await;
    crime.sql("UPDATE log_head SET head = x'00'").await;
    crime.expect(None, None, What::Head).await;

    let mut crime = Crime::new().await;
    crime.sql("UPDATE log_tile SET hashes = zeroblob(8192) WHERE level = 0").await;
    crime.expect(Some(0), None, What::Tile).await;
}

#[tokio::test]
async fn a_call_without_its_end_is_listed_and_no_fault() {
    let bench = Bench::new().await;
    let log = bench.start().await;
    log.open(&head(1), &trail(1)).await.unwrap();
    log.open(&head(2), &trail(2)).await.unwrap();
    log.stop().await;
    let audit = Audit { log: bench.verifier(), kept: Vec::new(), evidence: None };
    let report = verify(bench.store.as_ref(), &audit).await.unwrap();
    assert_eq!((report.fault, report.open), (None, vec![(0, id(1)), (1, id(2))]));
}
