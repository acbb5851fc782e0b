//! Signing keys, sealed.

use async_trait::async_trait;
use clock::Timestamp;
use sqlx::Executor;

use super::{Driver, PgArguments, Postgres, Query, limited, with_event};
use crate::{
    audit::AuditEvent,
    storage::{
        KeyStore, StoreError, StoredKey,
        row::{stored_key, unavailable},
    },
};

/// Replicas that start together add one after the other, and so do operators; readers are not held up.
const ONE_AT_A_TIME: &str = "LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE";

const ADD: &str = "INSERT INTO signing_key (kid, algorithm, state, sealed, created_at) SELECT $1, $2, $3, $4, $5 \
     WHERE NOT EXISTS (SELECT 1 FROM signing_key WHERE algorithm = $2)";

const ALL: &str = "SELECT kid, algorithm, state, sealed, created_at, coalesce(changed_at, created_at) AS since \
     FROM signing_key ORDER BY created_at, kid";

const ANNOUNCE: &str = "WITH announced AS ( \
       INSERT INTO signing_key (kid, algorithm, state, sealed, created_at, changed_at) \
       SELECT $5, $6, 'announced', $7, $8, $9 \
       WHERE NOT EXISTS (SELECT 1 FROM signing_key WHERE algorithm = $6 AND state = 'announced') RETURNING kid) \
     INSERT INTO audit (at, event, reference, body) SELECT $1, $2, $3, $4::jsonb FROM announced";

/// Comes before the key signs, so that no two ever do.
const RETIRE_FORMER: &str = "UPDATE signing_key SET state = 'retiring', changed_at = $3 \
     WHERE state = 'signing' AND algorithm = (SELECT algorithm FROM signing_key \
       WHERE kid = $1 AND state = 'announced' AND coalesce(changed_at, created_at) <= $2)";

const SIGN: &str = "WITH activated AS ( \
       UPDATE signing_key SET state = 'signing', changed_at = $7 \
       WHERE kid = $5 AND state = 'announced' AND coalesce(changed_at, created_at) <= $6 RETURNING kid) \
     INSERT INTO audit (at, event, reference, body) SELECT $1, $2, $3, $4::jsonb FROM activated";

const REMOVE: &str = "WITH removed AS ( \
       DELETE FROM signing_key WHERE kid = $5 AND (state = 'announced' OR \
         state = 'retiring' AND coalesce(changed_at, created_at) <= $6) RETURNING kid) \
     INSERT INTO audit (at, event, reference, body) SELECT $1, $2, $3, $4::jsonb FROM removed";

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
            let kept = rows.iter().map(stored_key).collect::<Result<_, _>>()?;
            transaction.commit().await.map_err(unavailable)?;
            Ok(kept)
        })
        .await
    }

    async fn all(&self) -> Result<Vec<StoredKey>, StoreError> {
        let rows = limited(async { sqlx::query(ALL).fetch_all(&self.pool).await.map_err(unavailable) }).await?;
        rows.iter().map(stored_key).collect()
    }

    async fn announce(&self, key: &StoredKey, event: AuditEvent) -> Result<bool, StoreError> {
        let announce = with_event(ANNOUNCE, &event)?
            .bind(key.kid.clone())
            .bind(key.algorithm.name())
            .bind(key.sealed.clone())
            .bind(key.created_at.micros())
            .bind(key.since.micros());
        self.alone(None, announce).await
    }

    async fn activate(
        &self,
        kid: &str,
        announced_by: Timestamp,
        now: Timestamp,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        let retire = sqlx::query(RETIRE_FORMER).bind(kid.to_owned()).bind(announced_by.micros()).bind(now.micros());
        let sign = with_event(SIGN, &event)?.bind(kid.to_owned()).bind(announced_by.micros()).bind(now.micros());
        self.alone(Some(retire), sign).await
    }

    async fn remove(&self, kid: &str, retiring_by: Timestamp, event: AuditEvent) -> Result<bool, StoreError> {
        self.alone(None, with_event(REMOVE, &event)?.bind(kid.to_owned()).bind(retiring_by.micros())).await
    }
}

type Act = Query<'static, Driver, PgArguments>;

impl Postgres {
    /// Runs an act that ends in an audit event, and what comes before it, while nobody else changes a key; gives whether
    /// the event was written. If it was not, nothing happened.
    async fn alone(&self, before: Option<Act>, act: Act) -> Result<bool, StoreError> {
        limited(async {
            let mut transaction = self.pool.begin().await.map_err(unavailable)?;
            transaction.execute(ONE_AT_A_TIME).await.map_err(unavailable)?;
            if let Some(before) = before {
                before.execute(&mut *transaction).await.map_err(unavailable)?;
            }
            let happened = act.execute(&mut *transaction).await.map_err(unavailable)?.rows_affected() > 0;
            if happened {
                transaction.commit().await.map_err(unavailable)?;
            }
            Ok(happened)
        })
        .await
    }
}
