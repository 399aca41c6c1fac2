//! Records: what is read, and what cannot be.

use jiff::civil::date;
use stile_model::subject::{Record, Value};
use stile_sources::{Limits, Source, SourceError};

use crate::contract;
use crate::world::{Engine, World, category, fields, patient};

contract!(
    reads_values_by_their_kind,
    leaves_out_what_is_before_the_window_and_keeps_the_undated,
    reads_what_stands_however_long_ago_it_began_and_not_what_ended_before_the_window,
    reads_what_stands_whose_end_is_written_in_no_way_that_is_known,
    reads_text_dates_in_the_declared_format,
    keeps_the_newest_of_text_dates_that_the_database_cannot_put_in_order,
    refuses_more_rows_than_can_be_put_in_order,
    caps_records_and_says_so,
    compares_keys_exactly,
    refuses_values_that_do_not_fit_without_repeating_them,
    refuses_a_value_longer_than_the_limit,
    hostile_text_arrives_whole_but_without_hidden_characters,
    refuses_a_category_it_does_not_hold;
    not_odbc_sqlite: reads_only_the_columns_asked_for,
    refuses_a_binary_column,
);

async fn read(source: &Source, names: &[&str]) -> Vec<Record> {
    let category = category("police.domestic_incident");
    let read = source
        .records(&"N1".into(), &category, &fields(names), None)
        .await;
    read.unwrap().records
}

async fn reads_only_the_columns_asked_for(world: &World) {
    let source = world.source().await;

    let records = read(&source, &["risk", "unmapped"]).await;

    assert_eq!(records.len(), 3);
    assert!(records.iter().all(|record| record.values.len() == 1));
    // The trap is real: asking for its column fails.
    let category = category("police.domestic_incident");
    let sprung = source
        .records(&"N1".into(), &category, &fields(&["detail"]), None)
        .await;
    assert_eq!(sprung.unwrap_err().code(), "refused");
}

async fn reads_values_by_their_kind(world: &World) {
    let source = world.source().await;

    let records = read(&source, &["date", "summary", "risk", "children", "weapon"]).await;

    let value = |record: &Record, field: &str| {
        let found = record.values.iter().find(|(name, _)| name == field);
        found.map(|(_, value)| value.clone()).unwrap()
    };
    let [undated, older, newest] = records.as_slice() else {
        panic!("three records, oldest first");
    };
    assert_eq!(newest.key.reveal(), "1");
    assert_eq!(newest.event, Some(date(2026, 1, 10)));
    assert_eq!(newest.recorded, Some(date(2026, 1, 11)));
    assert_eq!(newest.grading.as_deref(), Some("1A"));
    assert_eq!(newest.provenance.system, "Niche RMS");
    assert!(!newest.sealed && undated.sealed);
    assert_eq!(value(newest, "date"), Value::Date(date(2026, 1, 10)));
    assert_eq!(value(newest, "summary"), Value::Text("First".into()));
    assert_eq!(value(newest, "weapon"), Value::Flag(true));
    assert_eq!(value(older, "weapon"), Value::Flag(false));
    let Value::Number(children) = value(older, "children") else {
        panic!("a number");
    };
    assert_eq!(children.reveal().trim_end_matches('0'), "1.5");
    assert!(
        undated
            .values
            .iter()
            .all(|(_, value)| *value == Value::Null)
    );
}

async fn leaves_out_what_is_before_the_window_and_keeps_the_undated(world: &World) {
    let source = world.source().await;
    let category = category("police.domestic_incident");
    let within = async |from| {
        let read = source
            .records(&"N1".into(), &category, &[], Some(from))
            .await
            .unwrap();
        let keys = read
            .records
            .iter()
            .map(|record| record.key.reveal().clone());
        keys.collect::<Vec<_>>().join(" ")
    };

    assert_eq!(within(date(2024, 6, 1)).await, "3 2 1");
    assert_eq!(within(date(2024, 6, 2)).await, "3 1");
    assert_eq!(within(date(2026, 1, 10)).await, "3 1");
    assert_eq!(within(date(2026, 1, 11)).await, "3");
}

/// The contract's source with incidents for what is true now, and these lines for when it ended.
async fn standing(world: &World, ended: &str, rows: u32) -> Source {
    let change = |text: String| {
        let table = format!("table = \"incident\"\n{ended}\n");
        text.replace("table = \"slow_view\"\n", &table)
            .replace("note = \"note\"", "note = \"mo_text\"")
    };
    world.changed(change, Limits { rows, ..patient() }).await
}

/// The keys of what is read from 2025 on, in their own order.
async fn from_2025(source: &Source) -> Vec<String> {
    let category = category("police.missing");
    let read = source
        .records(&"N1".into(), &category, &[], Some(date(2025, 1, 1)))
        .await
        .unwrap();
    let keys = read.records.iter().map(|record| record.key.reveal());
    let mut keys: Vec<_> = keys.cloned().collect();
    keys.sort();
    keys
}

async fn reads_what_stands_however_long_ago_it_began_and_not_what_ended_before_the_window(
    world: &World,
) {
    // All began years ago. 1 ended within the window, 2 before it; 3 stands, and 5 will end.
    world.sql(
        "UPDATE incident SET created_on = '2019-02-01 10:00:00';
         INSERT INTO incident (incident_id, nominal_id, occurred_on, created_on) \
         VALUES (5, 'N1', '2999-12-31', '2019-02-01 10:00:00');",
    );
    let ended = "ended = \"occurred_on\"\nrecorded = \"created_on\"";

    let all = standing(world, ended, 200).await;
    let one = standing(world, ended, 1).await;

    assert_eq!(from_2025(&all).await, ["1", "3", "5"]);
    assert_eq!(from_2025(&one).await, ["3"], "what stands is kept first");
}

async fn reads_what_stands_whose_end_is_written_in_no_way_that_is_known(world: &World) {
    world.sql(
        "INSERT INTO incident (incident_id, nominal_id, written_on) VALUES (5, 'N1', '');
         INSERT INTO incident (incident_id, nominal_id, written_on) VALUES (6, 'N1', '0000-00-00');",
    );
    let declared = "ended = \"written_on\"\ndate_format = \"dd/mm/yyyy\"";

    let undeclared = standing(world, "ended = \"written_on\"", 200).await;
    let declared = standing(world, declared, 200).await;

    // `10/01/2026`, `1/6/2024`, `unknown`, nothing and zeros are no dates of ISO 8601.
    assert_eq!(from_2025(&undeclared).await, ["1", "2", "3", "5", "6"]);
    assert_eq!(from_2025(&declared).await, ["1", "3", "5", "6"]);
}

/// The contract's source with at most `rows` records, whose days are texts such as `10/01/2026`.
async fn written(world: &World, rows: u32) -> Source {
    let change = |text: String| {
        text.replace(
            "date = \"occurred_on\"\nrecorded = \"created_on\"",
            "date = \"written_on\"\ndate_format = \"dd/mm/yyyy\"",
        )
    };
    world.changed(change, Limits { rows, ..patient() }).await
}

async fn reads_text_dates_in_the_declared_format(world: &World) {
    let source = written(world, 200).await;
    let category = category("police.domestic_incident");

    let read = source
        .records(&"N1".into(), &category, &[], Some(date(2025, 1, 1)))
        .await
        .unwrap();

    let events: Vec<_> = read.records.iter().map(|record| record.event).collect();
    assert_eq!(events, [None, Some(date(2026, 1, 10))]);
}

async fn keeps_the_newest_of_text_dates_that_the_database_cannot_put_in_order(world: &World) {
    world.sql(
        "INSERT INTO incident (incident_id, nominal_id, written_on) VALUES
         (10, 'N1', '31/12/2019'), (11, 'N1', '30/12/2019'), (12, 'N1', '29/12/2025');",
    );
    let category = category("police.domestic_incident");

    for (rows, from, expected, capped) in [
        (2, None, "12 1", true),
        (2, Some(date(2025, 1, 1)), "12 1", true),
        (3, Some(date(2025, 1, 1)), "3 12 1", false),
        (1, Some(date(2026, 1, 1)), "1", true),
    ] {
        let source = written(world, rows).await;
        let read = source
            .records(&"N1".into(), &category, &[], from)
            .await
            .unwrap();

        let keys = read.records.iter().map(|record| record.key.reveal());
        let keys: Vec<_> = keys.cloned().collect();
        assert_eq!((keys.join(" ").as_str(), read.capped), (expected, capped));
    }
}

async fn refuses_more_rows_than_can_be_put_in_order(world: &World) {
    let many: Vec<_> = (0..5_000)
        .map(|n| format!("({}, 'N1', '01/02/2020')", 1_000 + n))
        .collect();
    world.sql(&format!(
        "INSERT INTO incident (incident_id, nominal_id, written_on) VALUES {};",
        many.join(", ")
    ));
    let source = written(world, 200).await;
    let category = category("police.domestic_incident");

    let error = source
        .records(&"N1".into(), &category, &[], None)
        .await
        .unwrap_err();

    assert_eq!(error.code(), "too_much");
    assert!(error.to_string().contains("more than 5000 rows"), "{error}");
}

async fn caps_records_and_says_so(world: &World) {
    let category = category("police.domestic_incident");
    for (rows, capped) in [(2, true), (3, false)] {
        let source = world.limited(Limits { rows, ..patient() }).await;

        let read = source
            .records(&"N1".into(), &category, &[], None)
            .await
            .unwrap();

        assert_eq!(
            (read.records.len(), read.capped),
            (usize::try_from(rows).unwrap(), capped)
        );
        assert_eq!(
            read.records.last().unwrap().key.reveal(),
            "1",
            "the newest are kept"
        );
    }
}

async fn compares_keys_exactly(world: &World) {
    let source = world.source().await;
    let category = category("police.domestic_incident");

    let read = source
        .records(&"n1".into(), &category, &[], None)
        .await
        .unwrap();

    let keys: Vec<_> = read
        .records
        .iter()
        .map(|record| record.key.reveal().as_str())
        .collect();
    assert_eq!(keys, ["4"]);
}

async fn refuses_values_that_do_not_fit_without_repeating_them(world: &World) {
    for (from, to) in [
        ("children = \"children\"", "children = \"mo_text\""),
        ("weapon = \"weapon\"", "weapon = \"dash_grade\""),
        ("{ date = \"occurred_on\"", "{ date = \"mo_text\""),
    ] {
        let change = |text: String| text.replace(from, to);
        let source = world.changed(change, patient()).await;
        let names = fields(&["children", "weapon", "date"]);

        let read = source
            .records(
                &"N1".into(),
                &category("police.domestic_incident"),
                &names,
                None,
            )
            .await;
        let error = read.unwrap_err();

        assert_eq!(error.code(), "bad_value", "{to}");
        let message = format!("{error} {error:?}");
        assert!(
            !["First", "Second", "high"]
                .iter()
                .any(|value| message.contains(value))
        );
    }
}

async fn refuses_a_binary_column(world: &World) {
    let bytes = match world.engine {
        Engine::Postgres => "decode('ff00', 'hex')",
        Engine::Mariadb | Engine::Sqlite => "x'ff00'",
    };
    world.sql(&format!("UPDATE incident SET picture = {bytes}"));
    let change = |text: String| text.replace("summary = \"mo_text\"", "summary = \"picture\"");
    let source = world.changed(change, patient()).await;

    let read = source
        .records(
            &"N1".into(),
            &category("police.domestic_incident"),
            &fields(&["summary"]),
            None,
        )
        .await;

    let error = read.unwrap_err();
    assert!(matches!(error, SourceError::BadValue { column, .. } if column == "picture"));
}

async fn refuses_a_value_longer_than_the_limit(world: &World) {
    world.sql(&format!(
        "UPDATE incident SET mo_text = '{}' WHERE incident_id = 2",
        "x".repeat(60_000)
    ));
    let source = world.source().await;
    let category = category("police.domestic_incident");

    let read = source
        .records(&"N1".into(), &category, &fields(&["summary"]), None)
        .await;

    assert_eq!(read.unwrap_err().code(), "too_long");
    assert!(
        source
            .records(&"N1".into(), &category, &fields(&["risk"]), None)
            .await
            .is_ok()
    );
}

async fn hostile_text_arrives_whole_but_without_hidden_characters(world: &World) {
    let held = "It''s \"<b>x</b>\"; DROP TABLE person; --\n\u{645}\u{631}\u{202e}abc\u{200b}d \u{1}\u{1b}[31m \u{1f600}";
    world.sql(&format!(
        "UPDATE incident SET mo_text = '{held}' WHERE incident_id = 1"
    ));
    let source = world.source().await;

    let records = read(&source, &["summary"]).await;

    let expected = "It's \"<b>x</b>\"; DROP TABLE person; --\n\u{645}\u{631}abcd [31m \u{1f600}";
    assert_eq!(records[2].values[0].1, Value::Text(expected.into()));
}

async fn refuses_a_category_it_does_not_hold(world: &World) {
    let source = world.source().await;

    let read = source
        .records(&"N1".into(), &category("health.registration"), &[], None)
        .await;

    assert_eq!(read.unwrap_err().code(), "mapping");
}
