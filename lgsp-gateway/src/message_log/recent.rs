//! The leaf hashes of the latest entries, in memory: checkpoints and tiles are made of them without reading the entries again.
//! They come from who writes a log alone ([`super::direct`]); where several write, or a store may lose its end, from whoever has
//! read what stands there ([`super::checkpoint`]).

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tlog::Hash;

/// How many are kept at most: more than come between two checkpoints, and no more than two mebibytes.
const MOST: usize = 65_536;

/// Leaf hashes of consecutive entries, shared by who writes, who signs and who makes tiles.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent(Arc<Mutex<Hashes>>);

#[derive(Debug, Default)]
struct Hashes {
    /// Index of the first.
    first: u64,
    hashes: VecDeque<Hash>,
}

impl Hashes {
    fn end(&self) -> u64 {
        self.first.saturating_add(u64::try_from(self.hashes.len()).unwrap_or(u64::MAX))
    }
}

impl Recent {
    fn hashes(&self) -> MutexGuard<'_, Hashes> {
        // No step in here leaves it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the leaf hash of entry `index`, which was written. One that does not come next begins anew.
    pub(super) fn push(&self, index: u64, hash: Hash) {
        let mut recent = self.hashes();
        if recent.end() != index {
            recent.hashes.clear();
            recent.first = index;
        }
        if recent.hashes.len() >= MOST {
            recent.hashes.pop_front();
            recent.first += 1;
        }
        recent.hashes.push_back(hash);
    }

    /// The leaf hashes of entries `first` to `end`; `None` when one of them is not there.
    pub(super) fn range(&self, first: u64, end: u64) -> Option<Vec<Hash>> {
        let recent = self.hashes();
        let from = usize::try_from(first.checked_sub(recent.first)?).ok()?;
        let to = usize::try_from(end.checked_sub(recent.first)?).ok()?;
        (from <= to && to <= recent.hashes.len()).then(|| recent.hashes.range(from..to).copied().collect())
    }

    /// Lets go of those before entry `index`.
    pub(super) fn forget(&self, index: u64) {
        let mut recent = self.hashes();
        let before = usize::try_from(index.saturating_sub(recent.first)).unwrap_or(usize::MAX);
        let before = before.min(recent.hashes.len());
        recent.hashes.drain(..before);
        recent.first = recent.first.saturating_add(u64::try_from(before).unwrap_or(u64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u64) -> Hash {
        Hash::leaf(&number.to_be_bytes())
    }

    fn hashes(numbers: std::ops::Range<u64>) -> Option<Vec<Hash>> {
        Some(numbers.map(hash).collect())
    }

    #[test]
    fn consecutive_hashes_are_there_until_they_are_let_go() {
        let recent = Recent::default();
        assert_eq!(recent.range(0, 1), None);
        (5..20).for_each(|index| recent.push(index, hash(index)));
        assert_eq!(recent.range(5, 20), hashes(5..20));
        assert_eq!(recent.range(7, 9), hashes(7..9));
        for (first, end) in [(4, 6), (19, 21), (9, 8)] {
            assert_eq!(recent.range(first, end), None, "{first}");
        }
        recent.forget(10);
        recent.forget(8);
        assert_eq!((recent.range(9, 12), recent.range(10, 12)), (None, hashes(10..12)));
        recent.push(20, hash(20));
        assert_eq!(recent.range(10, 21), hashes(10..21));
        recent.forget(100);
        recent.push(30, hash(30));
        assert_eq!((recent.range(20, 21), recent.range(30, 31)), (None, hashes(30..31)));
    }

    #[test]
    fn a_gap_begins_anew_and_no_more_than_the_most_are_kept() {
        let recent = Recent::default();
        (0..3).for_each(|index| recent.push(index, hash(index)));
        for index in [1, 7] {
            recent.push(index, hash(100 + index));
            assert_eq!(recent.range(index, index + 1), Some(vec![hash(100 + index)]));
            assert_eq!(recent.range(0, 1), None);
        }
        let most = u64::try_from(MOST).unwrap();
        (0..most + 2).for_each(|index| recent.push(index, hash(index)));
        assert_eq!(recent.range(1, 3), None);
        assert_eq!(recent.range(2, 4), hashes(2..4));
    }
}
