//! The suites on Postgres with Redis, which need the addresses of throw-away servers.

use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use redis::AsyncCommands;
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, postgres::PgConnectOptions};

use super::Bench;
use crate::storage::{StorageSettings, StoreError, Stores, conformance, open};

static NEXT: AtomicU32 = AtomicU32::new(0);

struct Replicas {
    name: String,
    stores: Stores,
}

#[expect(clippy::disallowed_methods, reason = "only a test is told by its environment where throw-away servers are")]
fn address(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} must name a throw-away server"))
}

fn database(name: &str) -> PgConnectOptions {
    address("TEST_POSTGRES_URL").parse::<PgConnectOptions>().unwrap().database(name)
}

async fn main_database() -> PgConnection {
    address("TEST_POSTGRES_URL").parse::<PgConnectOptions>().unwrap().connect().await.unwrap()
}

fn settings(name: &str) -> StorageSettings {
    let url = database(name).to_url_lossy().to_string();
    StorageSettings::Cluster {
        postgres_url: SecretString::from(url),
        postgres_connections: 6,
        redis_url: SecretString::from(address("TEST_REDIS_URL")),
        redis_prefix: format!("{name}:"),
    }
}

#[async_trait]
impl Bench for Replicas {
    async fn set_up() -> Self {
        let name = format!("suite_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut connection = main_database().await;
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        connection.close().await.unwrap();
        let stores = open(&settings(&name)).await.unwrap();
        Self { name, stores }
    }

    fn stores(&self) -> &Stores {
        &self.stores
    }

    async fn meddle(&self, sql: &'static str) {
        let mut connection = database(&self.name).connect().await.unwrap();
        connection.execute(sqlx::raw_sql(sql)).await.unwrap();
        connection.close().await.unwrap();
    }

    async fn forbid_audit(&self) {
        self.meddle(
            "CREATE FUNCTION mute() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''mute''; END'; \
             CREATE TRIGGER mute BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION mute()",
        )
        .await;
    }

    async fn tear_down(self) {
        self.stores.care.close().await;
        let mut connection = main_database().await;
        connection.execute(AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.name))).await.unwrap();
        connection.close().await.unwrap();
        let client = redis::Client::open(address("TEST_REDIS_URL")).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let keys: Vec<String> = connection.keys(format!("{}:*", self.name)).await.unwrap();
        for key in keys {
            let _: i64 = connection.del(key).await.unwrap();
        }
    }
}

conformance::short_lived!(Replicas, #[ignore = "needs TEST_POSTGRES_URL and TEST_REDIS_URL"]);
conformance::durable!(Replicas, #[ignore = "needs TEST_POSTGRES_URL and TEST_REDIS_URL"]);

#[tokio::test]
#[ignore = "needs TEST_POSTGRES_URL and TEST_REDIS_URL"]
async fn replicas_that_start_together_all_find_the_schema() {
    let bench = Replicas::set_up().await;
    bench.meddle("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    let started = conformance::crowd(|number| {
        let settings = settings(&bench.name);
        async move { if number < 5 { Some(open(&settings).await.unwrap()) } else { None } }
    });
    for stores in started.await.into_iter().flatten() {
        stores.care.ready().await.unwrap();
        stores.care.close().await;
    }
    bench.tear_down().await;
}

#[tokio::test]
#[ignore = "needs TEST_POSTGRES_URL and TEST_REDIS_URL"]
async fn a_database_of_a_newer_program_is_refused() {
    let bench = Replicas::set_up().await;
    bench
        .meddle(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (9999, 'from the future', true, '\\x00', 0)",
        )
        .await;
    assert!(matches!(open(&settings(&bench.name)).await, Err(StoreError::Schema(_))));
    bench.tear_down().await;
}

#[tokio::test]
async fn servers_that_are_not_there_are_an_error() {
    // Nothing listens on port 1.
    let settings = StorageSettings::Cluster {
        postgres_url: SecretString::from("postgres://nobody@127.0.0.1:1/none"),
        postgres_connections: 1,
        redis_url: SecretString::from("redis://127.0.0.1:1"),
        redis_prefix: String::new(),
    };
    assert!(matches!(open(&settings).await, Err(StoreError::Unavailable(_))));
}
