//! Registered clients.

use async_trait::async_trait;
use clock::Timestamp;
use sqlx::Executor;
use types::ClientId;

use super::{Postgres, limited};
use crate::{
    clients::Client,
    storage::{
        ClientStore, StoreError,
        row::{column, json, to_json, unavailable},
    },
};

/// Replicas that start together replace one after the other; readers are not held up.
const ONE_AT_A_TIME: &str = "LOCK TABLE client IN SHARE ROW EXCLUSIVE MODE";

const DISABLE_ALL: &str = "UPDATE client SET enabled = false, changed_at = $1 WHERE enabled";

const PUT: &str = "INSERT INTO client (id, enabled, changed_at, body) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (id) DO UPDATE SET enabled = excluded.enabled, changed_at = excluded.changed_at, body = excluded.body";

const GET: &str = "SELECT enabled, body FROM client WHERE id = $1";

#[async_trait]
impl ClientStore for Postgres {
    async fn replace_all(&self, clients: &[Client], now: Timestamp) -> Result<(), StoreError> {
        limited(async {
            let mut transaction = self.pool.begin().await.map_err(unavailable)?;
            transaction.execute(ONE_AT_A_TIME).await.map_err(unavailable)?;
            let disable = sqlx::query(DISABLE_ALL).bind(now.micros());
            disable.execute(&mut *transaction).await.map_err(unavailable)?;
            for client in clients {
                let put = sqlx::query(PUT)
                    .bind(client.client_id.as_str())
                    .bind(client.enabled)
                    .bind(now.micros())
                    .bind(to_json(client)?);
                put.execute(&mut *transaction).await.map_err(unavailable)?;
            }
            transaction.commit().await.map_err(unavailable)
        })
        .await
    }

    async fn get(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        let get = sqlx::query(GET).bind(id.as_str());
        let row = limited(async { get.fetch_optional(&self.pool).await.map_err(unavailable) }).await?;
        let Some(row) = row else { return Ok(None) };
        let mut client: Client = json(&row, "client", "body")?;
        client.enabled = client.enabled && column(&row, "client", "enabled")?;
        Ok(Some(client))
    }
}
