//! The sealed evidence of a batch: one piece for each entry that has any, found by the entry's place in the batch.

use tlog::Entries;

use super::Batch;

/// Adds the sealed evidence of one entry to that of its batch: which entry of the batch it belongs to and its length, each
/// as four bytes, big-endian, and the sealed bytes.
pub fn push(evidence: &mut Vec<u8>, place: u32, sealed: &[u8]) {
    evidence.extend_from_slice(&place.to_be_bytes());
    evidence.extend_from_slice(&u32::try_from(sealed.len()).unwrap_or(u32::MAX).to_be_bytes());
    evidence.extend_from_slice(sealed);
}

/// The sealed evidence of a batch, in order: the place of the entry in the batch, and the bytes. An error ends it.
pub struct Frames<'a>(&'a [u8]);

impl<'a> Frames<'a> {
    /// Reads the evidence of a batch.
    #[must_use]
    pub const fn of(evidence: &'a [u8]) -> Self {
        Self(evidence)
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<(u32, &'a [u8]), Cut>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let read = |bytes: &'a [u8]| {
            let (place, rest) = bytes.split_first_chunk::<4>()?;
            let (length, rest) = rest.split_first_chunk::<4>()?;
            let (sealed, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
            Some((u32::from_be_bytes(*place), sealed, rest))
        };
        let frame = read(self.0);
        self.0 = frame.map_or(&[], |(_, _, rest)| rest);
        Some(frame.map(|(place, sealed, _)| (place, sealed)).ok_or(Cut))
    }
}

/// The evidence of a batch ends within a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the evidence of a batch ends within a piece")]
pub struct Cut;

/// The sealed evidence of one entry of a batch.
#[must_use]
pub fn of_entry(evidence: &[u8], place: u32) -> Option<&[u8]> {
    Frames::of(evidence).filter_map(Result::ok).find(|(at, _)| *at == place).map(|(_, sealed)| sealed)
}

impl Batch {
    /// Makes one batch of this one and the next.
    ///
    /// # Errors
    /// [`Cut`], when the evidence of the next cannot be read; then this one is what it was.
    pub fn join(&mut self, next: &Self) -> Result<(), Cut> {
        let before = self.evidence.len();
        for frame in Frames::of(&next.evidence) {
            match frame {
                Ok((place, sealed)) => push(&mut self.evidence, self.count.saturating_add(place), sealed),
                Err(cut) => {
                    self.evidence.truncate(before);
                    return Err(cut);
                }
            }
        }
        self.entries.extend_from_slice(&next.entries);
        self.count = self.count.saturating_add(next.count);
        self.since = self.since.min(next.since);
        self.until = self.until.max(next.until);
        Ok(())
    }
}

impl Batch {
    /// Takes away the entries before `index`, with their evidence. Nothing is taken from what cannot be read.
    pub fn begin_with(&mut self, index: u64) {
        let Some(before) = index.checked_sub(self.first).and_then(|before| u32::try_from(before).ok()) else { return };
        if before == 0 || before >= self.count {
            return;
        }
        let mut rest = Entries::of(&self.entries);
        for _ in 0..before {
            if !matches!(rest.next(), Some(Ok(_))) {
                return;
            }
        }
        let mut evidence = Vec::with_capacity(self.evidence.len());
        for frame in Frames::of(&self.evidence) {
            let Ok((place, sealed)) = frame else { return };
            if let Some(place) = place.checked_sub(before) {
                push(&mut evidence, place, sealed);
            }
        }
        self.entries = rest.rest().to_vec();
        self.evidence = evidence;
        self.first = index;
        self.count -= before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_begins_with_an_entry_within_it_and_keeps_what_comes_after() {
        let whole = |first: u64, pieces: &[u32]| {
            let (mut entries, mut evidence) = (Vec::new(), Vec::new());
            for (place, number) in (0..).zip(pieces) {
                tlog::entries::push(&mut entries, &number.to_be_bytes()).unwrap();
                if number % 2 == 0 {
                    push(&mut evidence, place, &number.to_be_bytes());
                }
            }
            let count = u32::try_from(pieces.len()).unwrap();
            Batch { first, count, since: 1, until: 9, entries, evidence }
        };
        for (index, expected) in [
            (10, whole(10, &[0, 1, 2, 3])),
            (11, whole(11, &[1, 2, 3])),
            (13, whole(13, &[3])),
            (9, whole(10, &[0, 1, 2, 3])),
            (14, whole(10, &[0, 1, 2, 3])),
        ] {
            let mut batch = whole(10, &[0, 1, 2, 3]);
            batch.begin_with(index);
            assert_eq!(batch, expected, "{index}");
        }
    }

    fn batch(first: u64, count: u32, evidence: &[(u32, &[u8])]) -> Batch {
        let mut sealed = Vec::new();
        evidence.iter().for_each(|(place, piece)| push(&mut sealed, *place, piece));
        let entries = vec![7; usize::try_from(count).unwrap()];
        Batch { first, count, since: first, until: first + 9, entries, evidence: sealed }
    }

    #[test]
    fn joined_batches_are_one_and_their_evidence_is_still_found() {
        let mut one = batch(4, 2, &[(1, b"b")]);
        one.join(&batch(6, 3, &[(0, b"c"), (2, b"e")])).unwrap();
        assert_eq!(one, batch(4, 5, &[(1, b"b"), (2, b"c"), (4, b"e")]).until(15));
        assert_eq!(of_entry(&one.evidence, 4), Some(&b"e"[..]));
        assert_eq!(of_entry(&one.evidence, 0), None);
    }

    #[test]
    fn what_cannot_be_read_is_not_joined() {
        let mut one = batch(0, 1, &[(0, b"a")]);
        let mut cut = batch(1, 1, &[(0, b"b"), (0, b"c")]);
        cut.evidence.pop();
        assert_eq!(one.join(&cut), Err(Cut));
        assert_eq!(one, batch(0, 1, &[(0, b"a")]));
    }

    impl Batch {
        fn until(self, until: u64) -> Self {
            Self { until, ..self }
        }
    }
}
