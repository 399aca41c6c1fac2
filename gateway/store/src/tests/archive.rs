//! Old segments in an archive: what is left still opens, proves and verifies, alone and together.

use std::fs;
use std::path::PathBuf;

use stile_ledger::archive::Statement;
use stile_ledger::{Checkpoint, LedgerError};
use stile_model::time::Timestamp;

use super::*;
use crate::{Archived, Archiving, Erasure, IndexState, Query, Tree, archive, verify_dir_with};

/// Entries of the old time and of the new.
const OLD: u32 = 300;
const NEW: u32 = 40;

fn old() -> Timestamp {
    "2020-03-11T10:14:00Z".parse().unwrap()
}

fn new() -> Timestamp {
    "2026-03-11T10:14:00Z".parse().unwrap()
}

fn cut() -> Timestamp {
    "2025-01-01T00:00:00Z".parse().unwrap()
}

struct Kept {
    store: TempDir,
    archive: TempDir,
}

impl Kept {
    fn dir(&self) -> &Path {
        self.store.path()
    }

    fn archives(&self) -> [PathBuf; 1] {
        [self.archive.path().to_owned()]
    }

    fn open(&self) -> (Store, OpenReport) {
        reopen(self.dir())
    }

    fn archive_before(&self, before: Timestamp) -> Result<Archived, StoreError> {
        let wanted = Archiving {
            before,
            to: self.archive.path().to_owned(),
            now: new(),
        };
        run(archive(config(self.dir(), 16 * 1024), &wanted))
    }

    fn together(&self, earlier: &[Checkpoint]) -> Result<Report, StoreError> {
        verify_dir_with(self.dir(), &self.archives(), &vkey(), earlier, |_| ())
    }

    fn forget_index(&self) {
        fs::remove_dir_all(self.dir().join("index")).unwrap();
    }

    /// The folder of what is kept of the archived part.
    fn base(&self) -> PathBuf {
        let list = fs::read_dir(self.dir().join("archived")).unwrap();
        list.map(|file| file.unwrap().path()).max().unwrap()
    }
}

fn entries(store: &Store, from: u32, count: u32, at: Timestamp) {
    for n in from..from + count {
        let entry = Entry {
            time: at,
            ..permit(&format!("return {n}"))
        };
        let body = format!("body {n}").into_bytes();
        run(store.commit(Batch::entry(entry, body, Some(case(1))))).unwrap();
    }
}

/// A store with a value and 300 entries of long ago, and then 40 of today.
fn filled_long_ago() -> Kept {
    let kept = Kept {
        store: folder(),
        archive: folder(),
    };
    let (store, _) = kept.open();
    let put = Batch::put(Tree::Meta, b"kept".as_slice(), Some(b"value".to_vec()));
    run(store.commit(put)).unwrap();
    entries(&store, 0, OLD, old());
    entries(&store, OLD, NEW, new());
    drop(store);
    kept
}

fn size_of(archived: &Archived) -> u64 {
    Statement::open(&archived.statement, &vkey())
        .unwrap()
        .tree
        .size()
}

/// The store answers as it should after `size` entries were archived.
fn assert_answers(store: &Store, size: u64) {
    assert_eq!(store.archived(), size);
    assert_eq!(
        store.get(Tree::Meta, b"kept").unwrap().unwrap(),
        b"value".to_vec()
    );
    let (head, note) = (store.head(), store.signed_head());
    for index in [0, 1, size - 1] {
        let gone = store.entry(index).unwrap_err();
        assert!(matches!(gone, StoreError::Archived(at) if at == index));
        assert!(matches!(store.body(index), Err(StoreError::Archived(_))));
        assert!(store.proof_under(index, head.size, &note).is_ok());
        let returned = Digest::of(format!("return {index}").as_bytes());
        assert_eq!(store.permit_index(&returned).unwrap(), Some(index));
        let gone = store.permit_for(&returned).unwrap_err();
        assert!(matches!(gone, StoreError::Archived(at) if at == index));
    }
    for index in [size, u64::from(OLD + NEW) - 1] {
        let body = format!("body {index}").into_bytes();
        assert_eq!(store.body(index).unwrap(), body);
        let receipt = store.receipt_for(index).unwrap();
        receipt.proof().verify(receipt.leaf(), &vkey()).unwrap();
    }
}

#[test]
fn old_segments_go_and_what_is_left_opens_proves_and_verifies() {
    let kept = filled_long_ago();
    let whole = verified(kept.dir());
    let before = segments(kept.dir()).len();

    let archived = kept.archive_before(cut()).unwrap();

    let size = size_of(&archived);
    assert!(size > 250 && size <= u64::from(OLD), "{size}");
    assert_eq!(archived.entries, size);
    assert!(segments(kept.dir()).len() < before - archived.segments + 3);
    let alone = verified(kept.dir());
    assert!(alone.is_sound(), "{:?}", alone.first_bad);
    let together = kept.together(&[whole.head.unwrap()]).unwrap();
    assert!(together.is_sound(), "{:?}", together.first_bad);
    assert_eq!(
        (together.entries, together.root),
        (alone.entries, alone.root)
    );
    assert_eq!(alone.entries, whole.entries + 1, "one entry says so");
    assert!(together.frames > alone.frames);
    let (store, report) = kept.open();
    assert_eq!(report.index, IndexState::Current);
    assert_answers(&store, size);
    let last = store.entry(alone.entries - 1).unwrap();
    assert!(String::from_utf8(last).unwrap().contains("\"archive\""));
}

#[test]
fn old_entries_are_proved_with_the_leaf_from_the_archive() {
    let kept = filled_long_ago();
    let leaf = reopen(kept.dir()).0.entry(7).unwrap();

    kept.archive_before(cut()).unwrap();

    let (store, _) = kept.open();
    let proof = store
        .proof_under(7, store.head().size, &store.signed_head())
        .unwrap();
    proof.verify(&leaf, &vkey()).unwrap();
}

#[test]
fn index_is_built_anew_without_the_archived_segments() {
    let kept = filled_long_ago();
    let size = size_of(&kept.archive_before(cut()).unwrap());
    kept.forget_index();

    let (store, report) = kept.open();

    assert_eq!(report.index, IndexState::Made);
    assert_answers(&store, size);
    entries(&store, OLD + NEW, 3, new());
    drop(store);
    assert!(kept.together(&[]).unwrap().is_sound());
}

#[test]
fn second_archiving_goes_on_where_the_first_ended() {
    let kept = filled_long_ago();
    let middle = "2023-01-01T00:00:00Z".parse().unwrap();
    let first = kept.archive_before(cut()).unwrap();
    let (store, _) = kept.open();
    entries(&store, OLD + NEW, 60, middle);
    entries(&store, OLD + NEW + 60, NEW, new());
    drop(store);

    let second = kept.archive_before("2026-06-01T00:00:00Z".parse().unwrap());

    let second = second.unwrap();
    let (from, to) = (size_of(&first), size_of(&second));
    assert_eq!(second.entries, to - from);
    let statement = Statement::open(&second.statement, &vkey()).unwrap();
    assert_eq!(statement.first_entry, from);
    assert!(kept.together(&[]).unwrap().is_sound());
    assert!(verified(kept.dir()).is_sound());
    kept.forget_index();
    let (store, _) = kept.open();
    assert_eq!(store.archived(), to);
    assert_eq!(
        store.get(Tree::Meta, b"kept").unwrap().unwrap(),
        b"value".to_vec()
    );
    let note = store.signed_head();
    assert!(store.proof_under(0, store.head().size, &note).is_ok());
    assert!(store.body(to).is_ok());
}

#[test]
fn crash_before_the_segments_were_removed_does_no_harm() {
    let kept = filled_long_ago();
    let all = folder();
    copy(&kept.dir().join("journal"), all.path());
    let size = size_of(&kept.archive_before(cut()).unwrap());
    for file in files(all.path()) {
        let back = kept.dir().join("journal").join(file.file_name().unwrap());
        if !back.exists() {
            fs::copy(file, back).unwrap();
        }
    }

    assert!(verified(kept.dir()).is_sound());
    assert!(kept.together(&[]).unwrap().is_sound());
    kept.forget_index();
    assert_answers(&kept.open().0, size);
}

#[test]
fn search_says_that_archived_entries_were_not_searched() {
    let kept = filled_long_ago();
    let query = Query {
        limit: 1_000,
        ..Query::default()
    };
    assert!(!kept.open().0.find(&query).unwrap().archived);
    let size = size_of(&kept.archive_before(cut()).unwrap());

    let page = kept.open().0.find(&query).unwrap();

    assert!(page.archived);
    assert_eq!(page.entries.last().unwrap().0, size);
}

#[test]
fn refuses_when_no_whole_segment_is_old_enough() {
    let kept = filled_long_ago();
    let before = segments(kept.dir());

    let error = kept.archive_before(old()).unwrap_err();

    assert!(matches!(error, StoreError::NothingToArchive), "{error}");
    assert_eq!(segments(kept.dir()), before);
    assert_eq!(kept.open().0.archived(), 0);
}

#[test]
fn refuses_to_archive_a_damaged_journal() {
    let kept = filled_long_ago();
    let victim = segments(kept.dir())[1].clone();
    let mut bytes = fs::read(&victim).unwrap();
    bytes[200] ^= 1;
    fs::write(&victim, bytes).unwrap();
    let before = segments(kept.dir());

    let error = kept.archive_before(cut()).unwrap_err();

    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
    assert_eq!(segments(kept.dir()), before);
}

#[test]
fn refuses_to_overwrite_another_file_in_the_archive() {
    let kept = filled_long_ago();
    let first = segments(kept.dir())[0].clone();
    let there = kept.archive.path().join(first.file_name().unwrap());
    fs::write(&there, b"somebody else's").unwrap();
    let before = segments(kept.dir()).len();

    assert!(kept.archive_before(cut()).is_err());

    assert_eq!(fs::read(there).unwrap(), b"somebody else's");
    assert!(segments(kept.dir()).len() >= before, "nothing was removed");
    assert!(verified(kept.dir()).is_sound());
}

#[test]
fn every_changed_file_of_what_is_kept_is_found() {
    let kept = filled_long_ago();
    kept.archive_before(cut()).unwrap();

    for name in ["statement", "edge", "rows"] {
        let path = kept.base().join(name);
        let good = fs::read(&path).unwrap();
        for place in [0, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[place] ^= 1;
            fs::write(&path, bad).unwrap();
            let _ = fs::remove_dir_all(kept.dir().join("index"));
            let refused = open_in(kept.dir()).map(|_| ()).unwrap_err();
            assert!(
                matches!(refused, StoreError::Ledger(_) | StoreError::Io { .. }),
                "{name} {place}: {refused}"
            );
        }
        fs::write(&path, good).unwrap();
    }
    let _ = fs::remove_dir_all(kept.dir().join("index"));
    assert!(open_in(kept.dir()).is_ok());
}

#[test]
fn missing_changed_and_swapped_archived_segments_are_found() {
    let kept = filled_long_ago();
    kept.archive_before(cut()).unwrap();
    let mut archived = files(kept.archive.path());
    archived.retain(|path| path.extension().is_some_and(|end| end == "seg"));
    archived.sort();
    let (one, other) = (archived[1].clone(), archived[2].clone());
    let good = fs::read(&one).unwrap();
    let sound = |what: &str| {
        let report = kept.together(&[]).unwrap();
        assert!(!report.is_sound(), "{what}");
        // What is left stands by itself, whatever becomes of the archive.
        assert!(verified(kept.dir()).is_sound(), "{what}");
    };

    for place in [0, 60, good.len() / 3] {
        let mut bad = good.clone();
        bad[place] ^= 1;
        fs::write(&one, bad).unwrap();
        sound("a byte changed");
    }
    fs::copy(&other, &one).unwrap();
    sound("another segment in its place");
    fs::remove_file(&one).unwrap();
    sound("missing");
    fs::write(&one, good).unwrap();
    assert!(kept.together(&[]).unwrap().is_sound());
    fs::remove_file(archived.last().unwrap()).unwrap();
    sound("the last one missing");
}

#[test]
fn removed_and_rolled_back_live_segments_are_found() {
    let kept = filled_long_ago();
    let head = verified(kept.dir()).head.unwrap();
    kept.archive_before(cut()).unwrap();
    let live = segments(kept.dir());

    let first = fs::read(&live[0]).unwrap();
    fs::remove_file(&live[0]).unwrap();
    assert!(!verified(kept.dir()).is_sound());
    assert!(!kept.together(&[]).unwrap().is_sound());
    assert!(open_in(kept.dir()).is_err() || !verified(kept.dir()).is_sound());
    fs::write(&live[0], first).unwrap();

    for gone in &live[1..] {
        fs::remove_file(gone).unwrap();
    }
    let report = kept.together(&[head]).unwrap();
    assert!(matches!(
        report.first_bad.unwrap().fault,
        LedgerError::Rollback { .. }
    ));
}

#[test]
fn earlier_head_of_the_archived_part_is_compared_only_with_the_archive() {
    let kept = Kept {
        store: folder(),
        archive: folder(),
    };
    let (store, _) = kept.open();
    entries(&store, 0, 20, old());
    let early = store.head();
    entries(&store, 20, OLD, old());
    entries(&store, OLD + 20, NEW, new());
    drop(store);
    kept.archive_before(cut()).unwrap();
    let forged = Checkpoint {
        root: Digest::of(b"another history"),
        ..early.clone()
    };

    let alone = verify_dir_with(
        kept.dir(),
        &[],
        &vkey(),
        std::slice::from_ref(&early),
        |_| (),
    );

    assert!(matches!(
        alone,
        Err(StoreError::Ledger(LedgerError::Archive(_)))
    ));
    assert!(kept.together(&[early]).unwrap().is_sound());
    assert!(!kept.together(&[forged]).unwrap().is_sound());
}

#[test]
fn erased_keys_stay_erased_and_newer_ones_of_the_same_case_go_along() {
    let kept = Kept {
        store: folder(),
        archive: folder(),
    };
    let keys = folder();
    let file = keys.path().join("epoch.key");
    EpochKey::create_file(&file).unwrap();
    let settings = || StoreConfig {
        epoch_key: EpochKey::read_file(&file).unwrap(),
        ..config(kept.dir(), 16 * 1024)
    };
    let open = || Store::open(settings()).unwrap().0;
    let store = open();
    entries(&store, 0, 5, old());
    let erasure = Erasure {
        cases: vec![case(1)],
        entry: Entry::new(EntryKind::Erasure, old()),
        body: Vec::new(),
    };
    run(store.erase(&erasure)).unwrap();
    entries(&store, 100, OLD, old());
    entries(&store, 500, NEW, new());
    drop(store);
    let wanted = Archiving {
        before: cut(),
        to: kept.archive.path().to_owned(),
        now: new(),
    };

    let carried = run(archive(settings(), &wanted)).unwrap().carried;

    assert!(carried > 2, "{carried}");
    kept.forget_index();
    let store = open();
    let newest = store.head().size - 2;
    assert_eq!(store.body(newest).unwrap(), b"body 539".to_vec());
    assert!(kept.together(&[]).unwrap().is_sound());
    // What was carried can be erased in its turn.
    run(store.erase(&erasure)).unwrap();
    assert!(matches!(store.body(newest), Err(StoreError::Erased)));
    drop(store);
    assert!(verified(kept.dir()).is_sound());
    assert!(matches!(open().body(newest), Err(StoreError::Erased)));
}

#[test]
fn check_after_the_start_holds_what_is_left_against_the_index() {
    let kept = filled_long_ago();
    kept.archive_before(cut()).unwrap();

    let (store, _) = kept.open();

    let size = store.head().size;
    assert_eq!(
        super::check::outcome(&store),
        crate::Health::Sound { entries: size }
    );
}
