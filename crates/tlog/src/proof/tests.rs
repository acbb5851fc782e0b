//! The vectors of the Certificate Transparency tests (transparency-dev/merkle, RFC 6962 trees of up to eight leaves), and
//! every proof of every small tree.

use proptest::prelude::*;

use super::*;
use crate::Frontier;

const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn hash(hex: &str) -> Hash {
    Hash::from_slice(&bytes(hex)).unwrap()
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|number| Hash::leaf(format!("entry {number}").as_bytes())).collect()
}

fn root(leaves: &[Hash]) -> Hash {
    let mut tree = Frontier::new();
    leaves.iter().for_each(|leaf| tree.append(*leaf));
    tree.root()
}

#[test]
fn roots_are_those_of_the_published_vectors() {
    let leaves: Vec<_> = LEAVES.iter().map(|leaf| Hash::leaf(&bytes(leaf))).collect();
    for (size, expected) in ROOTS.iter().enumerate() {
        assert_eq!(root(&leaves[..size]), hash(expected), "{size}");
        assert_eq!(range(leaves.as_slice(), 0, size as u64).unwrap(), hash(expected), "{size}");
    }
}

#[test]
fn inclusion_proofs_are_those_of_the_published_vectors() {
    let leaves: Vec<_> = LEAVES.iter().map(|leaf| Hash::leaf(&bytes(leaf))).collect();
    let check = |index, size, expected: &[&str]| {
        let expected: Vec<_> = expected.iter().map(|hex| hash(hex)).collect();
        assert_eq!(inclusion(leaves.as_slice(), index, size).unwrap(), expected, "{index} of {size}");
    };
    check(0, 1, &[]);
    check(
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    );
    check(
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    );
    check(2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]);
}

#[test]
fn consistency_proofs_are_those_of_the_published_vectors() {
    let leaves: Vec<_> = LEAVES.iter().map(|leaf| Hash::leaf(&bytes(leaf))).collect();
    let check = |old, size, expected: &[&str]| {
        let expected: Vec<_> = expected.iter().map(|hex| hash(hex)).collect();
        assert_eq!(consistency(leaves.as_slice(), old, size).unwrap(), expected, "{old} to {size}");
    };
    check(1, 1, &[]);
    check(
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    );
    check(
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    );
    check(
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    );
}

#[test]
fn every_proof_of_every_small_tree_holds_and_only_where_it_belongs() {
    for size in 1..=33 {
        let leaves = leaves(size);
        let new = Tree { size: size as u64, root: root(&leaves) };
        for index in 0..new.size {
            let proof = inclusion(leaves.as_slice(), index, new.size).unwrap();
            let leaf = leaves[usize::try_from(index).unwrap()];
            assert_eq!(verify_inclusion(index, new.size, leaf, &proof, new.root), Ok(()), "{index} of {size}");
            for other in (0..new.size).filter(|other| *other != index) {
                assert!(verify_inclusion(other, new.size, leaf, &proof, new.root).is_err(), "{index} as {other}");
            }
        }
        for old_size in 0..=size {
            let old = Tree { size: old_size as u64, root: root(&leaves[..old_size]) };
            let proof = consistency(leaves.as_slice(), old.size, new.size).unwrap();
            assert_eq!(verify_consistency(old, new, &proof), Ok(()), "{old_size} to {size}");
        }
    }
}

proptest! {
    #[test]
    fn a_changed_inclusion_proof_does_not_hold(size in 1_usize..200, at in any::<prop::sample::Index>(), how in 0..5_u8, place in any::<prop::sample::Index>()) {
        let leaves = leaves(size);
        let root = root(&leaves);
        let index = at.index(size);
        let (mut index, mut size, mut leaf) = (index as u64, size as u64, leaves[index]);
        let mut proof = inclusion(leaves.as_slice(), index, size).unwrap();
        match how {
            0 if !proof.is_empty() => { let place = place.index(proof.len()); proof[place] = Hash::of(b"other"); }
            1 if !proof.is_empty() => { proof.remove(place.index(proof.len())); }
            2 => proof.insert(place.index(proof.len() + 1), Hash::of(b"other")),
            3 => leaf = Hash::of(b"other"),
            _ => { index += size; size += size; }
        }
        prop_assert!(verify_inclusion(index, size, leaf, &proof, root).is_err());
    }

    #[test]
    fn a_changed_consistency_proof_does_not_hold(size in 2_usize..200, at in any::<prop::sample::Index>(), how in 0..5_u8, place in any::<prop::sample::Index>()) {
        let leaves = leaves(size);
        let old_size = 1 + at.index(size - 1);
        let mut old = Tree { size: old_size as u64, root: root(&leaves[..old_size]) };
        let mut new = Tree { size: size as u64, root: root(&leaves) };
        let mut proof = consistency(leaves.as_slice(), old.size, new.size).unwrap();
        match how {
            0 => { let place = place.index(proof.len()); proof[place] = Hash::of(b"other"); }
            1 => { proof.remove(place.index(proof.len())); }
            2 => proof.insert(place.index(proof.len() + 1), Hash::of(b"other")),
            3 => old.root = Hash::of(b"other"),
            _ => new.root = Hash::of(b"other"),
        }
        prop_assert!(verify_consistency(old, new, &proof).is_err());
    }
}
