//! Where the broker keeps things when it is not SQLite: a new database on the run's Postgres, and its Redis.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use sandbox::province::Storage;
use secrecy::SecretString;
use url::Url;

use crate::request::random;

/// Whether there are servers: `None`, or why not.
pub fn missing() -> Option<String> {
    let there = address("TEST_POSTGRES_URL").is_some() && address("TEST_REDIS_URL").is_some();
    (!there).then(|| "needs TEST_POSTGRES_URL and TEST_REDIS_URL".to_owned())
}

/// A database of its own, which goes with the server, and keys of its own.
pub fn storage() -> Result<Storage> {
    let (postgres, redis) = (address("TEST_POSTGRES_URL"), address("TEST_REDIS_URL"));
    let (postgres, redis) = (postgres.context("no Postgres")?, redis.context("no Redis")?);
    let name: String = random()?.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    let name = format!("conformance_{}", name.to_ascii_lowercase());
    let made = Command::new("psql")
        .args(["-q", "-d", &postgres, "-c", &format!("CREATE DATABASE {name}")])
        .stdout(Stdio::null())
        .status()
        .context("psql does not start")?;
    ensure!(made.success(), "no database could be made");
    let mut own: Url = postgres.parse()?;
    own.set_path(&name);
    Ok(Storage::Cluster {
        postgres: SecretString::from(own.to_string()),
        redis: SecretString::from(redis),
        redis_prefix: format!("{name}:"),
    })
}

#[expect(clippy::disallowed_methods, reason = "only a test is told by its environment where throw-away servers are")]
fn address(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|address| !address.is_empty())
}
