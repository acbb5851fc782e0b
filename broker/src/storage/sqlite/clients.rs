//! Registered clients.

use async_trait::async_trait;
use clock::Timestamp;
use types::ClientId;

use super::{
    Sqlite,
    row::{column, json},
    script::{Script, Values},
};
use crate::{
    clients::Client,
    storage::{ClientStore, StoreError, row::to_json},
};

const DISABLE_ALL: Script = &["UPDATE client SET enabled = 0, changed_at = ?1 WHERE enabled = 1"];

const PUT: Script = &["INSERT INTO client (id, enabled, changed_at, body) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (id) DO UPDATE SET enabled = excluded.enabled, changed_at = excluded.changed_at, body = excluded.body"];

const GET: &str = "SELECT enabled, body FROM client WHERE id = ?1";

#[async_trait]
impl ClientStore for Sqlite {
    async fn replace_all(&self, clients: &[Client], now: Timestamp) -> Result<(), StoreError> {
        let lease = self.writer.borrow().await?;
        lease.run(DISABLE_ALL, &Values::new().with(now.micros()))?;
        for client in clients {
            let values = Values::new()
                .with(client.client_id.as_str())
                .with(client.enabled)
                .with(now.micros())
                .with(to_json(client)?);
            lease.run(PUT, &values)?;
        }
        lease.commit()
    }

    async fn get(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        let Some(row) = self.readers.one(GET, &Values::new().with(id.as_str()))? else { return Ok(None) };
        let mut client: Client = json(&row, "client", "body")?;
        client.enabled = client.enabled && column(&row, "client", "enabled")?;
        Ok(Some(client))
    }
}
