//! What the check after the start finds, and what it leaves alone.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use stile_ledger::EntryKind;

use super::{batch, case, filled, folder, permit, reopen, run};
use crate::{Batch, Health, Put, Store, Tree};

/// What the check says in the end.
pub(super) fn outcome(store: &Store) -> Health {
    for _ in 0..4_000 {
        match store.health() {
            Health::Checking { .. } => std::thread::sleep(Duration::from_millis(5)),
            health => return health,
        }
    }
    panic!("the check did not end");
}

fn put(key: &str, value: Option<&str>) -> Batch {
    Batch {
        puts: vec![Put {
            tree: Tree::Meta,
            key: key.as_bytes().to_vec(),
            value: value.map(|value| value.as_bytes().to_vec()),
            case: Some(case(1)),
        }],
        ..Batch::default()
    }
}

/// A closed store in which a value was set twice and another removed.
fn used() -> tempfile::TempDir {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    for n in 0..40 {
        run(store.commit(batch(&format!("entry {n}")))).unwrap();
    }
    for change in [
        put("kept", Some("old")),
        put("gone", Some("secret")),
        put("kept", Some("new")),
        put("gone", None),
    ] {
        run(store.commit(change)).unwrap();
    }
    drop(store);
    dir
}

/// Changes rows of the closed index as somebody with the files could.
fn bend(dir: &Path, change: impl Fn(&sled::Db)) {
    let index = sled::open(dir.join("index")).unwrap();
    change(&index);
    index.flush().unwrap();
}

fn state(key: &str) -> Vec<u8> {
    [&[b's', Tree::Meta.number()], key.as_bytes()].concat()
}

#[test]
fn honest_store_is_sound_also_after_values_changed_and_were_removed() {
    let dir = used();

    let (store, _) = reopen(dir.path());

    assert_eq!(outcome(&store), Health::Sound { entries: 40 });
}

#[test]
fn store_that_is_written_to_during_the_check_is_sound() {
    let dir = used();
    let (store, _) = reopen(dir.path());

    for n in 0..50 {
        run(store.commit(put("kept", Some(&n.to_string())))).unwrap();
        run(store.commit(put("gone", Some("again")))).unwrap();
        run(store.commit(put("gone", None))).unwrap();
    }

    assert_eq!(outcome(&store), Health::Sound { entries: 40 });
}

#[test]
fn finds_a_row_that_was_bent_to_an_older_record() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    run(store.commit(put("kept", Some("old")))).unwrap();
    drop(store);
    let mut older = Vec::new();
    let index = sled::open(dir.path().join("index")).unwrap();
    older.extend_from_slice(&index.get(state("kept")).unwrap().unwrap());
    drop(index);
    let (store, _) = reopen(dir.path());
    run(store.commit(put("kept", Some("new")))).unwrap();
    drop(store);
    bend(dir.path(), |index| {
        index.insert(state("kept"), older.as_slice()).unwrap();
    });

    let (store, _) = reopen(dir.path());

    // The row leads to a record that opens: only the walk sees that it is not the newest.
    assert_eq!(store.get(Tree::Meta, b"kept").unwrap().unwrap(), b"old");
    let Health::Damaged { finding } = outcome(&store) else {
        panic!("not found");
    };
    assert!(finding.contains("older record"), "{finding}");
}

#[test]
fn finds_state_that_was_taken_out_of_the_index() {
    let dir = used();
    bend(dir.path(), |index| {
        index.remove(state("kept")).unwrap().unwrap();
    });

    let (store, _) = reopen(dir.path());

    assert!(matches!(outcome(&store), Health::Damaged { .. }));
}

#[test]
fn finds_removed_state_that_was_put_back_into_the_index() {
    let dir = used();
    bend(dir.path(), |index| {
        let kept = index.get(state("kept")).unwrap().unwrap();
        let mut earlier = kept.to_vec();
        earlier[8..16].copy_from_slice(&1_u64.to_be_bytes());
        index.insert(state("gone"), earlier).unwrap();
    });

    let (store, _) = reopen(dir.path());

    assert!(matches!(outcome(&store), Health::Damaged { .. }));
}

#[test]
fn finds_an_entry_that_is_hidden_from_searches() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    let mut entries = batch("one").entries;
    entries[0].entry = permit("one");
    let one = entries.remove(0);
    for _ in 0..5 {
        let batch = Batch {
            entries: vec![one.clone(); 300],
            ..Batch::default()
        };
        run(store.commit(batch)).unwrap();
    }
    while store.unposted().unwrap() > 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(store);
    let word = crate::postings::Term::kind(EntryKind::Permit);
    bend(dir.path(), |index| {
        let key = index
            .scan_prefix(word.prefix())
            .keys()
            .next()
            .unwrap()
            .unwrap();
        index.insert(key, 7_u16.to_be_bytes().as_slice()).unwrap();
    });

    let (store, _) = reopen(dir.path());

    let Health::Damaged { finding } = outcome(&store) else {
        panic!("not found");
    };
    assert!(finding.contains("hides"), "{finding}");
}

#[test]
fn finds_a_bit_that_flipped_in_an_old_segment() {
    // So many that the tile over the first of them is full, and opening need not read them.
    let dir = filled(300);
    let oldest = dir.path().join("journal/00000000000000000000.seg");
    let length = fs::metadata(&oldest).unwrap().len();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(oldest)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, length / 2).unwrap();
    file.write_all_at(&[byte[0] ^ 4], length / 2).unwrap();

    // Opening looks at what is newer than the index's position only.
    let (store, _) = reopen(dir.path());

    let Health::Damaged { finding } = outcome(&store) else {
        panic!("not found");
    };
    assert!(finding.contains("segment `0`"), "{finding}");
}
