//! The sealed evidence of a batch: one piece for each entry that has any, found by the entry's place in the batch, and
//! opened only as that of its call.

use signing::Sealer;
use tlog::Evidence;
use types::TransactionId;

/// The purpose under which the evidence of a call is sealed.
pub(super) fn purpose(id: TransactionId) -> String {
    format!("lgsp/message-log/evidence/{id}")
}

/// Opens the evidence of a call; `None` when the key is another or the evidence was changed.
pub(super) fn unseal(sealer: &Sealer, id: TransactionId, sealed: &[u8]) -> Option<Evidence> {
    Evidence::decode(&sealer.open(&purpose(id), sealed).ok()?)
}

/// Adds the sealed evidence of one entry to that of its batch: which entry of the batch it belongs to and its length, each
/// as four bytes, big-endian, and the sealed bytes.
pub(super) fn push(evidence: &mut Vec<u8>, place: u32, sealed: &[u8]) {
    evidence.extend_from_slice(&place.to_be_bytes());
    evidence.extend_from_slice(&u32::try_from(sealed.len()).unwrap_or(u32::MAX).to_be_bytes());
    evidence.extend_from_slice(sealed);
}

/// The sealed evidence of a batch, in order: the place of the entry in the batch, and the bytes. An error ends it.
pub(super) struct Frames<'a>(&'a [u8]);

impl<'a> Frames<'a> {
    pub(super) const fn of(evidence: &'a [u8]) -> Self {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut;

/// The sealed evidence of one entry of a batch.
pub(super) fn of_entry(evidence: &[u8], place: u32) -> Option<&[u8]> {
    Frames::of(evidence).filter_map(Result::ok).find(|(at, _)| *at == place).map(|(_, sealed)| sealed)
}
