//! What a commit promises.

use std::collections::BTreeSet;

use stile_ledger::proof::Receipt;
use stile_ledger::tree::verify_consistency;
use stile_model::digest::Digest;
use stile_store::{Batch, Put, StoreError, Tree};

use crate::world::{World, batch, case, once, permit, vkey};

crate::contract!(
    a_batch_is_recorded_whole_or_not_at_all,
    a_large_group_and_a_large_value_are_kept,
    a_removed_key_counts_as_absent,
    committed_entry_comes_back_with_a_receipt_that_verifies,
    consistency_is_proved_from_every_earlier_head,
    one_caller_of_many_wins_a_key_that_must_be_absent,
    refuses_a_batch_out_of_bounds_and_goes_on,
    hundreds_of_callers_at_once_share_frames_and_all_receipts_verify,
);

async fn committed_entry_comes_back_with_a_receipt_that_verifies(world: &World) {
    let store = world.open();
    assert_eq!(store.head().size, 0);

    let committed = store.commit(batch("body")).await.unwrap();

    let receipt = &committed.receipts[0];
    assert_eq!(receipt.index(), 0);
    assert_eq!(receipt.digest(), Some(&Digest::of(b"body")));
    assert_eq!(store.entry(0).unwrap(), receipt.leaf());
    let read = Receipt::parse(&receipt.text()).unwrap();
    let proved = read.verify(receipt.leaf(), &vkey()).unwrap();
    assert_eq!(proved, committed.head);
    assert_eq!(store.head(), committed.head);
    assert_eq!(store.body(0).unwrap(), b"body");
}

async fn a_batch_is_recorded_whole_or_not_at_all(world: &World) {
    let store = world.open();
    store.commit(once("enquiry", "first")).await.unwrap();
    let mut second = once("enquiry", "second");
    second.puts.push(Put {
        tree: Tree::Cases,
        key: b"case".to_vec(),
        value: Some(b"second".to_vec()),
        case: None,
    });

    let refused = store.commit(second).await;

    assert!(matches!(
        refused,
        Err(StoreError::AlreadyThere(Tree::Replay))
    ));
    assert_eq!(
        store.head().size,
        1,
        "the entry of the refused batch is not in"
    );
    assert_eq!(store.get(Tree::Cases, b"case").unwrap(), None);
    let kept = store.get(Tree::Replay, b"enquiry").unwrap();
    assert_eq!(kept.as_deref(), Some(b"first".as_slice()));
}

async fn one_caller_of_many_wins_a_key_that_must_be_absent(world: &World) {
    let store = world.open();

    let calls = (0..64).map(|n| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(once("enquiry", &format!("{n}"))).await })
    });
    let calls: Vec<_> = calls.collect();
    let mut winners = Vec::new();
    for (n, call) in calls.into_iter().enumerate() {
        match call.await.unwrap() {
            Ok(_) => winners.push(format!("{n}").into_bytes()),
            Err(error) => assert!(matches!(error, StoreError::AlreadyThere(Tree::Replay))),
        }
    }

    assert_eq!(winners.len(), 1);
    assert_eq!(store.get(Tree::Replay, b"enquiry").unwrap(), winners.pop());
    assert_eq!(store.head().size, 1, "a loser leaves no entry");
}

async fn a_removed_key_counts_as_absent(world: &World) {
    let store = world.open();
    let mut again = Batch::put(Tree::Tasks, "key", Some(vec![2]));
    again.require_absent.push((Tree::Tasks, b"key".to_vec()));
    let put = |value| store.commit(Batch::put(Tree::Tasks, "key", value));
    put(Some(vec![1])).await.unwrap();

    let early = store.commit(again.clone()).await;
    assert!(matches!(early, Err(StoreError::AlreadyThere(_))));
    put(None).await.unwrap();

    assert_eq!(store.get(Tree::Tasks, b"key").unwrap(), None);
    store.commit(again).await.unwrap();
    assert_eq!(store.get(Tree::Tasks, b"key").unwrap(), Some(vec![2]));
}

async fn hundreds_of_callers_at_once_share_frames_and_all_receipts_verify(world: &World) {
    let store = world.open();

    let calls = (0..640).map(|n| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(batch(&format!("caller {n}"))).await.unwrap() })
    });
    let mut indexes = BTreeSet::new();
    for call in calls.collect::<Vec<_>>() {
        let receipt = call.await.unwrap().receipts.remove(0);
        receipt.proof().verify(receipt.leaf(), &vkey()).unwrap();
        assert_eq!(store.entry(receipt.index()).unwrap(), receipt.leaf());
        indexes.insert(receipt.index());
    }

    assert_eq!(indexes, (0..640).collect());
    let report = world.verified();
    assert!(report.is_sound(), "{:?}", report.first_bad);
    assert_eq!(report.entries, 640);
    assert!(
        report.frames < 640,
        "{} frames: nothing was grouped",
        report.frames
    );
}

async fn consistency_is_proved_from_every_earlier_head(world: &World) {
    let store = world.open();
    let mut heads = vec![store.head()];
    for n in 0..12 {
        heads.push(store.commit(batch(&format!("{n}"))).await.unwrap().head);
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
    assert!(store.receipt_for(12).is_err());
}

async fn refuses_a_batch_out_of_bounds_and_goes_on(world: &World) {
    let store = world.open();
    let rules = vec!["R".repeat(40).parse().unwrap(); 2_000];
    let long = stile_ledger::Entry {
        rules,
        ..permit("x")
    };
    let many = Batch {
        entries: vec![batch("x").entries[0].clone(); 1_025],
        ..Batch::default()
    };

    for wrong in [
        Batch::default(),
        Batch::put(Tree::Meta, "", Some(Vec::new())),
        Batch::put(Tree::Meta, vec![0; 1_025], None),
        Batch::put(Tree::Meta, "k", Some(vec![0; 16 * 1024 * 1024 + 1])),
        Batch::entry(long, Vec::new(), None),
        many,
    ] {
        let error = store.commit(wrong).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Batch(_) | StoreError::Ledger(_)),
            "{error}"
        );
    }

    let next = store.commit(batch("body")).await.unwrap();
    assert_eq!(next.receipts[0].index(), 0);
    assert_eq!(store.head().size, 1);
    assert_eq!(store.body(0).unwrap(), b"body");
    assert!(world.verified().is_sound());
}

async fn a_large_group_and_a_large_value_are_kept(world: &World) {
    let store = world.open();
    let big = vec![7; 3 * 1024 * 1024];
    let many = Batch {
        entries: vec![batch("x").entries[0].clone(); 1_024],
        ..Batch::default()
    };
    let mut put = Batch::put(Tree::Returns, "big", Some(big.clone()));
    put.puts[0].case = Some(case(7));

    store.commit(put).await.unwrap();
    let committed = store.commit(many).await.unwrap();

    assert_eq!(store.get(Tree::Returns, b"big").unwrap(), Some(big));
    for index in [0, 101, 255, 256, 511, 599, 1_023] {
        let receipt = store.receipt_for(index).unwrap();
        receipt.proof().verify(receipt.leaf(), &vkey()).unwrap();
        assert_eq!(
            receipt.leaf(),
            committed.receipts[usize::try_from(index).unwrap()].leaf()
        );
    }
    assert!(world.verified().is_sound());
}
