//! How a key comes and goes, as an operator's acts: announced, so that clients fetch it; signing, while the one before it
//! retires; and gone, once everything it signed has expired. At no moment is there none that signs.

use std::{sync::Arc, time::Duration};

use clock::{Clock, Entropy, Timestamp, entropy::EntropyError};
use signing::{Algorithm, KeyState, Sealer};

use super::keys::{self, JWKS_MAX_AGE, KeysError, LONGEST_LIFE};
use crate::{
    audit::{AuditEvent, AuditKind},
    ids::Reference,
    storage::{KeyStore, StoreError, StoredKey},
};

/// How much longer than it must a key is announced and retires: until every replica has read it, and for their clocks.
const SLACK: Duration = Duration::from_secs(5);

/// Whether a key must have been announced, or have retired, long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// It must.
    Wait,
    /// It need not: for a key that somebody else may know.
    Force,
}

/// Why a key is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The keys cannot be had.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The store gave no answer.
    #[error("the store gave no answer")]
    Store(#[from] StoreError),
    /// No random bytes.
    #[error("no random bytes")]
    Entropy(#[from] EntropyError),
    /// There is no such key.
    #[error("there is no key {0}")]
    Unknown(String),
    /// A key of this algorithm waits already.
    #[error("a key of {0} is announced already; activate or retire it first")]
    AlreadyAnnounced(Algorithm),
    /// Only an announced key can be activated.
    #[error("the key is {}, and only an announced key can be activated", .0.name())]
    NotAnnounced(KeyState),
    /// Clients may not have seen it yet.
    #[error("clients may keep what they know of our keys until {0}; only then, or with --force, it may sign")]
    TooEarly(Timestamp),
    /// The key that signs cannot go.
    #[error("the key signs; activate another one of its algorithm first")]
    Signs,
    /// Something it signed may still count.
    #[error("what the key signed may count until {0}; only then, or with --force, it may go")]
    StillNeeded(Timestamp),
    /// Somebody else acted at the same moment.
    #[error("the keys were changed by somebody else at this moment; look at them again")]
    Changed,
}

/// The keys in the store, and what an operator may do to them.
#[derive(Clone)]
pub struct Keys {
    /// Where they are kept.
    pub store: Arc<dyn KeyStore>,
    /// Seals them.
    pub sealer: Arc<Sealer>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives chance.
    pub entropy: Arc<dyn Entropy>,
}

/// When a key that is announced may sign, or one that retires may go. `None` for one that signs.
#[must_use]
pub fn due(key: &StoredKey) -> Option<Timestamp> {
    match key.state {
        KeyState::Announced => Some(key.since.plus(JWKS_MAX_AGE).plus(SLACK)),
        KeyState::Signing => None,
        KeyState::Retiring => Some(key.since.plus(LONGEST_LIFE).plus(SLACK)),
    }
}

impl Keys {
    /// Makes a key and announces it.
    pub async fn announce(&self, algorithm: Algorithm) -> Result<StoredKey, RotationError> {
        // Under another root key the brokers could not open it: that shows at the keys there are.
        keys::prepare(&self.store.all().await?, &self.sealer)?;
        let now = self.clock.now();
        let key = keys::make(algorithm, KeyState::Announced, &self.sealer, now, &*self.entropy)?;
        let event = self.event(AuditKind::KeyAnnounced { kid: key.kid.clone(), algorithm })?;
        if self.store.announce(&key, event).await? { Ok(key) } else { Err(RotationError::AlreadyAnnounced(algorithm)) }
    }

    /// Lets an announced key sign; the one that signed retires.
    pub async fn activate(&self, kid: &str, haste: Haste) -> Result<(), RotationError> {
        let all = self.store.all().await?;
        let key = find(&all, kid)?;
        if key.state != KeyState::Announced {
            return Err(RotationError::NotAnnounced(key.state));
        }
        let now = self.clock.now();
        let early = due(key).filter(|due| now < *due);
        if let (Some(due), Haste::Wait) = (early, haste) {
            return Err(RotationError::TooEarly(due));
        }
        let former = all.iter().find(|other| other.state == KeyState::Signing && other.algorithm == key.algorithm);
        let kind = AuditKind::KeyActivated {
            kid: kid.to_owned(),
            algorithm: key.algorithm,
            former: former.map(|former| former.kid.clone()),
            early: early.is_some(),
        };
        // Looked at once more where it is done, so that nobody comes between.
        let happened = self.store.activate(kid, key.since, now, self.event(kind)?).await?;
        if happened { Ok(()) } else { Err(RotationError::Changed) }
    }

    /// Removes a key that retires, or takes back one that was only announced.
    pub async fn retire(&self, kid: &str, haste: Haste) -> Result<(), RotationError> {
        let all = self.store.all().await?;
        let key = find(&all, kid)?;
        if key.state == KeyState::Signing {
            return Err(RotationError::Signs);
        }
        let early = due(key).filter(|due| key.state == KeyState::Retiring && self.clock.now() < *due);
        if let (Some(due), Haste::Wait) = (early, haste) {
            return Err(RotationError::StillNeeded(due));
        }
        if self.remove(key, early.is_some()).await? { Ok(()) } else { Err(RotationError::Changed) }
    }

    /// Removes every key of which nothing counts any more; gives how many went.
    pub async fn remove_due(&self) -> Result<usize, RotationError> {
        let now = self.clock.now();
        let mut removed = 0;
        for key in self.store.all().await? {
            let is_due = key.state == KeyState::Retiring && due(&key).is_some_and(|due| due <= now);
            // Of several replicas one removes it.
            if is_due && self.remove(&key, false).await? {
                tracing::info!(key.id = %key.kid, "a signing key went: everything it signed has expired");
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn remove(&self, key: &StoredKey, early: bool) -> Result<bool, RotationError> {
        let kind = AuditKind::KeyRemoved { kid: key.kid.clone(), algorithm: key.algorithm, early };
        Ok(self.store.remove(&key.kid, key.since, self.event(kind)?).await?)
    }

    fn event(&self, kind: AuditKind) -> Result<AuditEvent, EntropyError> {
        let at = self.clock.now();
        Ok(AuditEvent { at, reference: Reference::make(at, &*self.entropy)?, kind })
    }
}

fn find<'k>(all: &'k [StoredKey], kid: &str) -> Result<&'k StoredKey, RotationError> {
    all.iter().find(|key| key.kid == kid).ok_or_else(|| RotationError::Unknown(kid.to_owned()))
}
