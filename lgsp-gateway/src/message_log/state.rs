//! Where the log stands: what the next entry needs of all those before it.

use tlog::{Entries, Frontier, Hash, Line};

use crate::storage::{MessageLogStore, StoreError};

/// The form of the encoding.
const VERSION: u8 = 1;

/// Why the log cannot be taken up.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store does not answer.
    #[error("the message log cannot be read")]
    Store(#[from] StoreError),
    /// The state is not readable, or the log does not end as the state says.
    #[error("the message log does not end as its own state says: {0}; `log verify` tells more")]
    Broken(&'static str),
}

/// The state after some entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// The tree.
    pub(super) tree: Frontier,
    /// The leaf hash of the last entry.
    pub(super) last: Hash,
    /// Time of the latest entry, milliseconds since the epoch. It never goes back, so that entries can be found by time.
    pub(super) until: u64,
}

impl State {
    pub(super) const fn empty() -> Self {
        Self { tree: Frontier::new(), last: Hash::ZERO, until: 0 }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(49 + 32 * self.tree.peaks().len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.tree.size().to_be_bytes());
        bytes.extend_from_slice(&self.until.to_be_bytes());
        bytes.extend_from_slice(self.last.as_bytes());
        for peak in self.tree.peaks() {
            bytes.extend_from_slice(peak.as_bytes());
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (size, rest) = rest.split_first_chunk::<8>()?;
        let (until, rest) = rest.split_first_chunk::<8>()?;
        let (last, peaks) = rest.split_first_chunk::<32>()?;
        let peaks = peaks.chunks(32).map(Hash::from_slice).collect::<Option<Vec<_>>>()?;
        let tree = Frontier::from_parts(u64::from_be_bytes(*size), peaks)?;
        let state = Self { tree, last: Hash::from_slice(last)?, until: u64::from_be_bytes(*until) };
        (*version == VERSION).then_some(state)
    }
}

/// The state of the store.
pub(super) async fn current(store: &dyn MessageLogStore) -> Result<State, StoreError> {
    match store.head().await? {
        None => Ok(State::empty()),
        Some(head) => State::decode(&head).ok_or(StoreError::Unreadable { table: "log_head" }),
    }
}

/// The state of the store, held against the last entry that is really there.
pub(super) async fn load(store: &dyn MessageLogStore) -> Result<State, StartError> {
    let state = current(store).await?;
    let size = state.tree.size();
    // Another replica may have written since: then the state has moved, too, and this one is a state that the log once had.
    if !store.read_entries(size, 1).await?.is_empty() && current(store).await? == state {
        return Err(StartError::Broken("there are entries after the end"));
    }
    let Some(last) = size.checked_sub(1) else { return Ok(state) };
    let batches = store.read_entries(last, 1).await?;
    let batch = batches.last().ok_or(StartError::Broken("the last entry is missing"))?;
    let entries: Result<Vec<_>, _> = Entries::of(&batch.entries).collect();
    let entries = entries.map_err(|_| StartError::Broken("the last batch cannot be read"))?;
    let entry = entries.last().ok_or(StartError::Broken("the last batch is empty"))?;
    let line = Line::parse(entry).ok_or(StartError::Broken("the last entry cannot be read"))?;
    if line.index != last || Hash::leaf(entry) != state.last {
        return Err(StartError::Broken("the last entry is another"));
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_reads_back_and_a_damaged_one_does_not() {
        let mut state = State::empty();
        for number in 0..11_u8 {
            assert_eq!(State::decode(&state.encode()), Some(state.clone()));
            state.last = Hash::leaf(&[number]);
            state.tree.append(state.last);
            state.until += 3;
        }
        let bytes = state.encode();
        for end in 0..bytes.len() {
            assert_eq!(State::decode(&bytes[..end]), None, "{end}");
        }
        assert_eq!(State::decode(&[bytes.clone(), vec![0; 32]].concat()), None);
        assert_eq!(State::decode(&[&[2], &bytes[1..]].concat()), None);
    }
}
