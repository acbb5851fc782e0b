//! One state of the registry, whole and checked, and the place where the present one is found.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use arc_swap::ArcSwap;
use clock::Timestamp;
use types::{AgencyCode, ServiceId, SubsystemId};

use super::{Agency, Agreement, Service, Subsystem, Validity};

/// Of what a foreign code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MappingKind {
    /// An officer.
    Officer,
    /// A procedure.
    Procedure,
    /// An agency.
    Agency,
}

/// One state of the registry. It never changes; a call is judged by the one it met.
#[derive(Debug)]
pub struct Snapshot {
    /// SHA-256 over the files it was read from, lower-case hex.
    pub version: Arc<str>,
    /// When it was read and found good.
    pub loaded_at: Timestamp,
    /// Agencies by code.
    pub agencies: BTreeMap<AgencyCode, Agency>,
    /// Subsystems by id.
    pub subsystems: HashMap<SubsystemId, Arc<Subsystem>>,
    /// Subsystems by the key of their certificate: SHA-256 of the SubjectPublicKeyInfo, lower-case hex.
    pub by_certificate_key: HashMap<Arc<str>, Arc<Subsystem>>,
    /// Services by id.
    pub services: HashMap<ServiceId, Arc<Service>>,
    /// Our codes as foreign systems know them: by adapter, kind and our code.
    pub mappings: HashMap<(Arc<str>, MappingKind, Arc<str>), Vec<(Arc<str>, Validity)>>,
    /// Agreements by consumer and service, found at once.
    pub agreements: HashMap<(SubsystemId, ServiceId), Vec<Arc<Agreement>>>,
}

/// The present snapshot. A reader takes it once per call.
#[derive(Clone, Debug)]
pub struct Live(Arc<ArcSwap<Snapshot>>);

impl Live {
    /// Begins with this snapshot.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(snapshot)))
    }

    /// The present snapshot.
    #[must_use]
    pub fn get(&self) -> Arc<Snapshot> {
        self.0.load_full()
    }

    /// Puts a new snapshot in its place; calls under way keep theirs.
    pub fn swap(&self, snapshot: Snapshot) {
        self.0.store(Arc::new(snapshot));
    }
}
