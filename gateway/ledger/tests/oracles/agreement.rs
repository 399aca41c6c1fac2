//! Our tree, tiles and notes against two other implementations in Rust: `tlog_tiles` and
//! `signed_note`. Both are used in tests only: one panics on a hostile path, the other knows no
//! cosignatures.

use std::cell::RefCell;
use std::collections::HashMap;

use proptest::prelude::*;
use signed_note::{Note, StandardVerifier, VerifierList};
use stile_ledger::note::attach;
use stile_ledger::tile::{Edge, Holds, TilePath, published, tile_bytes};
use stile_ledger::tree::{
    consistency_proof, inclusion_proof, leaf_hash, verify_consistency, verify_inclusion,
};
use stile_ledger::{Checkpoint, CosignerKey, KeyName, LedgerKey, Tree, Vkey};
use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use tlog_tiles::{Hash, HashReader, TileHashReader, TileReader};

/// The same random leaves in our tree and in theirs.
struct Both {
    size: u64,
    tree: Tree,
    nodes: HashMap<(u8, u64), Digest>,
    tiles: HashMap<(u8, u64), Vec<Digest>>,
    edge: Edge,
    theirs: Theirs,
}

#[derive(Default)]
struct Theirs(RefCell<Vec<Hash>>);

impl HashReader for Theirs {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let stored = self.0.borrow();
        let hashes = indexes.iter().map(|index| stored[place(*index)]);
        Ok(hashes.collect())
    }
}

impl Both {
    fn grown(leaves: &[Vec<u8>]) -> Self {
        let mut both = Self {
            size: 0,
            tree: Tree::new(),
            nodes: HashMap::new(),
            tiles: HashMap::new(),
            edge: Edge::new(),
            theirs: Theirs::default(),
        };
        for leaf in leaves {
            let (hash, nodes) = (leaf_hash(leaf), &mut both.nodes);
            both.tree.append_noting(hash, |level, place, root| {
                nodes.insert((level, place), root);
            });
            for tile in both.edge.append(hash) {
                both.tiles.insert((tile.level, tile.place), tile.hashes);
            }
            let theirs = tlog_tiles::stored_hashes(both.size, leaf, &both.theirs).unwrap();
            both.theirs.0.borrow_mut().extend(theirs);
            both.size += 1;
        }
        both
    }

    fn node(&self, level: u8, place: u64) -> Option<Digest> {
        self.nodes.get(&(level, place)).copied()
    }

    fn root(&self, size: u64) -> Digest {
        if size == 0 {
            return Tree::new().root();
        }
        ours(tlog_tiles::tree_hash(size, &self.theirs).unwrap())
    }

    /// The bytes we publish at `path`.
    fn tile(&self, path: &TilePath) -> Vec<u8> {
        let Holds::Hashes { level } = path.holds() else {
            panic!("{path} holds entries");
        };
        let full = self.tiles.get(&(level, path.place())).map(Vec::as_slice);
        let hashes = full.or_else(|| self.edge.tile(level, path.place()));
        tile_bytes(&hashes.unwrap()[..usize::from(path.width())])
    }
}

/// Our tiles as they would fetch them.
struct Fetched<'a>(&'a Both);

impl TileReader for Fetched<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let paths = tiles.iter().map(|tile| c2sp_path(tile).parse().unwrap());
        Ok(paths.map(|path: TilePath| self.0.tile(&path)).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

/// C2SP paths have no height.
fn c2sp_path(tile: &tlog_tiles::Tile) -> String {
    tile.path().replacen("tile/8/", "tile/", 1)
}

fn ours(hash: Hash) -> Digest {
    Digest::from_bytes(hash.0)
}

fn theirs(digest: &Digest) -> Hash {
    Hash(*digest.as_bytes())
}

fn all_theirs(proof: &[Digest]) -> Vec<Hash> {
    proof.iter().map(theirs).collect()
}

fn all_ours(proof: Vec<Hash>) -> Vec<Digest> {
    proof.into_iter().map(ours).collect()
}

fn place(index: u64) -> usize {
    usize::try_from(index).unwrap()
}

/// Up to `most` leaves of up to 40 bytes.
fn leaves(most: usize) -> impl Strategy<Value = Vec<Vec<u8>>> {
    (1..=most, any::<u64>()).prop_map(|(count, salt)| {
        (0..count)
            .map(|n| format!("{salt}/{n}").into_bytes().repeat(n % 3))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn roots_and_inclusion_proofs_agree_both_ways(leaves in leaves(700), at in any::<prop::sample::Index>()) {
        let both = Both::grown(&leaves);
        let index = at.index(leaves.len()).try_into().unwrap();
        let (hash, root) = (leaf_hash(&leaves[place(index)]), both.tree.root());
        prop_assert_eq!(both.root(both.size), root);

        let proof = inclusion_proof(index, both.size, |l, p| both.node(l, p)).unwrap();
        tlog_tiles::check_record(&all_theirs(&proof), both.size, theirs(&root), index, theirs(&hash)).unwrap();
        let their_proof = all_ours(tlog_tiles::prove_record(both.size, index, &both.theirs).unwrap());
        verify_inclusion(&hash, index, both.size, &their_proof, &root).unwrap();
        prop_assert_eq!(proof, their_proof);
    }

    #[test]
    fn both_refuse_the_same_changed_inclusion_proofs(
        leaves in leaves(300), at in any::<prop::sample::Index>(), size in 0_u64..320, drop in 0_usize..4, bit in 0_u8..8,
    ) {
        let both = Both::grown(&leaves);
        let index: u64 = at.index(leaves.len()).try_into().unwrap();
        let (hash, root) = (leaf_hash(&leaves[place(index)]), both.tree.root());
        let mut proof = inclusion_proof(index, both.size, |l, p| both.node(l, p)).unwrap();
        proof.truncate(proof.len().saturating_sub(drop));
        if let Some(last) = proof.last_mut() && drop == 0 {
            let mut bytes = *last.as_bytes();
            bytes[31] ^= 1 << bit;
            *last = Digest::from_bytes(bytes);
        }

        for (size, index) in [(both.size, index), (size, index), (both.size, size)] {
            let we = verify_inclusion(&hash, index, size, &proof, &root).is_ok();
            // Theirs asks for an index below the size first.
            let they = index < size
                && tlog_tiles::check_record(&all_theirs(&proof), size, theirs(&root), index, theirs(&hash)).is_ok();
            prop_assert_eq!(we, they, "index {} of {}", index, size);
        }
    }

    #[test]
    fn consistency_proofs_agree_both_ways(leaves in leaves(700), at in any::<prop::sample::Index>()) {
        let both = Both::grown(&leaves);
        let old: u64 = u64::try_from(at.index(leaves.len())).unwrap() + 1;
        let (old_root, root) = (both.root(old), both.tree.root());

        let proof = consistency_proof(old, both.size, |l, p| both.node(l, p)).unwrap();
        tlog_tiles::check_tree(&all_theirs(&proof), both.size, theirs(&root), old, theirs(&old_root)).unwrap();
        let their_proof = all_ours(tlog_tiles::prove_tree(both.size, old, &both.theirs).unwrap());
        verify_consistency(old, &old_root, both.size, &root, &their_proof).unwrap();
        prop_assert_eq!(&proof, &their_proof);

        let other = Digest::of(b"another history");
        let we = verify_consistency(old, &other, both.size, &root, &proof).is_ok();
        let they = tlog_tiles::check_tree(&all_theirs(&proof), both.size, theirs(&root), old, theirs(&other)).is_ok();
        prop_assert_eq!((we, they), (false, false));
    }

    #[test]
    fn tiles_have_the_same_paths_and_bytes_and_they_can_read_ours(from in 0_u64..700, leaves in leaves(700)) {
        let both = Both::grown(&leaves);
        let from = from.min(both.size);
        let hashes = |path: &TilePath| matches!(path.holds(), Holds::Hashes { .. });
        let we: Vec<String> = published(from, both.size).filter(hashes).map(|path| path.to_string()).collect();
        let they = tlog_tiles::Tile::new_tiles(8, from, both.size);
        let mut paths: Vec<String> = they.iter().map(c2sp_path).collect();
        let mut sorted = we.clone();
        paths.sort();
        sorted.sort();
        prop_assert_eq!(sorted, paths);
        for tile in &they {
            let path = c2sp_path(tile).parse().unwrap();
            prop_assert_eq!(both.tile(&path), tile.read_data(&both.theirs).unwrap());
        }

        let fetched = Fetched(&both);
        let reader = TileHashReader::new(both.size, theirs(&both.tree.root()), &fetched);
        let indexes: Vec<u64> = (0..both.size).map(|n| tlog_tiles::stored_hash_index(0, n)).collect();
        let through = reader.read_hashes(&indexes).unwrap();
        prop_assert_eq!(all_ours(through), leaves.iter().map(|leaf| leaf_hash(leaf)).collect::<Vec<_>>());
    }

    #[test]
    fn tile_paths_are_read_alike(level in 0_u8..64, place: u64, width in 1_u16..=256, junk in "[0-9x/.p]{0,6}") {
        let path = TilePath::new(Holds::Hashes { level }, place, width).unwrap().to_string();
        for text in [path.clone(), format!("{path}{junk}")] {
            let theirs = text.replacen("tile/", "tile/8/", 1);
            // Their reader panics on a width of zero, and stops at 52 bytes.
            if text.ends_with(".p/0") || theirs.len() > 52 {
                continue;
            }
            let they = tlog_tiles::Tile::from_path(&theirs).is_ok();
            prop_assert_eq!(text.parse::<TilePath>().is_ok(), they, "{}", text);
        }
    }

    #[test]
    fn notes_are_read_alike_and_refused_alike(seed: [u8; 32], size: u64, flip in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let key = LedgerKey::from_seed(&seed).unwrap();
        let origin = KeyName::new("stile.example/police").unwrap();
        let vkey = key.vkey(&origin);
        let head = Checkpoint { origin, size, root: Digest::of(&seed) };
        let witness = CosignerKey::from_seed(KeyName::new("stile.example/witness").unwrap(), &[1; 32]).unwrap();
        let line = witness.cosign(&head, Timestamp::from_millis(1_000)).unwrap();
        let note = attach(&head.sign(&key).unwrap(), &line).unwrap();

        let read = they_open(&note, &vkey).unwrap();
        prop_assert_eq!((read.origin(), read.size(), ours(*read.hash())), (head.origin.as_str(), size, head.root));
        prop_assert_eq!(String::from_utf8(read.to_bytes()).unwrap(), head.text());
        prop_assert!(StandardVerifier::new(&witness.vkey().to_string()).is_err(), "they know type 4 by now: let them judge it");

        let mut bytes = note.into_bytes();
        let place = flip.index(bytes.len());
        bytes[place] ^= 1 << bit;
        if let Ok(changed) = String::from_utf8(bytes) {
            let we = Checkpoint::open(&changed, &vkey);
            let they = they_open(&changed, &vkey);
            // We are stricter about control characters and names; what we take, they take.
            prop_assert!(we.is_err() || they.is_some(), "byte {}", place);
            prop_assert!(they.is_none_or(|they| they.to_bytes() == head.text().into_bytes()));
        }
    }
}

fn they_open(note: &str, vkey: &Vkey) -> Option<tlog_tiles::Checkpoint> {
    let verifier = StandardVerifier::new(&vkey.to_string()).unwrap();
    let note = Note::from_bytes(note.as_bytes()).ok()?;
    note.verify(&VerifierList::new(vec![Box::new(verifier)]))
        .ok()?;
    tlog_tiles::Checkpoint::from_bytes(note.text()).ok()
}

#[test]
fn their_path_reader_would_panic_where_ours_refuses() {
    assert!("tile/0/000.p/0".parse::<TilePath>().is_err());
    let panics = std::panic::catch_unwind(|| tlog_tiles::Tile::from_path("tile/8/0/000.p/0"));
    assert!(
        panics.is_err(),
        "it no longer panics: it may read paths too"
    );
}

#[test]
fn tree_of_70_000_agrees_with_theirs() {
    let leaves: Vec<Vec<u8>> = (0_u32..70_000).map(|n| n.to_be_bytes().to_vec()).collect();
    let both = Both::grown(&leaves);

    assert_eq!(both.root(70_000), both.tree.root());
    for tile in tlog_tiles::Tile::new_tiles(8, 0, 70_000) {
        let path = c2sp_path(&tile).parse().unwrap();
        assert_eq!(both.tile(&path), tile.read_data(&both.theirs).unwrap());
    }
}
