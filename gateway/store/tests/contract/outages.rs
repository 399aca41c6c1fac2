//! The server goes away, comes back, or holds somebody up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use stile_store::{StoreError, Tree};

use crate::world::{Engine, World, batch, once, own_server, vkey};

/// Long enough that what never comes is a failure.
const PATIENCE: Duration = Duration::from_secs(30);

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
    let (stop, cuts) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let cutting = {
        let (stop, cuts) = (Arc::clone(&stop), Arc::clone(&cuts));
        let cut = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = '{name}' AND application_name = 'stile-ledger' \
             AND query LIKE '%COMMIT%'"
        );
        let server = world.server_handle();
        std::thread::spawn(move || {
            while !stop.load(Ordering::SeqCst) {
                let cut: u64 = server.sql("postgres", &cut).trim().parse().unwrap();
                cuts.fetch_add(cut, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(20));
            }
        })
    };

    let mut made = 0_u64;
    // Which moment a cut hits is luck: go on until one has hit.
    while made < 150 || (cuts.load(Ordering::SeqCst) == 0 && made < 20_000) {
        let about = format!("{made}");
        let done = store.commit(once(&about, &about)).await.unwrap();
        assert_eq!(done.receipts[0].index(), made);
        made += 1;
    }
    stop.store(true, Ordering::SeqCst);
    cutting.join().unwrap();

    assert!(cuts.load(Ordering::SeqCst) > 0, "no connection was cut");
    assert_eq!(world.verified().entries, made);
}

/// Sessions in the test's own database that hold the head's lock, and that wait for it.
const HOLDS: &str = "wait_event = 'PgSleep'";
const WAITS: &str = "wait_event_type = 'Lock' AND application_name = 'stile-ledger'";

/// Waits until the server says this of a session.
async fn until(world: &World, what: &str) {
    let sessions = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {what}"
    );
    let begun = Instant::now();
    while world.sql(&sessions) == "0" {
        assert!(begun.elapsed() < PATIENCE, "never seen: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Somebody else holds the head's lock.
struct Held<'a> {
    world: &'a World,
    session: JoinHandle<()>,
}

impl<'a> Held<'a> {
    async fn new(world: &'a World) -> Self {
        let (server, name) = (
            world.server_handle(),
            world.sql("SELECT current_database()"),
        );
        let session = std::thread::spawn(move || {
            // Cancelling the sleep is what ends it.
            let hold = "BEGIN; SELECT next FROM stile_head WHERE id = 1 FOR UPDATE; \
                 DO $$ BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END $$; \
                 ROLLBACK";
            server.sql(&name, hold);
        });
        until(world, HOLDS).await;
        Self { world, session }
    }

    fn let_go(self) {
        self.world.sql(&format!(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND {HOLDS}"
        ));
        self.session.join().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_waits_its_turn_for_the_heads_lock() {
    let world = World::new(Engine::Postgres);
    let store = world.open();
    let held = Held::new(&world).await;

    let waiting = store.clone();
    let waiting = tokio::spawn(async move { waiting.commit(batch("body")).await });
    until(&world, WAITS).await;
    assert!(!waiting.is_finished());
    held.let_go();

    let done = waiting.await.unwrap().unwrap();

    assert_eq!(done.receipts[0].index(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_seen_is_proved_without_waiting_for_a_commit_and_what_was_not_afterwards() {
    let world = World::new(Engine::Postgres);
    let (here, there) = (world.open(), world.open());
    let first = here.commit(batch("0")).await.unwrap().head;
    // Written by another replica, and not seen here.
    there.commit(batch("1")).await.unwrap();
    let held = Held::new(&world).await;
    let (writing, asking) = (here.clone(), here.clone());
    let commit = tokio::spawn(async move { writing.commit(batch("2")).await });
    until(&world, WAITS).await;
    let waits =
        format!("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND {WAITS}");
    let before = world.sql(&waits);

    assert_eq!(here.root_at(1).unwrap(), first.root);
    assert!(here.consistency_to(1, 1).unwrap().is_empty());
    let proof = here.proof_under(0, 1, "note").unwrap();

    assert_eq!((proof.index, proof.inclusion.len()), (0, 0));
    assert_eq!(world.sql(&waits), before, "the same commit still waits");
    let longer = tokio::spawn(async move { (asking.consistency_to(1, 2), asking.head().size) });
    held.let_go();
    assert_eq!(commit.await.unwrap().unwrap().receipts[0].index(), 2);
    let (proof, size) = longer.await.unwrap();
    assert_eq!(proof.unwrap().len(), 1);
    assert!(size >= 2, "{size}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_told_that_a_key_is_there_whose_only_use_was_never_recorded() {
    let world = World::new(Engine::Postgres);
    let store = world.open();
    store.commit(batch("body")).await.unwrap();
    let next: u64 = world.sql("SELECT next FROM stile_head").parse().unwrap();
    // One more frame can be written, and no other.
    world.sql(&format!(
        "ALTER TABLE stile_frame ADD CONSTRAINT last CHECK (number <= {next})"
    ));
    let held = Held::new(&world).await;
    let commit = |batch| {
        let store = store.clone();
        tokio::spawn(async move { store.commit(batch).await })
    };
    // The first waits for the head's lock; both others then share a frame.
    let last = commit(batch("last"));
    until(&world, WAITS).await;
    let both = [commit(once("enquiry", "a")), commit(once("enquiry", "b"))];
    held.let_go();

    last.await.unwrap().unwrap();
    for one in both {
        let error = one.await.unwrap().unwrap_err();
        assert!(matches!(error, StoreError::Database { .. }), "{error}");
    }
    assert_eq!(store.get(Tree::Replay, b"enquiry").unwrap(), None);
    world.sql("ALTER TABLE stile_frame DROP CONSTRAINT last");
    store.commit(once("enquiry", "c")).await.unwrap();
}
