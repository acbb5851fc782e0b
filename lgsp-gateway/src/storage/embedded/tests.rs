//! What stands in the journal is never lost and never counted twice, however the process ends and whoever reads.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use super::*;
use crate::storage::evidence;

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("log.db")
    }

    async fn open(&self) -> EmbeddedLog {
        EmbeddedLog::open(&self.path()).await.unwrap()
    }
}

fn batch(first: u64) -> Batch {
    let mut sealed = Vec::new();
    evidence::push(&mut sealed, 0, &first.to_be_bytes());
    let mut entries = Vec::new();
    tlog::entries::push(&mut entries, b"entry").unwrap();
    Batch { first, count: 1, since: 1000 + first, until: 1000 + first, entries, evidence: sealed }
}

async fn append(log: &EmbeddedLog, indexes: std::ops::Range<u64>) {
    for first in indexes {
        let durability = if first.is_multiple_of(2) { Durability::Power } else { Durability::Process };
        log.append(&batch(first), format!("head {}", first + 1).as_bytes(), durability).await.unwrap();
    }
}

/// Every piece of evidence in order, and so every entry.
async fn all(log: &EmbeddedLog) -> Vec<u64> {
    let (mut found, mut index) = (Vec::new(), 0);
    loop {
        let batches = log.read(index, 1).await.unwrap();
        let Some(last) = batches.last() else { return found };
        index = last.first + u64::from(last.count);
        for batch in &batches {
            for frame in evidence::Frames::of(&batch.evidence) {
                let (place, sealed) = frame.unwrap();
                assert_eq!(u64::from_be_bytes(sealed.try_into().unwrap()), batch.first + u64::from(place));
                found.push(batch.first + u64::from(place));
            }
        }
    }
}

#[tokio::test]
async fn a_journal_that_did_not_move_is_found_at_the_next_start() {
    let bench = Bench::new();
    for round in 0..6 {
        let log = bench.open().await;
        assert_eq!(log.head().await.unwrap(), (round > 0).then(|| format!("head {}", round * 7).into_bytes()));
        append(&log, round * 7..round * 7 + 3).await;
        // Some of it moves, some does not.
        log.settle().await.unwrap();
        append(&log, round * 7 + 3..round * 7 + 7).await;
        assert_eq!(all(&log).await, (0..round * 7 + 7).collect::<Vec<_>>());
        // As a process that ends: nothing is closed.
        drop(log);
    }
    assert_eq!(all(&bench.open().await).await, (0..42).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_frame_that_was_not_written_whole_was_never_there() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, 0..3).await;
    drop(log);
    let file = bench.folder.path().join("log.db.log-a");
    let mut bytes = fs::read(&file).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[end] ^= 1;
    fs::write(&file, bytes).unwrap();
    let log = bench.open().await;
    assert_eq!(all(&log).await, [0, 1]);
    append(&log, 2..4).await;
    drop(log);
    assert_eq!(all(&bench.open().await).await, [0, 1, 2, 3]);
}

#[tokio::test]
async fn a_damaged_frame_that_had_been_flushed_is_no_end_of_the_log() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, 0..6).await;
    drop(log);
    let file = bench.folder.path().join("log.db.log-a");
    let good = fs::read(&file).unwrap();
    let end = good.iter().rposition(|byte| *byte != 0).unwrap();
    for place in [0, 4, 12, 30, 80, 100, 250, 420] {
        assert!(place < end);
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        fs::write(&file, bytes).unwrap();
        assert!(matches!(EmbeddedLog::open(&bench.path()).await, Err(StoreError::Unreadable { .. })), "{place}");
        let reading = EmbeddedLog::open_to_read(&bench.path()).await;
        assert!(matches!(reading, Err(StoreError::Unreadable { .. })), "{place}");
    }
    fs::write(&file, good).unwrap();
    assert_eq!(all(&bench.open().await).await, [0, 1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_frame_is_written_over_only_when_the_database_can_lose_it_no_more() {
    let bench = Bench::new();
    let log = bench.open().await;
    // What has moved without a flush may be lost with the power: the journal has it still.
    for round in 0..4 {
        append(&log, round * 4..round * 4 + 4).await;
        log.inner.empty().await.unwrap();
    }
    let kept = pen::read(&bench.path()).unwrap().pieces;
    assert_eq!(kept.iter().map(|piece| piece.batch.first).collect::<Vec<_>>(), (0..16).collect::<Vec<_>>());
    log.settle().await.unwrap();
    append(&log, 16..18).await;
    log.settle().await.unwrap();
    append(&log, 18..20).await;
    // The file that held the first four is written again; the other still has what it had.
    let kept = pen::read(&bench.path()).unwrap().pieces;
    assert_eq!(kept.iter().map(|piece| piece.batch.first).collect::<Vec<_>>(), (4..20).collect::<Vec<_>>());
    assert_eq!(all(&log).await, (0..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_the_database_loses_with_the_power_is_in_the_journal() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, 0..5).await;
    log.settle().await.unwrap();
    let database = |name: &str| name.starts_with("log.db") && !name.contains(".log-") && !name.ends_with("-shm");
    let flushed: Vec<_> = fs::read_dir(bench.folder.path())
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| database(&path.file_name().unwrap().to_string_lossy()))
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    for round in 1..4 {
        append(&log, round * 5..round * 5 + 5).await;
        log.inner.empty().await.unwrap();
    }
    assert_eq!(log.inner.sqlite.size().await.unwrap(), 20);
    log.inner.sqlite.close().await;
    drop(log);
    // Of the database nothing is left but what had been flushed.
    for left in fs::read_dir(bench.folder.path()).unwrap().map(|file| file.unwrap().path()) {
        if !left.to_string_lossy().contains(".log-") {
            fs::remove_file(left).unwrap();
        }
    }
    flushed.into_iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    assert_eq!(SqliteLog::open_to_read(&bench.path()).await.unwrap().size().await.unwrap(), 5);
    assert_eq!(all(&bench.open().await).await, (0..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn both_files_are_used_again_and_again() {
    let bench = Bench::new();
    let log = bench.open().await;
    for round in 0..20 {
        append(&log, round * 10..round * 10 + 10).await;
        log.settle().await.unwrap();
    }
    drop(log);
    assert_eq!(all(&bench.open().await).await, (0..200).collect::<Vec<_>>());
    for letter in ["a", "b"] {
        let length = fs::metadata(bench.folder.path().join(format!("log.db.log-{letter}"))).unwrap().len();
        assert_eq!(length, 1 << 20);
    }
}

#[tokio::test]
async fn a_journal_beside_another_database_is_refused() {
    let bench = Bench::new();
    let log = bench.open().await;
    // Long enough that the journal no longer holds the beginning.
    for round in 0..3 {
        append(&log, round * 4..round * 4 + 4).await;
        log.settle().await.unwrap();
    }
    append(&log, 12..14).await;
    // A connection that is still closing would lose its files under it.
    log.inner.sqlite.close().await;
    drop(log);
    for left in fs::read_dir(bench.folder.path()).unwrap().map(Result::unwrap) {
        if !left.file_name().to_string_lossy().contains(".log-") {
            fs::remove_file(left.path()).unwrap();
        }
    }
    let refused = EmbeddedLog::open(&bench.path()).await;
    assert!(matches!(refused, Err(StoreError::Unreadable { .. })));
}

#[tokio::test]
async fn an_auditor_sees_what_has_not_moved_and_what_moves_meanwhile() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, 0..2).await;
    let reader = EmbeddedLog::open_to_read(&bench.path()).await.unwrap();
    assert_eq!(all(&reader).await, [0, 1]);
    log.settle().await.unwrap();
    append(&log, 2..4).await;
    assert_eq!(all(&reader).await, [0, 1, 2, 3]);
    assert_eq!(reader.head().await.unwrap().unwrap(), b"head 4");
    assert_eq!(reader.first_at(1003).await.unwrap(), Some(3));
    log.settle().await.unwrap();
    append(&log, 4..5).await;
    log.settle().await.unwrap();
    append(&log, 5..6).await;
    assert_eq!(all(&reader).await, [0, 1, 2, 3, 4, 5]);
    assert!(reader.journal().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_who_reads_while_much_is_written_sees_a_log_without_gaps() {
    let bench = Bench::new();
    let log = Arc::new(bench.open().await);
    let writing = {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            for round in 0..60 {
                append(&log, round * 20..round * 20 + 20).await;
                log.settle().await.unwrap();
            }
        })
    };
    let reader = EmbeddedLog::open_to_read(&bench.path()).await.unwrap();
    let mut seen = 0;
    while seen < 1200 {
        let found = all(&reader).await;
        assert_eq!(found, (0..u64::try_from(found.len()).unwrap()).collect::<Vec<_>>());
        assert!(found.len() >= seen, "{} after {seen}", found.len());
        seen = found.len();
    }
    writing.await.unwrap();
}

#[tokio::test]
async fn nobody_else_can_read_a_file_of_the_log() {
    let bench = Bench::new();
    let log = bench.open().await;
    append(&log, 0..4).await;
    let files: Vec<_> = fs::read_dir(bench.folder.path()).unwrap().map(|entry| entry.unwrap()).collect();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{file:?}");
    }
    log.close().await;
}
