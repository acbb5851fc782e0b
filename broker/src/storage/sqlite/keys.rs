//! Signing keys, sealed.

use async_trait::async_trait;
use clock::Timestamp;
use signing::{Algorithm, KeyState};

use super::{
    Sqlite,
    row::{Row, column, moment},
    script::{AUDIT_IF_CHANGED, Script, Values},
};
use crate::{
    audit::AuditEvent,
    storage::{KeyStore, StoreError, StoredKey},
};

const ADD: Script = &["INSERT INTO signing_key (kid, algorithm, state, sealed, created_at) SELECT ?1, ?2, ?3, ?4, ?5 \
     WHERE NOT EXISTS (SELECT 1 FROM signing_key WHERE algorithm = ?2)"];

const ALL: &str = "SELECT kid, algorithm, state, sealed, created_at, coalesce(changed_at, created_at) AS since \
     FROM signing_key ORDER BY created_at, kid";

const ANNOUNCE: Script = &[
    "INSERT INTO signing_key (kid, algorithm, state, sealed, created_at, changed_at) SELECT ?5, ?6, 'announced', ?7, ?8, ?9 \
       WHERE NOT EXISTS (SELECT 1 FROM signing_key WHERE algorithm = ?6 AND state = 'announced') RETURNING 1",
    AUDIT_IF_CHANGED,
];

const ACTIVATE: Script = &[
    "UPDATE signing_key SET state = 'retiring', changed_at = ?7 WHERE state = 'signing' AND algorithm = \
       (SELECT algorithm FROM signing_key \
         WHERE kid = ?5 AND state = 'announced' AND coalesce(changed_at, created_at) <= ?6)",
    "UPDATE signing_key SET state = 'signing', changed_at = ?7 \
       WHERE kid = ?5 AND state = 'announced' AND coalesce(changed_at, created_at) <= ?6 RETURNING 1",
    AUDIT_IF_CHANGED,
];

const REMOVE: Script = &[
    "DELETE FROM signing_key WHERE kid = ?5 AND (state = 'announced' OR \
       state = 'retiring' AND coalesce(changed_at, created_at) <= ?6) RETURNING 1",
    AUDIT_IF_CHANGED,
];

#[async_trait]
impl KeyStore for Sqlite {
    async fn add_first(&self, keys: &[StoredKey]) -> Result<Vec<StoredKey>, StoreError> {
        let lease = self.writer.borrow().await?;
        for key in keys {
            let values = Values::new()
                .with(key.kid.as_str())
                .with(key.algorithm.name())
                .with(key.state.name())
                .with(key.sealed.as_slice())
                .with(key.created_at.micros());
            lease.run(ADD, &values)?;
        }
        let rows = lease.run(&[ALL], &Values::new())?;
        let kept = rows.iter().flatten().map(read).collect::<Result<_, _>>()?;
        lease.commit()?;
        Ok(kept)
    }

    async fn all(&self) -> Result<Vec<StoredKey>, StoreError> {
        self.readers.all(ALL, &Values::new())?.iter().map(read).collect()
    }

    async fn announce(&self, key: &StoredKey, event: AuditEvent) -> Result<bool, StoreError> {
        let values = Values::audit(&event)?
            .with(key.kid.as_str())
            .with(key.algorithm.name())
            .with(key.sealed.as_slice())
            .with(key.created_at.micros())
            .with(key.since.micros());
        self.happened(ANNOUNCE, values).await
    }

    async fn activate(
        &self,
        kid: &str,
        announced_by: Timestamp,
        now: Timestamp,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        let values = Values::audit(&event)?.with(kid).with(announced_by.micros()).with(now.micros());
        self.happened(ACTIVATE, values).await
    }

    async fn remove(&self, kid: &str, retiring_by: Timestamp, event: AuditEvent) -> Result<bool, StoreError> {
        self.happened(REMOVE, Values::audit(&event)?.with(kid).with(retiring_by.micros())).await
    }
}

impl Sqlite {
    /// Runs a script that gives a row when it changed something.
    async fn happened(&self, script: Script, values: Values) -> Result<bool, StoreError> {
        Ok(self.writer.run(script, values).await?.iter().flatten().next().is_some())
    }
}

fn read(row: &Row) -> Result<StoredKey, StoreError> {
    let unreadable = |column| StoreError::Unreadable { table: "signing_key", column };
    Ok(StoredKey {
        kid: column(row, "signing_key", "kid")?,
        algorithm: Algorithm::from_name(column(row, "signing_key", "algorithm")?).ok_or(unreadable("algorithm"))?,
        state: KeyState::from_name(column(row, "signing_key", "state")?).ok_or(unreadable("state"))?,
        sealed: column(row, "signing_key", "sealed")?,
        created_at: moment(row, "signing_key", "created_at")?,
        since: moment(row, "signing_key", "since")?,
    })
}
