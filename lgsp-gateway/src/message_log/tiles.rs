//! The tree in tiles: full ones are kept once the entries stand, partial ones are made when somebody asks; proofs are cut
//! from both.

use std::{cell::RefCell, collections::BTreeSet, future::Future, pin::Pin, sync::Arc};

use tlog::{
    Entries, Frontier, Hash,
    proof::{Nodes, ProofError, range},
    tile::{self, Tiles, WIDTH},
};

use super::{READ_BYTES, recent::Recent};
use crate::storage::{MessageLogStore, StoreError, TileRow};

/// How many tiles are made together at most.
const TOGETHER: u64 = 32;

/// About how long an entry is, in bytes.
const ENTRY_BYTES: usize = 700;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The store does not answer.
    #[error("the message log cannot be read")]
    Store(#[from] StoreError),
    /// There is no such entry.
    #[error("no proof can be made")]
    Proof(#[from] ProofError),
}

/// The leaf hashes of entries `first` to `end`, as far as they are there.
pub(super) async fn leaves(store: &dyn MessageLogStore, first: u64, end: u64) -> Result<Vec<Hash>, StoreError> {
    let mut hashes = Vec::new();
    each_entry(store, first, end, |entry| hashes.push(Hash::leaf(entry))).await?;
    Ok(hashes)
}

/// Shows entries `first` to `end`, as far as they are there, in order.
pub(super) async fn each_entry(
    store: &dyn MessageLogStore,
    first: u64,
    end: u64,
    mut show: impl FnMut(&[u8]) + Send,
) -> Result<(), StoreError> {
    let mut at = first;
    while at < end {
        // Hardly more than is shown: what lies behind `end` is read for nothing, evidence and all.
        let wanted = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX).saturating_mul(ENTRY_BYTES);
        let batches = store.read_entries(at, wanted.min(READ_BYTES)).await?;
        if batches.is_empty() {
            break;
        }
        for batch in batches {
            // Much is read at once, and calls are served on the same thread.
            tokio::task::consume_budget().await;
            let skipped = usize::try_from(at.saturating_sub(batch.first)).unwrap_or(usize::MAX);
            for entry in Entries::of(&batch.entries).skip(skipped) {
                if at < end {
                    show(entry.map_err(|_| StoreError::Unreadable { table: "log_batch" })?);
                    at += 1;
                }
            }
            at = at.max(batch.first.saturating_add(u64::from(batch.count)));
        }
    }
    Ok(())
}

/// Keeps full tiles as the log grows.
pub(super) struct Tiler {
    store: Arc<dyn MessageLogStore>,
    recent: Recent,
    /// How many tiles of each level are kept.
    kept: Vec<u64>,
}

impl Tiler {
    pub(super) const fn new(store: Arc<dyn MessageLogStore>, recent: Recent) -> Self {
        Self { store, recent, kept: Vec::new() }
    }

    /// Keeps every full tile of a tree of this size that is not kept yet.
    pub(super) async fn grow(&mut self, size: u64) -> Result<(), StoreError> {
        for level in 0..8_u8 {
            let full = size >> (8 * (u32::from(level) + 1));
            if full == 0 {
                break;
            }
            let place = usize::from(level);
            if self.kept.len() <= place {
                self.kept.push(self.store.tile_count(level).await?);
            }
            let mut first = self.kept.get(place).copied().unwrap_or(full);
            while first < full {
                let end = full.min(first.saturating_add(TOGETHER));
                self.keep(size, level, first, end).await?;
                first = end;
                if let Some(kept) = self.kept.get_mut(place) {
                    *kept = end;
                }
            }
        }
        Ok(())
    }

    /// Keeps tiles `first` to `end` of a level. What is not in memory any more is read once for all of them, because batches are
    /// larger than tiles.
    async fn keep(&self, size: u64, level: u8, first: u64, end: u64) -> Result<(), StoreError> {
        let store = self.store.as_ref();
        let mut rows = Vec::new();
        if level == 0 {
            let (from, to) = (first.saturating_mul(WIDTH), end.saturating_mul(WIDTH));
            let hashes = match self.recent.range(from, to) {
                Some(hashes) => hashes,
                None => leaves(store, from, to).await?,
            };
            self.recent.forget(to);
            let tiles = (first..end).zip(hashes.chunks_exact(256));
            rows.extend(tiles.map(|(number, hashes)| TileRow { level, number, hashes: tile::encode(hashes) }));
        } else {
            for number in first..end {
                let hashes = compute(store, size, level, number).await?;
                let whole = Some(hashes).filter(|hashes| hashes.len() == 256);
                rows.extend(whole.map(|hashes| TileRow { level, number, hashes: tile::encode(&hashes) }));
            }
        }
        if u64::try_from(rows.len()) != Ok(end - first) {
            return Err(StoreError::Unreadable { table: "log_batch" });
        }
        store.keep_tiles(&rows).await
    }
}

/// The hashes of a tile in a tree of this size; fewer than 256 at its right edge.
pub(super) async fn hashes(
    store: &dyn MessageLogStore,
    size: u64,
    level: u8,
    number: u64,
) -> Result<Vec<Hash>, StoreError> {
    let end = (number + 1).checked_shl(8 * (u32::from(level) + 1));
    if end.is_some_and(|end| end <= size)
        && let Some(row) = store.tiles(level, number, 1).await?.into_iter().find(|row| row.number == number)
    {
        return tile::decode(&row.hashes).ok_or(StoreError::Unreadable { table: "log_tile" });
    }
    compute(store, size, level, number).await
}

type Computed<'a> = Pin<Box<dyn Future<Output = Result<Vec<Hash>, StoreError>> + Send + 'a>>;

/// The hashes of a tile from what lies beneath it.
fn compute(store: &dyn MessageLogStore, size: u64, level: u8, number: u64) -> Computed<'_> {
    Box::pin(async move {
        let first = number.saturating_mul(WIDTH);
        let end = first.saturating_add(WIDTH).min(size.checked_shr(8 * u32::from(level)).unwrap_or(0));
        let Some(below) = level.checked_sub(1) else { return leaves(store, first, end).await };
        let mut roots = Vec::new();
        for number in first..end {
            let root = hashes(store, size, below, number).await?.as_slice().node(8, 0);
            roots.push(root.ok_or(StoreError::Unreadable { table: "log_tile" })?);
        }
        Ok(roots)
    })
}

/// Notes which tiles a proof looks at.
#[derive(Default)]
struct Wanted(RefCell<BTreeSet<(u8, u64)>>);

impl Nodes for Wanted {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        self.0.borrow_mut().insert(tile::tile_of(level, index)?);
        Some(Hash::ZERO)
    }
}

/// The tree of the first `size` entries, by what is kept of it.
pub(super) async fn frontier(store: &dyn MessageLogStore, size: u64) -> Result<Frontier, TreeError> {
    let peaks = proof(store, size, |nodes| {
        let (mut peaks, mut first) = (Vec::new(), 0);
        for bit in (0..u64::BITS).rev().filter(|bit| size >> bit & 1 == 1) {
            peaks.push(range(nodes, first, 1 << bit)?);
            first += 1 << bit;
        }
        Ok(peaks)
    });
    Frontier::from_parts(size, peaks.await?).ok_or(TreeError::Proof(ProofError::Range))
}

/// Makes a proof: once to see which tiles it needs, and once with them.
pub(super) async fn proof(
    store: &dyn MessageLogStore,
    size: u64,
    make: impl Fn(&dyn Nodes) -> Result<Vec<Hash>, ProofError> + Send,
) -> Result<Vec<Hash>, TreeError> {
    let wanted = {
        let wanted = Wanted::default();
        make(&wanted)?;
        wanted.0.into_inner()
    };
    let mut tiles = Tiles::default();
    for (level, number) in wanted {
        tiles.insert(level, number, hashes(store, size, level, number).await?);
    }
    Ok(make(&tiles)?)
}
