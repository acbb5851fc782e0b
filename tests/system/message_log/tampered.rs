//! Whoever can write to the database cannot change what it says.

use std::process::Command;

use super::program::{log, said};
use crate::bus_call::world::{World, an};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_changed_in_the_database_is_found() {
    let mut world = World::start().await;
    let question = world.question(an());
    // What a gateway has in its journal becomes a batch when it stops: several starts are several batches.
    for start in 0..4 {
        if start > 0 {
            world.province.start_gateway().await.unwrap();
        }
        for _ in 0..3 {
            world.ask(&question).await.unwrap();
        }
        world.province.stop_gateway().await;
    }
    let whole = log(world.folder(), &["verify"]);
    assert!(whole.status.success(), "{}", said(&whole));
    let kept = world.folder().join("gateway.db");
    let copy = world.folder().join("gateway.db.kept");
    // The write-ahead log is folded in first, so that the file is the whole.
    sqlite(&kept, "PRAGMA wal_checkpoint(TRUNCATE)");
    std::fs::copy(&kept, &copy).unwrap();
    for (what, statement) in TAMPERED {
        std::fs::copy(&copy, &kept).unwrap();
        sqlite(&kept, statement);
        let found = log(world.folder(), &["verify"]);
        assert!(!found.status.success(), "{what} was not found: {}", said(&found));
    }
    std::fs::copy(&copy, &kept).unwrap();
    assert!(log(world.folder(), &["verify"]).status.success());
}

/// What somebody with the database in his hands might do; the names are those of `lgsp-gateway/migrations/sqlite`.
const TAMPERED: &[(&str, &str)] = &[
    (
        "a changed entry",
        "UPDATE log_batch SET entries = CAST(REPLACE(CAST(entries AS TEXT), 'mot-cua', 'mot-cub') AS BLOB)",
    ),
    ("a missing batch", "DELETE FROM log_batch WHERE first = (SELECT MIN(first) FROM log_batch WHERE first > 2)"),
    ("a missing end", "DELETE FROM log_batch WHERE first = (SELECT MAX(first) FROM log_batch)"),
    ("a missing beginning", "DELETE FROM log_batch WHERE first = 0"),
    ("batches in another order", "UPDATE log_batch SET first = -first"),
    (
        "a record of another kind",
        "UPDATE log_batch SET entries = CAST(REPLACE(CAST(entries AS TEXT), 'opened', 'openex') AS BLOB) WHERE first = 0",
    ),
    ("another checkpoint", "UPDATE log_checkpoint SET note = REPLACE(note, substr(note, -12, 4), 'AAAA')"),
    ("everything gone", "DELETE FROM log_batch"),
];

fn sqlite(file: &std::path::Path, statement: &str) {
    let program = "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1], timeout=10) as base: print(base.execute(sys.argv[2]).rowcount)";
    let ran = Command::new("python3").args(["-c", program]).arg(file).arg(statement).output().expect("python3 runs");
    assert!(ran.status.success(), "{}", said(&ran));
}
