//! Where the gateway keeps what it must keep.

use std::path::PathBuf;

use secrecy::SecretString;

/// Embedded, or a cluster.
#[derive(Clone, Debug)]
pub enum StorageSettings {
    /// One SQLite file for one process; nonces in memory, found again in the log after a restart.
    Embedded {
        /// The file.
        path: PathBuf,
    },
    /// Postgres for the log, Redis for nonces: several replicas write one log.
    Cluster {
        /// `postgres://…`
        postgres_url: SecretString,
        /// Connections to it.
        postgres_connections: u32,
        /// `redis://…`
        redis_url: SecretString,
        /// What every key in Redis begins with.
        redis_prefix: String,
    },
}

impl StorageSettings {
    /// The folder on whose disk an embedded log lies.
    #[must_use]
    pub fn folder(&self) -> Option<PathBuf> {
        match self {
            Self::Embedded { path } => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                Some(folder.map_or_else(|| PathBuf::from("."), Into::into))
            }
            Self::Cluster { .. } => None,
        }
    }
}
