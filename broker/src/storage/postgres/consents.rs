//! What a person accepted.

use async_trait::async_trait;
use clock::Timestamp;
use signing::Digest;
use types::ClientId;

use super::{Postgres, limited, with_event};
use crate::{
    audit::AuditEvent,
    ids::PersonId,
    storage::{ConsentStore, StoreError, row::unavailable},
};

const ACCEPTED: &str = "SELECT 1 FROM consent WHERE person = $1 AND client = $2 AND fingerprint = $3";

const ACCEPT: &str = "WITH accepted AS ( \
       INSERT INTO consent (person, client, fingerprint, accepted_at) VALUES ($5, $6, $7, $8) \
       ON CONFLICT (person, client) DO UPDATE \
         SET fingerprint = excluded.fingerprint, accepted_at = excluded.accepted_at) \
     INSERT INTO audit (at, event, reference, body) VALUES ($1, $2, $3, $4::jsonb)";

#[async_trait]
impl ConsentStore for Postgres {
    async fn accepted(&self, person: PersonId, client: &ClientId, fingerprint: &Digest) -> Result<bool, StoreError> {
        let query = sqlx::query(ACCEPTED)
            .bind(person.as_bytes().as_slice())
            .bind(client.as_str())
            .bind(fingerprint.as_bytes().as_slice());
        let row = limited(async { query.fetch_optional(&self.pool).await.map_err(unavailable) }).await?;
        Ok(row.is_some())
    }

    async fn accept(
        &self,
        person: PersonId,
        client: &ClientId,
        fingerprint: &Digest,
        now: Timestamp,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let accept = with_event(ACCEPT, &event)?
            .bind(person.as_bytes().to_vec())
            .bind(client.as_str().to_owned())
            .bind(fingerprint.as_bytes().to_vec())
            .bind(now.micros());
        limited(async { accept.execute(&self.pool).await.map(drop).map_err(unavailable) }).await
    }
}
