//! People and their browser sessions.

use async_trait::async_trait;
use clock::Timestamp;
use signing::Digest;
use sqlx::PgConnection;
use types::ClientId;

use super::{Postgres, limited, with_event};
use crate::{
    audit::AuditEvent,
    ids::{PersonId, SessionId},
    people::person::{FoundPerson, PersonUpsert},
    session::browser::Session,
    storage::{
        EndedSession, SessionStore, SignedInEvent, SignedOutEvent, StoreError,
        row::{bytes_as, column, json, to_json, unavailable},
    },
};

const FIND_LINK: &str = "SELECT person FROM link WHERE link = $1";

/// Takes the link, or waits for whoever is taking it and then takes nothing.
const TAKE_LINK: &str = "INSERT INTO link (link, person, issuer) VALUES ($1, $2, $3) ON CONFLICT (link) DO NOTHING";

const LOCK: &str = "SELECT body FROM session WHERE key = $1 AND ended_at IS NULL AND expires_at > $2 FOR UPDATE";

const END_OTHER: &str = "UPDATE session SET ended_at = $2 WHERE key = $1";

macro_rules! begin {
    ($session:literal) => {
        concat!(
            "WITH person AS (INSERT INTO person (id, sealed, citizen_index) VALUES ($5, $6, $7) \
               ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, citizen_index = excluded.citizen_index), \
             begun AS (",
            $session,
            ") INSERT INTO audit (at, event, reference, body) VALUES ($1, $2, $3, $4::jsonb)"
        )
    };
}

const BEGIN_NEW: &str = begin!("INSERT INTO session (id, key, expires_at, body, person) VALUES ($8, $9, $10, $11, $5)");

const BEGIN_AGAIN: &str = begin!("UPDATE session SET key = $9, expires_at = $10, body = $11 WHERE id = $8");

const GET: &str = "SELECT body FROM session WHERE key = $1 AND ended_at IS NULL AND expires_at > $2";

const GET_FOR: &str = "SELECT s.body, c.fingerprint FROM session s \
     LEFT JOIN consent c ON c.person = s.person AND c.client = $3 \
     WHERE s.key = $1 AND s.ended_at IS NULL AND s.expires_at > $2";

/// The lock keeps an end that runs at the same time from missing the participant.
const JOIN: &str = "WITH alive AS ( \
       SELECT id FROM session WHERE id = $5 AND ended_at IS NULL AND expires_at > $7 FOR SHARE), \
     joined AS (INSERT INTO participant (session, client) SELECT id, $6 FROM alive ON CONFLICT DO NOTHING) \
     INSERT INTO audit (at, event, reference, body) SELECT $1, $2, $3, $4::jsonb FROM alive";

const PARTICIPANTS: &str = "SELECT client FROM participant WHERE session = $1 ORDER BY client";

const END: &str = "WITH ended AS (UPDATE session SET ended_at = $6 WHERE id = $5) \
     INSERT INTO audit (at, event, reference, body) VALUES ($1, $2, $3, $4::jsonb)";

const PERSON: &str = "SELECT sealed FROM person WHERE id = $1";

#[async_trait]
impl SessionStore for Postgres {
    async fn begin(
        &self,
        person: &PersonUpsert,
        key: &Digest,
        draft: &Session,
        replaces: Option<&Digest>,
        event: SignedInEvent<'_>,
    ) -> Result<(FoundPerson, Session), StoreError> {
        let now = event(FoundPerson { id: person.new_id, first_time: true }, draft).at;
        limited(async {
            let mut transaction = self.pool.begin().await.map_err(unavailable)?;
            let found = find_or_make(&mut transaction, person).await?;
            let mut session = Session { person: found.id, ..draft.clone() };
            let goes_on = match replaces {
                None => None,
                Some(old) => replace(&mut transaction, old, found.id, now).await?,
            };
            if let Some(id) = goes_on {
                session.id = id;
            }
            let begin = with_event(if goes_on.is_some() { BEGIN_AGAIN } else { BEGIN_NEW }, &event(found, &session))?
                .bind(found.id.as_bytes().to_vec())
                .bind(person.sealed_record.clone())
                .bind(person.citizen_index.map(|index| index.as_bytes().to_vec()))
                .bind(session.id.as_bytes().to_vec())
                .bind(key.as_bytes().to_vec())
                .bind(session.expires_at.micros())
                .bind(to_json(&session)?);
            begin.execute(&mut *transaction).await.map_err(unavailable)?;
            transaction.commit().await.map_err(unavailable)?;
            Ok((found, session))
        })
        .await
    }

    async fn get(&self, key: &Digest, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let get = sqlx::query(GET).bind(key.as_bytes().as_slice()).bind(now.micros());
        let row = limited(async { get.fetch_optional(&self.pool).await.map_err(unavailable) }).await?;
        row.map(|row| json(&row, "session", "body")).transpose()
    }

    async fn get_for(
        &self,
        key: &Digest,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Option<(Session, Option<Digest>)>, StoreError> {
        let get = sqlx::query(GET_FOR).bind(key.as_bytes().as_slice()).bind(now.micros()).bind(client.as_str());
        let row = limited(async { get.fetch_optional(&self.pool).await.map_err(unavailable) }).await?;
        let Some(row) = row else { return Ok(None) };
        let accepted: Option<&[u8]> = column(&row, "consent", "fingerprint")?;
        Ok(Some((json(&row, "session", "body")?, accepted.and_then(Digest::from_slice))))
    }

    async fn join(
        &self,
        session: SessionId,
        client: &ClientId,
        now: Timestamp,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        let join = with_event(JOIN, &event)?
            .bind(session.as_bytes().to_vec())
            .bind(client.as_str().to_owned())
            .bind(now.micros());
        let done = limited(async { join.execute(&self.pool).await.map_err(unavailable) }).await?;
        Ok(done.rows_affected() > 0)
    }

    async fn end(
        &self,
        key: &Digest,
        now: Timestamp,
        event: SignedOutEvent<'_>,
    ) -> Result<Option<EndedSession>, StoreError> {
        limited(async {
            let mut transaction = self.pool.begin().await.map_err(unavailable)?;
            let Some(session) = lock(&mut transaction, key, now).await? else { return Ok(None) };
            // Read after the lock is held, so that whoever joined before the end is among them.
            let query = sqlx::query(PARTICIPANTS).bind(session.id.as_bytes().as_slice());
            let rows = query.fetch_all(&mut *transaction).await.map_err(unavailable)?;
            let participants = rows.iter().map(participant).collect::<Result<_, _>>()?;
            let end = with_event(END, &event(&session))?.bind(session.id.as_bytes().to_vec()).bind(now.micros());
            end.execute(&mut *transaction).await.map_err(unavailable)?;
            transaction.commit().await.map_err(unavailable)?;
            Ok(Some(EndedSession { session, participants }))
        })
        .await
    }

    async fn person(&self, person: PersonId) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query(PERSON).bind(person.as_bytes().as_slice());
        let row = limited(async { query.fetch_optional(&self.pool).await.map_err(unavailable) }).await?;
        row.map(|row| column(&row, "person", "sealed")).transpose()
    }
}

async fn find_or_make(connection: &mut PgConnection, person: &PersonUpsert) -> Result<FoundPerson, StoreError> {
    if let Some(id) = find(connection, person).await? {
        return Ok(FoundPerson { id, first_time: false });
    }
    let take = sqlx::query(TAKE_LINK)
        .bind(person.link.0.as_bytes().as_slice())
        .bind(person.new_id.as_bytes().as_slice())
        .bind(person.issuer.as_str());
    if take.execute(&mut *connection).await.map_err(unavailable)?.rows_affected() > 0 {
        return Ok(FoundPerson { id: person.new_id, first_time: true });
    }
    // Somebody else took it at the same moment, and links are never removed.
    let id = find(connection, person).await?.ok_or_else(|| unavailable(sqlx::Error::RowNotFound))?;
    Ok(FoundPerson { id, first_time: false })
}

async fn find(connection: &mut PgConnection, person: &PersonUpsert) -> Result<Option<PersonId>, StoreError> {
    let find = sqlx::query(FIND_LINK).bind(person.link.0.as_bytes().as_slice());
    let row = find.fetch_optional(connection).await.map_err(unavailable)?;
    row.map(|row| bytes_as(&row, "link", "person", PersonId::from_slice)).transpose()
}

/// Gives the id of a live session of the same person, which goes on; ends one of another person.
async fn replace(
    connection: &mut PgConnection,
    old: &Digest,
    person: PersonId,
    now: Timestamp,
) -> Result<Option<SessionId>, StoreError> {
    let Some(session) = lock(connection, old, now).await? else { return Ok(None) };
    if session.person == person {
        return Ok(Some(session.id));
    }
    let end = sqlx::query(END_OTHER).bind(old.as_bytes().as_slice()).bind(now.micros());
    end.execute(connection).await.map_err(unavailable)?;
    Ok(None)
}

/// The live session behind a key, which nobody else changes until the transaction ends.
async fn lock(connection: &mut PgConnection, key: &Digest, now: Timestamp) -> Result<Option<Session>, StoreError> {
    let query = sqlx::query(LOCK).bind(key.as_bytes().as_slice()).bind(now.micros());
    let row = query.fetch_optional(connection).await.map_err(unavailable)?;
    row.map(|row| json(&row, "session", "body")).transpose()
}

fn participant(row: &sqlx::postgres::PgRow) -> Result<ClientId, StoreError> {
    let name: &str = column(row, "participant", "client")?;
    ClientId::parse(name).map_err(|_| StoreError::Unreadable { table: "participant", column: "client" })
}
