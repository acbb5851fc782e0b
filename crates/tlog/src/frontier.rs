//! What must be remembered of a tree to go on with it: its size and the hashes of the perfect subtrees it consists of.

use crate::hash::Hash;

/// A tree of RFC 6962, reduced to what appending and its root need: at most 64 hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    // INVARIANT: one hash for each bit of `size` that is set, that of the largest subtree first.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// A tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Takes up a tree where it was left; `None` unless there is one hash for each subtree.
    #[must_use]
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (usize::try_from(size.count_ones()) == Ok(peaks.len())).then_some(Self { size, peaks })
    }

    /// How many leaves it has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of its perfect subtrees, that of the largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds a leaf by its hash.
    pub fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = Hash::node(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root of the tree as it is now (RFC 6962 §2.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        let right = |right: Option<Hash>, left: &Hash| Some(right.map_or(*left, |right| Hash::node(left, &right)));
        self.peaks.iter().rev().fold(None, right).unwrap_or_else(Hash::empty_tree)
    }
}
