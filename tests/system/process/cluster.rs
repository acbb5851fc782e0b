//! A database and a key prefix of its own on throw-away servers.

use std::{
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use broker::storage::StorageSettings;
use secrecy::SecretString;
use url::Url;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A new database, which goes with the server, and keys of its own.
pub fn storage() -> StorageSettings {
    let name = format!("system_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut postgres: Url = address("TEST_POSTGRES_URL").parse().expect("a URL");
    let create = format!("CREATE DATABASE {name}");
    let psql = Command::new("psql").args(["-q", "-d", postgres.as_str(), "-c", &create]).stdout(Stdio::null()).status();
    assert!(psql.expect("psql runs").success(), "no database could be made");
    postgres.set_path(&name);
    StorageSettings::Cluster {
        postgres_url: SecretString::from(postgres.to_string()),
        postgres_connections: 8,
        redis_url: SecretString::from(address("TEST_REDIS_URL")),
        redis_prefix: format!("{name}:"),
    }
}

#[expect(clippy::disallowed_methods, reason = "only a test is told by its environment where throw-away servers are")]
fn address(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} must name a throw-away server"))
}
