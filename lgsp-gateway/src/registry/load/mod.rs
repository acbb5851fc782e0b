//! From a folder of files to a snapshot, or to everything that is wrong with them.
//!
//! Nothing stops at the first fault. Each file is read by [`boot::settings`], so unknown keys are faults and every fault has
//! its line; then what one file says about another is checked; and only a folder without any fault becomes a snapshot.

mod agencies;
mod agreements;
mod entry;
mod folder;
mod mappings;
mod members;
mod services;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use boot::settings::Document;
use clock::{Clock, Timestamp};
use policies::CallPolicies;

use super::{Freshness, Snapshot};
use folder::Folder;

pub use boot::settings::Fault;
pub use folder::{Fingerprint, fingerprint};

/// What the files are checked against.
struct World<'w> {
    folder: &'w Folder,
    policies: &'w CallPolicies,
    adapters: &'w BTreeSet<String>,
}

/// What came of reading a folder.
pub struct Loaded {
    /// The snapshot, or every fault of every file.
    pub outcome: Result<Snapshot, Vec<Fault>>,
    /// Files in the folder that were not read.
    pub unread: Vec<PathBuf>,
    /// Every file that was read or should have been, as it was just before: also those that lie outside the folder.
    pub files: Fingerprint,
}

/// Reads a folder, on a thread that ends with it: what reading needed for a moment goes back to the system.
pub fn read(dir: &Path, policies: &CallPolicies, clock: &dyn Clock, adapters: &BTreeSet<String>) -> Loaded {
    let reading = || std::thread::scope(|scope| scope.spawn(|| read_here(dir, policies, clock, adapters)).join());
    reading().unwrap_or_else(|_| {
        let faults = folder::fault(dir, "", "the registry could not be read to its end");
        Loaded { outcome: Err(faults), unread: Vec::new(), files: Fingerprint::default() }
    })
}

fn read_here(dir: &Path, policies: &CallPolicies, clock: &dyn Clock, adapters: &BTreeSet<String>) -> Loaded {
    let folder = Folder::read(dir);
    let world = World { folder: &folder, policies, adapters };
    let snapshot = build(&world, clock.now());
    let (unread, files) = (folder.unread(), folder.seen());
    let mut faults = Vec::new();
    for document in folder.finish() {
        if let Err(found) = document.finish(Some(())) {
            faults.extend(found.iter().cloned());
        }
    }
    let outcome = match (snapshot, faults.is_empty()) {
        (Some(snapshot), true) => Ok(snapshot),
        (None, true) => Err(folder::fault(dir, "", "the registry was not built, though no fault was found")),
        (_, false) => Err(faults),
    };
    Loaded { outcome, unread, files }
}

/// Everything is read and checked before anything is given up.
fn build(world: &World<'_>, now: Timestamp) -> Option<Snapshot> {
    let agencies = agencies::read(world.folder);
    let members = members::read(world.folder, &agencies);
    let services = services::read(world, &members);
    let agreements = agreements::read(world, &agencies, &members, &services);
    let mappings = mappings::read(world, &agencies);
    Some(Snapshot {
        version: world.folder.version().into(),
        loaded_at: now,
        freshness: Freshness::new(now, None),
        agencies: entry::values(agencies),
        by_certificate_key: members.by_certificate_key(),
        subsystems: members
            .subsystems
            .values()
            .map(|entry| (entry.value.id.clone(), Arc::clone(&entry.value)))
            .collect(),
        members: entry::values(members.members),
        services: services.into_iter().map(|(id, entry)| (id, entry.value)).collect(),
        mappings,
        agreements: agreements?,
    })
}

/// The tables `[[name]]` of these documents.
fn tables<'d>(documents: &'d [Document], name: &str) -> Vec<boot::settings::Section<'d>> {
    documents.iter().flat_map(|document| document.root().tables(name)).collect()
}

#[cfg(test)]
mod tests;
