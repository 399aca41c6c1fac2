//! Committing and reading back.

use std::collections::BTreeSet;

use stile_ledger::SubjectKey;
use stile_ledger::tree::verify_consistency;

use super::*;
use crate::{Put, Tree};

#[test]
fn committed_entry_comes_back_with_a_receipt_that_verifies() {
    let dir = folder();
    let (store, report) = reopen(dir.path());
    assert_eq!(report.head.size, 0);

    let committed = run(store.commit(batch("body"))).unwrap();

    let receipt = &committed.receipts[0];
    assert_eq!(receipt.index(), 0);
    assert_eq!(receipt.digest(), Some(&Digest::of(b"body")));
    assert_eq!(store.entry(0).unwrap(), receipt.leaf());
    let read = stile_ledger::proof::Receipt::parse(&receipt.text()).unwrap();
    assert_eq!(
        read.verify(receipt.leaf(), &vkey()).unwrap(),
        committed.head
    );
}

#[test]
fn permit_is_found_again_by_the_digest_of_its_return_and_nothing_else_is() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    let refused = Entry {
        kind: EntryKind::Refusal,
        ..permit("refused")
    };
    run(store.commit(Batch::entry(refused, Vec::new(), None))).unwrap();
    run(store.commit(batch("returned"))).unwrap();

    let receipt = store.permit_for(&Digest::of(b"returned")).unwrap().unwrap();

    assert_eq!((receipt.index(), receipt.size()), (1, 2));
    assert!(store.permit_for(&Digest::of(b"refused")).unwrap().is_none());
    assert!(store.permit_for(&Digest::of(b"unknown")).unwrap().is_none());
    drop(store);
    assert!(
        reopen(dir.path())
            .0
            .permit_for(&Digest::of(b"returned"))
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_reader_sees_its_own_commit_at_once() {
    let dir = folder();
    let (store, _) = reopen(dir.path());

    for n in 0..300_u32 {
        let value = n.to_be_bytes().to_vec();
        run(store.commit(Batch::put(Tree::Cases, "key", Some(value.clone())))).unwrap();
        assert_eq!(store.get(Tree::Cases, b"key").unwrap(), Some(value));
        run(store.commit(Batch::put(Tree::Cases, "key", None))).unwrap();
        assert_eq!(store.get(Tree::Cases, b"key").unwrap(), None);
    }
}

#[test]
fn scan_goes_through_one_tree_in_order_and_in_pages() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    for n in 0..50 {
        let key = format!("case/{n:02}");
        run(store.commit(Batch::put(Tree::Events, key, Some(vec![n])))).unwrap();
    }
    run(store.commit(Batch::put(Tree::Events, "case/07", None))).unwrap();
    run(store.commit(Batch::put(Tree::Events, "other", Some(vec![99])))).unwrap();
    run(store.commit(Batch::put(Tree::Cases, "case/00", Some(vec![98])))).unwrap();

    let (mut seen, mut after) = (Vec::new(), None::<Vec<u8>>);
    loop {
        let page = store
            .scan(Tree::Events, b"case/", after.as_deref(), 10)
            .unwrap();
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
        seen.extend(page.into_iter().map(|(_, value)| value[0]));
    }

    let expected: Vec<u8> = (0..50).filter(|n| *n != 7).collect();
    assert_eq!(seen, expected);
    assert!(
        store
            .scan(Tree::Events, b"nothing", None, 10)
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .scan(Tree::Events, b"case/", Some(b"zzz"), 10)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn sixty_four_callers_share_frames_and_all_receipts_verify() {
    let dir = folder();
    let (store, _) = Store::open(config(dir.path(), 1024 * 1024)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();

    let commit = |n: u32| {
        let store = store.clone();
        async move { store.commit(batch(&format!("caller {n}"))).await.unwrap() }
    };
    let all: Vec<_> = (0..640).map(|n| runtime.spawn(commit(n))).collect();
    let all: Vec<_> = all
        .into_iter()
        .map(|task| runtime.block_on(task).unwrap())
        .collect();

    let indices: BTreeSet<u64> = all.iter().map(|done| done.receipts[0].index()).collect();
    assert_eq!(indices, (0..640).collect());
    for done in &all {
        let receipt = &done.receipts[0];
        receipt.proof().verify(receipt.leaf(), &vkey()).unwrap();
        assert_eq!(store.entry(receipt.index()).unwrap(), receipt.leaf());
    }
    let frames = verified(dir.path()).frames;
    assert!(
        frames < 640,
        "{frames} frames for 640 commits: nothing was grouped"
    );
}

#[test]
fn absent_key_races_have_exactly_one_winner() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();

    let attempt = |n: u8| {
        let store = store.clone();
        let mut batch = batch("answer");
        batch
            .require_absent
            .push((Tree::Replay, b"enquiry".to_vec()));
        let key = b"enquiry".to_vec();
        batch.puts.push(Put {
            tree: Tree::Replay,
            key,
            value: Some(vec![n]),
            case: None,
        });
        async move { store.commit(batch).await.map(|_| n) }
    };
    let all: Vec<_> = (0..64).map(|n| runtime.spawn(attempt(n))).collect();
    let all: Vec<_> = all
        .into_iter()
        .map(|task| runtime.block_on(task).unwrap())
        .collect();

    let winners: Vec<u8> = all
        .iter()
        .filter_map(|done| done.as_ref().ok().copied())
        .collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(store.get(Tree::Replay, b"enquiry").unwrap(), Some(winners));
    assert_eq!(store.head().size, 1, "a loser leaves no entry");
    let lost = |done: &&Result<u8, StoreError>| {
        matches!(done, Err(StoreError::AlreadyThere(Tree::Replay)))
    };
    assert_eq!(all.iter().filter(lost).count(), 63);
}

#[test]
fn a_removed_key_counts_as_absent() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    let mut again = Batch::put(Tree::Tasks, "key", Some(vec![2]));
    again.require_absent.push((Tree::Tasks, b"key".to_vec()));
    run(store.commit(Batch::put(Tree::Tasks, "key", Some(vec![1])))).unwrap();

    assert!(matches!(
        run(store.commit(again.clone())),
        Err(StoreError::AlreadyThere(_))
    ));
    run(store.commit(Batch::put(Tree::Tasks, "key", None))).unwrap();

    run(store.commit(again)).unwrap();
    assert_eq!(store.get(Tree::Tasks, b"key").unwrap(), Some(vec![2]));
}

#[test]
fn refuses_batches_out_of_bounds_and_goes_on() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    let rules = vec!["R".repeat(40).parse().unwrap(); 2_000];
    let long_leaf = Batch::entry(
        Entry {
            rules,
            ..permit("x")
        },
        Vec::new(),
        None,
    );
    let many = Batch {
        entries: vec![batch("x").entries[0].clone(); 1_025],
        ..Batch::default()
    };

    for wrong in [
        Batch::default(),
        Batch::put(Tree::Meta, "", Some(Vec::new())),
        Batch::put(Tree::Meta, vec![0; 1_025], None),
        Batch::put(Tree::Meta, "k", Some(vec![0; 16 * 1024 * 1024 + 1])),
        long_leaf,
        many,
    ] {
        let error = run(store.commit(wrong)).unwrap_err();
        assert!(
            matches!(error, StoreError::Batch(_) | StoreError::Ledger(_)),
            "{error}"
        );
    }

    assert_eq!(
        run(store.commit(batch("body 0"))).unwrap().receipts[0].index(),
        0
    );
    assert_holds(&store, 1);
}

#[test]
fn large_group_and_large_values_are_kept() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    let big = vec![7; 3 * 1024 * 1024];
    let many = Batch {
        entries: vec![batch("x").entries[0].clone(); 1_024],
        ..Batch::default()
    };

    run(store.commit(Batch::put(Tree::Returns, "big", Some(big.clone())))).unwrap();
    let committed = run(store.commit(many)).unwrap();

    assert_eq!(store.get(Tree::Returns, b"big").unwrap(), Some(big));
    for receipt in committed.receipts.iter().step_by(101) {
        receipt.proof().verify(receipt.leaf(), &vkey()).unwrap();
    }
    assert!(verified(dir.path()).is_sound());
}

#[test]
fn consistency_is_proved_from_every_earlier_head() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    let mut heads = vec![store.head()];
    for n in 0..12 {
        heads.push(run(store.commit(batch(&format!("body {n}")))).unwrap().head);
    }

    for old in &heads {
        let (proof, head) = store.consistency(old.size).unwrap();
        verify_consistency(old.size, &old.root, head.size, &head.root, &proof).unwrap();
    }
    for (old, new) in heads.iter().zip(&heads[2..]) {
        let proof = store.consistency_to(old.size, new.size).unwrap();
        verify_consistency(old.size, &old.root, new.size, &new.root, &proof).unwrap();
    }
    assert!(store.consistency(13).is_err());
    assert!(store.consistency_to(3, 13).is_err());
    assert!(store.consistency_to(3, 2).is_err());
    assert!(matches!(store.entry(12), Err(StoreError::NoEntry(12))));
}

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
