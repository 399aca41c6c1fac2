//! What the check after the start finds, and what it leaves alone.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use stile_ledger::frame::Frame;
use stile_ledger::{Entry, EntryKind};

use super::{batch, case, filled, folder, permit, reopen, run};
use crate::{Batch, Erasure, Health, IndexState, Put, Store, StoreError, Tree};

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
fn state_removed_while_the_check_runs_is_not_missed() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    for n in 0..300 {
        run(store.commit(put(&format!("key {n}"), Some("value")))).unwrap();
    }
    drop(store);

    let (store, _) = reopen(dir.path());
    // The last first: the check comes to them last.
    for n in (0..300).rev() {
        run(store.commit(put(&format!("key {n}"), None))).unwrap();
    }

    let health = outcome(&store);
    assert!(matches!(health, Health::Sound { .. }), "{health:?}");
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
    let Health::IndexDamaged { finding } = outcome(&store) else {
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

    assert!(matches!(outcome(&store), Health::IndexDamaged { .. }));
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

    assert!(matches!(outcome(&store), Health::IndexDamaged { .. }));
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

    let Health::IndexDamaged { finding } = outcome(&store) else {
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
    assert!(store.is_damaged());
    // The index is not at fault and is left alone.
    assert!(!dir.path().join("index/rebuild").exists());
}

#[test]
fn start_after_the_check_found_a_lost_row_rebuilds_the_index_by_itself() {
    let dir = used();
    bend(dir.path(), |index| {
        index.remove(state("kept")).unwrap().unwrap();
    });
    let (store, _) = reopen(dir.path());
    assert!(matches!(outcome(&store), Health::IndexDamaged { .. }));
    assert_eq!(store.get(Tree::Meta, b"kept").unwrap(), None);
    drop(store);

    let (store, report) = reopen(dir.path());

    assert_eq!(report.index, IndexState::Rebuilt);
    assert_eq!(store.get(Tree::Meta, b"kept").unwrap().unwrap(), b"new");
    assert_eq!(outcome(&store), Health::Sound { entries: 40 });
    drop(store);
    let (_, report) = reopen(dir.path());
    assert_ne!(report.index, IndexState::Rebuilt);
}

#[test]
fn start_after_a_read_met_a_lost_row_rebuilds_the_index_by_itself() {
    // So many that opening need not look for this one.
    let dir = filled(300);
    bend(dir.path(), |index| {
        let row = [b"f".as_slice(), &3_u64.to_be_bytes()].concat();
        index.remove(row).unwrap().unwrap();
    });
    let (store, _) = reopen(dir.path());

    // The signed head says that it is there, so it is not called missing.
    assert!(matches!(store.entry(3), Err(StoreError::Index(_))));

    drop(store);
    let (store, report) = reopen(dir.path());
    assert_eq!(report.index, IndexState::Rebuilt);
    store.entry(3).unwrap();
}

#[test]
fn start_without_the_stores_own_keys_in_the_index_rebuilds_it() {
    let dir = used();
    bend(dir.path(), |index| {
        for row in index.scan_prefix(b"l") {
            index.remove(row.unwrap().0).unwrap();
        }
    });

    let (store, report) = reopen(dir.path());

    assert_eq!(report.index, IndexState::Rebuilt);
    assert_eq!(store.get(Tree::Meta, b"kept").unwrap().unwrap(), b"new");
}

#[test]
fn marked_index_is_rebuilt_only_from_a_journal_that_has_all_it_has_seen() {
    let dir = used();
    fs::write(dir.path().join("index/rebuild"), "").unwrap();
    // The newest frame is taken out of the newest segment.
    let segments = fs::read_dir(dir.path().join("journal")).unwrap();
    let newest = segments.map(|one| one.unwrap().path()).max().unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    let (mut last, mut end) = (0, 0);
    while let Ok(decoded) = Frame::decode(&bytes[end..]) {
        (last, end) = (end, end + decoded.length);
    }
    assert!(end > 0);
    bytes[last..].fill(0);
    fs::write(&newest, bytes).unwrap();

    let opened = Store::open(super::config(dir.path(), 64 * 1024));

    assert!(
        matches!(opened, Err(StoreError::IndexAhead { .. })),
        "{:?}",
        opened.map(|(_, report)| report)
    );
    assert!(dir.path().join("index/rebuild").exists());
}

#[test]
fn erasure_destroys_no_key_while_the_index_may_lack_some() {
    let dir = folder();
    let key = dir.path().join("epoch.key");
    let store_dir = dir.path().join("store");
    crate::EpochKey::create_file(&key).unwrap();
    let open = || {
        let config = crate::StoreConfig {
            epoch_key: crate::EpochKey::read_file(&key).unwrap(),
            ..super::config(&store_dir, 64 * 1024)
        };
        Store::open(config).unwrap().0
    };
    let store = open();
    for number in 1..4 {
        let put = Put {
            tree: Tree::Meta,
            key: format!("of {number}").into_bytes(),
            value: Some(b"kept".to_vec()),
            case: Some(case(number)),
        };
        let batch = Batch {
            puts: vec![put],
            ..Batch::default()
        };
        run(store.commit(batch)).unwrap();
    }
    drop(store);
    // The key of the second case is lost to the index, as a full disk may do it.
    bend(&store_dir, |index| {
        let label = crate::index::label_key(&crate::seal::label(Some(&case(2))));
        let id = index.get(label).unwrap().unwrap();
        let row = [b"k", id.as_ref()].concat();
        index.remove(row).unwrap().unwrap();
    });
    let store = open();
    let erasure = Erasure {
        cases: vec![case(1)],
        entry: Entry::new(EntryKind::Erasure, super::permit("x").time),
        body: b"by order".to_vec(),
    };

    let refused = run(store.erase(&erasure));

    assert!(
        matches!(refused, Err(StoreError::Unverified)),
        "{refused:?}"
    );
    drop(store);
    // The next start has the key again, and the erasure ends without losing it.
    let store = open();
    let erased = run(store.resume_erasure(erasure.entry.time))
        .unwrap()
        .unwrap();
    assert_eq!(erased.erased_keys, 1);
    assert_eq!(store.get(Tree::Meta, b"of 1").unwrap(), None);
    assert_eq!(store.get(Tree::Meta, b"of 2").unwrap().unwrap(), b"kept");
}
