//! One state of the registry, whole and checked, and the place where the present one is found.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use clock::Timestamp;
use types::{AgencyCode, MemberId, ServiceId, SubsystemId};

use super::{Agency, Grant, Member, Service, Subsystem, Validity};

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

/// Our codes as foreign systems know them, each for its time: by adapter, kind and our code.
pub type Mappings = HashMap<(Arc<str>, MappingKind, Arc<str>), Vec<(Arc<str>, Validity)>>;

/// When it was last known that a state is still what the folder says.
#[derive(Debug)]
pub struct Freshness {
    confirmed: AtomicI64,
    max_age: Option<Duration>,
}

impl Freshness {
    /// Confirmed now, and good for `max_age` from each confirmation on; `None` is for ever.
    #[must_use]
    pub fn new(now: Timestamp, max_age: Option<Duration>) -> Self {
        Self { confirmed: AtomicI64::new(now.micros()), max_age }
    }

    /// The folder still says so.
    pub fn confirm(&self, now: Timestamp) {
        self.confirmed.store(now.micros(), Ordering::Release);
    }

    /// How long ago that was last known.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        now.age_of(Timestamp::from_micros(self.confirmed.load(Ordering::Acquire)))
    }

    /// Whether that is too long ago to go on.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        self.max_age.is_some_and(|most| self.age(now) > most)
    }
}

/// One state of the registry. It never changes; a call is judged by the one it met.
#[derive(Debug)]
pub struct Snapshot {
    /// SHA-256 over the files it was read from, lower-case hex.
    pub version: Arc<str>,
    /// When it was read and found good.
    pub loaded_at: Timestamp,
    /// When it was last known to be what the folder says.
    pub freshness: Freshness,
    /// Agencies by code.
    pub agencies: BTreeMap<AgencyCode, Agency>,
    /// Members by id.
    pub members: BTreeMap<MemberId, Member>,
    /// Subsystems by id.
    pub subsystems: HashMap<SubsystemId, Arc<Subsystem>>,
    /// Subsystems by the key of their certificate: SHA-256 of the SubjectPublicKeyInfo, lower-case hex.
    pub by_certificate_key: HashMap<Arc<str>, Arc<Subsystem>>,
    /// Services by id.
    pub services: HashMap<ServiceId, Arc<Service>>,
    /// Foreign codes.
    pub mappings: Mappings,
    /// Agreements by consumer and service, each list in the order of their ids.
    pub agreements: HashMap<(SubsystemId, ServiceId), Vec<Grant>>,
}

/// How many successors are followed. A registry with a longer chain is refused when it is read.
pub(super) const MOST_SUCCESSORS: usize = 8;

impl Snapshot {
    /// A registry of nothing, which lets nobody in.
    #[must_use]
    pub fn empty(now: Timestamp) -> Self {
        Self {
            version: "".into(),
            loaded_at: now,
            freshness: Freshness::new(now, None),
            agencies: BTreeMap::new(),
            members: BTreeMap::new(),
            subsystems: HashMap::new(),
            by_certificate_key: HashMap::new(),
            services: HashMap::new(),
            mappings: HashMap::new(),
            agreements: HashMap::new(),
        }
    }

    /// The subsystem whose certificate has this key now.
    #[must_use]
    pub fn subsystem_of_key(&self, key: &str, now: Timestamp) -> Option<&Arc<Subsystem>> {
        let subsystem = self.by_certificate_key.get(key)?;
        let held = |(own, validity): &(Arc<str>, Validity)| **own == *key && validity.holds(now);
        (subsystem.validity.holds(now) && subsystem.certificate_keys.iter().any(held)).then_some(subsystem)
    }

    /// The agency that has the duties of this one now: itself while it exists, then its successor.
    #[must_use]
    pub fn agency_now(&self, code: &AgencyCode, now: Timestamp) -> Option<&Agency> {
        let mut agency = self.agencies.get(code)?;
        for _ in 0..MOST_SUCCESSORS {
            if agency.validity.to.is_none_or(|to| now < to) {
                break;
            }
            match &agency.successor {
                Some(successor) => agency = self.agencies.get(successor)?,
                None => break,
            }
        }
        agency.validity.holds(now).then_some(agency)
    }

    /// The service of this name as of now. A former agency's code leads to the service of the same name of its successor.
    #[must_use]
    pub fn service_now(&self, asked: &ServiceId, now: Timestamp) -> Option<&Arc<Service>> {
        let offered = |id: &ServiceId| self.services.get(id).filter(|service| service.validity.holds(now));
        if let Some(service) = offered(asked) {
            return Some(service);
        }
        let present = self.successor_of(asked.part(2), now)?;
        let id = format!("{}/{}/{present}/{}/{}", asked.part(0), asked.part(1), asked.part(3), asked.part(4));
        offered(&ServiceId::parse(&id).ok()?)
    }

    /// The subsystem of this name as of now; a former agency's code leads to the one of the same name of its successor.
    #[must_use]
    pub fn provider_now(&self, asked: &SubsystemId, now: Timestamp) -> Option<&SubsystemId> {
        let present = |id: &SubsystemId| {
            let (id, subsystem) = self.subsystems.get_key_value(id)?;
            subsystem.validity.holds(now).then_some(id)
        };
        present(asked).or_else(|| {
            let code = self.successor_of(asked.part(2), now)?;
            let id = format!("{}/{}/{code}/{}", asked.part(0), asked.part(1), asked.part(3));
            present(&SubsystemId::parse(&id).ok()?)
        })
    }

    /// Whether there is a member of this name now, or one that has its duties.
    #[must_use]
    pub fn knows_member(&self, asked: &ServiceId, now: Timestamp) -> bool {
        let known = |code: &str| {
            let id = MemberId::parse(&format!("{}/{}/{code}", asked.part(0), asked.part(1)));
            id.is_ok_and(|id| self.members.get(&id).is_some_and(|member| member.validity.holds(now)))
        };
        known(asked.part(2)) || self.successor_of(asked.part(2), now).is_some_and(|code| known(code.as_str()))
    }

    /// The code of the agency that has the duties of a former one.
    fn successor_of(&self, code: &str, now: Timestamp) -> Option<&AgencyCode> {
        let former = AgencyCode::parse(code).ok()?;
        let present = self.agency_now(&former, now)?;
        (present.code != former).then_some(&present.code)
    }

    /// The agreements between a consumer and a service, in the order of their ids.
    #[must_use]
    pub fn grants(&self, client: &SubsystemId, service: &ServiceId) -> &[Grant] {
        self.agreements.get(&(client.clone(), service.clone())).map_or(&[], Vec::as_slice)
    }

    /// One of our codes as the system behind an adapter knows it now.
    #[must_use]
    pub fn foreign_code(
        &self,
        adapter: &Arc<str>,
        kind: MappingKind,
        ours: &Arc<str>,
        now: Timestamp,
    ) -> Option<&Arc<str>> {
        let known = self.mappings.get(&(Arc::clone(adapter), kind, Arc::clone(ours)))?;
        known.iter().find(|(_, validity)| validity.holds(now)).map(|(theirs, _)| theirs)
    }
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
