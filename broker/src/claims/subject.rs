//! What a client knows a person and a session by.

use signing::Sealer;
use types::{ClientId, LegalEntity, Subject};

use crate::ids::{PersonId, SessionId};

/// The pairwise `sub` (OIDC Core §8.1): the same for every application of one legal entity, another for each other
/// entity, and without our key nobody can tell that two belong to one person.
#[must_use]
pub fn pairwise(sealer: &Sealer, sector: &LegalEntity, person: PersonId) -> Subject {
    Subject::new(&sealer.index("sub", &[sector.as_str(), &person.to_string()]).base64url())
}

/// `sid` of a session for one client (OIDC Back-Channel Logout §2.1).
#[must_use]
pub fn session_id(sealer: &Sealer, client: &ClientId, session: SessionId) -> String {
    sealer.index("sid", &[client.as_str(), &session.to_string()]).base64url()
}

#[cfg(test)]
mod tests {
    use clock::SeededEntropy;

    use super::*;

    #[test]
    fn two_applications_of_one_body_share_a_subject_and_two_bodies_do_not() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let entropy = SeededEntropy::new(1);
        let (an, binh) = (PersonId::random(&entropy).unwrap(), PersonId::random(&entropy).unwrap());
        let [health, school] = ["000.00.15.H19", "000.21.15.H19"].map(|code| LegalEntity::parse(code).unwrap());
        assert_eq!(pairwise(&sealer, &health, an), pairwise(&sealer, &health, an));
        assert_ne!(pairwise(&sealer, &health, an), pairwise(&sealer, &school, an));
        assert_ne!(pairwise(&sealer, &health, an), pairwise(&sealer, &health, binh));
    }
}
