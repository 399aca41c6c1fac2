//! A mapping proposed for a database of which nothing is mapped, over the contract's own layout and
//! two others.

use stile_model::id::Code;
use stile_sources::{CheckReport, Limits, Mapping, Proposal, Source, SourceError, SourceMapping};

use crate::contract;
use crate::world::{Engine, World, vocabulary};

contract!(
    proposes_what_the_contract_maps_by_hand,
    proposes_for_a_school_whose_dates_are_texts,
    proposes_for_patients_whose_key_is_only_called_id,
    proposes_nothing_where_nobody_looks_like_people,
);

const LIMITS: Limits = Limits {
    deadline_ms: 20_000,
    rows: 200,
    candidates: 300,
    pool: 4,
    max_value_bytes: 16 * 1_024,
    answer_bytes: 1_024 * 1_024,
};

async fn proposed(world: &World, kind: &str) -> Result<Proposal, SourceError> {
    let unmapped = SourceMapping::unmapped("own", "Own \"system\"", world.mapping().place);
    let source = Source::connect(&unmapped, LIMITS).await.unwrap();
    source
        .propose(&vocabulary(), &Code::new(kind).unwrap())
        .await
}

fn parsed(text: &str, kind: &str) -> SourceMapping {
    let kind = Code::new(kind).unwrap();
    let mapping = Mapping::parse("proposed.toml", text, &vocabulary(), &kind);
    mapping
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
        .sources
        .remove(0)
}

/// As a person leaves it who takes every likely line.
fn confirmed(proposal: &Proposal) -> String {
    let lines = proposal.text.lines();
    let lines: Vec<_> = lines
        .map(|line| line.strip_prefix("#? ").unwrap_or(line))
        .collect();
    lines.join("\n")
}

/// The proposal parses as it is; once its likely lines are taken, the check finds nothing that stops it.
async fn confirmed_and_checked(
    world: &World,
    kind: &str,
) -> (Proposal, SourceMapping, CheckReport) {
    let proposal = proposed(world, kind).await.unwrap();
    parsed(&proposal.text, kind);
    let mapping = parsed(&confirmed(&proposal), kind);
    let source = Source::connect(&mapping, LIMITS).await.unwrap();
    let report = source.check(&vocabulary()).await.unwrap();
    assert!(report.usable(), "{:?}\n{}", report.findings, proposal.text);
    assert!(report.round_trip, "{}", proposal.text);
    (proposal, mapping, report)
}

async fn proposes_what_the_contract_maps_by_hand(world: &World) {
    let (proposal, mapping, report) = confirmed_and_checked(world, "police").await;

    let by_hand = world.mapping();
    assert_eq!(
        format!("{:?}", mapping.person),
        format!("{:?}", by_hand.person)
    );
    assert_eq!(report.people, 4);
    let [incidents] = mapping.categories.as_slice() else {
        panic!("{}", proposal.text);
    };
    assert_eq!(incidents.table.to_string(), "incident_view");
    assert_eq!(incidents.subject.as_str(), "nominal_id");
    let columns = incidents.fields.iter();
    let columns: Vec<_> = columns
        .map(|field| (field.field.as_str(), field.column.as_str()))
        .collect();
    assert_eq!(
        columns,
        [
            ("children", "children"),
            ("date", "occurred_on"),
            ("risk", "dash_grade"),
            ("summary", "mo_text"),
            ("weapon", "weapon"),
        ]
    );
    assert_eq!(incidents.recorded.as_ref().unwrap().as_str(), "created_on");
    assert_eq!(incidents.sealed.as_ref().unwrap().as_str(), "restricted");
    // Only a part of `domestic incident` is in the table's name, so a person must take it.
    assert!(parsed(&proposal.text, "police").categories.is_empty());
    assert!(proposal.to_confirm > 0 && proposal.left_out > 0);
    assert!(!proposal.text.contains("Testwood"));
}

/// Puts other tables in place of the contract's own.
fn replace(world: &World, sql: &str) {
    for drop in [
        "VIEW slow_view",
        "VIEW incident_view",
        "TABLE incident",
        "TABLE alias",
        "TABLE person",
    ] {
        world.sql(&format!("DROP {drop};"));
    }
    world.sql(sql);
    if world.engine == Engine::Postgres {
        let reader = world.reader();
        world.sql(&format!(
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader};"
        ));
    }
}

async fn proposes_for_a_school_whose_dates_are_texts(world: &World) {
    replace(
        world,
        "CREATE TABLE staff (staff_id INTEGER PRIMARY KEY, surname VARCHAR(80), forename VARCHAR(80), \
         date_of_birth DATE, postcode VARCHAR(10));
         CREATE TABLE pupil (pupil_id INTEGER PRIMARY KEY, legal_surname VARCHAR(80), forename VARCHAR(80), \
         date_of_birth VARCHAR(10), gender VARCHAR(1), upn VARCHAR(13), home_postcode VARCHAR(10), \
         telephone VARCHAR(20), address_line1 VARCHAR(80), town VARCHAR(40));
         CREATE TABLE attendance_mark (mark_id INTEGER PRIMARY KEY, pupil_id INTEGER, mark_date VARCHAR(10), \
         session_note VARCHAR(200));
         CREATE TABLE safe_log (log_id INTEGER PRIMARY KEY, pupil_id INTEGER, entry VARCHAR(200));
         CREATE TABLE room (room_id INTEGER PRIMARY KEY, room_name VARCHAR(80));
         INSERT INTO pupil VALUES (1, 'Testwood', 'Mali', '09/05/2018', 'F', 'H801200001001', 'SW19 1AA', \
         NULL, '4 Elm Row', 'Merton');
         INSERT INTO pupil VALUES (2, 'Testwood', 'Ioan', '31/01/2016', 'M', NULL, NULL, NULL, NULL, NULL);
         INSERT INTO attendance_mark VALUES (1, 1, '10/01/2026', 'Late');",
    );

    let (proposal, mapping, report) = confirmed_and_checked(world, "education").await;

    let person = &mapping.person;
    assert_eq!(person.table.to_string(), "pupil");
    assert_eq!(person.surname.as_str(), "legal_surname");
    assert_eq!(
        person.date_format,
        Some(stile_sources::DateFormat::DayMonthYearSlashes)
    );
    assert_eq!(person.identifiers[0].0.as_str(), "upn");
    assert_eq!(person.address.len(), 2);
    assert_eq!(report.people, 2);
    let [marks] = mapping.categories.as_slice() else {
        panic!("{}", proposal.text);
    };
    assert_eq!(marks.subject.as_str(), "pupil_id");
    assert_eq!(marks.date.as_ref().unwrap().as_str(), "mark_date");
    assert_eq!(marks.date_format, person.date_format);
    let columns: Vec<_> = marks
        .fields
        .iter()
        .map(|field| field.column.as_str())
        .collect();
    assert_eq!(columns, ["mark_date", "session_note"], "a date is no text");
    assert!(proposal.text.contains("No column looks like `protected`"));
    // Whoever reads the file learns of the safeguarding log, which no category is called.
    let end = proposal.text.lines().last().unwrap();
    assert_eq!(end, "#   safe_log, by pupil_id", "{}", proposal.text);
    assert_eq!(proposal.unrecognised, 1);
    assert!(!proposal.text.contains("Testwood") && !proposal.text.contains("2018"));
}

async fn proposes_for_patients_whose_key_is_only_called_id(world: &World) {
    replace(
        world,
        "CREATE TABLE patients (id INTEGER PRIMARY KEY, family_name VARCHAR(80), given_names VARCHAR(80), \
         birth_date DATE, sex VARCHAR(10), nhs_number VARCHAR(10), postal_code VARCHAR(10), \
         mobile VARCHAR(20), restricted SMALLINT);
         CREATE TABLE patient_former_names (patient_id INTEGER, family_name VARCHAR(80), given_names VARCHAR(80));
         CREATE TABLE gp_registrations (registration_id INTEGER PRIMARY KEY, patient_id INTEGER, \
         practice_name VARCHAR(80), registered_on DATE);
         INSERT INTO patients VALUES (7, 'Testwood', 'Mali', '2018-05-09', 'female', '9434765919', 'SW19 1AA', NULL, 0);
         INSERT INTO patient_former_names VALUES (7, 'Windsor', 'Mali');
         INSERT INTO gp_registrations VALUES (1, 7, 'Elm Surgery', '2020-02-03');",
    );

    let (proposal, mapping, _) = confirmed_and_checked(world, "health").await;

    let person = &mapping.person;
    assert_eq!(person.table.to_string(), "patients");
    assert_eq!(
        person.aliases.as_ref().unwrap().subject.as_str(),
        "patient_id"
    );
    assert_eq!(person.sealed.as_ref().unwrap().as_str(), "restricted");
    assert_eq!(person.date_format, None);
    // All of the category's name is in the table's, so it is in force as proposed.
    let [registrations] = &parsed(&proposal.text, "health").categories[..] else {
        panic!("{}", proposal.text);
    };
    assert_eq!(registrations.key.as_str(), "registration_id");
    assert_eq!(registrations.fields[0].column.as_str(), "practice_name");
    // A registration is true until it ends, and `registered_on` is where it began.
    assert_eq!(registrations.date, None);
    let why = "there is no `date`, and no column looks like `ended`";
    assert!(proposal.text.contains(why), "{}", proposal.text);
}

async fn proposes_nothing_where_nobody_looks_like_people(world: &World) {
    replace(
        world,
        "CREATE TABLE stock (id INTEGER PRIMARY KEY, surname_of_supplier VARCHAR(80));",
    );

    let error = proposed(world, "police").await.unwrap_err();

    assert_eq!(error.code(), "mapping");
    assert!(error.to_string().contains("looks like people"), "{error}");
}
