//! What can be measured.

use std::path::PathBuf;

/// A server under measurement.
#[derive(Clone)]
pub enum Kind {
    /// The broker on its embedded default.
    Sqlite,
    /// The broker on Postgres with Redis.
    Cluster {
        /// `postgres://…`, to a database that may be thrown away.
        postgres: String,
        /// `redis://…`.
        redis: String,
    },
    /// `oidc-provider` from npm, with its in-memory store.
    Peer {
        /// Where it is installed.
        node_modules: PathBuf,
    },
}

impl Kind {
    /// Its name in the table.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "broker, SQLite",
            Self::Cluster { .. } => "broker, Postgres + Redis",
            Self::Peer { .. } => "oidc-provider (npm)",
        }
    }
}
