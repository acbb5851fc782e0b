//! Signing keys, sealed.

use async_trait::async_trait;
use signing::{Algorithm, KeyState};
use sqlx::{Executor, postgres::PgRow};

use super::{Postgres, limited};
use crate::storage::{
    KeyStore, StoreError, StoredKey,
    row::{column, moment, unavailable},
};

/// Replicas that start together add one after the other; readers are not held up.
const ONE_AT_A_TIME: &str = "LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE";

const ADD: &str = "INSERT INTO signing_key (kid, algorithm, state, sealed, created_at) SELECT $1, $2, $3, $4, $5 \
     WHERE NOT EXISTS (SELECT 1 FROM signing_key WHERE algorithm = $2)";

const ALL: &str = "SELECT kid, algorithm, state, sealed, created_at FROM signing_key ORDER BY created_at, kid";

#[async_trait]
impl KeyStore for Postgres {
    async fn add_first(&self, keys: &[StoredKey]) -> Result<Vec<StoredKey>, StoreError> {
        limited(async {
            let mut transaction = self.pool.begin().await.map_err(unavailable)?;
            transaction.execute(ONE_AT_A_TIME).await.map_err(unavailable)?;
            for key in keys {
                let add = sqlx::query(ADD)
                    .bind(key.kid.as_str())
                    .bind(key.algorithm.name())
                    .bind(key.state.name())
                    .bind(key.sealed.as_slice())
                    .bind(key.created_at.micros());
                add.execute(&mut *transaction).await.map_err(unavailable)?;
            }
            let rows = sqlx::query(ALL).fetch_all(&mut *transaction).await.map_err(unavailable)?;
            let kept = rows.iter().map(read).collect::<Result<_, _>>()?;
            transaction.commit().await.map_err(unavailable)?;
            Ok(kept)
        })
        .await
    }

    async fn all(&self) -> Result<Vec<StoredKey>, StoreError> {
        let rows = limited(async { sqlx::query(ALL).fetch_all(&self.pool).await.map_err(unavailable) }).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &PgRow) -> Result<StoredKey, StoreError> {
    let unreadable = |column| StoreError::Unreadable { table: "signing_key", column };
    Ok(StoredKey {
        kid: column(row, "signing_key", "kid")?,
        algorithm: Algorithm::from_name(column(row, "signing_key", "algorithm")?).ok_or(unreadable("algorithm"))?,
        state: KeyState::from_name(column(row, "signing_key", "state")?).ok_or(unreadable("state"))?,
        sealed: column(row, "signing_key", "sealed")?,
        created_at: moment(row, "signing_key", "created_at")?,
    })
}
