//! The check of a mapping against its database.

use stile_model::vocabulary::Vocabulary;
use stile_sources::{CheckFault, CheckReport};

use crate::contract;
use crate::world::{World, category, patient, sound, vocabulary, written_on};

contract!(
    passes_a_good_mapping_with_counts_only,
    finds_a_missing_index_but_stays_usable,
    finds_words_that_left_the_vocabulary,
    refuses_a_category_of_events_without_a_date,
    refuses_a_date_that_is_written_otherwise,
    finds_a_day_that_is_read_and_never_shown,
    names_the_queries_that_gave_nothing;
    not_odbc_sqlite: finds_missing_columns_and_wrong_types,
);

async fn check(world: &World, change: impl Fn(String) -> String) -> CheckReport {
    check_with(world, change, &vocabulary()).await
}

async fn check_with(
    world: &World,
    change: impl Fn(String) -> String,
    vocabulary: &Vocabulary,
) -> CheckReport {
    let change = |text: String| change(sound(&text));
    let source = world.changed(change, patient()).await;
    source.check(vocabulary).await.unwrap()
}

fn found(report: &CheckReport) -> Vec<(CheckFault, &str)> {
    let findings = report.findings.iter();
    findings
        .map(|finding| (finding.fault, finding.column.as_str()))
        .collect()
}

async fn passes_a_good_mapping_with_counts_only(world: &World) {
    let report = check(world, |text| text).await;

    assert_eq!(found(&report), []);
    assert!(report.usable() && report.round_trip);
    assert_eq!(report.people, 4);
    assert_eq!(
        report.categories,
        [(category("police.domestic_incident"), Some(4))]
    );
    assert!(!format!("{report:?}").contains("Testwood"));
}

async fn finds_a_missing_index_but_stays_usable(world: &World) {
    let suffix = if world.engine == crate::world::Engine::Mariadb {
        " ON incident"
    } else {
        ""
    };
    world.sql(&format!("DROP INDEX incident_subject{suffix}"));

    let report = check(world, |text| text).await;

    assert_eq!(found(&report), [(CheckFault::NotIndexed, "nominal_id")]);
    assert!(report.usable());
}

#[tokio::test]
async fn says_when_a_mariadb_account_may_not_see_the_plan() {
    let world = World::new(crate::world::Engine::Mariadb);
    let (name, reader) = (&world.database, world.reader());
    world.sql(&format!("REVOKE SHOW VIEW ON {name}.* FROM {reader}@'%'"));

    let report = check(&world, |text| text).await;

    assert_eq!(found(&report), [(CheckFault::PlanHidden, "nominal_id")]);
    assert!(report.usable());
}

async fn finds_missing_columns_and_wrong_types(world: &World) {
    let report = check(world, |text| {
        text.replace("\"mo_text\"", "\"mo_txt\"")
            .replace("date = \"occurred_on\"\n", "date = \"dash_grade\"\n")
            .replace("risk = \"dash_grade\"", "risk = \"picture\"")
    })
    .await;

    let found = found(&report);
    assert!(
        found.contains(&(CheckFault::Missing, "mo_txt")),
        "{found:?}"
    );
    assert!(
        found.contains(&(CheckFault::WrongType, "dash_grade")),
        "{found:?}"
    );
    assert!(
        found.contains(&(CheckFault::WrongType, "picture")),
        "{found:?}"
    );
    assert!(!report.usable() && !report.round_trip);
}

async fn finds_words_that_left_the_vocabulary(world: &World) {
    let changed = crate::world::vocabulary_text().replace(
        "{ name = \"risk\", title = \"Risk\", kind = \"code\" }",
        "{ name = \"risk\", title = \"Risk\", kind = \"number\" }",
    );
    let changed = Vocabulary::parse("vocabulary.toml", &changed).unwrap();

    let report = check_with(world, |text| text, &changed).await;

    assert_eq!(
        found(&report),
        [(CheckFault::NotInVocabulary, "dash_grade")]
    );
}

async fn refuses_a_category_of_events_without_a_date(world: &World) {
    let report = check(world, |text| text.replace("date = \"occurred_on\"\n", "")).await;

    assert_eq!(found(&report), [(CheckFault::NoDate, "*")]);
    let category = report.findings[0].category.as_ref();
    assert_eq!(category.unwrap().as_str(), "police.domestic_incident");
    assert!(report.round_trip && !report.usable());
}

async fn refuses_a_date_that_is_written_otherwise(world: &World) {
    let report = check(world, |text| written_on(&text, "iso")).await;

    let found = found(&report);
    assert!(
        found.contains(&(CheckFault::UnreadableDate, "written_on")),
        "{found:?}"
    );
    assert!(!report.usable());
}

async fn finds_a_day_that_is_read_and_never_shown(world: &World) {
    let report = check(world, |text| {
        text.replace("fields = { date = \"occurred_on\",", "fields = {")
    })
    .await;

    assert_eq!(found(&report), [(CheckFault::DateNotShown, "occurred_on")]);
    assert!(report.usable());
}

async fn names_the_queries_that_gave_nothing(world: &World) {
    world.sql("DELETE FROM incident;");

    let report = check(world, |text| text).await;

    assert_eq!(report.without_row, [category("police.domestic_incident")]);
    assert!(report.round_trip && report.usable());
}
