//! Authorization codes.

use async_trait::async_trait;
use clock::Timestamp;
use signing::Digest;

use super::{
    Sqlite,
    script::{Script, Values, single},
};
use crate::{
    grant::PendingGrant,
    ids::GrantId,
    storage::{
        CodeStore, Spend, StoreError,
        row::{bytes_as, column, json, to_json},
    },
};

const KEEP: Script = single!("INSERT INTO code (code, grant_id, expires_at, body) VALUES ($1, $2, $3, $4)");

const SPEND: Script =
    single!("UPDATE code SET spent_at = $2 WHERE code = $1 AND spent_at IS NULL AND expires_at > $2 RETURNING body",);

const WHY_NOT: &str = "SELECT grant_id, spent_at IS NOT NULL AS spent FROM code WHERE code = $1";

#[async_trait]
impl CodeStore for Sqlite {
    async fn keep(&self, code: &Digest, pending: &PendingGrant) -> Result<(), StoreError> {
        let values = Values::new()
            .with(code.as_bytes().as_slice())
            .with(pending.grant.id.as_bytes().as_slice())
            .with(pending.expires_at.micros())
            .with(to_json(pending)?);
        self.writer.run(KEEP, values).await.map(drop)
    }

    async fn spend(&self, code: &Digest, now: Timestamp) -> Result<Spend, StoreError> {
        let values = Values::new().with(code.as_bytes().as_slice()).with(now.micros());
        let results = self.writer.run(SPEND, values).await?;
        if let Some(row) = results.iter().flatten().next() {
            return json(row, "code", "body").map(|pending| Spend::Fresh(Box::new(pending)));
        }
        // Spent, expired and unknown do not change any more, so they may be told apart afterwards.
        let values = Values::new().with(code.as_bytes().as_slice());
        let Some(row) = self.readers.one(WHY_NOT, values).await? else { return Ok(Spend::Unknown) };
        if column(&row, "code", "spent")? {
            bytes_as(&row, "code", "grant_id", GrantId::from_slice).map(Spend::Replayed)
        } else {
            Ok(Spend::Expired)
        }
    }
}
