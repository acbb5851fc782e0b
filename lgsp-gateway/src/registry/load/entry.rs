//! One entry of a file, with the place where its faults are reported.

use std::collections::{BTreeMap, btree_map};

use boot::settings::Section;

use crate::registry::{Validity, moment};

/// An entry that could be read.
pub(super) struct Entry<'d, T> {
    pub(super) at: Section<'d>,
    pub(super) value: T,
}

/// What was read, without its places.
pub(super) fn values<K: Ord, T>(entries: BTreeMap<K, Entry<'_, T>>) -> BTreeMap<K, T> {
    entries.into_iter().map(|(key, entry)| (key, entry.value)).collect()
}

/// Keeps an entry under its key; a second one with the same key is a fault.
pub(super) fn keep<'d, K: Ord + std::fmt::Display, T>(
    entries: &mut BTreeMap<K, Entry<'d, T>>,
    key: K,
    entry: Entry<'d, T>,
    field: &str,
) {
    match entries.entry(key) {
        btree_map::Entry::Occupied(first) => entry.at.fault(field, format!("{} is registered twice", first.key())),
        btree_map::Entry::Vacant(place) => {
            place.insert(entry);
        }
    }
}

/// `valid_from` and `valid_to`. Without a parent `valid_from` must be there; with one both default to the parent's, and an
/// entry holds no longer than its parent does.
pub(super) fn validity(section: &Section<'_>, parent: Option<Validity>) -> Option<Validity> {
    let from = section.parse_with("valid_from", moment);
    let from = match parent {
        Some(parent) => from.or(parent.from),
        None => from.required(),
    };
    let to = section.parse_with("valid_to", moment).optional();
    let (from, to) = (from?, to?);
    let own = Validity { from, to: to.or_else(|| parent.and_then(|parent| parent.to)) };
    if to.is_some_and(|to| to <= from) {
        section.fault("valid_to", "must be after valid_from");
        return None;
    }
    let Some(parent) = parent else { return Some(own) };
    let within = own.within(parent);
    if within.is_none() {
        section.fault("valid_from", "there is no time in which both this and what it belongs to hold");
    }
    within
}
