//! That an entry is in a tree, and that a tree goes on from an older one (RFC 6962 §2.1, RFC 9162 §2.1.3 and §2.1.4).

use crate::hash::Hash;

/// Why a proof cannot be made or does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The entry lies beyond the tree, or the older tree is larger.
    #[error("there is no such entry or tree")]
    Range,
    /// The proof does not lead to the root.
    #[error("the proof does not lead to the root")]
    Root,
    /// A hash that the proof needs cannot be had.
    #[error("a hash of the tree is missing")]
    Missing,
}

/// Hands out the hashes of perfect subtrees.
pub trait Nodes {
    /// The hash over the entries from `index << level` on, `1 << level` of them; `None` when it cannot be had.
    fn node(&self, level: u32, index: u64) -> Option<Hash>;
}

/// Leaf hashes, from the first entry on.
impl Nodes for [Hash] {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        let first = usize::try_from(index.checked_shl(level)?).ok()?;
        let count = 1_usize.checked_shl(level)?;
        let mut row = self.get(first..first.checked_add(count)?)?.to_vec();
        while row.len() > 1 {
            row = row.chunks(2).filter_map(|pair| <&[Hash; 2]>::try_from(pair).ok()).map(joined).collect();
        }
        row.first().copied()
    }
}

fn joined([left, right]: &[Hash; 2]) -> Hash {
    Hash::node(left, right)
}

/// The proof that entry `index` is in the tree of `size` entries: the sibling of the leaf first, the child of the root last.
///
/// # Errors
/// [`ProofError::Range`], [`ProofError::Missing`].
pub fn inclusion(nodes: &(impl Nodes + ?Sized), index: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::Range);
    }
    let mut proof = Vec::new();
    let (mut first, mut count) = (0, size);
    while count > 1 {
        let left = split(count);
        if index - first < left {
            proof.push(range(nodes, first + left, count - left)?);
            count = left;
        } else {
            proof.push(range(nodes, first, left)?);
            first += left;
            count -= left;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree of `size` entries begins with the tree of `old` entries. It is empty for `old` = 0 and `old` = `size`.
///
/// # Errors
/// [`ProofError::Range`], [`ProofError::Missing`].
pub fn consistency(nodes: &(impl Nodes + ?Sized), old: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
    if old > size {
        return Err(ProofError::Range);
    }
    let mut proof = Vec::new();
    if old == 0 || old == size {
        return Ok(proof);
    }
    let (mut first, mut count, mut rest, mut whole) = (0, size, old, true);
    while rest != count {
        let left = split(count);
        if rest <= left {
            proof.push(range(nodes, first + left, count - left)?);
            count = left;
        } else {
            proof.push(range(nodes, first, left)?);
            first += left;
            count -= left;
            rest -= left;
            whole = false;
        }
    }
    if !whole {
        proof.push(range(nodes, first, count)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The root over `count` entries from `first` on.
///
/// # Errors
/// [`ProofError::Missing`].
pub fn range(nodes: &(impl Nodes + ?Sized), first: u64, count: u64) -> Result<Hash, ProofError> {
    // Perfect subtrees from the left, as the bits of the count say; then from the right to the root.
    let (mut peaks, mut at, mut left) = (Vec::new(), first, count);
    while left > 0 {
        let level = 63 - left.leading_zeros();
        peaks.push(nodes.node(level, at >> level).ok_or(ProofError::Missing)?);
        at += 1 << level;
        left -= 1 << level;
    }
    let join = |right: Option<Hash>, left: &Hash| Some(right.map_or(*left, |right| Hash::node(left, &right)));
    Ok(peaks.iter().rev().fold(None, join).unwrap_or_else(Hash::empty_tree))
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (63 - (count - 1).leading_zeros())
}

/// Checks a proof of [`inclusion`].
///
/// # Errors
/// [`ProofError::Range`], [`ProofError::Root`].
pub fn verify_inclusion(index: u64, size: u64, leaf: Hash, proof: &[Hash], root: Hash) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Range);
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Root);
        }
        if at & 1 == 1 || at == last {
            hash = Hash::node(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = Hash::node(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == root { Ok(()) } else { Err(ProofError::Root) }
}

/// A tree by its size and root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tree {
    /// How many entries.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

/// Checks a proof of [`consistency`].
///
/// # Errors
/// [`ProofError::Range`], [`ProofError::Root`].
pub fn verify_consistency(old: Tree, new: Tree, proof: &[Hash]) -> Result<(), ProofError> {
    if old.size > new.size {
        return Err(ProofError::Range);
    }
    if old.size == new.size || old.size == 0 {
        let same = proof.is_empty() && (old.size == 0 || old.root == new.root);
        return if same { Ok(()) } else { Err(ProofError::Root) };
    }
    let (mut at, mut last) = (old.size - 1, new.size - 1);
    let shift = at.trailing_ones();
    (at, last) = (at >> shift, last >> shift);
    // A perfect old tree is a node of the new one, so its root needs no place in the proof.
    let (start, rest) =
        if old.size.is_power_of_two() { (&old.root, proof) } else { proof.split_first().ok_or(ProofError::Root)? };
    if rest.is_empty() {
        return Err(ProofError::Root);
    }
    let (mut old_hash, mut new_hash) = (*start, *start);
    for sibling in rest {
        if last == 0 {
            return Err(ProofError::Root);
        }
        if at & 1 == 1 || at == last {
            old_hash = Hash::node(sibling, &old_hash);
            new_hash = Hash::node(sibling, &new_hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = Hash::node(&new_hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    if last == 0 && old_hash == old.root && new_hash == new.root { Ok(()) } else { Err(ProofError::Root) }
}

#[cfg(test)]
mod tests;
