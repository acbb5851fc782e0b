//! The formats of the message log, and nothing that reads or writes one: entries, tree, tiles, checkpoints, proofs, evidence.
//!
//! An entry is one JSON line that names its index and the hash of the entry before it ([`line`]). Entries are the leaves of
//! the Merkle tree of RFC 6962 ([`hash`], [`frontier`], [`proof`]), kept and served in the bundles and tiles of C2SP
//! `tlog-tiles` ([`entries`], [`tile`]). The tree's state is signed as a C2SP checkpoint ([`checkpoint`], [`note`]). What a
//! third party needs to check one call without us stands in a bundle ([`bundle`], [`evidence`]).

pub mod bundle;
pub mod checkpoint;
pub mod entries;
pub mod evidence;
pub mod frontier;
pub mod hash;
pub mod line;
pub mod note;
pub mod proof;
pub mod tile;

pub use bundle::Bundle;
pub use checkpoint::Checkpoint;
pub use entries::Entries;
pub use evidence::{Evidence, SignedPart};
pub use frontier::Frontier;
pub use hash::Hash;
pub use line::{Kind, Line};
pub use note::{NoteError, Signer, Verifier};
