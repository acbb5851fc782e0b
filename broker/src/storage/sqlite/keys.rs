//! Signing keys, sealed.

use async_trait::async_trait;
use signing::{Algorithm, KeyState};
use sqlx::sqlite::SqliteRow;

use super::{Sqlite, script::Values};
use crate::storage::{
    KeyStore, StoreError, StoredKey,
    row::{column, moment},
};

const ADD: &str = "INSERT INTO signing_key (kid, algorithm, state, sealed, created_at) SELECT $1, $2, $3, $4, $5 \
     WHERE NOT EXISTS (SELECT 1 FROM signing_key WHERE algorithm = $2)";

const ALL: &str = "SELECT kid, algorithm, state, sealed, created_at FROM signing_key ORDER BY created_at, kid";

#[async_trait]
impl KeyStore for Sqlite {
    async fn add_first(&self, keys: &[StoredKey]) -> Result<Vec<StoredKey>, StoreError> {
        let mut lease = self.writer.borrow().await?;
        lease.run("BEGIN IMMEDIATE", Values::new()).await?;
        for key in keys {
            let values = Values::new()
                .with(key.kid.as_str())
                .with(key.algorithm.name())
                .with(key.state.name())
                .with(key.sealed.as_slice())
                .with(key.created_at.micros());
            lease.run(ADD, values).await?;
        }
        let rows = lease.run(ALL, Values::new()).await?;
        let kept = rows.iter().flatten().map(read).collect::<Result<_, _>>()?;
        lease.commit("COMMIT", Values::new()).await?;
        Ok(kept)
    }

    async fn all(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.readers.all(ALL, Values::new()).await?.iter().map(read).collect()
    }
}

fn read(row: &SqliteRow) -> Result<StoredKey, StoreError> {
    let unreadable = |column| StoreError::Unreadable { table: "signing_key", column };
    Ok(StoredKey {
        kid: column(row, "signing_key", "kid")?,
        algorithm: Algorithm::from_name(column(row, "signing_key", "algorithm")?).ok_or(unreadable("algorithm"))?,
        state: KeyState::from_name(column(row, "signing_key", "state")?).ok_or(unreadable("state"))?,
        sealed: column(row, "signing_key", "sealed")?,
        created_at: moment(row, "signing_key", "created_at")?,
    })
}
