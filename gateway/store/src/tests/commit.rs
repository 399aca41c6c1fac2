//! What is kept of a commit on files; what both engines promise is in `tests/contract`.

use stile_ledger::SubjectKey;

use super::*;
use crate::{Put, Tree};

#[test]
fn bodies_and_values_appear_in_no_file_of_the_folder() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    let canary = "Mali Testwood, 4 Elm Row, born 9 May 2018";
    for n in 0..20 {
        let mut batch = Batch::entry(permit("return"), canary.into(), Some(case(n)));
        let (key, value) = (n.to_string().into_bytes(), Some(canary.into()));
        batch.puts.push(Put {
            tree: Tree::Returns,
            key,
            value,
            case: Some(case(n)),
        });
        run(store.commit(batch)).unwrap();
    }
    assert_eq!(store.body(19).unwrap(), canary.as_bytes());
    drop(store);

    for file in files(dir.path()) {
        let bytes = std::fs::read(&file).unwrap();
        for part in [canary, "Mali", "Elm Row"] {
            let found = bytes
                .windows(part.len())
                .any(|window| window == part.as_bytes());
            assert!(!found, "{} holds a canary", file.display());
        }
    }
}

#[test]
fn the_same_body_is_committed_to_and_sealed_differently_each_time() {
    let dir = folder();
    let (store, _) = reopen(dir.path());

    let one = run(store.commit(batch("body"))).unwrap();
    let two = run(store.commit(batch("body"))).unwrap();

    let parse =
        |done: &crate::Committed| stile_ledger::Leaf::parse(done.receipts[0].leaf()).unwrap();
    assert_ne!(parse(&one).body, parse(&two).body);
    assert_ne!(parse(&one).nonce, parse(&two).nonce);
}

#[test]
fn subjects_are_found_again_by_index_and_only_sealed_on_the_disk() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    let keys = [
        SubjectKey::of("nhs_number", "9434765919"),
        SubjectKey::of("name_born", "mali testwood 2019-03-04"),
    ];
    let mut known = batch("with");
    known.entries[0].subjects = keys.to_vec();

    let receipt = run(store.commit(known)).unwrap().receipts.remove(0);
    run(store.commit(batch("without"))).unwrap();

    assert_eq!(store.subjects(receipt.index()).unwrap(), keys);
    assert_eq!(store.subjects(receipt.index() + 1).unwrap(), []);
    drop(store);
    for file in files(dir.path()) {
        let bytes = std::fs::read(&file).unwrap();
        for key in &keys {
            assert!(
                !bytes.windows(32).any(|window| window == key.as_bytes()),
                "{} holds a subject's key readable",
                file.display()
            );
        }
    }
}

#[test]
fn refuses_more_subjects_than_an_entry_may_have() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    let mut known = batch("too many");
    known.entries[0].subjects = vec![SubjectKey::of("nhs_number", "1"); 1_025];

    assert!(matches!(
        run(store.commit(known)),
        Err(StoreError::Batch(_))
    ));
    assert_eq!(store.head().size, 0);
}
