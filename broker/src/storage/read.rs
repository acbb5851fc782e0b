//! From a row to the aggregate that it is, the same for both SQL databases.

use signing::{Algorithm, Digest, KeyState};
use types::ClientId;

use super::{
    AuditRow, FoundRefresh, StoreError, StoredKey,
    row::{Columns, json, moment},
};
use crate::{clients::Client, session::browser::Session};

/// A session, and what its person accepted for one application.
pub(super) fn session_for(row: &impl Columns) -> Result<(Session, Option<Digest>), StoreError> {
    let accepted = row.some_bytes("consent", "fingerprint")?.and_then(Digest::from_slice);
    Ok((json(row, "session", "body")?, accepted))
}

/// An application that takes part in a session.
pub(super) fn participant(row: &impl Columns) -> Result<ClientId, StoreError> {
    let name = row.text("participant", "client")?;
    ClientId::parse(name).map_err(|_| StoreError::Unreadable { table: "participant", column: "client" })
}

/// What a refresh token leads to.
pub(super) fn found_refresh(row: &impl Columns) -> Result<FoundRefresh, StoreError> {
    Ok(FoundRefresh {
        grant: json(row, "grant_family", "body")?,
        alive: row.flag("grant_family", "alive")?,
        used: row.flag("refresh", "used")?,
        expires_at: moment(row, "refresh", "expires_at")?,
    })
}

/// A client; one that is gone from the file is disabled beside what its registration says.
pub(super) fn client(row: &impl Columns) -> Result<Client, StoreError> {
    let mut client: Client = json(row, "client", "body")?;
    client.enabled = client.enabled && row.flag("client", "enabled")?;
    Ok(client)
}

/// A signing key.
pub(super) fn stored_key(row: &impl Columns) -> Result<StoredKey, StoreError> {
    const TABLE: &str = "signing_key";
    let unreadable = |column| StoreError::Unreadable { table: TABLE, column };
    Ok(StoredKey {
        kid: row.text(TABLE, "kid")?.to_owned(),
        algorithm: Algorithm::from_name(row.text(TABLE, "algorithm")?).ok_or(unreadable("algorithm"))?,
        state: KeyState::from_name(row.text(TABLE, "state")?).ok_or(unreadable("state"))?,
        sealed: row.bytes(TABLE, "sealed")?.to_vec(),
        created_at: moment(row, TABLE, "created_at")?,
        since: moment(row, TABLE, "since")?,
    })
}

/// An audit event as it was written.
pub(super) fn audit_row(row: &impl Columns) -> Result<AuditRow, StoreError> {
    Ok(AuditRow { sequence: row.number("audit", "sequence")?, body: row.text("audit", "body")?.to_owned() })
}
