//! The log over a real SQLite file, and over one that fails on demand.

mod asked;
mod failing;
mod killed;
mod made;
mod recorded;
pub(crate) mod replicas;
mod speed;
mod tampered;
mod unsigned;

use std::time::Duration;

use tlog::{Checkpoint, Entries, Kind, Line};

use made::{Bench, answered, head, refused, trail};

#[tokio::test]
async fn a_call_leaves_two_entries_that_name_the_one_before() {
    let bench = Bench::new().await;
    let log = bench.start().await;
    let opened = log.open(&head(1), &trail(1)).await.unwrap();
    assert_eq!(opened.index(), 0);
    log.close_with(&head(1), &trail(1), opened, answered()).await.unwrap();
    log.stop().await;

    let batches = bench.store.read(0, usize::MAX).await.unwrap();
    let entries: Vec<_> = batches.iter().flat_map(|batch| Entries::of(&batch.entries)).map(Result::unwrap).collect();
    let lines: Vec<_> = entries.iter().map(|entry| Line::parse(entry).unwrap()).collect();
    assert_eq!(
        lines.iter().map(|line| (line.index, line.kind)).collect::<Vec<_>>(),
        [(0, Kind::Opened), (1, Kind::Closed)]
    );
    assert_eq!(lines[1].previous, tlog::Hash::leaf(entries[0]));
    assert_eq!(lines[1].id, head(1).id);
    assert!(lines[1].evidence.is_some());
    let (size, note) = bench.store.checkpoint().await.unwrap().unwrap();
    let checkpoint = Checkpoint::parse(bench.verifier().open(&note).unwrap()).unwrap();
    assert_eq!((size, checkpoint.size), (2, 2));
}

#[tokio::test]
async fn a_restart_goes_on_where_the_log_ended() {
    let bench = Bench::new().await;
    for round in 0..5 {
        let log = bench.start().await;
        let opened = log.open(&head(round), &trail(round)).await.unwrap();
        assert_eq!(opened.index(), u64::from(round) * 2);
        log.close_with(&head(round), &trail(round), opened, refused()).await.unwrap();
        log.stop().await;
    }
}

#[tokio::test]
async fn nonces_of_recent_calls_are_found_after_a_restart() {
    let bench = Bench::new().await;
    let log = bench.start().await;
    for number in 0..3 {
        log.open(&head(number), &trail(number)).await.unwrap();
    }
    log.stop().await;
    let found = bench.start().await.recent_nonces(Duration::from_secs(120)).await.unwrap();
    assert_eq!(found, [0, 1, 2].map(|number| trail(number).nonce.unwrap()));
    bench.clock.advance(Duration::from_secs(600));
    let found = bench.start().await.recent_nonces(Duration::from_secs(120)).await.unwrap();
    assert!(found.is_empty());
}
