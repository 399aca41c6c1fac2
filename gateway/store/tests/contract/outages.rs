//! The server goes away, comes back, or holds somebody up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use stile_store::{StoreError, Tree};

use crate::world::{Engine, World, batch, once, own_server, vkey};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_without_a_server_and_all_goes_on_when_it_is_back() {
    let server = own_server();
    let world = World::on(&server);
    let store = world.open();
    store.commit(batch("before")).await.unwrap();
    let server_down = world.server();
    server_down.kill();

    let refused = store.commit(batch("during")).await.unwrap_err();
    assert!(matches!(refused, StoreError::Database { .. }), "{refused}");
    assert!(store.get(Tree::Cases, b"k").is_err());
    assert!(store.consistency_to(0, 1).is_err());
    assert!(!store.is_poisoned());

    world.server().run();
    let after = store.commit(batch("after")).await.unwrap();
    assert_eq!(after.receipts[0].index(), 1);
    assert!(world.verified().is_sound());
}

/// Six crashes of the server under load. What was acknowledged must be there, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_crashes_under_load_loses_and_doubles_nothing() {
    let server = own_server();
    let world = World::on(&server);
    let stores = [world.open(), world.open()];
    let stop = Arc::new(AtomicBool::new(false));

    let callers = (0..8_u32).map(|caller| {
        let (store, stop) = (
            stores[usize::from(caller % 2 == 0)].clone(),
            Arc::clone(&stop),
        );
        tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for n in 0.. {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let about = format!("{caller}/{n}");
                match store.commit(once(&about, &about)).await {
                    Ok(done) => acknowledged.push((about, done.receipts[0].clone())),
                    Err(StoreError::Database { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            acknowledged
        })
    });
    let callers: Vec<_> = callers.collect();
    for round in 0..6_u64 {
        tokio::time::sleep(Duration::from_millis(150 + 37 * round)).await;
        world.server().kill();
        world.server().run();
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.store(true, Ordering::SeqCst);

    let mut acknowledged = 0_u64;
    for caller in callers {
        for (about, receipt) in caller.await.unwrap() {
            let head = receipt.proof().verify(receipt.leaf(), &vkey()).unwrap();
            assert_eq!(stores[0].entry(receipt.index()).unwrap(), receipt.leaf());
            assert_eq!(stores[0].body(receipt.index()).unwrap(), about.as_bytes());
            assert_eq!(
                stores[0].root_at(head.size).unwrap(),
                head.root,
                "a fork was signed"
            );
            acknowledged += 1;
        }
    }
    assert!(acknowledged > 50, "{acknowledged}");
    let report = world.verified();
    assert!(report.is_sound(), "{:?}", report.first_bad);
    assert_eq!(world.open().head(), stores[1].head());
    let keys = world.sql("SELECT count(*) FROM stile_row WHERE substr(key, 1, 2) = '\\x7307'");
    assert_eq!(keys, report.entries.to_string(), "one entry for each key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_during_commit_is_looked_up_and_neither_lost_nor_doubled() {
    let world = World::new(Engine::Postgres);
    let store = world.open();
    let name = world.sql("SELECT current_database()");
    let stop = Arc::new(AtomicBool::new(false));
    let cutting = {
        let stop = Arc::clone(&stop);
        let cut = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = '{name}' AND application_name = 'stile-ledger' \
             AND query LIKE '%COMMIT%'"
        );
        let server = world.server_handle();
        std::thread::spawn(move || {
            let mut cuts = 0_u32;
            while !stop.load(Ordering::SeqCst) {
                cuts += server.sql("postgres", &cut).trim().parse::<u32>().unwrap();
                std::thread::sleep(Duration::from_millis(20));
            }
            cuts
        })
    };

    let mut acknowledged = Vec::new();
    for n in 0..150 {
        let about = format!("{n}");
        let done = store.commit(once(&about, &about)).await.unwrap();
        acknowledged.push((about, done.receipts[0].index()));
    }
    stop.store(true, Ordering::SeqCst);

    assert!(cutting.join().unwrap() > 0, "no connection was cut");
    let expected: Vec<_> = (0..150_u64).map(|n| (n.to_string(), n)).collect();
    assert_eq!(acknowledged, expected);
    assert_eq!(world.verified().entries, 150);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_waits_its_turn_for_the_heads_lock() {
    let world = World::new(Engine::Postgres);
    let store = world.open();
    let held = {
        let server = world.server_handle();
        let name = world.sql("SELECT current_database()");
        std::thread::spawn(move || {
            server.sql(
                &name,
                "BEGIN; SELECT next FROM stile_head WHERE id = 1 FOR UPDATE; SELECT pg_sleep(2); ROLLBACK",
            );
        })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;

    let done = store.commit(batch("body")).await.unwrap();

    assert_eq!(done.receipts[0].index(), 0);
    held.join().unwrap();
}
