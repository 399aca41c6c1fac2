//! A primary and its standby: who may hold a ledger, and what failing over keeps.

use std::sync::Arc;
use std::time::{Duration, Instant};

use stile_store::Store;

use crate::world::{OURS, World, batch, own_server, vkey};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failing_over_to_a_synchronous_standby_keeps_every_acknowledged_entry() {
    let primary = own_server();
    let mut world = World::on(&primary);
    let standby = Arc::new(primary.standby());
    wait_for(&world, "SELECT count(*) FROM pg_stat_replication", "1");
    let refused = cluster(&world).err().unwrap();
    assert!(refused.contains("may lag"), "{refused}");

    world.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
    world.sql("SELECT pg_reload_conf()");
    let in_step = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    wait_for(&world, in_step, "1");
    let store = cluster(&world).unwrap();
    let callers = (0..8).map(|caller| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for n in 0..40 {
                let about = format!("{caller}/{n}");
                let done = store.commit(batch(&about)).await.unwrap();
                acknowledged.push((about, done.receipts[0].index(), done.head));
            }
            acknowledged
        })
    });
    let callers: Vec<_> = callers.collect();
    let mut acknowledged = Vec::new();
    for caller in callers {
        acknowledged.extend(caller.await.unwrap());
    }
    // A standby is no place to write to.
    let at_primary = world.url_file();
    world.move_to(&standby);
    assert!(cluster(&world).err().unwrap().contains("it is a standby"));
    assert!(at_primary.exists());
    primary.kill();
    drop(store);
    standby.sql("postgres", "SELECT pg_promote(true, 30)");
    standby.sql("postgres", "ALTER SYSTEM RESET synchronous_standby_names");
    standby.sql("postgres", "SELECT pg_reload_conf()");
    wait_for(&world, "SHOW synchronous_standby_names", "");

    let store = world.open_with(&OURS).unwrap().0;

    assert_eq!(acknowledged.len(), 320);
    for (about, index, head) in acknowledged {
        assert_eq!(store.body(index).unwrap(), about.as_bytes());
        assert_eq!(store.root_at(head.size).unwrap(), head.root);
    }
    let next = store.commit(batch("next")).await.unwrap();
    let receipt = &next.receipts[0];
    receipt.proof().verify(receipt.leaf(), &vkey()).unwrap();
    assert_eq!(receipt.index(), 320);
    assert!(world.verified().is_sound());
}

/// Opened as in a cluster.
fn cluster(world: &World) -> Result<Store, String> {
    let mut config = world.config(&OURS);
    config.single_node = false;
    Store::open_postgres(config)
        .map(|(store, _)| store)
        .map_err(|error| error.to_string())
}

fn wait_for(world: &World, sql: &str, wanted: &str) {
    let begun = Instant::now();
    while world.sql(sql) != wanted {
        assert!(begun.elapsed() < Duration::from_secs(30), "{sql}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
