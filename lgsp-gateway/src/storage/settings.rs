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
