//! The tree in pieces of 256 hashes, and the names under which pieces are served (C2SP `tlog-tiles`).

use std::{collections::HashMap, fmt};

use crate::{hash::Hash, proof::Nodes};

/// How many hashes or entries a full tile has.
pub const WIDTH: u64 = 256;

/// Which tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Hashes: of entries at level 0, of full tiles of the level below at every other. At most 63.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// The name of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    /// Its level.
    pub level: Level,
    /// Its place in the level, from 0.
    pub number: u64,
    /// How many hashes or entries it has, 1 to 256.
    pub width: u16,
}

impl TilePath {
    /// Reads what follows the prefix of the log, as `tile/0/x001/x234/067.p/8`; `None` unless it is the one form.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let level = if level == "entries" {
            Level::Entries
        } else {
            Level::Hashes(level.parse().ok().filter(|level: &u8| *level < 64)?)
        };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse().ok().filter(|width| (1..=255).contains(width))?),
            None => (rest, 256),
        };
        let digits = number.split('/').map(|part| part.strip_prefix('x').unwrap_or(part));
        let number = digits.collect::<String>().parse().ok()?;
        let tile = Self { level, number, width };
        (tile.to_string() == path).then_some(tile)
    }

    /// Index of the first entry it covers, and of the first it does not, if it fits into 64 bits.
    #[must_use]
    pub fn span(&self) -> Option<(u64, u64)> {
        let bits = match self.level {
            Level::Entries => 0,
            Level::Hashes(level) => u32::from(level).checked_mul(8)?,
        };
        let each = 1_u64.checked_shl(bits)?;
        let first = self.number.checked_mul(WIDTH)?.checked_mul(each)?;
        Some((first, first.checked_add(each.checked_mul(u64::from(self.width))?)?))
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Level::Hashes(level) => write!(f, "tile/{level}/")?,
            Level::Entries => f.write_str("tile/entries/")?,
        }
        let digits = self.number.to_string();
        let padded = format!("{digits:0>width$}", width = digits.len().div_ceil(3) * 3);
        let parts: Vec<_> = padded.as_bytes().chunks(3).filter_map(|part| str::from_utf8(part).ok()).collect();
        let (last, before) = parts.split_last().ok_or(fmt::Error)?;
        for part in before {
            write!(f, "x{part}/")?;
        }
        f.write_str(last)?;
        if self.width < 256 { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// The hashes of a tile as they are served, one after the other.
#[must_use]
pub fn encode(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

/// Reads hashes that stand one after the other; `None` when the last is cut.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Vec<Hash>> {
    bytes.chunks(32).map(Hash::from_slice).collect()
}

/// Tiles of hashes at hand, by level and number; partial ones too.
#[derive(Debug, Default)]
pub struct Tiles(HashMap<(u8, u64), Vec<Hash>>);

impl Tiles {
    /// Adds a tile.
    pub fn insert(&mut self, level: u8, number: u64, hashes: Vec<Hash>) {
        self.0.insert((level, number), hashes);
    }

    /// Whether this tile is at hand.
    #[must_use]
    pub fn has(&self, level: u8, number: u64) -> bool {
        self.0.contains_key(&(level, number))
    }
}

/// In which tile the hash of a perfect subtree is found: the tile's level and number.
#[must_use]
pub fn tile_of(level: u32, index: u64) -> Option<(u8, u64)> {
    let tile = u8::try_from(level / 8).ok()?;
    Some((tile, index.checked_shl(level % 8)? / WIDTH))
}

impl Nodes for Tiles {
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        let hashes = self.0.get(&tile_of(level, index)?)?;
        let within = level % 8;
        let place = (index << within) % WIDTH;
        hashes.get(usize::try_from(place).ok()?..)?.node(within, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::{inclusion, verify_inclusion};

    #[test]
    fn names_are_those_of_the_specification() {
        let tile = |level, number, width| TilePath { level, number, width };
        for (tile, path) in [
            (tile(Level::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067"),
            (tile(Level::Hashes(63), 0, 1), "tile/63/000.p/1"),
            (tile(Level::Entries, 5, 255), "tile/entries/005.p/255"),
            (tile(Level::Entries, 1000, 256), "tile/entries/x001/000"),
        ] {
            assert_eq!(tile.to_string(), path);
            assert_eq!(TilePath::parse(path), Some(tile));
        }
    }

    #[test]
    fn another_form_of_a_name_is_refused() {
        for path in [
            "tile/64/000",
            "tile/00/000",
            "tile/+1/000",
            "tile/0/0",
            "tile/0/0000",
            "tile/0/x000/001",
            "tile/0/001/000",
            "tile/0/x001/x000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p/",
            "tile/0/",
            "tile/0",
            "tile/0/-01",
            "tile/0/000/",
            "/tile/0/000",
            "tile/data/000",
            "tile/0/../0/000",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
        ] {
            assert_eq!(TilePath::parse(path), None, "{path}");
        }
    }

    #[test]
    fn proofs_cut_from_tiles_hold() {
        let size = 70_000_u64;
        let leaves: Vec<_> = (0..size).map(|number| Hash::leaf(&number.to_be_bytes())).collect();
        // The widths that the specification names for this size.
        let mut tiles = Tiles::default();
        let mut row = leaves.clone();
        let mut widths = Vec::new();
        for level in 0.. {
            let chunks: Vec<_> = row.chunks(256).map(<[Hash]>::to_vec).collect();
            widths.push((chunks.len(), chunks.last().unwrap().len()));
            let full: Vec<_> =
                chunks.iter().filter(|chunk| chunk.len() == 256).map(|chunk| chunk.as_slice().node(8, 0)).collect();
            chunks.into_iter().enumerate().for_each(|(number, hashes)| tiles.insert(level, number as u64, hashes));
            row = full.into_iter().map(Option::unwrap).collect();
            if row.is_empty() {
                break;
            }
        }
        assert_eq!(widths, [(274, 112), (2, 17), (1, 1)]);
        let root = crate::proof::range(leaves.as_slice(), 0, size).unwrap();
        for index in [0, 255, 256, 65_535, 65_536, 69_999] {
            let proof = inclusion(&tiles, index, size).unwrap();
            assert_eq!(proof, inclusion(leaves.as_slice(), index, size).unwrap(), "{index}");
            let leaf = leaves[usize::try_from(index).unwrap()];
            assert_eq!(verify_inclusion(index, size, leaf, &proof, root), Ok(()));
        }
    }

    #[test]
    fn a_tile_knows_which_entries_it_covers() {
        let span = |path| TilePath::parse(path).unwrap().span();
        assert_eq!(span("tile/0/001"), Some((256, 512)));
        assert_eq!(span("tile/entries/000.p/3"), Some((0, 3)));
        assert_eq!(span("tile/1/001.p/17"), Some((65_536, 65_536 + 17 * 256)));
        assert_eq!(span("tile/8/000"), None);
    }
}
