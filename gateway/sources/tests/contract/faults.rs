//! Slow, changed and dead databases.

use std::time::{Duration, Instant};

use stile_sources::{COOL_DOWN, FAILURES_MAX, Limits, Source, SourceError};

use crate::contract;
use crate::world::{Engine, World, category, fields};

contract!(
    names_the_column_that_was_dropped,
    names_the_table_that_was_dropped;
    not_odbc_sqlite: stops_at_the_deadline,
    one_slow_query_does_not_hold_up_the_others,
);

fn short() -> Limits {
    Limits {
        deadline_ms: 1_500,
        ..Limits::default()
    }
}

async fn stops_at_the_deadline(world: &World) {
    let source = world.limited(short()).await;
    let start = Instant::now();

    let read = source
        .records(
            &"N1".into(),
            &category("police.missing"),
            &fields(&["note"]),
            None,
        )
        .await;

    assert_eq!(
        read.unwrap_err(),
        SourceError::Deadline {
            name: "niche".into(),
            deadline_ms: 1_500
        }
    );
    assert!(start.elapsed() < Duration::from_secs(10));
}

async fn names_the_column_that_was_dropped(world: &World) {
    let source = world.source().await;
    let category = category("police.domestic_incident");
    let read = async |names: &[&str]| {
        source
            .records(&"N1".into(), &category, &fields(names), None)
            .await
    };
    read(&["risk"]).await.unwrap();
    world.sql(
        "DROP VIEW incident_view; CREATE VIEW incident_view AS SELECT incident_id, nominal_id, \
         occurred_on, created_on, restricted, grade, mo_text FROM incident;",
    );
    if world.engine == Engine::Postgres {
        world.sql(&format!(
            "GRANT SELECT ON incident_view TO {}",
            world.reader()
        ));
    }

    let error = read(&["risk", "summary"]).await.unwrap_err();

    let SourceError::SchemaChanged { table, column, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(
        (table.as_str(), column.as_str()),
        ("incident_view", "dash_grade")
    );
    assert!(
        read(&["summary"]).await.is_ok(),
        "other columns are still read"
    );
}

async fn names_the_table_that_was_dropped(world: &World) {
    let source = world.source().await;
    world.sql("DROP VIEW incident_view;");

    let read = source
        .records(
            &"N1".into(),
            &category("police.domestic_incident"),
            &fields(&["risk"]),
            None,
        )
        .await;

    assert!(
        matches!(read.unwrap_err(), SourceError::SchemaChanged { column, .. } if column == "*")
    );
}

async fn one_slow_query_does_not_hold_up_the_others(world: &World) {
    let source = world
        .limited(Limits {
            deadline_ms: 3_000,
            ..Limits::default()
        })
        .await;
    let slow = source.clone();
    let slow = tokio::spawn(async move {
        slow.records(
            &"N1".into(),
            &category("police.missing"),
            &fields(&["note"]),
            None,
        )
        .await
    });

    let quick = source
        .records(
            &"N1".into(),
            &category("police.domestic_incident"),
            &[],
            None,
        )
        .await;

    assert_eq!(quick.unwrap().records.len(), 3);
    assert_eq!(slow.await.unwrap().unwrap_err().code(), "deadline");
}

/// The clock is moved past the cool-down, not waited for.
pub async fn cool_down() {
    // What tries the source by itself begins to wait before.
    tokio::task::yield_now().await;
    tokio::time::pause();
    tokio::time::advance(COOL_DOWN).await;
    tokio::time::resume();
}

/// Past the cool-down, until it is no longer left alone. Nobody asks it anything meanwhile.
pub async fn comes_back_by_itself(source: &Source) {
    cool_down().await;
    let begun = Instant::now();
    while source.is_resting() {
        assert!(begun.elapsed() < PATIENCE, "it is still left alone");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

const PATIENCE: Duration = Duration::from_secs(30);

/// Asks one that does not answer until it is left alone.
pub async fn is_left_alone(source: &Source) {
    for _ in 0..FAILURES_MAX {
        let error = source.people_of(&["N1".into()]).await.unwrap_err();
        assert_eq!(error.code(), "unreachable", "{error}");
    }
    assert!(source.is_resting());
    let error = source.people_of(&["N1".into()]).await.unwrap_err();
    assert_eq!(error.code(), "circuit_open", "{error}");
}

async fn a_killed_server_is_left_alone_and_answers_the_first_question_after(engine: Engine) {
    let world = World::alone(engine);
    let source = world.source().await;
    let server = world.server.as_ref().unwrap();
    assert_eq!(source.household(&"H1".into()).await.unwrap().len(), 2);

    server.kill();
    is_left_alone(&source).await;
    server.run();
    comes_back_by_itself(&source).await;

    assert_eq!(source.household(&"H1".into()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_killed_postgres_is_left_alone_and_answers_the_first_question_after() {
    a_killed_server_is_left_alone_and_answers_the_first_question_after(Engine::Postgres).await;
}

#[tokio::test]
async fn a_killed_mariadb_is_left_alone_and_answers_the_first_question_after() {
    a_killed_server_is_left_alone_and_answers_the_first_question_after(Engine::Mariadb).await;
}

#[tokio::test]
async fn a_spoilt_sqlite_file_is_left_alone_and_answers_the_first_question_after() {
    let world = World::new(Engine::Sqlite);
    let source = world.source().await;
    assert_eq!(source.household(&"H1".into()).await.unwrap().len(), 2);
    let good = std::fs::read(world.file()).unwrap();

    std::fs::write(world.file(), vec![b'x'; good.len()]).unwrap();
    is_left_alone(&source).await;
    std::fs::write(world.file(), good).unwrap();
    comes_back_by_itself(&source).await;

    assert_eq!(source.household(&"H1".into()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_locked_sqlite_file_ends_at_the_deadline() {
    let world = World::new(Engine::Sqlite);
    let source = world
        .limited(Limits {
            deadline_ms: 300,
            ..Limits::default()
        })
        .await;
    let writer = rusqlite::Connection::open(world.file()).unwrap();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();

    let error = source.household(&"H1".into()).await.unwrap_err();

    assert_eq!(error.code(), "deadline");
    writer.execute_batch("ROLLBACK").unwrap();
    assert_eq!(source.household(&"H1".into()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn invalid_utf8_in_sqlite_is_refused() {
    let world = World::new(Engine::Sqlite);
    world.sql("UPDATE incident SET mo_text = CAST(x'ff41' AS TEXT) WHERE incident_id = 1");
    let source = world.source().await;

    let read = source
        .records(
            &"N1".into(),
            &category("police.domestic_incident"),
            &fields(&["summary"]),
            None,
        )
        .await;

    assert_eq!(read.unwrap_err().code(), "bad_value");
}
