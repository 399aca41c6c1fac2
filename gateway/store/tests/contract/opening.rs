//! What a store refuses to be opened on.

use std::sync::Arc;

use stile_store::{
    Batch, Store, StoreError, Tree, migrate_postgres, rebuild_postgres, verify_postgres,
};

use crate::databases::{Kind, Server};
use crate::world::{Engine, Keys, OURS, World, batch, private, vkey};

crate::contract!(refuses_the_keys_of_another_ledger);

async fn refuses_the_keys_of_another_ledger(world: &World) {
    let store = world.open();
    store.commit(batch("body")).await.unwrap();
    drop(store);

    let opened = |keys: Keys| world.open_with(&keys).err().unwrap();
    let other_seed = opened(Keys {
        ledger: [9; 32],
        ..OURS
    });
    let other_epoch = opened(Keys {
        epoch: [9; 32],
        ..OURS
    });
    let other_name = opened(Keys {
        origin: "stile.example/health",
        ..OURS
    });

    assert!(
        matches!(other_seed, StoreError::WrongLedgerKey),
        "{other_seed}"
    );
    assert!(
        matches!(other_epoch, StoreError::WrongEpochKey),
        "{other_epoch}"
    );
    assert!(
        matches!(other_name, StoreError::WrongLedgerKey),
        "{other_name}"
    );
    assert_eq!(world.open().head().size, 1, "nothing was changed");
}

#[test]
fn tables_are_made_once_and_by_order_only() {
    let prepared = World::new(Engine::Postgres);
    assert!(
        !migrate_postgres(&prepared.url_file()).unwrap(),
        "they are there"
    );
    prepared.sql("UPDATE stile_schema SET version = 99");
    assert!(refusal(&prepared).contains("a newer program"));
    prepared.sql("UPDATE stile_schema SET version = 0");
    assert!(refusal(&prepared).contains("a version that this program does not know"));

    prepared.sql("DROP TABLE stile_schema");
    assert!(refusal(&prepared).contains("stile store migrate"));
}

#[test]
fn refuses_a_server_that_may_lose_what_it_acknowledged() {
    // The server of every other test has `fsync` off.
    let server = Arc::new(Server::start(Kind::Postgres));
    let world = World::on(&server);
    assert!(refusal(&world).contains("`fsync` is off"));

    let world = World::new(Engine::Postgres);
    for lax in ["off", "local", "remote_write"] {
        world.sql(&format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = {lax}', \
             current_database()); END $$"
        ));
        assert!(refusal(&world).contains("`synchronous_commit`"), "{lax}");
    }
}

#[test]
fn refuses_one_server_unless_that_is_said_to_be_all() {
    let world = World::new(Engine::Postgres);
    let mut config = world.config(&OURS);
    config.single_node = false;

    let refused = Store::open_postgres(config).err().unwrap().to_string();

    assert!(
        refused.contains("`postgres_single_node = true`"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuses_a_database_in_which_somebody_changed_something() {
    for (change, told) in [
        ("UPDATE stile_head SET size = size + 1", "head row"),
        (
            "DELETE FROM stile_frame WHERE number = (SELECT max(number) FROM stile_frame)",
            "head row",
        ),
        (
            "DELETE FROM stile_frame WHERE number = 2",
            "do not continue",
        ),
        (
            "UPDATE stile_frame SET bytes = set_byte(bytes, 300, get_byte(bytes, 300) # 1) WHERE number = 2",
            "damaged",
        ),
        (
            "UPDATE stile_frame SET number = -number WHERE number = 1; \
          UPDATE stile_frame SET number = 1 WHERE number = 2; \
          UPDATE stile_frame SET number = 2 WHERE number = -1",
            "place of another",
        ),
        (
            "DELETE FROM stile_row WHERE key = 'f'::bytea || '\\x0000000000000001'",
            "--rebuild",
        ),
        (
            "UPDATE stile_row SET value = set_byte(value, 19, get_byte(value, 19) # 1) WHERE key = 'f'::bytea || '\\x0000000000000001'",
            "--rebuild",
        ),
    ] {
        let world = World::new(Engine::Postgres);
        let store = world.open();
        for n in 0..3 {
            store.commit(batch(&format!("{n}"))).await.unwrap();
        }
        drop(store);
        world.sql(change);

        let refused = refusal(&world);

        assert!(refused.contains(told), "{change}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verification_finds_what_start_does_not_look_at() {
    let world = World::new(Engine::Postgres);
    let store = world.open();
    for n in 0..80 {
        let entries = vec![batch(&format!("{n}")).entries.remove(0); 5];
        let five = Batch {
            entries,
            ..Batch::default()
        };
        store.commit(five).await.unwrap();
    }
    drop(store);
    assert!(world.verified().is_sound());
    world.sql("UPDATE stile_frame SET bytes = set_byte(bytes, 200, get_byte(bytes, 200) # 1) WHERE number = 5");
    assert!(
        world.open_with(&OURS).is_ok(),
        "only the newest frames are read at start"
    );

    let report = world.verified();
    assert_eq!(report.first_bad.unwrap().segment, 5);

    world.sql("DELETE FROM stile_frame WHERE number = 5");
    assert_eq!(world.verified().first_bad.unwrap().segment, 6);
    world.sql("DELETE FROM stile_frame WHERE number > 70");
    assert!(verify_postgres(&world.url_file(), &vkey(), &[], |_| ()).is_err());
}

#[test]
fn refuses_a_file_that_others_may_read_or_that_holds_no_url() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new(Engine::Postgres);
    let file = world.url_file();
    let secret = "postgres://u:hunter2@127.0.0.1:1/d?sslmode=require";
    for text in ["", "hunter2", "mysql://hunter2@127.0.0.1/d", secret] {
        private(&file, text);
        let refused = refusal(&world);
        assert!(refused.contains("database"), "{text}: {refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
    private(&file, "postgres://u:hunter2@127.0.0.1:1/d");
    let refused = refusal(&world);
    assert!(
        refused.contains("no connection") && !refused.contains("hunter2"),
        "{refused}"
    );

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(refusal(&world).contains("0600"));
}

fn refusal(world: &World) -> String {
    world.open_with(&OURS).err().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_made_anew_from_frames_that_hold_and_only_from_those() {
    let world = World::new(Engine::Postgres);
    let store = world.open();
    for n in 0..70 {
        store.commit(batch(&format!("{n}"))).await.unwrap();
    }
    store
        .commit(Batch::put(Tree::Cases, "k", Some(vec![7])))
        .await
        .unwrap();
    drop(store);
    let all =
        "SELECT md5(string_agg(key || '|'::bytea || value, '' ORDER BY key)::text) FROM stile_row";
    let before = world.sql(all);
    world.sql("DELETE FROM stile_row WHERE get_byte(value, 0) >= 0 AND random() < 0.5");
    world.sql("UPDATE stile_head SET rows = 'older'");
    assert!(refusal(&world).contains("--rebuild"));

    rebuild_postgres(&world.url_file(), &vkey(), |_| ()).unwrap();

    assert_eq!(world.sql(all), before);
    let store = world.open();
    assert_eq!(store.get(Tree::Cases, b"k").unwrap(), Some(vec![7]));
    assert_eq!(store.body(69).unwrap(), b"69");
    drop(store);
    world.sql("UPDATE stile_frame SET bytes = set_byte(bytes, 200, get_byte(bytes, 200) # 1) WHERE number = 5");
    world.sql("DELETE FROM stile_row WHERE key = 'zz'");
    assert!(rebuild_postgres(&world.url_file(), &vkey(), |_| ()).is_err());
    assert_eq!(world.sql(all), before, "the old rows stay");
}
