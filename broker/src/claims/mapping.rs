//! From a provider's identity to what we keep of the person.

use clock::{Entropy, Timestamp};
use contract::VerifiedIdentity;
use signing::{Sealer, SealingError};
use zeroize::Zeroizing;

use crate::{
    ids::PersonId,
    people::person::{LinkKey, PersonRecord, PersonUpsert},
};

/// The purpose a person's record is sealed for.
const RECORD: &str = "person";

/// Prepares the person for the store: link key from issuer and subject, record sealed, number indexed.
pub fn upsert(
    identity: &VerifiedIdentity,
    new_id: PersonId,
    now: Timestamp,
    sealer: &Sealer,
    entropy: &dyn Entropy,
) -> Result<PersonUpsert, SealingError> {
    let record = PersonRecord {
        profile: identity.profile.clone(),
        citizen_id: identity.citizen_id.as_ref().map(|number| number.expose().to_owned()),
        account_level: identity.account_level,
        account_type: identity.account_type,
        updated_at: now.seconds(),
    };
    let plain = Zeroizing::new(serde_json::to_vec(&record).map_err(|_| SealingError::Seal)?);
    Ok(PersonUpsert {
        link: link(sealer, &identity.issuer, &identity.subject),
        issuer: identity.issuer.clone(),
        new_id,
        sealed_record: sealer.seal(entropy, RECORD, &plain)?,
        citizen_index: identity.citizen_id.as_ref().map(|number| sealer.index("citizen", &[number.expose()])),
    })
}

/// The key to a person: what a provider calls them, under our key.
#[must_use]
pub fn link(sealer: &Sealer, issuer: &str, subject: &str) -> LinkKey {
    LinkKey(sealer.index("link", &[issuer, subject]))
}

/// Opens a record that [`upsert`] sealed.
pub fn open(sealed: &[u8], sealer: &Sealer) -> Result<PersonRecord, SealingError> {
    serde_json::from_slice(&sealer.open(RECORD, sealed)?).map_err(|_| SealingError::Open)
}
