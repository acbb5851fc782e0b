//! Where the site keeps things: a folder of its own, or a database and a key prefix of its own on throw-away servers.

use std::sync::atomic::{AtomicU32, Ordering};

use broker::storage::StorageSettings;
use redis::AsyncCommands;
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The folder of a site's files, and the database when there is one.
pub struct Store {
    /// Settings, keys, clients, and the embedded store.
    pub folder: TempDir,
    /// The name of the database on the servers.
    pub database: Option<String>,
}

#[expect(clippy::disallowed_methods, reason = "only a test is told by its environment where throw-away servers are")]
fn address(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} must name a throw-away server"))
}

async fn main_database() -> PgConnection {
    address("TEST_POSTGRES_URL").parse::<PgConnectOptions>().unwrap().connect().await.unwrap()
}

impl Store {
    /// A folder.
    #[must_use]
    pub fn embedded() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: None }
    }

    /// A folder and a new database.
    pub async fn on_servers() -> Self {
        let name = format!("site_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut connection = main_database().await;
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        connection.close().await.unwrap();
        Self { folder: tempfile::tempdir().unwrap(), database: Some(name) }
    }

    /// What the broker is told of it.
    #[must_use]
    pub fn settings(&self) -> StorageSettings {
        match &self.database {
            None => StorageSettings::Embedded { path: self.folder.path().join("broker.db") },
            Some(name) => {
                let options = address("TEST_POSTGRES_URL").parse::<PgConnectOptions>().unwrap().database(name);
                StorageSettings::Cluster {
                    postgres_url: SecretString::from(options.to_url_lossy().to_string()),
                    postgres_connections: 6,
                    redis_url: SecretString::from(address("TEST_REDIS_URL")),
                    redis_prefix: format!("{name}:"),
                }
            }
        }
    }

    /// Removes what is on the servers; the folder goes by itself.
    pub async fn remove(self) {
        let Some(name) = self.database else { return };
        let mut connection = main_database().await;
        connection.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
        connection.close().await.unwrap();
        let client = redis::Client::open(address("TEST_REDIS_URL")).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let keys: Vec<String> = connection.keys(format!("{name}:*")).await.unwrap();
        for key in keys {
            let _: i64 = connection.del(key).await.unwrap();
        }
    }
}
