//! Erasing on a database: what is left opens and is found, what was erased does neither.

use stile_ledger::{Entry, EntryKind, SubjectKey};
use stile_model::id::CaseId;
use stile_store::{
    Batch, Destroyed, EpochKey, Erasure, PendingEntry, PostgresConfig, Query, Store, StoreError,
};

use crate::world::{Engine, OURS, World};

fn case(number: u32) -> CaseId {
    CaseId::new(format!("MASH-2026-{number:05}")).unwrap()
}

fn subject(number: u32) -> SubjectKey {
    SubjectKey::of("nhs_number", &format!("person {number}"))
}

fn found(store: &Store, number: u32) -> usize {
    let query = Query {
        subject: Some(subject(number)),
        limit: 1_000,
        ..Query::default()
    };
    store.find(&query).unwrap().entries.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_is_erased_on_postgres_and_the_other_is_found_and_opened_as_before() {
    let world = World::new(Engine::Postgres);
    let keys = tempfile::tempdir().unwrap();
    let key = keys.path().join("epoch.key");
    EpochKey::create_file(&key).unwrap();
    let open = || {
        let config = PostgresConfig {
            epoch_key: EpochKey::read_file(&key).unwrap(),
            ..world.config(&OURS)
        };
        Store::open_postgres(config).unwrap().0
    };
    let time = "2026-03-11T10:14:00Z".parse().unwrap();
    let store = open();
    // More than a block, so that persons are in the postings.
    for from in [0, 600] {
        let entries = (from..from + 600).map(|n| PendingEntry {
            entry: Entry::new(EntryKind::Permit, time),
            body: format!("body {n}").into_bytes(),
            case: Some(case(n % 2)),
            subjects: vec![subject(n % 2)],
        });
        let batch = Batch {
            entries: entries.collect(),
            ..Batch::default()
        };
        store.commit(batch).await.unwrap();
    }
    assert_eq!((found(&store, 0), found(&store, 1)), (600, 600));
    let old = EpochKey::read_file(&key).unwrap().ids();

    let erased = store
        .erase(&Erasure {
            cases: vec![case(0)],
            entry: Entry::new(EntryKind::Erasure, time),
            body: b"{}".to_vec(),
        })
        .await
        .unwrap();

    assert_eq!((erased.erased_keys, erased.destroyed), (1, Destroyed::Yes));
    assert_ne!(EpochKey::read_file(&key).unwrap().ids(), old);
    let holds = |store: &Store| {
        assert_eq!((found(store, 0), found(store, 1)), (0, 600));
        assert!(matches!(store.body(0), Err(StoreError::Erased)));
        assert_eq!(store.body(1).unwrap(), b"body 1");
    };
    holds(&store);
    drop(store);
    let store = open();
    holds(&store);
    drop(store);
    assert!(world.verified().is_sound());
}
