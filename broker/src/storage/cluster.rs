//! Postgres and Redis together: the stores of several replicas. Losing Redis may cost logins in flight, never a
//! session, a grant or a record.

use std::sync::Arc;

use async_trait::async_trait;
use clock::Timestamp;

use super::{StoreCare, StoreError, Stores, postgres::Postgres, redis::Redis};

struct Cluster {
    durable: Arc<Postgres>,
    short_lived: Arc<Redis>,
}

/// The ports over both.
pub(super) fn stores(durable: Arc<Postgres>, short_lived: Arc<Redis>) -> Stores {
    Stores {
        logins: short_lived.clone(),
        codes: short_lived.clone(),
        once: short_lived.clone(),
        sessions: durable.clone(),
        consents: durable.clone(),
        grants: durable.clone(),
        clients: durable.clone(),
        keys: durable.clone(),
        audit: durable.clone(),
        care: Arc::new(Cluster { durable, short_lived }),
    }
}

#[async_trait]
impl StoreCare for Cluster {
    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        // Redis forgets by itself.
        self.durable.sweep(now).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        futures::try_join!(self.durable.ready(), self.short_lived.ready()).map(drop)
    }

    async fn close(&self) {
        self.short_lived.close();
        self.durable.close().await;
    }
}
