//! Grants, their refresh tokens, and tokens revoked one by one.

use std::collections::HashMap;

use async_trait::async_trait;
use clock::Timestamp;
use signing::Digest;

use super::{
    Sqlite,
    connection::Connection,
    row::{bytes_as, column, json, moment},
    script::{AUDIT, AUDIT_IF_CHANGED, Script, Values},
};
use crate::{
    audit::AuditEvent,
    grant::Grant,
    ids::{GrantId, TokenId},
    storage::{
        FoundRefresh, GrantStore, KEEP_GRAVES, NewRefresh, Rotation, StoreError,
        row::{to_json, unavailable},
    },
};

// The row of a grant that was revoked before it opened has no body yet: it gets one, and stays revoked.
const OPEN_FAMILY: &str = "INSERT INTO grant_family (id, session, expires_at, body) SELECT ?5, ?6, ?7, ?8 \
     WHERE EXISTS (SELECT 1 FROM session WHERE id = ?6 AND ended_at IS NULL AND expires_at > ?9) \
     ON CONFLICT (id) DO UPDATE SET session = excluded.session, expires_at = excluded.expires_at, body = excluded.body \
       WHERE grant_family.body IS NULL \
     RETURNING revoked_at IS NULL AS alive, (SELECT expires_at FROM session WHERE id = ?6) AS session_ends";

const OPEN: Script = &[OPEN_FAMILY, AUDIT_IF_CHANGED];

const OPEN_WITH_REFRESH: Script = &[
    OPEN_FAMILY,
    "INSERT INTO refresh (hash, grant_id, expires_at) SELECT ?10, ?5, ?11 WHERE changes() = 1",
    AUDIT_IF_CHANGED,
];

const GET: &str = "SELECT g.body FROM grant_family g JOIN session s ON s.id = g.session \
     WHERE g.id = ?1 AND g.revoked_at IS NULL AND g.expires_at > ?2 AND s.ended_at IS NULL AND s.expires_at > ?2";

const RELEASE: &str = "SELECT g.body, p.sealed, min(g.expires_at, s.expires_at) AS ends FROM grant_family g JOIN session s ON s.id = g.session \
     JOIN person p ON p.id = s.person \
     WHERE g.id = ?1 AND g.revoked_at IS NULL AND g.expires_at > ?2 AND s.ended_at IS NULL AND s.expires_at > ?2 \
       AND NOT EXISTS (SELECT 1 FROM revoked_token WHERE id = ?3 AND until > ?2)";

const FIND_REFRESH: &str = "SELECT g.body, r.expires_at, r.used_at IS NOT NULL AS used, \
       g.revoked_at IS NULL AND g.expires_at > ?2 AND EXISTS (SELECT 1 FROM session s \
         WHERE s.id = g.session AND s.ended_at IS NULL AND s.expires_at > ?2) AS alive \
     FROM refresh r JOIN grant_family g ON g.id = r.grant_id WHERE r.hash = ?1";

const ROTATE: Script = &[
    "UPDATE refresh SET used_at = ?6 WHERE hash = ?5 AND used_at IS NULL AND expires_at > ?6 \
       AND EXISTS (SELECT 1 FROM grant_family g JOIN session s ON s.id = g.session WHERE g.id = refresh.grant_id \
         AND g.revoked_at IS NULL AND g.expires_at > ?6 AND s.ended_at IS NULL AND s.expires_at > ?6) RETURNING 1",
    "INSERT INTO refresh (hash, grant_id, expires_at) SELECT ?7, grant_id, ?8 FROM refresh \
       WHERE hash = ?5 AND changes() = 1",
    AUDIT_IF_CHANGED,
];

const REUSE: Script = &[
    "UPDATE grant_family SET revoked_at = coalesce(revoked_at, ?6) \
       WHERE id = (SELECT grant_id FROM refresh WHERE hash = ?5 AND used_at IS NOT NULL) RETURNING id",
    AUDIT_IF_CHANGED,
];

const REVOKE: Script = &[
    "INSERT INTO grant_family (id, expires_at, revoked_at) VALUES (?5, ?7, ?6) \
       ON CONFLICT (id) DO UPDATE SET revoked_at = coalesce(revoked_at, excluded.revoked_at)",
    AUDIT,
];

const REVOKE_TOKEN: Script = &[
    "INSERT INTO revoked_token (id, until) VALUES (?5, ?6) \
       ON CONFLICT (id) DO UPDATE SET until = max(until, excluded.until)",
    AUDIT,
];

const TOKEN_ALIVE: &str = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM revoked_token WHERE id = ?1 AND until > ?3) \
     AND (?2 IS NULL OR EXISTS (SELECT 1 FROM grant_family g JOIN session s ON s.id = g.session WHERE g.id = ?2 \
       AND g.revoked_at IS NULL AND g.expires_at > ?3 AND s.ended_at IS NULL AND s.expires_at > ?3))";

#[async_trait]
impl GrantStore for Sqlite {
    async fn open(
        &self,
        grant: &Grant,
        refresh: Option<NewRefresh>,
        now: Timestamp,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        let values = Values::audit(&event)?
            .with(grant.id.as_bytes())
            .with(grant.session.as_bytes())
            .with(grant.expires_at.micros())
            .with(to_json(grant)?)
            .with(now.micros());
        let rests_on = self.recent.note([grant.id.as_bytes(), grant.session.as_bytes(), grant.session.as_bytes()]);
        let results = match refresh {
            None => self.writer.run(OPEN, values).await?,
            Some(new) => {
                let values = values.with(new.hash.as_bytes()).with(new.expires_at.micros());
                self.writer.run(OPEN_WITH_REFRESH, values).await?
            }
        };
        let Some(row) = results.iter().flatten().next() else { return Ok(false) };
        // Whoever got tokens asks for claims next.
        if column(row, "grant_family", "alive")? {
            let until = grant.expires_at.min(moment(row, "grant_family", "session_ends")?);
            self.recent.keep_grant(grant.clone(), until, rests_on);
        }
        Ok(true)
    }

    async fn get(&self, grant: GrantId, now: Timestamp) -> Result<Option<Grant>, StoreError> {
        let values = Values::new().with(grant.as_bytes()).with(now.micros());
        let row = self.readers.one(GET, &values)?;
        row.map(|row| json(&row, "grant_family", "body")).transpose()
    }

    async fn find_refresh(&self, hash: &Digest, now: Timestamp) -> Result<Option<FoundRefresh>, StoreError> {
        let values = Values::new().with(hash.as_bytes()).with(now.micros());
        let Some(row) = self.readers.one(FIND_REFRESH, &values)? else { return Ok(None) };
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
        let values = Values::audit(&rotated)?
            .with(old.as_bytes())
            .with(now.micros())
            .with(new.hash.as_bytes())
            .with(new.expires_at.micros());
        let results = self.writer.run(ROTATE, values).await?;
        if results.iter().flatten().next().is_some() {
            return Ok(Rotation::Rotated);
        }
        // A token that was used stays used, so this may be an act of its own.
        let values = Values::audit(&reuse)?.with(old.as_bytes()).with(now.micros());
        let results = self.writer.run(REUSE, values).await?;
        let Some(row) = results.iter().flatten().next() else { return Ok(Rotation::Gone) };
        self.recent.touch(column(row, "grant_family", "id")?);
        Ok(Rotation::Reused)
    }

    async fn revoke(&self, grant: GrantId, now: Timestamp, event: AuditEvent) -> Result<(), StoreError> {
        let values =
            Values::audit(&event)?.with(grant.as_bytes()).with(now.micros()).with(now.plus(KEEP_GRAVES).micros());
        self.writer.run(REVOKE, values).await?;
        self.recent.touch(grant.as_bytes());
        Ok(())
    }

    async fn revoke_token(&self, token: TokenId, until: Timestamp, event: AuditEvent) -> Result<(), StoreError> {
        let values = Values::audit(&event)?.with(token.as_bytes()).with(until.micros());
        self.recent.suspect(token, until);
        self.writer.run(REVOKE_TOKEN, values).await.map(drop)
    }

    async fn release(
        &self,
        token: TokenId,
        grant: GrantId,
        now: Timestamp,
    ) -> Result<Option<(Grant, Vec<u8>)>, StoreError> {
        if !self.recent.is_suspect(token)
            && let Some(known) = self.recent.grant(grant, now)
            && let Some(sealed) = self.recent.person(known.person, now)
        {
            return Ok(Some((known, sealed)));
        }
        self.read_release(token, grant, now)
    }

    async fn token_alive(&self, token: TokenId, grant: Option<GrantId>, now: Timestamp) -> Result<bool, StoreError> {
        if !self.recent.is_suspect(token) && grant.is_none_or(|grant| self.recent.is_alive(grant, now)) {
            return Ok(true);
        }
        // A grant is worth reading whole, because it will be asked about again.
        if let Some(grant) = grant {
            return Ok(self.read_release(token, grant, now)?.is_some());
        }
        let values =
            Values::new().with(token.as_bytes()).with(grant.as_ref().map(GrantId::as_bytes)).with(now.micros());
        Ok(self.readers.one(TOKEN_ALIVE, &values)?.is_some())
    }
}

impl Sqlite {
    /// What a release rests on, from the database.
    fn read_release(
        &self,
        token: TokenId,
        grant: GrantId,
        now: Timestamp,
    ) -> Result<Option<(Grant, Vec<u8>)>, StoreError> {
        let moves = self.recent.moves();
        let values = Values::new().with(grant.as_bytes()).with(now.micros()).with(token.as_bytes());
        let Some(row) = self.readers.one(RELEASE, &values)? else { return Ok(None) };
        let read: Grant = json(&row, "grant_family", "body")?;
        let sealed: Vec<u8> = column(&row, "person", "sealed")?;
        let things = [read.id.as_bytes().as_slice(), read.session.as_bytes(), read.person.as_bytes()];
        if let Some(rests_on) = self.recent.note_since(moves, things) {
            self.recent.keep_grant(read.clone(), moment(&row, "grant_family", "ends")?, rests_on);
            self.recent.keep_person(read.person, sealed.clone(), rests_on);
        }
        Ok(Some((read, sealed)))
    }
}

/// Every token whose revocation is kept.
pub(super) fn revoked_tokens(connection: &Connection) -> Result<HashMap<TokenId, Timestamp>, StoreError> {
    let rows = connection.run("SELECT id, until FROM revoked_token", &Values::new()).map_err(unavailable)?;
    let read = |row| {
        let token = bytes_as(row, "revoked_token", "id", TokenId::from_slice)?;
        Ok((token, moment(row, "revoked_token", "until")?))
    };
    rows.iter().map(read).collect()
}
