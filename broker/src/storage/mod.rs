//! Ports to what is kept, and the outcomes they can have. Nothing outside this room names a database.
//!
//! Three rules hold for every implementation, and `conformance` checks them: single use is one atomic act; an audit
//! event is written in the same transaction as what it tells; a store that cannot answer says so with
//! [`StoreError`], which never means yes.

mod cluster;
#[cfg(test)]
mod conformance;
mod open;
mod postgres;
mod redis;
mod row;
mod schema;
mod sqlite;

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use clock::Timestamp;
use signing::{Algorithm, Digest, KeyState};
use types::ClientId;

use crate::{
    audit::AuditEvent,
    clients::Client,
    grant::{Grant, PendingGrant},
    ids::{GrantId, PersonId, SessionId, TokenId},
    people::person::{FoundPerson, PersonUpsert},
    session::browser::Session,
};

pub use self::open::{StorageSettings, open, open_keys};

/// How long after its expiry a code is remembered, so that a late replay still ends the family.
pub const KEEP_SPENT_CODES: Duration = Duration::from_secs(10 * 60);

/// How long after their expiry sessions, grants and refresh tokens are kept, for those who look into an incident.
pub const KEEP_ENDED: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long the grave of a grant that was revoked before it opened is kept: far longer than any code lives.
const KEEP_GRAVES: Duration = Duration::from_secs(24 * 3600);

/// Why a store gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or refused to work; the caller must refuse too.
    #[error("the store is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row does not read as what it must be.
    #[error("unreadable row in {table}.{column}")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The database is newer than this program, or a migration failed.
    #[error("the schema is not the one this program works with")]
    Schema(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another process uses this embedded store.
    #[error("another process uses this embedded store; several replicas need Postgres and Redis")]
    InUse,
}

/// A login attempt as stores see it: bytes that only `login` reads.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginRecord(pub Vec<u8>);

impl fmt::Debug for LoginRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoginRecord({} bytes)", self.0.len())
    }
}

/// Login attempts, each under the SHA-256 of an unguessable handle, for minutes.
#[async_trait]
pub trait LoginStore: Send + Sync {
    /// Keeps the attempt until `expires_at`, in place of one that is kept under this handle.
    async fn keep(&self, handle: &Digest, record: LoginRecord, expires_at: Timestamp) -> Result<(), StoreError>;

    /// Reads the attempt and leaves it there; `None` when unknown, taken or expired.
    async fn peek(&self, handle: &Digest, now: Timestamp) -> Result<Option<LoginRecord>, StoreError>;

    /// Takes the attempt out. Of any number of concurrent calls at most one gets it.
    async fn take(&self, handle: &Digest, now: Timestamp) -> Result<Option<LoginRecord>, StoreError>;
}

/// What came of spending a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spend {
    /// The first use.
    Fresh(Box<PendingGrant>),
    /// It was spent before: the family that came of it must end (RFC 6749 §4.1.2).
    Replayed(GrantId),
    /// It was never spent and is now too old.
    Expired,
    /// No such code.
    Unknown,
}

/// Authorization codes and their single use. Codes are known here only by their SHA-256.
#[async_trait]
pub trait CodeStore: Send + Sync {
    /// Keeps what the code stands for until `pending.expires_at`.
    async fn keep(&self, code: &Digest, pending: &PendingGrant) -> Result<(), StoreError>;

    /// Takes the grant out. Of any number of concurrent calls exactly one gets `Fresh`. A spent code is remembered as
    /// such for at least ten minutes after its expiry.
    async fn spend(&self, code: &Digest, now: Timestamp) -> Result<Spend, StoreError>;
}

/// Things that may be seen once: assertion ids (`jti`).
#[async_trait]
pub trait OnceStore: Send + Sync {
    /// Whether this is the first use; the key is remembered until `expires_at`, across restarts.
    async fn first_use(&self, key: &Digest, expires_at: Timestamp, now: Timestamp) -> Result<bool, StoreError>;
}

/// Makes the audit event once the store knows who the person is and which session it became.
pub type SignedInEvent<'a> = &'a (dyn Fn(FoundPerson, &Session) -> AuditEvent + Send + Sync);

/// Makes the audit event once the store knows which session ended.
pub type SignedOutEvent<'a> = &'a (dyn Fn(&Session) -> AuditEvent + Send + Sync);

/// A session that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedSession {
    /// The session as it was.
    pub session: Session,
    /// The applications that took part.
    pub participants: Vec<ClientId>,
}

/// People, found or made by link, and their browser sessions, known by the SHA-256 of the cookie.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// In one transaction: finds or makes the person (two first sign-ins of one person at once make one person),
    /// replaces their sealed record, begins the session under `key` and writes the event.
    ///
    /// `draft.person` is filled in by the store. When `replaces` names a live session of the same person, that session
    /// goes on under the new key with its own id, participants and grants, and the draft's levels and times; the old
    /// key is dead. A live session of another person ends there, with all its grants. What is alive is decided at the
    /// moment the event bears, so `event` is also called for that and must do nothing but make the event.
    async fn begin(
        &self,
        person: &PersonUpsert,
        key: &Digest,
        draft: &Session,
        replaces: Option<&Digest>,
        event: SignedInEvent<'_>,
    ) -> Result<(FoundPerson, Session), StoreError>;

    /// The live session behind the cookie: not ended, not expired.
    async fn get(&self, key: &Digest, now: Timestamp) -> Result<Option<Session>, StoreError>;

    /// The same, with what its person accepted for this application, in one round trip.
    async fn get_for(
        &self,
        key: &Digest,
        client: &ClientId,
        now: Timestamp,
    ) -> Result<Option<(Session, Option<Digest>)>, StoreError>;

    /// Notes that the application takes part, with its event. `false` when the session is no longer alive; then nothing
    /// is written.
    async fn join(
        &self,
        session: SessionId,
        client: &ClientId,
        now: Timestamp,
        event: AuditEvent,
    ) -> Result<bool, StoreError>;

    /// Ends the session and revokes all grants made in it, in one transaction. `None` when there is none alive.
    async fn end(
        &self,
        key: &Digest,
        now: Timestamp,
        event: SignedOutEvent<'_>,
    ) -> Result<Option<EndedSession>, StoreError>;

    /// The sealed record of a person.
    async fn person(&self, person: PersonId) -> Result<Option<Vec<u8>>, StoreError>;
}

/// What a person accepted on an information or consent page.
#[async_trait]
pub trait ConsentStore: Send + Sync {
    /// Whether exactly this (`fingerprint` of application, purpose and claims) was accepted and not refused since.
    async fn accepted(&self, person: PersonId, client: &ClientId, fingerprint: &Digest) -> Result<bool, StoreError>;

    /// Records an acceptance, which replaces the one before, with its event.
    async fn accept(
        &self,
        person: PersonId,
        client: &ClientId,
        fingerprint: &Digest,
        now: Timestamp,
        event: AuditEvent,
    ) -> Result<(), StoreError>;
}

/// A refresh token as stores see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewRefresh {
    /// SHA-256 of the value.
    pub hash: Digest,
    /// When it dies.
    pub expires_at: Timestamp,
}

/// What a refresh token leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRefresh {
    /// The grant, alive or not.
    pub grant: Grant,
    /// Whether the grant is alive: not revoked, not expired, its session not ended or expired.
    pub alive: bool,
    /// Whether this token was rotated away before.
    pub used: bool,
    /// When the token dies.
    pub expires_at: Timestamp,
}

/// What came of a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// This call rotated it.
    Rotated,
    /// It had been rotated before; the grant is now revoked.
    Reused,
    /// Unknown, expired, or its grant is not alive.
    Gone,
}

/// Grants, their refresh tokens, and tokens that were revoked one by one.
#[async_trait]
pub trait GrantStore: Send + Sync {
    /// Opens the grant with its event. `false`, and nothing is written, when its session is not alive or the grant was
    /// opened before. A grant that `revoke` met first opens too, and is never alive: of many uses of a code the one that
    /// was first is answered, however soon the others end what it got.
    async fn open(
        &self,
        grant: &Grant,
        refresh: Option<NewRefresh>,
        now: Timestamp,
        event: AuditEvent,
    ) -> Result<bool, StoreError>;

    /// The grant if it is alive: not revoked, not expired, its session not ended or expired.
    async fn get(&self, grant: GrantId, now: Timestamp) -> Result<Option<Grant>, StoreError>;

    /// What a refresh token leads to.
    async fn find_refresh(&self, hash: &Digest, now: Timestamp) -> Result<Option<FoundRefresh>, StoreError>;

    /// Replaces a refresh token, with its event. Of any number of concurrent calls exactly one gets `Rotated`; every
    /// other, then or later, gets `Reused`, revokes the grant and writes `reuse` instead, all in one transaction.
    async fn rotate(
        &self,
        old: &Digest,
        new: NewRefresh,
        now: Timestamp,
        rotated: AuditEvent,
        reuse: AuditEvent,
    ) -> Result<Rotation, StoreError>;

    /// Revokes the grant and with it every token of the family, with its event. Revoking twice is no error. A grant
    /// that is not there yet is revoked for ever: a later `open` of this id does not bring it to life.
    async fn revoke(&self, grant: GrantId, now: Timestamp, event: AuditEvent) -> Result<(), StoreError>;

    /// Revokes one access token until it would have expired, with its event.
    async fn revoke_token(&self, token: TokenId, until: Timestamp, event: AuditEvent) -> Result<(), StoreError>;

    /// What a release rests on: the grant if it and the token are alive, and its person's sealed record. One round trip.
    async fn release(
        &self,
        token: TokenId,
        grant: GrantId,
        now: Timestamp,
    ) -> Result<Option<(Grant, Vec<u8>)>, StoreError>;

    /// Whether an access token is good: itself not revoked and its grant, when it has one, alive. One round trip.
    async fn token_alive(&self, token: TokenId, grant: Option<GrantId>, now: Timestamp) -> Result<bool, StoreError>;
}

/// Registered clients.
#[async_trait]
pub trait ClientStore: Send + Sync {
    /// Makes the store hold exactly these clients; the ones that are gone are disabled, not forgotten.
    async fn replace_all(&self, clients: &[Client], now: Timestamp) -> Result<(), StoreError>;

    /// A client, enabled or not.
    async fn get(&self, id: &ClientId) -> Result<Option<Client>, StoreError>;
}

/// A signing key as stores see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// RFC 7638 thumbprint.
    pub kid: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// Where it stands in its life.
    pub state: KeyState,
    /// PKCS #8, sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is in its state.
    pub since: Timestamp,
}

/// Signing keys, sealed. At every moment each algorithm has at most one key that is announced, and one that signs.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Adds each key unless a key of its algorithm exists, in one transaction, and gives all keys there are then, oldest
    /// first. Replicas that start together end up with the same keys.
    async fn add_first(&self, keys: &[StoredKey]) -> Result<Vec<StoredKey>, StoreError>;

    /// All keys, oldest first.
    async fn all(&self) -> Result<Vec<StoredKey>, StoreError>;

    /// Adds an announced key, with its event. `false`, and nothing is written, when one of its algorithm is announced.
    async fn announce(&self, key: &StoredKey, event: AuditEvent) -> Result<bool, StoreError>;

    /// Lets an announced key sign from `now` on and the one that signed retire, in one transaction, with its event.
    /// `false`, and nothing is written, when the key is not announced, or not since `announced_by`. Of any number of
    /// concurrent calls at most one gets `true`.
    async fn activate(
        &self,
        kid: &str,
        announced_by: Timestamp,
        now: Timestamp,
        event: AuditEvent,
    ) -> Result<bool, StoreError>;

    /// Removes a key, with its event. `false`, and nothing is written, when there is none, when it signs, or when it
    /// retires and does not do so since `retiring_by`.
    async fn remove(&self, kid: &str, retiring_by: Timestamp, event: AuditEvent) -> Result<bool, StoreError>;
}

/// The signing keys of a store that a running broker may have open, for an operator's act beside it.
pub struct KeyCabinet {
    /// The keys.
    pub keys: Arc<dyn KeyStore>,
    /// Closes it.
    pub care: Arc<dyn StoreCare>,
}

/// One audit row as read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place in the order of writing.
    pub sequence: i64,
    /// The event as JSON.
    pub body: String,
}

/// Audit events that stand alone, and reading them back.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Writes the event.
    async fn append(&self, event: AuditEvent) -> Result<(), StoreError>;

    /// Rows after `sequence`, oldest first, at most `limit`.
    async fn read_after(&self, sequence: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError>;
}

/// What keeps the stores small and says whether they work.
#[async_trait]
pub trait StoreCare: Send + Sync {
    /// Removes what has expired, in small steps; gives how many rows went. Audit is never swept.
    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError>;

    /// Whether every part can be written to now.
    async fn ready(&self) -> Result<(), StoreError>;

    /// Finishes what is waiting and closes.
    async fn close(&self);
}

/// Every store, by its port.
#[derive(Clone)]
pub struct Stores {
    /// Login attempts.
    pub logins: Arc<dyn LoginStore>,
    /// Codes.
    pub codes: Arc<dyn CodeStore>,
    /// Assertion ids.
    pub once: Arc<dyn OnceStore>,
    /// People and sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Acceptances.
    pub consents: Arc<dyn ConsentStore>,
    /// Grants and refresh tokens.
    pub grants: Arc<dyn GrantStore>,
    /// Clients.
    pub clients: Arc<dyn ClientStore>,
    /// Signing keys.
    pub keys: Arc<dyn KeyStore>,
    /// Audit.
    pub audit: Arc<dyn AuditStore>,
    /// Sweeping and readiness.
    pub care: Arc<dyn StoreCare>,
}
