//! Erasing: what is left opens and is proved, what was erased opens for nobody.

use std::collections::BTreeSet;

use ring::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use stile_ledger::SubjectKey;
use stile_ledger::frame::{Frame, Record};
use stile_ledger::tree::verify_consistency;
use stile_model::id::Code;
use stile_model::time::Timestamp;

use super::*;
use crate::erase::Pass;
use crate::keys::{Kek, epoch_of};
use crate::{Destroyed, Erased, Erasure, IndexState, Put, Tree, verify_dir_opened};

/// A store and, beside it, the folder of its epoch key.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { dir: folder() };
        std::fs::create_dir(place.dir.path().join("keys")).unwrap();
        EpochKey::create_file(&place.key()).unwrap();
        place
    }

    fn key(&self) -> PathBuf {
        self.dir.path().join("keys/epoch.key")
    }

    fn store(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    fn open(&self) -> Store {
        self.try_open().unwrap()
    }

    fn try_open(&self) -> Result<Store, StoreError> {
        let config = StoreConfig {
            epoch_key: EpochKey::read_file(&self.key())?,
            ..config(&self.store(), 64 * 1024)
        };
        Store::open(config).map(|(store, _)| store)
    }
}

const SECRET: &str = "she lives at 4 Elm Row";
const KEPT: &str = "attends every day";

/// Entries and state of several cases, told apart by their number.
pub(super) fn fill_cases(store: &Store, cases: std::ops::Range<u32>) {
    for number in cases {
        let text = if number == 1 { SECRET } else { KEPT };
        let mut batch = Batch::entry(
            permit(&format!("{number}")),
            format!("{text} {number}").into_bytes(),
            Some(case(number)),
        );
        batch.puts.push(Put {
            tree: Tree::Cases,
            key: case(number).as_str().as_bytes().to_vec(),
            value: Some(format!("{text} {number}").into_bytes()),
            case: Some(case(number)),
        });
        run(store.commit(batch)).unwrap();
    }
}

fn now() -> Timestamp {
    "2026-03-11T10:15:00Z".parse().unwrap()
}

pub(super) fn erasure(cases: &[u32]) -> Erasure {
    Erasure {
        cases: cases.iter().map(|number| case(*number)).collect(),
        entry: Entry::new(EntryKind::Erasure, "2026-03-11T10:14:00Z".parse().unwrap()),
        body: b"{}".to_vec(),
    }
}

fn erase(store: &Store, cases: &[u32]) -> Erased {
    run(store.erase(&erasure(cases))).unwrap()
}

/// Case 1 is gone, cases 2 to `last` are whole, everything is proved, and the files say so too.
pub(super) fn assert_erased(store: &Store, last: u32) {
    assert!(matches!(store.body(0), Err(StoreError::Erased)));
    assert_eq!(
        store.get(Tree::Cases, case(1).as_str().as_bytes()).unwrap(),
        None
    );
    for number in 2..=last {
        let text = format!("{KEPT} {number}").into_bytes();
        assert_eq!(store.body(u64::from(number) - 1).unwrap(), text);
        let key = case(number);
        assert_eq!(
            store.get(Tree::Cases, key.as_str().as_bytes()).unwrap(),
            Some(text)
        );
    }
    let every = store.scan(Tree::Cases, b"", None, 5_000).unwrap();
    assert_eq!(every.len(), usize::try_from(last).unwrap() - 1);
    for index in 0..store.head().size {
        let receipt = store.receipt_for(index).unwrap();
        receipt.proof().verify(receipt.leaf(), &vkey()).unwrap();
    }
}

#[test]
fn erased_case_opens_no_more_and_everything_else_does() {
    let place = Place::new();
    let store = place.open();
    fill_cases(&store, 1..5);
    let before = store.head();
    let old = EpochKey::read_file(&place.key()).unwrap().ids();

    let erased = erase(&store, &[1]);

    assert_eq!(erased.index, Some(4));
    assert_eq!((erased.erased_keys, erased.removed_values), (1, 1));
    // Three cases, the general key, the index key.
    assert_eq!(erased.kept_keys, 5);
    assert_eq!(erased.destroyed, Destroyed::Yes);
    assert_erased(&store, 4);
    let (proof, head) = store.consistency(before.size).unwrap();
    verify_consistency(before.size, &before.root, head.size, &head.root, &proof).unwrap();
    let entry = stile_ledger::Leaf::parse(&store.entry(4).unwrap()).unwrap();
    assert_eq!(
        entry.entry.counts.get(&Code::new("erased_keys").unwrap()),
        Some(&1)
    );
    let leaf = String::from_utf8(store.entry(4).unwrap()).unwrap();
    assert!(!leaf.contains("MASH"), "{leaf}");
    let destroyed = stile_ledger::Leaf::parse(&store.entry(5).unwrap()).unwrap();
    assert_eq!(destroyed.entry.kind, EntryKind::KeyEpoch);
    assert_eq!(destroyed.entry.concerns, Some(4));
    let body = String::from_utf8(store.body(5).unwrap()).unwrap();
    assert!(body.contains(&old[0].to_string()));
    assert_ne!(EpochKey::read_file(&place.key()).unwrap().ids(), old);
    assert_eq!(files(&place.dir.path().join("keys")), [place.key()]);
    drop(store);

    assert!(verified(&place.store()).is_sound());
    assert_erased(&place.open(), 4);
    std::fs::remove_dir_all(place.store().join("index")).unwrap();
    assert_erased(&place.open(), 4);
}

#[test]
fn a_key_opens_what_was_sealed_under_it_and_neither_an_older_nor_a_newer_copy() {
    let place = Place::new();
    let store = place.open();
    fill_cases(&store, 1..4);
    drop(store);
    let (older, newer) = (
        place.dir.path().join("older"),
        place.dir.path().join("newer"),
    );
    copy(&place.store(), &older);
    let before = EpochKey::read_file(&place.key()).unwrap();
    let store = place.open();
    erase(&store, &[1]);
    drop(store);
    copy(&place.store(), &newer);
    let after = EpochKey::read_file(&place.key()).unwrap();

    let checked = |dir: &Path, keys: &EpochKey| {
        verify_dir_opened(dir, &vkey(), ORIGIN, keys.clone()).map(|report| report.is_sound())
    };

    assert!(checked(&older, &before).unwrap() && checked(&newer, &after).unwrap());
    for (dir, keys) in [
        (&older, &after),
        (&newer, &before),
        (&newer, &EpochKey::from_bytes([9; 32])),
    ] {
        let error = checked(dir, keys).unwrap_err();
        assert!(matches!(error, StoreError::WrongEpochKey), "{error}");
    }
}

#[test]
fn neither_the_words_nor_a_key_that_opens_them_is_left_in_any_file() {
    let place = Place::new();
    let config = |low| StoreConfig {
        epoch_key: EpochKey::read_file(&place.key()).unwrap(),
        low_space_bytes: low,
        ..config(&place.store(), 64 * 1024)
    };
    let (store, _) = Store::open(config(1024 * 1024)).unwrap();
    fill_cases(&store, 1..5);
    drop(store);
    let old_key = std::fs::read(place.key()).unwrap();
    // An index from before the erasure, as a restart after damage leaves one.
    copy(
        &place.store().join("index"),
        &place.store().join("set-aside/index-0"),
    );
    let (store, _) = Store::open(config(1024 * 1024)).unwrap();
    assert!(place.store().join("ballast").exists());

    erase(&store, &[1]);
    drop(store);

    let label = format!("case/{}", case(1)).into_bytes();
    let wrapped = wrapped_keys(&place.store());
    let mine: Vec<_> = wrapped.iter().filter(|(of, ..)| *of == label).collect();
    assert_eq!(mine.len(), 1, "the erased key was wrapped again");
    // With the old key, which this test kept, the record opens: so it is the right record.
    let data_key = opened(&old_key, mine[0]).expect("the old key opens it");
    let everything = files(place.dir.path());
    assert!(
        everything
            .iter()
            .any(|file| file.starts_with(place.store().join("set-aside")))
    );
    for file in &everything {
        let bytes = std::fs::read(file).unwrap();
        for (what, secret) in [
            ("the words", SECRET.as_bytes()),
            ("the old epoch key", &old_key),
            ("the case's key", &data_key),
        ] {
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret),
                "{what} is in {}",
                file.display()
            );
        }
    }
    // Whatever 32 bytes of the keys and the journal are tried as the key, only survivors open.
    let survivor = wrapped.iter().rfind(|(of, ..)| *of != label).unwrap();
    let (mut tried, mut opens) = (BTreeSet::new(), 0);
    for file in &everything {
        let of_keys = file.starts_with(place.dir.path().join("keys"));
        if !of_keys && !file.starts_with(place.store().join("journal")) {
            continue;
        }
        for key in std::fs::read(file).unwrap().windows(32) {
            if tried.insert(key.to_vec()) {
                assert!(opened(key, mine[0]).is_none());
                opens += u32::from(opened(key, survivor).is_some());
            }
        }
    }
    assert_eq!(
        opens, 1,
        "the new epoch key, and no other, opens what is kept"
    );
}

/// Every wrapped key in the journal: label, id, wrapped bytes.
fn wrapped_keys(store: &Path) -> Vec<(Vec<u8>, [u8; 16], Vec<u8>)> {
    let mut found = Vec::new();
    for segment in segments(store) {
        let bytes = std::fs::read(segment).unwrap();
        let mut at = 0;
        while let Ok(decoded) = Frame::decode(&bytes[at..]) {
            at += decoded.length;
            for record in decoded.frame.records {
                if let Record::WrappedKey { id, label, wrapped } = record {
                    found.push((label, id, wrapped));
                }
            }
        }
    }
    found
}

/// The data key, if these 32 bytes are the epoch key that wrapped it, whatever their id.
fn opened(key: &[u8], (label, id, wrapped): &(Vec<u8>, [u8; 16], Vec<u8>)) -> Option<Vec<u8>> {
    let (_, rest) = epoch_of(wrapped).unwrap();
    let (nonce, text) = rest.split_at(12);
    let aad = [ORIGIN.as_bytes(), b"\0k", id, label].concat();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap());
    let mut text = text.to_vec();
    let nonce = ring::aead::Nonce::try_assume_unique_for_key(nonce).unwrap();
    let plain = key.open_in_place(nonce, ring::aead::Aad::from(aad), &mut text);
    plain.ok().map(|plain| plain.to_vec())
}

#[test]
fn goes_on_after_a_crash_at_any_step_and_ends_the_same() {
    for crash_after in 0..12 {
        let place = Place::new();
        let store = place.open();
        // More keys than one frame wraps again.
        fill_many(&store, 1_100);
        run(store.begin(&erasure(&[1]))).unwrap();
        let (mut done, mut pass) = (None, Pass::default());
        for _ in 0..crash_after {
            done = run(store.step(&mut pass, now())).unwrap();
            if done.is_some() {
                break;
            }
        }
        drop(store);

        let store = place.open();
        assert!(matches!(store.body(0), Err(StoreError::Erased)));
        let resumed = run(store.resume_erasure(now())).unwrap();

        assert_ne!(
            resumed.is_some(),
            done.is_some(),
            "after step {crash_after}"
        );
        let erased = resumed.or(done).unwrap();
        assert_eq!(erased.destroyed, Destroyed::Yes);
        assert_eq!((erased.erased_keys, erased.kept_keys), (1, 1_101));
        assert!(!store.erasure_unfinished().unwrap());
        assert_erased(&store, 1_100);
        assert_eq!(
            store.head().size,
            1_102,
            "one entry each says what was erased and destroyed"
        );
        assert_eq!(files(&place.dir.path().join("keys")), [place.key()]);
        drop(store);
        assert!(verified(&place.store()).is_sound());
        assert_erased(&place.open(), 1_100);
        if done.is_some() {
            assert!(crash_after > 3, "wrapping took one frame only");
            return;
        }
    }
    panic!("the erasure did not end");
}

/// As [`fill_cases`], in few frames.
fn fill_many(store: &Store, cases: u32) {
    let mut batch = Batch::default();
    for number in 1..=cases {
        let text = if number == 1 { SECRET } else { KEPT };
        let text = format!("{text} {number}").into_bytes();
        batch.entries.push(crate::PendingEntry {
            entry: permit(&format!("{number}")),
            body: text.clone(),
            case: Some(case(number)),
            subjects: Vec::new(),
        });
        batch.puts.push(Put {
            tree: Tree::Cases,
            key: case(number).as_str().as_bytes().to_vec(),
            value: Some(text),
            case: Some(case(number)),
        });
        if batch.entries.len() == 1_000 || number == cases {
            run(store.commit(std::mem::take(&mut batch))).unwrap();
        }
    }
}

#[test]
fn goes_on_after_a_crash_while_the_old_key_file_is_replaced() {
    for renamed in [false, true] {
        let place = Place::new();
        let store = place.open();
        fill_cases(&store, 1..4);
        run(store.begin(&erasure(&[1]))).unwrap();
        let mut pass = Pass::default();
        while !matches!(recorded(&store), Some(true)) {
            assert_eq!(run(store.step(&mut pass, now())).unwrap(), None);
        }
        drop(store);
        // What the crash left: the old key overwritten, and perhaps replaced.
        std::fs::write(place.key(), [0x5a; 32]).unwrap();
        if renamed {
            let next = place.key().with_file_name("epoch.key.next");
            std::fs::rename(next, place.key()).unwrap();
        }

        let store = place.open();
        let erased = run(store.resume_erasure(now())).unwrap().unwrap();

        assert_eq!(erased.destroyed, Destroyed::Yes);
        assert_erased(&store, 3);
        drop(store);
        assert_erased(&place.open(), 3);
    }
}

/// Is the erasure's entry in the ledger, the key still to be destroyed?
fn recorded(store: &Store) -> Option<bool> {
    let bytes = store.get(Tree::Erasures, b"run").unwrap()?;
    let text = String::from_utf8(bytes).unwrap();
    Some(text.contains("destroy"))
}

#[test]
fn goes_on_after_a_crash_between_making_the_next_key_and_the_first_frame() {
    let place = Place::new();
    let store = place.open();
    fill_cases(&store, 1..4);
    store.shared.keyring.begin_epoch().unwrap();
    // Something is wrapped under the next key although no erasure has begun.
    run(store.commit(Batch::entry(permit("x"), b"early".to_vec(), Some(case(77))))).unwrap();
    drop(store);

    let store = place.open();
    assert_eq!(run(store.resume_erasure(now())).unwrap(), None);
    assert_eq!(store.body(3).unwrap(), b"early");
    erase(&store, &[1]);

    assert_erased(&store, 3);
    assert_eq!(store.body(3).unwrap(), b"early");
    drop(store);
    assert_eq!(place.open().body(3).unwrap(), b"early");
}

#[test]
fn what_is_recorded_while_an_erasure_runs_is_kept() {
    let place = Place::new();
    let store = place.open();
    fill_cases(&store, 1..4);
    run(store.begin(&erasure(&[1]))).unwrap();
    let (mut texts, mut pass) = (Vec::new(), Pass::default());
    loop {
        // Also about the case that is being erased: it is a new record under a new key.
        for number in [1, 2, 90 + u32::try_from(texts.len()).unwrap()] {
            let text = format!("later {number} {}", texts.len());
            let batch = Batch::entry(permit(&text), text.clone().into_bytes(), Some(case(number)));
            let index = run(store.commit(batch)).unwrap().receipts[0].index();
            texts.push((index, text));
        }
        if run(store.step(&mut pass, now())).unwrap().is_some() {
            break;
        }
    }
    let kept = |store: &Store| {
        for (index, text) in &texts {
            assert_eq!(
                &String::from_utf8(store.body(*index).unwrap()).unwrap(),
                text
            );
        }
        assert!(matches!(store.body(0), Err(StoreError::Erased)));
    };

    kept(&store);
    assert!(store.has_case(&case(1)).unwrap() && !store.has_case(&case(7)).unwrap());
    drop(store);
    let store = place.open();
    kept(&store);
    erase(&store, &[1, 2]);
    assert!(matches!(store.body(texts[0].0), Err(StoreError::Erased)));
    assert!(matches!(store.body(1), Err(StoreError::Erased)));
    assert!(store.body(texts[2].0).is_ok());
}

#[test]
fn person_of_an_erased_case_is_not_found_again_and_others_are() {
    let place = Place::new();
    let store = place.open();
    let subject = |n: u32| SubjectKey::of("nhs_number", &format!("person {n}"));
    // More than a block, so that persons are in the index.
    for from in [0, 600] {
        let entries = (from..from + 600).map(|n| crate::PendingEntry {
            entry: permit(&format!("{n}")),
            body: b"x".to_vec(),
            case: Some(case(n % 2 + 1)),
            subjects: vec![subject(n % 2 + 1)],
        });
        let batch = Batch {
            entries: entries.collect(),
            ..Batch::default()
        };
        run(store.commit(batch)).unwrap();
    }
    let found = |store: &Store, n: u32| {
        let query = crate::Query {
            subject: Some(subject(n)),
            limit: 1_000,
            ..crate::Query::default()
        };
        store.find(&query).unwrap().entries.len()
    };
    assert_eq!((found(&store, 1), found(&store, 2)), (600, 600));
    let word = store.shared.keyring.subject_token(&[7; 32]).unwrap();

    erase(&store, &[1]);

    assert_eq!((found(&store, 1), found(&store, 2)), (0, 600));
    drop(store);
    let config = StoreConfig {
        epoch_key: EpochKey::read_file(&place.key()).unwrap(),
        ..config(&place.store(), 64 * 1024)
    };
    let (store, report) = Store::open(config).unwrap();
    assert_eq!(report.index, IndexState::Rebuilt);
    assert_eq!((found(&store, 1), found(&store, 2)), (0, 600));
    let again = store.shared.keyring.subject_token(&[7; 32]).unwrap();
    assert_ne!(again, word, "an index from before names nobody");
}

#[test]
fn refuses_what_it_cannot_erase_and_changes_nothing() {
    let place = Place::new();
    let store = place.open();
    fill_cases(&store, 1..3);
    let head = store.head();

    let of = |cases: &[u32]| run(store.erase(&erasure(cases))).unwrap_err();
    assert!(matches!(of(&[1, 9]), StoreError::NothingToErase));
    assert!(matches!(of(&[]), StoreError::Batch(_)));
    assert_eq!(store.head(), head);
    assert_eq!(files(&place.dir.path().join("keys")), [place.key()]);

    run(store.begin(&erasure(&[1]))).unwrap();
    assert!(matches!(of(&[2]), StoreError::Config(_)));
    drop(store);

    let dir = folder();
    let (store, _) = reopen(dir.path());
    fill_cases(&store, 1..3);
    let error = run(store.erase(&erasure(&[1]))).unwrap_err();
    assert!(matches!(error, StoreError::Config(_)), "{error}");
    assert!(store.body(0).is_ok());
}

#[test]
fn credential_is_reported_until_the_gateway_starts_without_it() {
    let dir = folder();
    let credentials = dir.path().join("credentials");
    std::fs::create_dir(&credentials).unwrap();
    for name in ["epoch-1", "epoch-2"] {
        EpochKey::create_file(&credentials.join(name)).unwrap();
    }
    let open = |name: &str, next: Option<&str>| {
        let config = StoreConfig {
            epoch_key: EpochKey::credential(&credentials, name, next).unwrap(),
            ..config(&dir.path().join("store"), 64 * 1024)
        };
        Store::open(config).map(|(store, _)| store)
    };
    let store = open("epoch-1", None).unwrap();
    fill_cases(&store, 1..4);
    assert!(matches!(
        run(store.erase(&erasure(&[1]))),
        Err(StoreError::Config(_))
    ));
    drop(store);

    let store = open("epoch-1", Some("epoch-2")).unwrap();
    let erased = erase(&store, &[1]);
    assert_eq!(erased.destroyed, Destroyed::RemoveCredential);
    assert_erased(&store, 3);
    drop(store);
    let store = open("epoch-1", Some("epoch-2")).unwrap();
    let again = run(store.resume_erasure(now())).unwrap().unwrap();
    assert_eq!(again.destroyed, Destroyed::RemoveCredential);
    assert!(store.erasure_unfinished().unwrap());
    drop(store);

    std::fs::remove_file(credentials.join("epoch-1")).unwrap();
    let store = open("epoch-2", None).unwrap();
    let last = run(store.resume_erasure(now())).unwrap().unwrap();

    assert_eq!(last.destroyed, Destroyed::Yes);
    assert!(!store.erasure_unfinished().unwrap());
    assert_erased(&store, 3);
}

#[test]
fn refuses_a_credential_name_that_is_a_path() {
    let dir = folder();
    for name in ["", "../epoch", ".hidden", "a/b", "a b"] {
        let made = EpochKey::credential(dir.path(), name, None);
        assert!(matches!(made, Err(StoreError::Config(_))), "{name}");
    }
}

#[test]
fn wrapped_key_opens_only_under_the_epoch_key_it_names() {
    let (one, two) = (Kek::from_secret(&[1; 32]), Kek::from_secret(&[2; 32]));
    let wrapped = one.wrap([3; 12], b"place", &[4; 32]).unwrap();

    assert_eq!(*one.unwrap(b"place", &wrapped).unwrap(), [4; 32]);
    assert!(one.unwrap(b"other", &wrapped).is_err());
    assert!(two.unwrap(b"place", &wrapped).is_err());
    for byte in 0..wrapped.len() {
        let mut changed = wrapped.clone();
        changed[byte] ^= 1;
        assert!(one.unwrap(b"place", &changed).is_err());
        assert!(one.unwrap(b"place", &wrapped[..byte]).is_err());
    }
}
