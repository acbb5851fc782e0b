//! How many of something does each have at the moment? Counted for as long as the something is there.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The numbers; who has none is not in it.
#[derive(Debug)]
pub(super) struct Counts<K>(Mutex<HashMap<K, usize>>);

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K> Counts<K> {
    fn each(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        // No step in here leaves it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl<K> Counts<K> {
    /// Whether nobody has one.
    pub(super) fn is_empty(&self) -> bool {
        self.each().is_empty()
    }
}

impl<K: Clone + Eq + Hash> Counts<K> {
    /// Counts one more of `key`, unless it has `most` already.
    pub(super) fn count(self: &Arc<Self>, key: &K, most: usize) -> Option<Counted<K>> {
        let mut each = self.each();
        match each.get_mut(key) {
            Some(own) if *own >= most => return None,
            Some(own) => *own += 1,
            None if most == 0 => return None,
            None => drop(each.insert(key.clone(), 1)),
        }
        Some(Counted { counts: Arc::clone(self), key: key.clone() })
    }
}

/// One that is counted until this is dropped.
#[derive(Debug)]
pub(super) struct Counted<K: Eq + Hash> {
    counts: Arc<Counts<K>>,
    key: K,
}

impl<K: Eq + Hash> Drop for Counted<K> {
    fn drop(&mut self) {
        let mut each = self.counts.each();
        if let Some(own) = each.get_mut(&self.key) {
            *own -= 1;
            if *own == 0 {
                each.remove(&self.key);
            }
        }
    }
}
