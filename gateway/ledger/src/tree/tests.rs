//! Tests.

use std::collections::HashMap;

use data_encoding::HEXLOWER;
use proptest::prelude::*;

use super::*;

/// The leaves of the Certificate Transparency test suite (RFC 6962 reference implementation).
const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn digests(texts: &[&str]) -> Vec<Digest> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// A grown tree that remembers every complete subtree.
fn grown(hashes: impl IntoIterator<Item = Digest>) -> (Tree, HashMap<(u8, u64), Digest>) {
    let (mut tree, mut nodes) = (Tree::new(), HashMap::new());
    for hash in hashes {
        tree.append_noting(hash, |level, place, root| {
            nodes.insert((level, place), root);
        });
    }
    (tree, nodes)
}

fn published(size: usize) -> (Tree, HashMap<(u8, u64), Digest>) {
    grown(
        LEAVES[..size]
            .iter()
            .map(|hex| leaf_hash(&HEXLOWER.decode(hex.as_bytes()).unwrap())),
    )
}

fn counted(size: u64) -> (Tree, HashMap<(u8, u64), Digest>) {
    grown((0..size).map(|n| leaf_hash(&n.to_be_bytes())))
}

#[test]
fn empty_tree_has_the_published_root() {
    let root = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    assert_eq!(Tree::new().root().to_string(), root);
}

#[test]
fn roots_of_the_first_eight_sizes_are_the_published_ones() {
    for (size, root) in (1..).zip(ROOTS) {
        assert_eq!(published(size).0.root().to_string(), root, "size {size}");
    }
}

#[test]
fn inclusion_proofs_are_the_published_ones() {
    let (_, nodes) = published(8);
    let node = |level, place| nodes.get(&(level, place)).copied();

    assert_eq!(
        inclusion_proof(0, 8, node).unwrap(),
        digests(&[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ])
    );
    assert_eq!(
        inclusion_proof(5, 8, node).unwrap(),
        digests(&[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ])
    );
}

#[test]
fn consistency_proofs_are_the_published_ones() {
    let (_, nodes) = published(8);
    let node = |level, place| nodes.get(&(level, place)).copied();

    assert_eq!(
        consistency_proof(6, 8, node).unwrap(),
        digests(&[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ])
    );
    assert_eq!(
        consistency_proof(2, 5, node).unwrap(),
        digests(&[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ])
    );
}

#[test]
fn every_leaf_of_every_small_tree_is_proved_and_no_other() {
    let (_, nodes) = counted(40);
    let node = |level, place| nodes.get(&(level, place)).copied();

    for size in 1..=40 {
        let root = counted(size).0.root();
        for index in 0..size {
            let leaf = leaf_hash(&index.to_be_bytes());
            let proof = inclusion_proof(index, size, node).unwrap();

            verify_inclusion(&leaf, index, size, &proof, &root).unwrap();
            let other = leaf_hash(&(index + 1).to_be_bytes());
            assert!(verify_inclusion(&other, index, size, &proof, &root).is_err());
            for elsewhere in (0..size).filter(|place| *place != index) {
                assert!(verify_inclusion(&leaf, elsewhere, size, &proof, &root).is_err());
            }
        }
    }
}

#[test]
fn every_pair_of_small_trees_is_consistent_and_no_fork_is() {
    let (_, nodes) = counted(40);
    let node = |level, place| nodes.get(&(level, place)).copied();
    let fork = Digest::of(b"another history");

    for size in 0..=40 {
        let root = counted(size).0.root();
        for old in 0..=size {
            let old_root = counted(old).0.root();
            let proof = consistency_proof(old, size, node).unwrap();

            verify_consistency(old, &old_root, size, &root, &proof).unwrap();
            assert!(verify_consistency(old, &fork, size, &root, &proof).is_err());
            if old > 0 {
                assert!(verify_consistency(old, &old_root, size, &fork, &proof).is_err());
            }
        }
    }
}

#[test]
fn refuses_a_ledger_that_has_shrunk() {
    let root = counted(3).0.root();

    let error = verify_consistency(4, &root, 3, &root, &[]).unwrap_err();

    assert_eq!(error, LedgerError::Rollback { had: 4, now: 3 });
}

#[test]
fn refuses_peaks_that_do_not_fit_the_size() {
    assert!(Tree::from_peaks(3, vec![Digest::of(b"one")]).is_none());
    assert!(Tree::from_peaks(0, Vec::new()).is_some());
}

#[test]
fn refuses_a_proof_when_a_subtree_is_not_at_hand() {
    assert!(inclusion_proof(0, 2, |_, _| None).is_err());
    assert!(inclusion_proof(2, 2, |_, _| Some(Digest::of(b""))).is_err());
    assert!(consistency_proof(3, 2, |_, _| Some(Digest::of(b""))).is_err());
}

proptest! {
    #[test]
    fn hostile_proofs_neither_hold_nor_panic(
        index: u64, old: u64, size: u64, count in 0_usize..70, seed: u8,
    ) {
        let proof: Vec<Digest> = (0..count).map(|n| Digest::of(&[seed, n.to_le_bytes()[0]])).collect();
        let (leaf, root) = (Digest::of(b"leaf"), Digest::of(b"root"));

        prop_assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_err());
        prop_assert!(verify_consistency(old, &leaf, size, &root, &proof).is_err());
    }

    #[test]
    fn changed_shortened_and_lengthened_proofs_are_refused(
        size in 2_u64..600, pick: prop::sample::Index, at: prop::sample::Index, bit in 0_usize..8,
    ) {
        let (tree, nodes) = counted(size);
        let index = u64::try_from(pick.index(usize::try_from(size).unwrap())).unwrap();
        let (leaf, root) = (leaf_hash(&index.to_be_bytes()), tree.root());
        let proof = inclusion_proof(index, size, |level, place| nodes.get(&(level, place)).copied());
        let proof = proof.unwrap();
        prop_assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_ok());

        let mut changed = proof.clone();
        let place = at.index(changed.len());
        let mut bytes = *changed[place].as_bytes();
        bytes[place % 32] ^= 1 << bit;
        changed[place] = Digest::from_bytes(bytes);
        let longer = [proof.as_slice(), &[root]].concat();

        prop_assert!(verify_inclusion(&leaf, index, size, &changed, &root).is_err());
        prop_assert!(verify_inclusion(&leaf, index, size, &proof[1..], &root).is_err());
        prop_assert!(verify_inclusion(&leaf, index, size, &longer, &root).is_err());
    }

    #[test]
    fn tiles_give_the_same_subtrees_as_the_whole_tree(size in 1_u64..1_500) {
        let (tree, nodes) = counted(size);
        let (mut edge, mut tiles) = (crate::tile::Edge::new(), HashMap::new());
        for n in 0..size {
            for tile in edge.append(leaf_hash(&n.to_be_bytes())) {
                tiles.insert((tile.level, tile.place), tile.hashes);
            }
        }
        let row = |level, place| {
            tiles.get(&(level, place)).cloned().or_else(|| edge.tile(level, place).map(<[_]>::to_vec))
        };

        for ((level, place), root) in &nodes {
            prop_assert_eq!(crate::tile::node(*level, *place, row), Some(*root));
        }
        let entry = |level: u8, place: u64| nodes.get(&(level * 8, place)).copied();
        prop_assert_eq!(crate::tile::Edge::load(tree.size(), entry), Some(edge.clone()));
    }
}
