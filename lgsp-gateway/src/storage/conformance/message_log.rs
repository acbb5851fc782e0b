//! What every store of the message log must do.

use std::sync::Arc;

use futures::future::join_all;

use crate::storage::{Batch, Durability, MessageLogStore, StoreError, TileRow, evidence};

/// A batch of `count` entries from `first` on, at a time that grows with its place.
pub(crate) fn batch(first: u64, count: u32) -> Batch {
    let mut entries = Vec::new();
    for index in first..first + u64::from(count) {
        tlog::entries::push(&mut entries, format!("entry {index}").as_bytes()).unwrap();
    }
    let mut evidence = Vec::new();
    if first.is_multiple_of(2) {
        evidence::push(&mut evidence, 0, &[1, 2, 3]);
    }
    Batch { first, count, since: 1000 + first, until: 1000 + first + u64::from(count), entries, evidence }
}

async fn append(store: &dyn MessageLogStore, first: u64, count: u32) {
    let batch = batch(first, count);
    store.append(&batch, format!("head {}", first + u64::from(count)).as_bytes(), Durability::Process).await.unwrap();
}

/// Every entry from `index` on, with its evidence: where one batch ends and the next begins is the store's affair.
fn entries(batches: &[Batch], index: u64) -> Vec<(u64, Vec<u8>, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    for batch in batches {
        for (place, entry) in (0..).zip(tlog::Entries::of(&batch.entries)) {
            let sealed = evidence::of_entry(&batch.evidence, place).map(<[u8]>::to_vec);
            found.push((batch.first + u64::from(place), entry.unwrap().to_vec(), sealed));
        }
    }
    found.retain(|(at, ..)| *at >= index);
    found
}

pub(crate) async fn entries_come_back_as_they_were_written(store: Arc<dyn MessageLogStore>) {
    assert_eq!(store.head().await.unwrap(), None);
    assert_eq!(store.settle().await.unwrap(), None);
    assert!(store.read(0, usize::MAX).await.unwrap().is_empty());
    for (first, count, durability) in
        [(0, 3, Durability::Process), (3, 1, Durability::Power), (4, 5, Durability::Process)]
    {
        store.append(&batch(first, count), format!("head {first}").as_bytes(), durability).await.unwrap();
        assert_eq!(store.head().await.unwrap().unwrap(), format!("head {first}").as_bytes());
    }
    let all = entries(&[batch(0, 3), batch(3, 1), batch(4, 5)], 0);
    for settled in [false, true] {
        if settled {
            assert_eq!(store.settle().await.unwrap().unwrap(), b"head 4");
        }
        for index in [0, 2, 3, 8] {
            let read = store.read(index, usize::MAX).await.unwrap();
            assert!(read.first().unwrap().first <= index);
            assert_eq!(entries(&read, index), all[usize::try_from(index).unwrap()..], "{index}");
            let bare = store.read_entries(index, usize::MAX).await.unwrap();
            let without: Vec<_> = entries(&read, index).into_iter().map(|(at, entry, _)| (at, entry, None)).collect();
            let bare = bare.into_iter().map(|batch| Batch { evidence: Vec::new(), ..batch }).collect::<Vec<_>>();
            assert_eq!(entries(&bare, index), without, "{index}");
        }
        assert!(store.read(9, usize::MAX).await.unwrap().is_empty());
        assert_eq!(store.read(0, 1).await.unwrap().first().unwrap().first, 0);
    }
}

pub(crate) async fn a_batch_that_does_not_go_on_where_the_log_ends_is_refused_whole(store: Arc<dyn MessageLogStore>) {
    let conflict = async |first, durability| {
        let error = store.append(&batch(first, 2), b"other", durability).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict), "{error:?}");
    };
    conflict(1, Durability::Power).await;
    append(store.as_ref(), 0, 2).await;
    for durability in [Durability::Process, Durability::Power] {
        for first in [0, 1, 3, 1000] {
            conflict(first, durability).await;
        }
    }
    assert_eq!(store.head().await.unwrap().unwrap(), b"head 2");
    assert_eq!(entries(&store.read(0, usize::MAX).await.unwrap(), 0), entries(&[batch(0, 2)], 0));
    append(store.as_ref(), 2, 1).await;
}

pub(crate) async fn of_many_that_append_at_once_one_is_first(store: Arc<dyn MessageLogStore>) {
    for round in 0..5 {
        let tries = (0..20).map(|number: u8| {
            let store = Arc::clone(&store);
            let durability = if number.is_multiple_of(2) { Durability::Power } else { Durability::Process };
            tokio::spawn(async move { store.append(&batch(round, 1), &[number], durability).await })
        });
        let outcomes: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(StoreError::Conflict))), "{outcomes:?}");
    }
    assert_eq!(store.read(0, usize::MAX).await.unwrap().len(), 5);
}

pub(crate) async fn entries_are_found_by_time(store: Arc<dyn MessageLogStore>) {
    assert_eq!(store.first_at(0).await.unwrap(), None);
    for (first, count) in [(0, 3), (3, 1), (4, 5)] {
        append(store.as_ref(), first, count).await;
    }
    for (millis, first) in
        [(0, Some(0)), (1003, Some(0)), (1004, Some(3)), (1005, Some(4)), (1009, Some(4)), (1010, None)]
    {
        assert_eq!(store.first_at(millis).await.unwrap(), first, "{millis}");
    }
}

pub(crate) async fn checkpoints_are_kept_and_old_ones_thinned(store: Arc<dyn MessageLogStore>) {
    assert_eq!(store.checkpoint().await.unwrap(), None);
    for size in [5, 900, 1023, 1024, 1500, 5000] {
        store.keep_checkpoint(size, &format!("note {size}")).await.unwrap();
    }
    store.keep_checkpoint(5000, "another").await.unwrap();
    let note = |size: u64| (size, format!("note {size}"));
    assert_eq!(store.checkpoint().await.unwrap(), Some(note(5000)));
    assert_eq!(store.checkpoints(0, 10).await.unwrap(), [note(1023), note(1500), note(5000)]);
    assert_eq!(store.checkpoints(1023, 1).await.unwrap(), [note(1500)]);
}

pub(crate) async fn tiles_are_kept_once(store: Arc<dyn MessageLogStore>) {
    assert_eq!(store.tile_count(0).await.unwrap(), 0);
    let tile = |level: u8, number: u64| TileRow { level, number, hashes: vec![level; 32] };
    store.keep_tiles(&[tile(0, 0), tile(0, 1), tile(1, 0)]).await.unwrap();
    store.keep_tiles(&[TileRow { hashes: vec![9; 32], ..tile(0, 1) }, tile(0, 2)]).await.unwrap();
    assert_eq!((store.tile_count(0).await.unwrap(), store.tile_count(1).await.unwrap()), (3, 1));
    assert_eq!(store.tiles(0, 1, 10).await.unwrap(), [tile(0, 1), tile(0, 2)]);
    assert_eq!(store.tiles(0, 0, 1).await.unwrap(), [tile(0, 0)]);
    assert!(store.tiles(1, 1, 10).await.unwrap().is_empty());
}

pub(crate) async fn a_closed_store_never_means_yes(store: Arc<dyn MessageLogStore>) {
    append(store.as_ref(), 0, 1).await;
    store.close().await;
    let faults = [
        store.head().await.err(),
        store.append(&batch(1, 1), b"head", Durability::Process).await.err(),
        store.append(&batch(1, 1), b"head", Durability::Power).await.err(),
        store.settle().await.err(),
        store.read(0, 1).await.err(),
        store.first_at(0).await.err(),
        store.keep_checkpoint(1, "note").await.err(),
        store.checkpoint().await.err(),
        store.checkpoints(0, 1).await.err(),
        store.keep_tiles(&[TileRow { level: 0, number: 0, hashes: Vec::new() }]).await.err(),
        store.tile_count(0).await.err(),
        store.tiles(0, 0, 1).await.err(),
    ];
    for (place, fault) in faults.into_iter().enumerate() {
        assert!(matches!(fault, Some(StoreError::Unavailable(_))), "{place}: {fault:?}");
    }
}

/// Makes a test of each case for one implementation, marked as it says. A macro, because only a macro can make tests.
macro_rules! suite {
    ($set_up:path, #[$mark:meta]) => {
        $crate::storage::conformance::message_log::suite! { @ $set_up, #[$mark],
            entries_come_back_as_they_were_written,
            a_batch_that_does_not_go_on_where_the_log_ends_is_refused_whole,
            of_many_that_append_at_once_one_is_first,
            entries_are_found_by_time,
            checkpoints_are_kept_and_old_ones_thinned,
            tiles_are_kept_once,
            a_closed_store_never_means_yes,
        }
    };
    (@ $set_up:path, #[$mark:meta], $($case:ident),+ $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[$mark]
            async fn $case() {
                let bench = $set_up().await;
                $crate::storage::conformance::message_log::$case(bench.store()).await;
                bench.tear_down().await;
            }
        )+
    };
}
pub(crate) use suite;
