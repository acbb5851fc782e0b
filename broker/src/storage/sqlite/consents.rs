//! What a person accepted.

use async_trait::async_trait;
use clock::Timestamp;
use signing::Digest;
use types::ClientId;

use super::{
    Sqlite,
    script::{AUDIT, Script, Values},
};
use crate::{
    audit::AuditEvent,
    ids::PersonId,
    storage::{ConsentStore, StoreError},
};

const ACCEPTED: &str = "SELECT 1 FROM consent WHERE person = ?1 AND client = ?2 AND fingerprint = ?3";

const ACCEPT: Script = &[
    "INSERT INTO consent (person, client, fingerprint, accepted_at) VALUES (?5, ?6, ?7, ?8) \
     ON CONFLICT (person, client) DO UPDATE SET fingerprint = excluded.fingerprint, accepted_at = excluded.accepted_at",
    AUDIT,
];

#[async_trait]
impl ConsentStore for Sqlite {
    async fn accepted(&self, person: PersonId, client: &ClientId, fingerprint: &Digest) -> Result<bool, StoreError> {
        let values = Values::new().with(person.as_bytes()).with(client.as_str()).with(fingerprint.as_bytes());
        Ok(self.readers.one(ACCEPTED, &values)?.is_some())
    }

    async fn accept(
        &self,
        person: PersonId,
        client: &ClientId,
        fingerprint: &Digest,
        now: Timestamp,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let values = Values::audit(&event)?
            .with(person.as_bytes())
            .with(client.as_str())
            .with(fingerprint.as_bytes())
            .with(now.micros());
        self.writer.run(ACCEPT, values).await?;
        self.recent.touch(person.as_bytes());
        Ok(())
    }
}
