//! The leaf hashes of the latest entries, in memory: checkpoints and tiles are made of them without reading the entries again.
//! They come from whoever wrote them ([`super::direct`], [`super::writer`]). Where several write one log, those of the others are read
//! from the store ([`super::checkpoint`]); where a store lost its end, what we remember of it makes another tree than the store
//! tells, and is read again before anything is signed.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tlog::Hash;

/// How many are kept at most: more than come between two checkpoints, and hardly more than two mebibytes.
const MOST: usize = 65_536;

/// Leaf hashes of the latest entries, shared by who writes, who signs and who makes tiles.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent(Arc<Mutex<Hashes>>);

#[derive(Debug, Default)]
struct Hashes {
    /// How far the log is signed: what lies before this can be no other any more.
    signed: u64,
    /// Index of the first.
    first: u64,
    /// `None` where another wrote.
    hashes: VecDeque<Option<Hash>>,
}

impl Hashes {
    /// Where entry `index` has its place, which is made when it lies behind the others; `None` when it lies before them.
    fn place(&mut self, index: u64) -> Option<usize> {
        let far = self.first.saturating_add(u64::try_from(self.hashes.len() + MOST).unwrap_or(u64::MAX));
        if self.hashes.is_empty() || index >= far {
            self.hashes.clear();
            self.first = index;
        }
        let place = usize::try_from(index.checked_sub(self.first)?).ok()?;
        if place >= self.hashes.len() {
            self.hashes.resize(place + 1, None);
        }
        let over = self.hashes.len().saturating_sub(MOST);
        self.hashes.drain(..over);
        self.first = self.first.saturating_add(u64::try_from(over).unwrap_or_default());
        place.checked_sub(over)
    }

    fn put(&mut self, index: u64, hash: Hash) {
        if let Some(slot) = self.place(index).and_then(|place| self.hashes.get_mut(place)) {
            *slot = Some(hash);
        }
    }
}

impl Recent {
    fn hashes(&self) -> MutexGuard<'_, Hashes> {
        // No step in here leaves it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the leaf hashes of entries that we wrote from `first` on. Whatever is remembered behind them is let go: a log that
    /// fell back is written again from there, and what another wrote since is read again.
    pub(super) fn written(&self, first: u64, leaves: &[Hash]) {
        let mut recent = self.hashes();
        if first < recent.signed {
            return;
        }
        let before = usize::try_from(first.saturating_sub(recent.first)).unwrap_or(usize::MAX);
        recent.hashes.truncate(before);
        (first..).zip(leaves).for_each(|(index, hash)| recent.put(index, *hash));
    }

    /// Keeps the leaf hashes of entries that were read from `first` on.
    pub(super) fn read(&self, first: u64, leaves: &[Hash]) {
        let mut recent = self.hashes();
        (first..).zip(leaves).for_each(|(index, hash)| recent.put(index, *hash));
    }

    /// Notes that the log is signed to here, with these leaf hashes.
    pub(super) fn signed(&self, size: u64) {
        self.hashes().signed = size;
    }

    /// The leaf hashes of entries `first` to `end`; `None` when one of them is not there.
    pub(super) fn range(&self, first: u64, end: u64) -> Option<Vec<Hash>> {
        let recent = self.hashes();
        let from = usize::try_from(first.checked_sub(recent.first)?).ok()?;
        let to = usize::try_from(end.checked_sub(recent.first)?).ok()?;
        if from > to || to > recent.hashes.len() {
            return None;
        }
        recent.hashes.range(from..to).copied().collect()
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

    fn hashes(numbers: std::ops::Range<u64>) -> Vec<Hash> {
        numbers.map(hash).collect()
    }

    #[test]
    fn consecutive_hashes_are_there_until_they_are_let_go() {
        let recent = Recent::default();
        assert_eq!(recent.range(0, 1), None);
        (5..20).for_each(|index| recent.written(index, &[hash(index)]));
        assert_eq!(recent.range(5, 20), Some(hashes(5..20)));
        assert_eq!(recent.range(7, 9), Some(hashes(7..9)));
        for (first, end) in [(4, 6), (19, 21), (9, 8)] {
            assert_eq!(recent.range(first, end), None, "{first}");
        }
        recent.forget(10);
        recent.forget(8);
        assert_eq!((recent.range(9, 12), recent.range(10, 12)), (None, Some(hashes(10..12))));
        recent.written(20, &hashes(20..22));
        assert_eq!(recent.range(10, 22), Some(hashes(10..22)));
        recent.forget(100);
        recent.written(30, &[hash(30)]);
        assert_eq!((recent.range(21, 22), recent.range(30, 31)), (None, Some(hashes(30..31))));
    }

    #[test]
    fn what_others_wrote_is_a_gap_until_it_was_read() {
        let recent = Recent::default();
        recent.written(3, &hashes(3..5));
        recent.written(8, &hashes(8..9));
        assert_eq!(
            (recent.range(3, 5), recent.range(3, 9), recent.range(8, 9)),
            (Some(hashes(3..5)), None, Some(hashes(8..9)))
        );
        recent.read(5, &hashes(5..8));
        assert_eq!(recent.range(3, 9), Some(hashes(3..9)));
        // What lies before all that is kept is not taken up again.
        recent.read(1, &hashes(1..4));
        assert_eq!((recent.range(1, 4), recent.range(3, 9)), (None, Some(hashes(3..9))));
        recent.read(8, &hashes(8..12));
        assert_eq!(recent.range(3, 12), Some(hashes(3..12)));
    }

    #[test]
    fn a_log_that_fell_back_is_written_again_from_there() {
        let recent = Recent::default();
        recent.written(0, &hashes(0..9));
        recent.written(4, &hashes(104..105));
        assert_eq!((recent.range(0, 5), recent.range(5, 6)), (Some([hashes(0..4), hashes(104..105)].concat()), None));
        // What we remember of an end that another filled again gives way to what was read.
        recent.read(2, &hashes(202..204));
        assert_eq!(recent.range(0, 5), Some([hashes(0..2), hashes(202..204), hashes(104..105)].concat()));
        recent.written(0, &hashes(300..301));
        assert_eq!((recent.range(0, 1), recent.range(1, 2)), (Some(hashes(300..301)), None));
    }

    #[test]
    fn what_is_signed_is_not_written_again() {
        let recent = Recent::default();
        recent.written(0, &hashes(0..4));
        recent.signed(3);
        recent.written(2, &hashes(102..104));
        assert_eq!(recent.range(0, 4), Some(hashes(0..4)));
        recent.written(3, &hashes(103..104));
        assert_eq!(recent.range(0, 4), Some([hashes(0..3), hashes(103..104)].concat()));
    }

    #[test]
    fn no_more_than_the_most_are_kept() {
        let recent = Recent::default();
        let most = u64::try_from(MOST).unwrap();
        recent.written(0, &hashes(0..most + 2));
        assert_eq!((recent.range(1, 3), recent.range(2, 4)), (None, Some(hashes(2..4))));
        recent.written(3 * most, &hashes(7..8));
        assert_eq!((recent.range(most, most + 1), recent.range(3 * most, 3 * most + 1)), (None, Some(hashes(7..8))));
        recent.written(3 * most + 9, &hashes(9..10));
        assert_eq!(recent.range(3 * most, 3 * most + 1), Some(hashes(7..8)));
    }
}
