//! The hashes of the tree: SHA-256 with the two prefixes that keep leaves and nodes apart (RFC 6962 §2.1).

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};

/// A SHA-256 hash: of a leaf, a node, a whole tree or a piece of evidence. It is public.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What stands in the place of the hash before the first.
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 of the bytes as they are.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::taken(digest(&SHA256, bytes).as_ref())
    }

    /// SHA-256 of several pieces, one after the other.
    #[must_use]
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut context = Context::new(&SHA256);
        for part in parts {
            context.update(part);
        }
        Self::taken(context.finish().as_ref())
    }

    /// The hash of a leaf: SHA-256(0x00 ‖ entry).
    #[must_use]
    pub fn leaf(entry: &[u8]) -> Self {
        Self::of_parts([&[0][..], entry])
    }

    /// The hash of a node: SHA-256(0x01 ‖ left ‖ right).
    #[must_use]
    pub fn node(left: &Self, right: &Self) -> Self {
        let mut bytes = [1; 65];
        bytes.iter_mut().skip(1).zip(left.0.iter().chain(&right.0)).for_each(|(to, from)| *to = *from);
        Self::of(&bytes)
    }

    /// The hash of a tree without leaves: SHA-256 of nothing.
    #[must_use]
    pub fn empty_tree() -> Self {
        Self::of(&[])
    }

    /// Takes 32 bytes; `None` for any other number.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads base64 with padding (RFC 4648 §4); `None` unless it is the one form of 32 bytes.
    #[must_use]
    pub fn from_base64(text: impl AsRef<[u8]>) -> Option<Self> {
        Self::from_slice(&STANDARD.decode(text).ok()?)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Base64 with padding, 44 characters.
    #[must_use]
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    fn taken(bytes: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Self(hash)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base64())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_and_a_node_of_the_same_bytes_differ() {
        let (a, b) = (Hash::of(b"a"), Hash::of(b"b"));
        let joined = [a.as_bytes().as_slice(), b.as_bytes()].concat();
        assert_ne!(Hash::leaf(&joined), Hash::node(&a, &b));
        assert_eq!(Hash::of_parts([&b"ab"[..], b"c"]), Hash::of(b"abc"));
    }

    #[test]
    fn a_hash_reads_back_from_its_one_text() {
        let hash = Hash::leaf(b"x");
        assert_eq!(Hash::from_base64(hash.base64()), Some(hash));
        let text = hash.base64();
        let unpadded = text.trim_end_matches('=');
        for bad in ["", "AAAA", unpadded, &format!("{text} ")] {
            assert_eq!(Hash::from_base64(bad), None, "{bad}");
        }
    }
}
