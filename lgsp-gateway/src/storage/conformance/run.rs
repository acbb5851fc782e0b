//! Runs the suites on the embedded log, on its database alone, and on Postgres.

mod sqlite {
    use std::sync::Arc;

    use crate::storage::{MessageLogStore, conformance::message_log, sqlite::SqliteLog};

    struct File {
        _folder: tempfile::TempDir,
        store: Arc<SqliteLog>,
    }

    impl File {
        async fn set_up() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Arc::new(SqliteLog::open(&folder.path().join("log.db")).await.unwrap());
            Self { _folder: folder, store }
        }

        fn store(&self) -> Arc<dyn MessageLogStore> {
            self.store.clone()
        }

        async fn tear_down(self) {
            self.store.close().await;
        }
    }

    message_log::suite!(File::set_up, #[cfg(not(miri))]);
}

mod embedded {
    use std::sync::Arc;

    use crate::storage::{MessageLogStore, StoreError, conformance::message_log, embedded::EmbeddedLog};

    struct File {
        folder: tempfile::TempDir,
        store: Arc<EmbeddedLog>,
    }

    impl File {
        async fn set_up() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Arc::new(EmbeddedLog::open(&folder.path().join("log.db")).await.unwrap());
            Self { folder, store }
        }

        fn store(&self) -> Arc<dyn MessageLogStore> {
            self.store.clone()
        }

        async fn tear_down(self) {
            self.store.close().await;
        }
    }

    message_log::suite!(File::set_up, #[cfg(not(miri))]);

    #[tokio::test]
    async fn two_gateways_on_one_file_refuse_to_start() {
        let bench = File::set_up().await;
        let path = bench.folder.path().join("log.db");
        assert!(matches!(EmbeddedLog::open(&path).await, Err(StoreError::InUse)));
        bench.store.close().await;
        EmbeddedLog::open(&path).await.unwrap();
    }

    #[tokio::test]
    async fn an_auditor_reads_beside_the_gateway_and_writes_nothing() {
        use crate::storage::Durability;
        let bench = File::set_up().await;
        let reader = EmbeddedLog::open_to_read(&bench.folder.path().join("log.db")).await.unwrap();
        bench.store.append(&message_log::batch(0, 2), b"head", Durability::Power).await.unwrap();
        assert_eq!(reader.read(0, usize::MAX).await.unwrap(), [message_log::batch(0, 2)]);
        reader.append(&message_log::batch(2, 1), b"other", Durability::Power).await.unwrap_err();
        reader.settle().await.unwrap_err();
        assert!(EmbeddedLog::open_to_read(&bench.folder.path().join("none.db")).await.is_err());
    }
}

mod postgres {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use secrecy::SecretString;
    use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, postgres::PgConnectOptions};

    use crate::storage::{Durability, MessageLogStore, StoreError, conformance::message_log, postgres::PostgresLog};

    static DATABASES: AtomicU32 = AtomicU32::new(0);

    #[expect(
        clippy::disallowed_methods,
        reason = "only a test is told by its environment where throw-away servers are"
    )]
    fn options() -> PgConnectOptions {
        let url = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL must name a throw-away server");
        url.parse().unwrap()
    }

    struct Database {
        name: String,
        store: Arc<PostgresLog>,
    }

    impl Database {
        async fn set_up() -> Self {
            let name = format!("log_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
            let mut main: PgConnection = options().connect().await.unwrap();
            main.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
            main.close().await.unwrap();
            let store = Arc::new(PostgresLog::open(&Self::url(&name), 4).await.unwrap());
            Self { name, store }
        }

        fn url(name: &str) -> SecretString {
            SecretString::from(options().database(name).to_url_lossy().to_string())
        }

        fn store(&self) -> Arc<dyn MessageLogStore> {
            self.store.clone()
        }

        async fn tear_down(self) {
            self.store.close().await;
            let mut main: PgConnection = options().connect().await.unwrap();
            main.execute(AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.name))).await.unwrap();
        }
    }

    message_log::suite!(Database::set_up, #[ignore = "needs TEST_POSTGRES_URL"]);

    #[tokio::test]
    #[ignore = "needs TEST_POSTGRES_URL"]
    async fn a_database_that_broke_down_is_noticed_by_the_next_append() {
        let bench = Database::set_up().await;
        let append =
            async |first, durability| bench.store.append(&message_log::batch(first, 1), b"head", durability).await;
        append(0, Durability::Process).await.unwrap();
        append(1, Durability::Power).await.unwrap();
        // All its connections end, as when the database breaks down.
        let mut main: PgConnection = options().connect().await.unwrap();
        let ended = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", bench.name);
        main.execute(AssertSqlSafe(ended)).await.unwrap();
        assert!(matches!(append(2, Durability::Process).await, Err(StoreError::Unavailable(_))));
        append(2, Durability::Process).await.unwrap();
        bench.tear_down().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    #[ignore = "needs TEST_POSTGRES_URL"]
    async fn replicas_that_write_at_once_make_one_log() {
        let bench = Database::set_up().await;
        let mut replicas: Vec<Arc<dyn MessageLogStore>> = Vec::new();
        for _ in 0..3 {
            replicas.push(Arc::new(PostgresLog::open(&Database::url(&bench.name), 4).await.unwrap()));
        }
        crate::message_log::tests::replicas::write_one_log(&replicas).await;
        for replica in replicas {
            replica.close().await;
        }
        bench.tear_down().await;
    }
}
