//! Everybody, a page at a time.

use stile_model::redact::Redacted;
use stile_model::subject::PersonRow;
use stile_sources::{ColumnName, Source, SourceError};

use crate::contract;
use crate::world::World;

contract!(
    reads_everybody_once_whatever_the_page,
    reads_every_other_name_of_a_page,
    reads_a_key_that_is_held_twice_both_times,
    rejects_a_key_that_nearly_everybody_shares,
    reads_numbered_keys_in_their_order,
    reads_what_changed_since_a_day_or_a_number,
    rejects_a_watermark_that_is_neither_date_nor_number,
    reads_people_by_their_keys_and_no_others,
    rejects_a_page_with_a_value_that_cannot_be_carried,
);

async fn everybody(source: &Source, most: u32) -> Result<Vec<PersonRow>, SourceError> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = source.all_people(after.as_ref(), most).await?;
        all.extend(page.people);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(all),
        }
    }
}

fn keys(people: &[PersonRow]) -> Vec<&str> {
    people
        .iter()
        .map(|person| person.key.reveal().as_str())
        .collect()
}

fn column(name: &str) -> ColumnName {
    ColumnName::new(name).unwrap()
}

fn many(world: &World, people: u32) {
    let rows: Vec<_> = (0..people)
        .map(|n| format!("('P{n:04}', 'Forename{n}', 'Manifold')"))
        .collect();
    world.sql(&format!(
        "INSERT INTO person (nominal_id, fname, sname) VALUES {};",
        rows.join(", ")
    ));
}

async fn reads_everybody_once_whatever_the_page(world: &World) {
    many(world, 41);
    let source = world.source().await;

    for most in [0, 2, 3, 7, 44, 45, 46, 1_000_000] {
        let people = everybody(&source, most).await.unwrap();

        let mut sorted = keys(&people);
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!((people.len(), sorted.len()), (45, 45), "{most}");
    }
    assert_eq!(source.held().await.unwrap(), 45);
    let mut after = None;
    let mut read = 0;
    loop {
        let page = source.all_keys(after.as_ref(), 7).await.unwrap();
        read += page.keys.len();
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(read, 45);
}

async fn reads_every_other_name_of_a_page(world: &World) {
    many(world, 30);
    let rows: Vec<_> = (0..6_500)
        .map(|n| format!("('P{:04}', 'Other{n}', 'Alias')", n % 30))
        .collect();
    world.sql(&format!("INSERT INTO alias VALUES {};", rows.join(", ")));
    let source = world.source().await;

    let people = everybody(&source, 1_000).await.unwrap();

    let names = |row: &PersonRow| row.aliases.len();
    assert_eq!(people.iter().map(names).sum::<usize>(), 6_502);
    assert!(people.iter().all(|row| row.aliases.is_sorted()));
}

fn of_table(world: &World, table: &str) -> stile_sources::SourceMapping {
    let table = format!("table = \"{table}\"");
    world.mapping_with(|text| text.replacen("table = \"person\"", &table, 1), None)
}

async fn connected(world: &World, mapping: &stile_sources::SourceMapping) -> Source {
    world.sql(&grant(world));
    let limits = stile_sources::Limits {
        deadline_ms: 20_000,
        ..stile_sources::Limits::default()
    };
    Source::connect(mapping, limits).await.unwrap()
}

fn grant(world: &World) -> String {
    match world.engine {
        crate::world::Engine::Postgres => format!(
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {};",
            world.reader()
        ),
        crate::world::Engine::Mariadb | crate::world::Engine::Sqlite => "SELECT 1;".to_owned(),
    }
}

async fn reads_a_key_that_is_held_twice_both_times(world: &World) {
    many(world, 20);
    world.sql("CREATE VIEW twice AS SELECT * FROM person UNION ALL SELECT * FROM person;");
    let source = connected(world, &of_table(world, "twice")).await;

    for most in [3, 4, 5, 48, 49] {
        let people = everybody(&source, most).await.unwrap();
        assert_eq!(people.len(), 48, "{most}");
    }
}

async fn rejects_a_key_that_nearly_everybody_shares(world: &World) {
    many(world, 20);
    let mapping = world.mapping_with(
        |text| text.replacen("key = \"nominal_id\"", "key = \"sname\"", 1),
        None,
    );
    let source = connected(world, &mapping).await;

    let error = everybody(&source, 10).await.unwrap_err();

    let SourceError::Mapping { problem, .. } = &error else {
        panic!("{error}");
    };
    assert!(problem.contains("`person.sname`"), "{problem}");
    assert!(!error.to_string().contains("Manifold"));
}

async fn reads_numbered_keys_in_their_order(world: &World) {
    world.sql("CREATE TABLE numbered (nominal_id INTEGER PRIMARY KEY, fname VARCHAR(100), \
               sname VARCHAR(100), dob DATE, sex VARCHAR(10), addr VARCHAR(200), town VARCHAR(50), \
               postcode VARCHAR(12), phone VARCHAR(30), school VARCHAR(100), household_id VARCHAR(20), \
               safe_address VARCHAR(5), sealed_flag SMALLINT, nhs_no VARCHAR(20));");
    let rows: Vec<_> = [9, 10, 11, 99, 100, 101, 1000, -5]
        .iter()
        .map(|n| format!("({n}, 'Numbered')"))
        .collect();
    world.sql(&format!(
        "INSERT INTO numbered (nominal_id, sname) VALUES {};",
        rows.join(", ")
    ));
    let source = connected(world, &of_table(world, "numbered")).await;

    let people = everybody(&source, 3).await.unwrap();

    let expected = ["-5", "9", "10", "11", "99", "100", "101", "1000"];
    assert_eq!(keys(&people), expected);
}

async fn reads_what_changed_since_a_day_or_a_number(world: &World) {
    let instant = match world.engine {
        crate::world::Engine::Mariadb => "DATETIME",
        crate::world::Engine::Postgres | crate::world::Engine::Sqlite => "TIMESTAMP",
    };
    world.sql(&format!("ALTER TABLE person ADD changed_at {instant};"));
    world.sql("ALTER TABLE person ADD revision INTEGER;");
    world.sql("UPDATE person SET changed_at = '2026-03-01 10:00:00', revision = 7;");
    world.sql("UPDATE person SET changed_at = '2026-03-05 23:30:00', revision = 9 WHERE nominal_id = 'N2';");
    let source = connected(world, &world.mapping()).await;

    for name in ["changed_at", "revision"] {
        let column = column(name);
        let mark = source.watermark(&column).await.unwrap().unwrap();
        let page = source
            .changed_people((&column, &mark), None, 100)
            .await
            .unwrap();
        assert_eq!(keys(&page.people), ["N2"], "{name}");
        assert_eq!(page.people[0].aliases.len(), 2, "{name}");
    }
    // A day is left over, for changes that were committed late.
    world.sql("UPDATE person SET changed_at = '2026-03-04 00:10:00' WHERE nominal_id = 'N3';");
    let column = column("changed_at");
    let mark = source.watermark(&column).await.unwrap().unwrap();
    let page = source
        .changed_people((&column, &mark), None, 100)
        .await
        .unwrap();
    assert_eq!(keys(&page.people), ["N2", "N3"]);
    world.sql("UPDATE person SET changed_at = NULL;");
    assert_eq!(source.watermark(&column).await.unwrap(), None);
}

async fn rejects_a_watermark_that_is_neither_date_nor_number(world: &World) {
    let source = world.source().await;

    let error = source.watermark(&column("sname")).await.unwrap_err();

    assert_eq!(error.code(), "bad_value");
    assert!(!error.to_string().contains("Testwood"));
}

async fn reads_people_by_their_keys_and_no_others(world: &World) {
    let source = world.source().await;
    let wanted: Vec<Redacted<String>> = ["N4", "n1", "N2", "X9", "' OR 1=1 --"]
        .into_iter()
        .map(Redacted::from)
        .collect();

    let people = source.people_of(&wanted).await.unwrap();

    assert_eq!(keys(&people), ["N2", "N4"]);
    assert_eq!(people[0].aliases.len(), 2);
    assert_eq!(source.people_of(&[]).await.unwrap(), []);
}

async fn rejects_a_page_with_a_value_that_cannot_be_carried(world: &World) {
    let long = "x".repeat(120);
    world.sql(&format!(
        "UPDATE person SET addr = '{long}' WHERE nominal_id = 'N3';"
    ));
    let limits = stile_sources::Limits {
        deadline_ms: 20_000,
        max_value_bytes: 100,
        ..stile_sources::Limits::default()
    };
    let source = world.limited(limits).await;

    let error = everybody(&source, 3).await.unwrap_err();

    assert_eq!(error.code(), "too_long");
    assert!(!error.to_string().contains("xxx"));
}
