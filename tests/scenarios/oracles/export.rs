//! Ledgers exported as the judges read them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use stile_ledger::note::attach;
use stile_ledger::proof::Receipt;
use stile_ledger::tile::{Holds, bundle_bytes, published, subtree_root, tile_bytes};
use stile_ledger::tree::{consistency_proof, inclusion_proof, leaf_hash};
use stile_ledger::witness::AddCheckpoint;
use stile_ledger::{Checkpoint, CosignerKey, Entry, EntryKind, KeyName, LedgerKey, Policy, Tree};
use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use stile_store::{Batch, EpochKey, PendingEntry, Published, Publisher, Store, StoreConfig};

const ORIGIN: &str = "stile.example/riverside-police";
const WHEN: &str = "2026-03-11T10:14:00Z";

/// An exported ledger.
pub struct Export {
    /// Its folder.
    pub dir: PathBuf,
    /// Its head.
    pub head: Checkpoint,
}

impl Export {
    /// A ledger of `size` entries kept by a real store and published by its publisher.
    pub fn of_store(dir: &Path, size: u64) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(StoreConfig {
            dir: home.path().join("store"),
            origin: ORIGIN.to_owned(),
            ledger_key: log_key(),
            epoch_key: EpochKey::from_bytes([2; 32]),
            segment_bytes: 1024 * 1024,
            low_space_bytes: 0,
        })
        .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        for from in (0..size).step_by(100) {
            let entries = (from..size.min(from + 100)).map(pending).collect();
            let batch = Batch {
                entries,
                ..Batch::default()
            };
            runtime.block_on(store.commit(batch)).unwrap();
        }
        let head = store.head();
        let note = cosigned(&head, &store.signed_head());
        let done = Publisher::new(store.clone(), dir)
            .publish(&note, None)
            .unwrap();
        assert!(matches!(done, Published::InStep { .. }), "{done:?}");
        let entries = store.entries(0..size).unwrap();
        bundles(dir, &entries);
        for index in [0, 1, 255, 256, size - 1] {
            let receipt = store.receipt_for(index).unwrap();
            let receipt = Receipt::parse(&receipt.text()).unwrap();
            let under = Checkpoint::open(&receipt.checkpoint, store.vkey()).unwrap();
            let checkpoint = cosigned(&under, &receipt.checkpoint);
            let receipt = Receipt {
                checkpoint,
                ..receipt
            };
            put(dir, &format!("receipts/{index}"), receipt.text().as_bytes());
        }
        for old in [1, 255, 256, 257, size] {
            let (proof, _) = store.consistency(old).unwrap();
            ask(dir, old, proof, &note);
        }
        Self {
            dir: dir.to_owned(),
            head,
        }
    }

    /// A ledger of `size` made-up entries, through the `ledger` crate alone.
    pub fn in_memory(dir: &Path, size: u64) -> Self {
        let entries: Vec<Vec<u8>> = (0..size).map(|n| format!("entry {n}").into()).collect();
        let (mut tree, mut nodes) = (Tree::new(), HashMap::new());
        for entry in &entries {
            tree.append_noting(leaf_hash(entry), |level, place, root| {
                nodes.insert((level, place), root);
            });
        }
        let node = |level, place| nodes.get(&(level, place)).copied();
        let head = Checkpoint {
            origin: origin(),
            size,
            root: tree.root(),
        };
        let note = cosigned(&head, &head.sign(&log_key()).unwrap());
        put(dir, "checkpoint", note.as_bytes());
        for path in published(0, size) {
            let Holds::Hashes { level } = path.holds() else {
                continue;
            };
            let first = path.place() * 256;
            let hashes: Vec<Digest> = (first..first + u64::from(path.width()))
                .map(|place| node(level * 8, place).unwrap())
                .collect();
            if path.is_full() {
                let above = node(level * 8 + 8, path.place());
                assert_eq!(subtree_root(&hashes), above);
            }
            put(dir, &path.to_string(), &tile_bytes(&hashes));
        }
        bundles(dir, &entries);
        for index in [0, 1, 255, 256, 65_535, 65_536, size - 1] {
            let receipt = Receipt {
                index,
                inclusion: inclusion_proof(index, size, node).unwrap(),
                checkpoint: note.clone(),
            };
            put(dir, &format!("receipts/{index}"), receipt.text().as_bytes());
        }
        for old in [1, 256, 65_535, 65_536, 69_999, size] {
            ask(dir, old, consistency_proof(old, size, node).unwrap(), &note);
        }
        Self {
            dir: dir.to_owned(),
            head,
        }
    }
}

/// The policy under which the exported ledgers hold.
pub fn policy() -> String {
    policy_with(&log_key(), [witness(1), witness(2)])
}

/// The same names with other keys.
pub fn policy_of_others() -> String {
    let log = LedgerKey::from_seed(&[90; 32]).unwrap();
    policy_with(&log, [impostor(1), impostor(2)])
}

fn policy_with(log: &LedgerKey, witnesses: [CosignerKey; 2]) -> String {
    let [a, b] = witnesses.map(|witness| witness.vkey());
    let text = format!(
        "log {}\nwitness a {a}\nwitness b {b}\ngroup both all a b\nquorum both\n",
        log.vkey(&origin())
    );
    Policy::parse(&text).unwrap();
    text
}

/// The ledger's key.
pub fn log_key() -> LedgerKey {
    LedgerKey::from_seed(&[80; 32]).unwrap()
}

/// The witness of this number.
pub fn witness(number: u8) -> CosignerKey {
    CosignerKey::from_seed(witness_name(number), &[number; 32]).unwrap()
}

/// Another key under the witness's name.
pub fn impostor(number: u8) -> CosignerKey {
    CosignerKey::from_seed(witness_name(number), &[number + 100; 32]).unwrap()
}

fn witness_name(number: u8) -> KeyName {
    KeyName::new(format!("stile.example/witness-{number}")).unwrap()
}

fn origin() -> KeyName {
    KeyName::new(ORIGIN).unwrap()
}

/// `note`, a signed note of `head`, with the cosignatures of both witnesses.
pub fn cosigned(head: &Checkpoint, note: &str) -> String {
    [1, 2].iter().fold(note.to_owned(), |note, number| {
        attach(&note, &cosignature(&witness(*number), head)).unwrap()
    })
}

/// A cosignature over `head`.
pub fn cosignature(by: &CosignerKey, head: &Checkpoint) -> String {
    by.cosign(head, WHEN.parse().unwrap()).unwrap()
}

/// Writes a file and the folders above it.
pub fn put(dir: &Path, file: &str, bytes: &[u8]) {
    let path = dir.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn bundles(dir: &Path, entries: &[Vec<u8>]) {
    for path in published(0, u64::try_from(entries.len()).unwrap()) {
        if path.holds() == Holds::Entries {
            let first = usize::try_from(path.place() * 256).unwrap();
            let of_bundle = &entries[first..first + usize::from(path.width())];
            let bytes = bundle_bytes(of_bundle.iter().map(Vec::as_slice)).unwrap();
            put(dir, &path.to_string(), &bytes);
        }
    }
}

fn ask(dir: &Path, old: u64, proof: Vec<Digest>, checkpoint: &str) {
    let request = AddCheckpoint {
        old,
        proof,
        checkpoint: checkpoint.to_owned(),
    };
    put(
        dir,
        &format!("consistency/{old}"),
        request.text().as_bytes(),
    );
}

fn pending(number: u64) -> PendingEntry {
    let when: Timestamp = WHEN.parse().unwrap();
    PendingEntry {
        entry: Entry {
            digest: Some(Digest::of(&number.to_be_bytes())),
            ..Entry::new(EntryKind::Permit, when)
        },
        body: format!("body {number}").into(),
        case: None,
        subjects: Vec::new(),
    }
}
