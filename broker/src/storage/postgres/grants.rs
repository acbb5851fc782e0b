//! Grants, their refresh tokens, and tokens revoked one by one.

use async_trait::async_trait;
use clock::Timestamp;
use signing::Digest;

use super::{Driver, PgArguments, Postgres, Query, limited, with_event};
use crate::{
    audit::AuditEvent,
    grant::Grant,
    ids::{GrantId, TokenId},
    storage::{
        FoundRefresh, GrantStore, KEEP_GRAVES, NewRefresh, Rotation, StoreError,
        row::{column, json, moment, to_json, unavailable},
    },
};

/// The row of a grant that was revoked before it opened has no body yet: it gets one, and stays revoked.
const OPEN: &str = "WITH opened AS ( \
       INSERT INTO grant_family (id, session, expires_at, body) SELECT $5, $6, $7, $8 \
       WHERE EXISTS (SELECT 1 FROM session WHERE id = $6 AND ended_at IS NULL AND expires_at > $9) \
       ON CONFLICT (id) DO UPDATE SET session = excluded.session, expires_at = excluded.expires_at, body = excluded.body \
         WHERE grant_family.body IS NULL RETURNING id), \
     token AS ( \
       INSERT INTO refresh (hash, grant_id, expires_at) SELECT $10, id, $11 FROM opened WHERE $10 IS NOT NULL) \
     INSERT INTO audit (at, event, reference, body) SELECT $1, $2, $3, $4::jsonb FROM opened";

const GET: &str = "SELECT g.body FROM grant_family g JOIN session s ON s.id = g.session \
     WHERE g.id = $1 AND g.revoked_at IS NULL AND g.expires_at > $2 AND s.ended_at IS NULL AND s.expires_at > $2";

const RELEASE: &str = "SELECT g.body, p.sealed FROM grant_family g JOIN session s ON s.id = g.session \
     JOIN person p ON p.id = s.person \
     WHERE g.id = $1 AND g.revoked_at IS NULL AND g.expires_at > $2 AND s.ended_at IS NULL AND s.expires_at > $2 \
       AND NOT EXISTS (SELECT 1 FROM revoked_token WHERE id = $3 AND until > $2)";

const FIND_REFRESH: &str = "SELECT g.body, r.expires_at, r.used_at IS NOT NULL AS used, \
       g.revoked_at IS NULL AND g.expires_at > $2 AND EXISTS (SELECT 1 FROM session s \
         WHERE s.id = g.session AND s.ended_at IS NULL AND s.expires_at > $2) AS alive \
     FROM refresh r JOIN grant_family g ON g.id = r.grant_id WHERE r.hash = $1";

/// Whoever comes second waits for the row, finds it used, and changes nothing.
const ROTATE: &str = "WITH used AS ( \
       UPDATE refresh SET used_at = $6 WHERE hash = $5 AND used_at IS NULL AND expires_at > $6 \
         AND EXISTS (SELECT 1 FROM grant_family g JOIN session s ON s.id = g.session WHERE g.id = refresh.grant_id \
           AND g.revoked_at IS NULL AND g.expires_at > $6 AND s.ended_at IS NULL AND s.expires_at > $6) \
       RETURNING grant_id), \
     token AS (INSERT INTO refresh (hash, grant_id, expires_at) SELECT $7, grant_id, $8 FROM used) \
     INSERT INTO audit (at, event, reference, body) SELECT $1, $2, $3, $4::jsonb FROM used";

const REUSE: &str = "WITH ended AS ( \
       UPDATE grant_family SET revoked_at = coalesce(revoked_at, $6) \
       WHERE id = (SELECT grant_id FROM refresh WHERE hash = $5 AND used_at IS NOT NULL) RETURNING id) \
     INSERT INTO audit (at, event, reference, body) SELECT $1, $2, $3, $4::jsonb FROM ended";

const REVOKE: &str = "WITH ended AS ( \
       INSERT INTO grant_family (id, expires_at, revoked_at) VALUES ($5, $7, $6) \
       ON CONFLICT (id) DO UPDATE SET revoked_at = coalesce(grant_family.revoked_at, excluded.revoked_at)) \
     INSERT INTO audit (at, event, reference, body) VALUES ($1, $2, $3, $4::jsonb)";

const REVOKE_TOKEN: &str = "WITH ended AS ( \
       INSERT INTO revoked_token (id, until) VALUES ($5, $6) \
       ON CONFLICT (id) DO UPDATE SET until = greatest(revoked_token.until, excluded.until)) \
     INSERT INTO audit (at, event, reference, body) VALUES ($1, $2, $3, $4::jsonb)";

const TOKEN_ALIVE: &str = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM revoked_token WHERE id = $1 AND until > $3) \
     AND ($2::bytea IS NULL OR EXISTS (SELECT 1 FROM grant_family g JOIN session s ON s.id = g.session WHERE g.id = $2 \
       AND g.revoked_at IS NULL AND g.expires_at > $3 AND s.ended_at IS NULL AND s.expires_at > $3))";

impl Postgres {
    /// Runs a statement that ends in an audit event; gives whether one was written.
    async fn happened(&self, act: Query<'static, Driver, PgArguments>) -> Result<bool, StoreError> {
        let done = limited(async { act.execute(&self.pool).await.map_err(unavailable) }).await?;
        Ok(done.rows_affected() > 0)
    }
}

#[async_trait]
impl GrantStore for Postgres {
    async fn open(
        &self,
        grant: &Grant,
        refresh: Option<NewRefresh>,
        now: Timestamp,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        let open = with_event(OPEN, &event)?
            .bind(grant.id.as_bytes().to_vec())
            .bind(grant.session.as_bytes().to_vec())
            .bind(grant.expires_at.micros())
            .bind(to_json(grant)?)
            .bind(now.micros())
            .bind(refresh.map(|new| new.hash.as_bytes().to_vec()))
            .bind(refresh.map(|new| new.expires_at.micros()));
        self.happened(open).await
    }

    async fn get(&self, grant: GrantId, now: Timestamp) -> Result<Option<Grant>, StoreError> {
        let get = sqlx::query(GET).bind(grant.as_bytes().as_slice()).bind(now.micros());
        let row = limited(async { get.fetch_optional(&self.pool).await.map_err(unavailable) }).await?;
        row.map(|row| json(&row, "grant_family", "body")).transpose()
    }

    async fn find_refresh(&self, hash: &Digest, now: Timestamp) -> Result<Option<FoundRefresh>, StoreError> {
        let find = sqlx::query(FIND_REFRESH).bind(hash.as_bytes().as_slice()).bind(now.micros());
        let row = limited(async { find.fetch_optional(&self.pool).await.map_err(unavailable) }).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(FoundRefresh {
            grant: json(&row, "grant_family", "body")?,
            alive: column(&row, "grant_family", "alive")?,
            used: column(&row, "refresh", "used")?,
            expires_at: moment(&row, "refresh", "expires_at")?,
        }))
    }

    async fn rotate(
        &self,
        old: &Digest,
        new: NewRefresh,
        now: Timestamp,
        rotated: AuditEvent,
        reuse: AuditEvent,
    ) -> Result<Rotation, StoreError> {
        let rotate = with_event(ROTATE, &rotated)?
            .bind(old.as_bytes().to_vec())
            .bind(now.micros())
            .bind(new.hash.as_bytes().to_vec())
            .bind(new.expires_at.micros());
        if self.happened(rotate).await? {
            return Ok(Rotation::Rotated);
        }
        // A token that was used stays used, so this may be an act of its own.
        let reuse = with_event(REUSE, &reuse)?.bind(old.as_bytes().to_vec()).bind(now.micros());
        Ok(if self.happened(reuse).await? { Rotation::Reused } else { Rotation::Gone })
    }

    async fn revoke(&self, grant: GrantId, now: Timestamp, event: AuditEvent) -> Result<(), StoreError> {
        let revoke = with_event(REVOKE, &event)?
            .bind(grant.as_bytes().to_vec())
            .bind(now.micros())
            .bind(now.plus(KEEP_GRAVES).micros());
        self.happened(revoke).await.map(drop)
    }

    async fn revoke_token(&self, token: TokenId, until: Timestamp, event: AuditEvent) -> Result<(), StoreError> {
        let revoke = with_event(REVOKE_TOKEN, &event)?.bind(token.as_bytes().to_vec()).bind(until.micros());
        self.happened(revoke).await.map(drop)
    }

    async fn release(
        &self,
        token: TokenId,
        grant: GrantId,
        now: Timestamp,
    ) -> Result<Option<(Grant, Vec<u8>)>, StoreError> {
        let ask =
            sqlx::query(RELEASE).bind(grant.as_bytes().as_slice()).bind(now.micros()).bind(token.as_bytes().as_slice());
        let row = limited(async { ask.fetch_optional(&self.pool).await.map_err(unavailable) }).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some((json(&row, "grant_family", "body")?, column(&row, "person", "sealed")?)))
    }

    async fn token_alive(&self, token: TokenId, grant: Option<GrantId>, now: Timestamp) -> Result<bool, StoreError> {
        let ask = sqlx::query(TOKEN_ALIVE)
            .bind(token.as_bytes().as_slice())
            .bind(grant.map(|grant| grant.as_bytes().to_vec()))
            .bind(now.micros());
        let row = limited(async { ask.fetch_optional(&self.pool).await.map_err(unavailable) }).await?;
        Ok(row.is_some())
    }
}
