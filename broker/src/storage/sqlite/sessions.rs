//! People and their browser sessions.

use async_trait::async_trait;
use clock::Timestamp;
use signing::Digest;
use types::ClientId;

use super::{
    Sqlite,
    connection::Results,
    row::{Row, bytes_as, column, json},
    script::{AUDIT, Script, Values},
};
use crate::{
    audit::AuditEvent,
    ids::{PersonId, SessionId},
    people::person::{FoundPerson, PersonUpsert},
    session::browser::Session,
    storage::{EndedSession, SessionStore, SignedInEvent, SignedOutEvent, StoreError, row::to_json},
};

/// What there is already: the person behind the link, and the session to replace.
const LOOK: Script = &[
    "SELECT person FROM link WHERE link = ?1",
    "SELECT body FROM session WHERE key = ?2 AND ended_at IS NULL AND expires_at > ?3",
];

const PUT_PERSON: &str = "INSERT INTO person (id, sealed, citizen_index) VALUES (?5, ?6, ?7) \
     ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, citizen_index = excluded.citizen_index";

const PUT_LINK: &str = "INSERT INTO link (link, person, issuer) VALUES (?8, ?5, ?9) ON CONFLICT (link) DO NOTHING";

const NEW_SESSION: &str = "INSERT INTO session (id, key, expires_at, body, person) VALUES (?10, ?11, ?12, ?13, ?5)";

const BEGIN_NEW: Script = &[PUT_PERSON, PUT_LINK, NEW_SESSION, AUDIT];

const BEGIN_AGAIN: Script =
    &[PUT_PERSON, PUT_LINK, "UPDATE session SET key = ?11, expires_at = ?12, body = ?13 WHERE id = ?10", AUDIT];

const BEGIN_INSTEAD: Script =
    &[PUT_PERSON, PUT_LINK, "UPDATE session SET ended_at = ?15 WHERE key = ?14", NEW_SESSION, AUDIT];

const GET: &str = "SELECT body FROM session WHERE key = ?1 AND ended_at IS NULL AND expires_at > ?2";

const GET_FOR: &str = "SELECT s.body, c.fingerprint FROM session s \
     LEFT JOIN consent c ON c.person = s.person AND c.client = ?3 \
     WHERE s.key = ?1 AND s.ended_at IS NULL AND s.expires_at > ?2";

const JOIN: Script = &[
    "INSERT INTO audit (at, event, reference, body) SELECT ?1, ?2, ?3, ?4 \
       WHERE EXISTS (SELECT 1 FROM session WHERE id = ?5 AND ended_at IS NULL AND expires_at > ?7) RETURNING 1",
    "INSERT INTO participant (session, client) SELECT ?5, ?6 WHERE changes() = 1 ON CONFLICT DO NOTHING",
];

const LOOK_AT_END: Script = &[
    "SELECT body FROM session WHERE key = ?1 AND ended_at IS NULL AND expires_at > ?2",
    "SELECT client FROM participant WHERE session = (SELECT id FROM session WHERE key = ?1) ORDER BY client",
];

const END: Script = &["UPDATE session SET ended_at = ?6 WHERE key = ?5", AUDIT];

const PERSON: &str = "SELECT sealed FROM person WHERE id = ?1";

/// How a session that begins stands to the one that was in the browser.
enum Before {
    Nothing,
    SamePerson(SessionId),
    AnotherPerson(SessionId),
}

#[async_trait]
impl SessionStore for Sqlite {
    async fn begin(
        &self,
        person: &PersonUpsert,
        key: &Digest,
        draft: &Session,
        replaces: Option<&Digest>,
        event: SignedInEvent<'_>,
    ) -> Result<(FoundPerson, Session), StoreError> {
        let drafted = FoundPerson { id: person.new_id, first_time: true };
        let now = event(drafted, draft).at;
        let lease = self.writer.borrow().await?;
        let values =
            Values::new().with(person.link.0.as_bytes()).with(replaces.map(Digest::as_bytes)).with(now.micros());
        let seen = lease.run(LOOK, &values)?;
        let found = found(&seen, person)?;
        let before = before(&seen, found.id)?;
        let mut session = Session { person: found.id, ..draft.clone() };
        if let Before::SamePerson(id) = before {
            session.id = id;
        }
        let values = Values::audit(&event(found, &session))?
            .with(found.id.as_bytes())
            .with(person.sealed_record.as_slice())
            .with(person.citizen_index.as_ref().map(Digest::as_bytes))
            .with(person.link.0.as_bytes())
            .with(person.issuer.as_str())
            .with(session.id.as_bytes())
            .with(key.as_bytes())
            .with(session.expires_at.micros())
            .with(to_json(&session)?);
        match before {
            Before::Nothing => lease.run(BEGIN_NEW, &values)?,
            Before::SamePerson(_) => lease.run(BEGIN_AGAIN, &values)?,
            Before::AnotherPerson(_) => {
                let values = values.with(replaces.map(Digest::as_bytes)).with(now.micros());
                lease.run(BEGIN_INSTEAD, &values)?
            }
        };
        lease.commit()?;
        self.recent.touch(found.id.as_bytes());
        if let Some(old) = replaces {
            self.recent.touch(old.as_bytes());
        }
        if let Before::AnotherPerson(ended) = before {
            self.recent.touch(ended.as_bytes());
        }
        Ok((found, session))
    }

    async fn get(&self, key: &Digest, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let values = Values::new().with(key.as_bytes()).with(now.micros());
        let row = self.readers.one(GET, &values)?;
        row.map(|row| json(&row, "session", "body")).transpose()
    }

    async fn get_for(
        &self,
        key: &Digest,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Option<(Session, Option<Digest>)>, StoreError> {
        if let Some(known) = self.recent.session(key, client, now) {
            return Ok(Some(known));
        }
        let moves = self.recent.moves();
        let values = Values::new().with(key.as_bytes()).with(now.micros()).with(client.as_str());
        let Some(row) = self.readers.one(GET_FOR, &values)? else { return Ok(None) };
        let accepted: Option<&[u8]> = column(&row, "consent", "fingerprint")?;
        let session: Session = json(&row, "session", "body")?;
        let read = (session, accepted.and_then(Digest::from_slice));
        let things = [key.as_bytes().as_slice(), read.0.id.as_bytes(), read.0.person.as_bytes()];
        if let Some(rests_on) = self.recent.note_since(moves, things) {
            self.recent.keep_session(key, client, read.clone(), rests_on);
        }
        Ok(Some(read))
    }

    async fn join(
        &self,
        session: SessionId,
        client: &ClientId,
        now: Timestamp,
        event: AuditEvent,
    ) -> Result<bool, StoreError> {
        let values = Values::audit(&event)?.with(session.as_bytes()).with(client.as_str()).with(now.micros());
        let results = self.writer.run(JOIN, values).await?;
        Ok(results.iter().flatten().next().is_some())
    }

    async fn end(
        &self,
        key: &Digest,
        now: Timestamp,
        event: SignedOutEvent<'_>,
    ) -> Result<Option<EndedSession>, StoreError> {
        let lease = self.writer.borrow().await?;
        let values = Values::new().with(key.as_bytes()).with(now.micros());
        let seen = lease.run(LOOK_AT_END, &values)?;
        let Some(row) = seen.first().and_then(|rows| rows.first()) else { return Ok(None) };
        let session: Session = json(row, "session", "body")?;
        let participants = seen.get(1).into_iter().flatten().map(participant).collect::<Result<_, _>>()?;
        let values = Values::audit(&event(&session))?.with(key.as_bytes()).with(now.micros());
        lease.run(END, &values)?;
        lease.commit()?;
        self.recent.touch(key.as_bytes());
        self.recent.touch(session.id.as_bytes());
        Ok(Some(EndedSession { session, participants }))
    }

    async fn person(&self, person: PersonId) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.readers.one(PERSON, &Values::new().with(person.as_bytes()))?;
        row.map(|row| column(&row, "person", "sealed")).transpose()
    }
}

fn found(seen: &Results, person: &PersonUpsert) -> Result<FoundPerson, StoreError> {
    match seen.first().and_then(|rows| rows.first()) {
        None => Ok(FoundPerson { id: person.new_id, first_time: true }),
        Some(row) => {
            let id = bytes_as(row, "link", "person", PersonId::from_slice)?;
            Ok(FoundPerson { id, first_time: false })
        }
    }
}

fn before(seen: &Results, person: PersonId) -> Result<Before, StoreError> {
    let Some(row) = seen.get(1).and_then(|rows| rows.first()) else { return Ok(Before::Nothing) };
    let session: Session = json(row, "session", "body")?;
    Ok(if session.person == person { Before::SamePerson(session.id) } else { Before::AnotherPerson(session.id) })
}

fn participant(row: &Row) -> Result<ClientId, StoreError> {
    let name: &str = column(row, "participant", "client")?;
    ClientId::parse(name).map_err(|_| StoreError::Unreadable { table: "participant", column: "client" })
}
