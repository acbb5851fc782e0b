//! Did the folder change? Looked at every few seconds; a good new state replaces the present one whole, a wrong one is
//! reported once and changes nothing.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use clock::{Clock, Timestamp};
use policies::CallPolicies;

use super::{
    Freshness, Live,
    load::{self, Fault, Fingerprint, Loaded},
};

/// How often a folder that was wrong is read again although nothing in it changed.
const AGAIN: Duration = Duration::from_secs(60);

/// What is said of a file in the folder whose name ends in something else than `.toml` and that no entry names.
pub const NOT_READ: &str = "is in the registry's folder and is not read: only .toml files are, and what they name";

/// Keeps the present snapshot what the folder says.
pub struct Watch {
    dir: PathBuf,
    max_age: Duration,
    policies: Arc<CallPolicies>,
    clock: Arc<dyn Clock>,
    adapters: BTreeSet<String>,
    live: Live,
    /// Held for as long as a look lasts, by whoever looks.
    looking: Mutex<Looking>,
    /// Held for a moment, by whoever looks and whoever asks.
    told: Mutex<Told>,
}

/// What is remembered between two looks.
struct Looking {
    /// The folder as it was when it was last read, good or not.
    read: Option<Fingerprint>,
    /// When that was.
    read_at: Timestamp,
    /// The folder as it was at the last look; it is read only when two looks see the same, so that a half-written state
    /// is not.
    seen: Option<Fingerprint>,
    /// The files that were read last; entries name files that lie outside the folder.
    files: Fingerprint,
}

/// What the looks have found, for whoever asks.
#[derive(Default)]
struct Told {
    /// What is wrong with the folder now, one line a fault.
    faults: Vec<String>,
    /// Files in the folder that are not read.
    unread: Vec<PathBuf>,
    loads: u64,
    failures: u64,
}

/// What one look found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Nothing new.
    Unchanged,
    /// Something is being written; the next look decides.
    Settling,
    /// A new state is in its place.
    Swapped,
    /// The files changed, and say the same as before.
    Same,
    /// The folder is wrong or cannot be read; the last good state stays.
    Kept,
}

/// How the registry stands, for readiness and metrics.
#[derive(Clone, Debug)]
pub struct Status {
    /// The version in use.
    pub version: Arc<str>,
    /// When it was read.
    pub loaded_at: Timestamp,
    /// How long ago it was last known to be what the folder says.
    pub age: Duration,
    /// Whether that is too long ago: no call is taken.
    pub expired: bool,
    /// What is wrong with the folder now, one line a fault; empty when nothing is.
    pub faults: Vec<String>,
    /// How many states were taken over since the start.
    pub loads: u64,
    /// How many looks found a folder that is wrong or cannot be read.
    pub failures: u64,
}

/// A folder that is no registry.
#[derive(Debug)]
pub struct Wrong {
    /// Every fault.
    pub faults: Vec<Fault>,
    /// Files in it that were not read.
    pub unread: Vec<PathBuf>,
}

impl Told {
    /// One line for each file that is not read and was not there at the last look.
    fn tell_unread(&mut self, unread: Vec<PathBuf>) {
        for path in unread.iter().filter(|path| !self.unread.contains(path)) {
            tracing::warn!(file = %path.display(), "{NOT_READ}");
        }
        self.unread = unread;
    }
}

impl Watch {
    /// Reads the folder for the first time.
    ///
    /// # Errors
    /// Every fault, and what was not read: a gateway does not start without a registry.
    pub fn start(
        dir: PathBuf,
        max_age: Duration,
        policies: Arc<CallPolicies>,
        clock: Arc<dyn Clock>,
        adapters: BTreeSet<String>,
    ) -> Result<Self, Wrong> {
        // Looked at before it is read: what changes in between is seen at the first look.
        let read = load::fingerprint(&dir).ok();
        let Loaded { outcome, unread, files } = load::read(&dir, &policies, clock.as_ref(), &adapters);
        let mut snapshot = match outcome {
            Ok(snapshot) => snapshot,
            Err(faults) => return Err(Wrong { faults, unread }),
        };
        snapshot.freshness = Freshness::new(clock.now(), Some(max_age));
        let read = read.map(|read| read.and_then(&files));
        let (seen, read_at) = (read.clone(), clock.now());
        let looking = Mutex::new(Looking { read, read_at, seen, files });
        tracing::info!(registry.version = %snapshot.version, "the registry is in use");
        let mut told = Told { loads: 1, ..Told::default() };
        told.tell_unread(unread);
        let (live, told) = (Live::new(snapshot), Mutex::new(told));
        Ok(Self { dir, max_age, policies, clock, adapters, live, looking, told })
    }

    /// The present snapshot, wherever it is needed.
    #[must_use]
    pub const fn live(&self) -> &Live {
        &self.live
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        // No step under this lock leaves anything half done.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks once. It reads files, so it belongs on a thread that may block.
    pub fn look(&self) -> Looked {
        let mut looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let (folder, now) = match load::fingerprint(&self.dir) {
            Ok(folder) => (folder.clone(), folder.and_now(&looking.files)),
            Err(fault) => {
                looking.read = None;
                looking.seen = None;
                return self.kept(vec![fault]);
            }
        };
        let settled = looking.seen.as_ref() == Some(&now);
        looking.seen = Some(now.clone());
        if looking.read.as_ref() == Some(&now) {
            if !self.found_wrong_again() {
                self.live.get().freshness.confirm(self.clock.now());
                return Looked::Unchanged;
            }
            // What was wrong may have been the moment and not the files.
            if self.clock.now().age_of(looking.read_at) < AGAIN {
                return Looked::Unchanged;
            }
        } else if !settled {
            return Looked::Settling;
        }
        looking.read_at = self.clock.now();
        let Loaded { outcome, unread, files } =
            load::read(&self.dir, &self.policies, self.clock.as_ref(), &self.adapters);
        if load::fingerprint(&self.dir).ok().map(|folder| folder.and_now(&looking.files)).as_ref() != Some(&now) {
            return Looked::Settling;
        }
        // A file that is named for the first time was looked at just before it was read.
        looking.read = Some(folder.and_then(&files));
        looking.files = files;
        self.told().tell_unread(unread);
        match outcome {
            Ok(snapshot) => self.take(snapshot),
            Err(faults) => self.kept(faults.iter().map(ToString::to_string).collect()),
        }
    }

    /// Whether the folder was wrong at the last look; counted, because it still is.
    fn found_wrong_again(&self) -> bool {
        let mut told = self.told();
        let wrong = !told.faults.is_empty();
        told.failures = told.failures.saturating_add(u64::from(wrong));
        wrong
    }

    fn take(&self, mut snapshot: super::Snapshot) -> Looked {
        let mut told = self.told();
        if !told.faults.is_empty() {
            tracing::info!("the registry folder is good again");
            told.faults.clear();
        }
        let now = self.clock.now();
        let present = self.live.get();
        if present.version == snapshot.version {
            present.freshness.confirm(now);
            return Looked::Same;
        }
        snapshot.freshness = Freshness::new(now, Some(self.max_age));
        tracing::info!(registry.version = %snapshot.version, registry.before = %present.version, "the registry is in use");
        self.live.swap(snapshot);
        told.loads = told.loads.saturating_add(1);
        Looked::Swapped
    }

    /// One line for each fault that was not there at the last look.
    fn kept(&self, faults: Vec<String>) -> Looked {
        let mut told = self.told();
        for fault in faults.iter().filter(|fault| !told.faults.contains(fault)) {
            tracing::error!(%fault, "the registry folder is wrong; the last good state stays in use");
        }
        told.faults = faults;
        told.failures = told.failures.saturating_add(1);
        Looked::Kept
    }

    /// Looks for as long as it is polled.
    pub async fn run(self: Arc<Self>, every: Duration) {
        // A change is seen at one look and read at the next.
        let mut ticks = tokio::time::interval(every / 2);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let this = Arc::clone(&self);
            if tokio::task::spawn_blocking(move || this.look()).await.is_err() {
                tracing::error!("a look at the registry folder failed");
            }
        }
    }

    /// Files in the folder that are not read.
    #[must_use]
    pub fn unread(&self) -> Vec<PathBuf> {
        self.told().unread.clone()
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        let now = self.clock.now();
        let snapshot = self.live.get();
        let told = self.told();
        Status {
            version: Arc::clone(&snapshot.version),
            loaded_at: snapshot.loaded_at,
            age: snapshot.freshness.age(now),
            expired: snapshot.freshness.expired(now),
            faults: told.faults.clone(),
            loads: told.loads,
            failures: told.failures,
        }
    }

    /// For readiness: calls are taken as long as the state in use is not too old. A wrong folder alone is no reason to take
    /// a gateway out of service; version, age and the first fault are told.
    ///
    /// # Errors
    /// What an operator must know.
    pub fn ready(&self) -> Result<String, String> {
        let Status { version, age, expired, faults, .. } = self.status();
        let mut told = format!("version {version}, last confirmed {} s ago", age.as_secs());
        if let Some(first) = faults.first() {
            told.push_str(&format!("; the folder has faults ({}): {first}", faults.len()));
        }
        if expired { Err(told) } else { Ok(told) }
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("dir", &self.dir).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
