//! The published folder: always provable from itself, and never quietly another ledger's.

use std::fs;
use std::path::Path;

use stile_ledger::Checkpoint;
use stile_ledger::tree::{leaf_hash, root_at};
use stile_ledger::{LedgerKey, tile};
use stile_model::digest::Digest;

use super::{batch, copy, fill, folder, ledger_key, permit, reopen, run, vkey};
use crate::publish::{CHECKPOINT, WITNESSED};
use crate::{Batch, PendingEntry, Published, Publisher, Store};

fn publish(store: &Store, dir: &Path) -> Published {
    Publisher::new(store.clone(), dir)
        .publish(&store.signed_head(), None)
        .unwrap()
}

fn grow(store: &Store, count: u32) {
    for n in 0..count.div_ceil(100) {
        let entries = (0..100.min(count - n * 100)).map(|i| PendingEntry {
            entry: permit(&format!("{n}/{i}")),
            body: Vec::new(),
            case: None,
            subjects: Vec::new(),
        });
        let batch = Batch {
            entries: entries.collect(),
            ..Batch::default()
        };
        run(store.commit(batch)).unwrap();
    }
}

/// The root of the published head, from the folder's tiles alone.
fn root_from(dir: &Path) -> Digest {
    let note = fs::read_to_string(dir.join(CHECKPOINT)).unwrap();
    let head = Checkpoint::open(&note, &vkey()).unwrap();
    let root = root_at(head.size, |level, place| {
        tile::node(level, place, |level, place| {
            let there = head.size >> (8 * u32::from(level));
            let width = (there - place * 256).min(256);
            let narrow = if width < 256 {
                format!(".p/{width}")
            } else {
                String::new()
            };
            assert!(place < 1_000);
            let file = dir.join(format!("tile/{level}/{place:03}{narrow}"));
            let bytes = fs::read(file).unwrap();
            Some(
                bytes
                    .chunks(32)
                    .map(|hash| Digest::from_bytes(hash.try_into().unwrap()))
                    .collect::<Vec<_>>(),
            )
        })
    })
    .unwrap();
    assert_eq!(root, head.root);
    root
}

#[test]
fn every_published_head_is_proved_by_the_folder_alone() {
    let (dir, out) = (folder(), folder());
    let (store, _) = reopen(dir.path());
    let mut publisher = Publisher::new(store.clone(), out.path());
    for step in [1, 1, 253, 1, 1, 400, 56] {
        grow(&store, step);

        let done = publisher.publish(&store.signed_head(), None).unwrap();

        assert!(matches!(done, Published::InStep { files } if files > 0));
        assert_eq!(root_from(out.path()), store.head().root);
    }
    let level_0 = fs::read(out.path().join("tile/0/000")).unwrap();
    assert_eq!(
        level_0[..32],
        *leaf_hash(&store.entry(0).unwrap()).as_bytes()
    );
    assert_eq!(
        publisher.publish(&store.signed_head(), None).unwrap(),
        Published::InStep { files: 0 }
    );
}

#[test]
fn a_missing_folder_and_one_that_is_behind_are_brought_into_step() {
    let (dir, out, behind) = (folder(), folder(), folder());
    let (store, _) = reopen(dir.path());
    grow(&store, 300);
    publish(&store, out.path());
    copy(out.path(), behind.path());
    grow(&store, 300);
    fs::remove_dir_all(out.path()).unwrap();

    for folder in [out.path(), behind.path()] {
        assert!(matches!(publish(&store, folder), Published::InStep { .. }));
        assert_eq!(root_from(folder), store.head().root);
    }
}

#[test]
fn a_crash_between_tiles_and_head_leaves_a_folder_that_proves_its_older_head() {
    let (dir, out) = (folder(), folder());
    let (store, _) = reopen(dir.path());
    grow(&store, 300);
    publish(&store, out.path());
    let (old, root) = (
        fs::read(out.path().join(CHECKPOINT)).unwrap(),
        store.head().root,
    );
    grow(&store, 300);
    publish(&store, out.path());
    // As if the process had been killed before the head was renamed, in the middle of a tile.
    fs::write(out.path().join(CHECKPOINT), old).unwrap();
    fs::create_dir_all(out.path().join("tile/0/001.p")).unwrap();
    for narrow in 1..45_u64 {
        let hashes = store.tile(0, 1, u16::try_from(narrow).unwrap()).unwrap();
        let bytes: Vec<u8> = hashes
            .unwrap()
            .iter()
            .flat_map(|hash| *hash.as_bytes())
            .collect();
        fs::write(out.path().join(format!("tile/0/001.p/{narrow}")), bytes).unwrap();
    }
    let tile = out.path().join("tile/0/001");
    let half = fs::read(&tile).unwrap()[..4_000].to_vec();
    fs::write(&tile, half).unwrap();

    assert_eq!(root_from(out.path()), root);
    assert!(matches!(
        publish(&store, out.path()),
        Published::InStep { .. }
    ));
    assert_eq!(root_from(out.path()), store.head().root);
}

#[test]
fn stops_at_a_folder_that_is_ahead_of_the_ledger() {
    let (dir, older, out) = (folder(), folder(), folder());
    {
        let (store, _) = reopen(dir.path());
        fill(&store, 0, 3);
        drop(store);
        copy(dir.path(), older.path());
        let (store, _) = reopen(dir.path());
        fill(&store, 3, 1);
        publish(&store, out.path());
    }
    let before = fs::read_to_string(out.path().join(CHECKPOINT)).unwrap();

    let (store, _) = reopen(older.path());
    let stopped = publish(&store, out.path());

    assert_eq!(
        stopped,
        Published::Contradiction {
            note: before.clone()
        }
    );
    assert_eq!(
        fs::read_to_string(out.path().join(CHECKPOINT)).unwrap(),
        before
    );
}

#[test]
fn stops_at_a_folder_of_another_history_by_the_same_key() {
    let (one, other, out) = (folder(), folder(), folder());
    let (store, _) = reopen(other.path());
    fill(&store, 7, 2);
    publish(&store, out.path());
    let (store, _) = reopen(one.path());
    fill(&store, 0, 3);

    assert!(matches!(
        publish(&store, out.path()),
        Published::Contradiction { .. }
    ));
}

#[test]
fn stops_at_any_changed_published_tile_and_at_a_head_by_another_key() {
    let (dir, out) = (folder(), folder());
    let (store, _) = reopen(dir.path());
    grow(&store, 300);
    publish(&store, out.path());
    for file in ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"] {
        let path = out.path().join(file);
        let right = fs::read(&path).unwrap();
        let mut wrong = right.clone();
        wrong[31] ^= 1;
        fs::write(&path, wrong).unwrap();

        assert_eq!(
            publish(&store, out.path()),
            Published::Differs { file: file.into() }
        );
        fs::write(&path, right).unwrap();
    }
    let stranger = LedgerKey::from_seed(&[9; 32]).unwrap();
    let note = store.head().sign(&stranger).unwrap();
    fs::write(out.path().join(CHECKPOINT), note).unwrap();

    assert_eq!(
        publish(&store, out.path()),
        Published::Differs {
            file: CHECKPOINT.into()
        }
    );
}

#[test]
fn an_earlier_cosigned_head_is_published_beside_the_newest() {
    let (dir, out) = (folder(), folder());
    let (store, _) = reopen(dir.path());
    grow(&store, 10);
    let earlier = store.signed_head();
    grow(&store, 10);

    Publisher::new(store.clone(), out.path())
        .publish(&store.signed_head(), Some(&earlier))
        .unwrap();

    assert_eq!(
        fs::read_to_string(out.path().join(WITNESSED)).unwrap(),
        earlier
    );
    assert!(out.path().join("tile/0/000.p/10").exists());
    assert_eq!(root_from(out.path()), store.head().root);
}

#[test]
fn refuses_to_publish_a_note_that_is_not_a_head_of_this_ledger() {
    let (dir, out) = (folder(), folder());
    let (store, _) = reopen(dir.path());
    run(store.commit(batch("one"))).unwrap();
    let stranger = LedgerKey::from_seed(&[9; 32]).unwrap();
    let note = store.head().sign(&stranger).unwrap();

    let refused = Publisher::new(store, out.path()).publish(&note, None);

    assert!(refused.is_err());
    assert!(!out.path().join(CHECKPOINT).exists());
}

#[test]
fn tiles_roots_and_proofs_of_earlier_heads_are_read_back_and_none_beyond_the_head() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    let mut roots = vec![store.head().root];
    for n in 0..20 {
        fill(&store, n, 1);
        roots.push(store.head().root);
    }
    grow(&store, 280);
    for (size, root) in roots.iter().enumerate() {
        let size = u64::try_from(size).unwrap();
        assert_eq!(store.root_at(size).unwrap(), *root);
        let head = Checkpoint {
            origin: vkey().name().clone(),
            size,
            root: *root,
        };
        assert!(!store.contradicts(&head).unwrap());
        if size > 0 {
            let note = head.sign(&ledger_key()).unwrap();
            let proof = store.proof_under(size - 1, size, &note).unwrap();
            let leaf = store.entry(size - 1).unwrap();
            assert_eq!(proof.verify(&leaf, &vkey()).unwrap(), head);
            assert!(store.proof_under(size, size, &note).is_err());
        }
    }

    assert!(store.root_at(301).is_err());
    assert_eq!(store.tile(0, 1, 44).unwrap().unwrap().len(), 44);
    assert_eq!(store.tile(0, 0, 7).unwrap().unwrap().len(), 7);
    for (level, place, width) in [
        (0, 1, 45),
        (0, 2, 1),
        (1, 0, 2),
        (2, 0, 1),
        (0, 0, 0),
        (0, 0, 257),
        (9, u64::MAX, 1),
    ] {
        assert_eq!(store.tile(level, place, width).unwrap(), None);
    }
}
