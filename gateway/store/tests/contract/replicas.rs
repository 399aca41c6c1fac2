//! Several handles on one database, as several gateways would have.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use stile_ledger::tree::verify_consistency;
use stile_model::digest::Digest;
use stile_store::{Batch, StoreError, Tree};

use crate::world::{Engine, OURS, World, batch, once, vkey};

/// Long enough that what never comes is a failure.
const PATIENCE: Duration = Duration::from_mins(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_write_one_linear_tree_and_answer_each_enquiry_once() {
    let world = World::new(Engine::Postgres);
    let stores = [world.open(), world.open(), world.open()];

    let calls = (0..120).flat_map(|n| {
        let commit = |store: &stile_store::Store| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(once(&format!("{n}"), &format!("{n}"))).await })
        };
        stores.iter().map(commit).collect::<Vec<_>>()
    });
    let mut indexes = BTreeSet::new();
    for call in calls.collect::<Vec<_>>() {
        match call.await.unwrap() {
            Ok(done) => {
                let receipt = &done.receipts[0];
                receipt.proof().verify(receipt.leaf(), &vkey()).unwrap();
                assert!(indexes.insert(receipt.index()), "two entries at one index");
            }
            Err(error) => assert!(matches!(error, StoreError::AlreadyThere(_)), "{error}"),
        }
    }

    assert_eq!(indexes, (0..120).collect());
    let report = world.verified();
    assert!(report.is_sound(), "{:?}", report.first_bad);
    assert_eq!(report.entries, 120);
    let heads: Vec<_> = stores
        .iter()
        .map(stile_store::Store::head_and_note)
        .collect();
    assert!(
        heads.iter().all(|head| *head == heads[0]),
        "one head for all"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_another_replica_is_writing_is_there_or_not_yet_and_never_broken() {
    const ENTRIES: u64 = 150;
    let world = World::new(Engine::Postgres);
    let (here, there) = (world.open(), world.open());
    let reading = std::thread::spawn(move || {
        let begun = Instant::now();
        for index in 0..ENTRIES {
            while let Err(error) = here.entry(index) {
                assert!(
                    matches!(error, StoreError::NoEntry(missing) if missing == index),
                    "{error}"
                );
                assert!(begun.elapsed() < PATIENCE, "entry {index} never comes");
            }
        }
    });

    for n in 0..ENTRIES {
        there.commit(batch(&format!("body {n}"))).await.unwrap();
    }

    reading.join().unwrap();
    assert!(world.verified().is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_proves_and_reads_what_another_has_just_written() {
    let world = World::new(Engine::Postgres);
    let (here, there) = (world.open(), world.open());
    let old = here.head();

    for n in 0..270 {
        let body = format!("body {n}");
        let done = there.commit(batch(&body)).await.unwrap();
        if n % 45 != 0 {
            continue;
        }
        let index = done.receipts[0].index();
        assert_eq!(here.signed_head(), there.signed_head());
        assert_eq!(here.body(index).unwrap(), body.as_bytes());
        let receipt = here.receipt_for(index).unwrap();
        receipt.proof().verify(receipt.leaf(), &vkey()).unwrap();
        assert!(
            here.permit_for(&Digest::of(body.as_bytes()))
                .unwrap()
                .is_some()
        );
        let (proof, head) = here.consistency(old.size).unwrap();
        verify_consistency(old.size, &old.root, head.size, &head.root, &proof).unwrap();
    }
    there
        .commit(Batch::put(Tree::Cases, "k", Some(vec![1])))
        .await
        .unwrap();
    assert_eq!(here.get(Tree::Cases, b"k").unwrap(), Some(vec![1]));
    assert_eq!(
        here.commit(batch("next")).await.unwrap().receipts[0].index(),
        270
    );
    let all = here.receipt_for(255).unwrap();
    all.proof().verify(all.leaf(), &vkey()).unwrap();
    assert!(world.verified().is_sound());
}

#[test]
fn replicas_that_start_at_the_same_time_on_an_empty_database_agree_on_the_first_frame() {
    let world = World::new(Engine::Postgres);

    let heads: Vec<String> = std::thread::scope(|scope| {
        let open = || world.open().signed_head();
        let starts: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });

    assert!(heads.iter().all(|head| *head == heads[0]));
    assert_eq!(world.sql("SELECT count(*) FROM stile_frame"), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_stops_when_the_database_goes_back_behind_what_it_has_seen() {
    let world = World::new(Engine::Postgres);
    let store = world.open();
    store.commit(batch("0")).await.unwrap();
    let earlier =
        world.sql("SELECT next || ',' || size || ',''' || hash::text || '''' FROM stile_head");
    store.commit(batch("1")).await.unwrap();
    // As failing over to a standby that lagged would leave it.
    world.sql("DELETE FROM stile_frame WHERE number = 2; DELETE FROM stile_row WHERE key = 'f'::bytea || '\\x0000000000000001'");
    world.sql(&format!(
        "UPDATE stile_head SET (next, size, hash) = ({earlier}::bytea)"
    ));

    let refused = store.commit(batch("2")).await.unwrap_err();

    assert!(matches!(refused, StoreError::Unfit(_)), "{refused}");
    assert!(store.is_poisoned());
    assert!(matches!(
        store.commit(batch("3")).await,
        Err(StoreError::Unwritable)
    ));
    assert_eq!(
        world.verified().entries,
        1,
        "nothing was signed beside what was seen"
    );
    assert_eq!(world.open_with(&OURS).unwrap().1.head.size, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_put_in_by_another_key_is_not_taken_in() {
    let world = World::new(Engine::Postgres);
    let store = world.open();
    store.commit(batch("0")).await.unwrap();
    world.sql(
        "INSERT INTO stile_frame SELECT 2, bytes FROM stile_frame WHERE number = 1; \
         UPDATE stile_head SET next = 3",
    );

    assert!(store.commit(batch("1")).await.is_err());
    assert!(store.consistency_to(0, 1).is_err());
    assert!(world.open_with(&OURS).is_err());
}
