//! The suites on SQLite, and what only an embedded store can do.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use async_trait::async_trait;
use tempfile::TempDir;

use super::*;
use crate::storage::conformance::{
    self, Bench,
    made::{NOW, issued},
};

struct Embedded {
    folder: TempDir,
    stores: Stores,
}

impl Embedded {
    fn file(&self) -> PathBuf {
        self.folder.path().join("broker.db")
    }
}

#[async_trait]
impl Bench for Embedded {
    async fn set_up() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stores = open(&folder.path().join("broker.db")).await.unwrap();
        Self { folder, stores }
    }

    fn stores(&self) -> &Stores {
        &self.stores
    }

    async fn meddle(&self, sql: &'static str) {
        let connection = Connection::open(&self.file()).unwrap();
        connection.run(sql, &script::Values::new()).unwrap();
        connection.close();
    }

    async fn forbid_audit(&self) {
        self.meddle("CREATE TRIGGER mute BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'mute'); END").await;
    }

    async fn tear_down(self) {
        self.stores.care.close().await;
    }
}

conformance::short_lived!(Embedded, #[cfg(test)]);
conformance::durable!(Embedded, #[cfg(test)]);

#[tokio::test]
async fn a_second_process_is_refused_until_the_first_lets_go() {
    let bench = Embedded::set_up().await;
    assert!(matches!(open(&bench.file()).await, Err(StoreError::InUse)));
    bench.stores.care.close().await;
    let again = open(&bench.file()).await.unwrap();
    again.care.ready().await.unwrap();
    again.care.close().await;
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let bench = Embedded::set_up().await;
    bench
        .meddle(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'from the future', 1, x'00', 0)",
        )
        .await;
    bench.stores.care.close().await;
    assert!(matches!(open(&bench.file()).await, Err(StoreError::Schema(_))));
}

#[tokio::test]
async fn a_writer_that_stops_waiting_leaves_no_transaction_behind() {
    let bench = Embedded::set_up().await;
    let writer = Writer::start(Connection::open(&bench.file()).unwrap(), Connection::open(&bench.file()).unwrap());
    let lease = writer.borrow().await.unwrap();
    lease.run(&["INSERT INTO once (key, expires_at) VALUES (x'01', 1)"], &script::Values::new()).unwrap();
    drop(lease);
    let seen = writer.run(&["SELECT count(*) AS n FROM once"], script::Values::new()).await.unwrap();
    assert_eq!(row::column::<i64>(&seen[0][0], "once", "n").unwrap(), 0);
    writer.close().await;
    bench.tear_down().await;
}

#[tokio::test]
async fn another_process_that_writes_holds_up_only_who_writes() {
    // One thread serves everybody here, so whoever waited on it would keep the other process from ever finishing.
    let bench = Embedded::set_up().await;
    let other = Connection::open(&bench.file()).unwrap();
    other.begin().unwrap();
    let stores = bench.stores.clone();
    let writing = tokio::spawn(async move { stores.audit.append(issued(1)).await });
    let stores = bench.stores.clone();
    let beginning = tokio::spawn(async move { stores.clients.replace_all(&[], NOW).await });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(bench.stores.audit.read_after(0, 1).await.unwrap().is_empty());
    assert!(!writing.is_finished() && !beginning.is_finished());
    other.commit().unwrap();
    writing.await.unwrap().unwrap();
    beginning.await.unwrap().unwrap();
    assert_eq!(bench.stores.audit.read_after(0, 10).await.unwrap().len(), 1);
    other.close();
    bench.tear_down().await;
}

#[tokio::test]
async fn the_log_is_carried_over_while_the_store_is_in_use() {
    let bench = Embedded::set_up().await;
    let length = || std::fs::metadata(bench.file()).unwrap().len();
    let before = length();
    for number in 0..u32::try_from(log::CARRY_OVER_AFTER).unwrap() {
        bench.stores.audit.append(issued(number)).await.unwrap();
    }
    let carried = async {
        while length() == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), carried).await.unwrap();
    // The end of it, by the writer, and the store goes on.
    bench.stores.audit.append(issued(0)).await.unwrap();
    assert_eq!(bench.stores.audit.read_after(0, 10_000).await.unwrap().len(), log::CARRY_OVER_AFTER + 1);
    bench.tear_down().await;
}

#[tokio::test]
async fn codes_in_flight_survive_a_graceful_stop_and_still_work_once() {
    use crate::storage::{
        Spend,
        conformance::made::{digest, grant_id, later, pending},
    };
    let bench = Embedded::set_up().await;
    let codes = &bench.stores.codes;
    for number in 0..200 {
        codes.keep(&digest("code", number), &pending(number)).await.unwrap();
    }
    assert!(matches!(codes.spend(&digest("code", 0), NOW).await.unwrap(), Spend::Fresh(_)));
    bench.stores.care.close().await;
    let again = open(&bench.file()).await.unwrap();
    assert_eq!(again.codes.spend(&digest("code", 0), NOW).await.unwrap(), Spend::Replayed(grant_id(0)));
    for number in 1..200 {
        let spent = again.codes.spend(&digest("code", number), NOW).await.unwrap();
        assert_eq!(spent, Spend::Fresh(Box::new(pending(number))));
    }
    assert_eq!(again.codes.spend(&digest("code", 7), later(1)).await.unwrap(), Spend::Replayed(grant_id(7)));
    // Once taken up they are nowhere else: another start finds what this one writes down, and a kill leaves nothing.
    let connection = Connection::open(&bench.file()).unwrap();
    assert!(connection.run("SELECT 1 FROM code", &script::Values::new()).unwrap().is_empty());
    connection.close();
    again.care.close().await;
}

#[tokio::test]
async fn nobody_else_can_read_a_file_of_the_store() {
    let bench = Embedded::set_up().await;
    let files: Vec<_> = fs::read_dir(bench.folder.path()).unwrap().map(|entry| entry.unwrap()).collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{file:?}");
    }
}
