//! Claims about the whole world.

mod mappings;

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use stile_model::code::Handling;
use stile_model::vocabulary::Vocabulary;

use super::events::events;
use super::identifiers::is_nhs_number;
use super::layout::{ColumnType, Fill, PersonPart};
use super::*;

const VOCABULARY: &str = include_str!("../../../../../policies/vocabulary.toml");

fn vocabulary() -> Vocabulary {
    Vocabulary::parse("vocabulary.toml", VOCABULARY).unwrap()
}

fn every_text(world: &World) -> impl Iterator<Item = String> + '_ {
    world
        .agencies()
        .flat_map(|agency| {
            let records = agency.records.iter().flatten().map(|row| row.cells.clone());
            agency
                .person_rows()
                .chain(agency.alias_rows())
                .chain(records)
                .flatten()
        })
        .filter_map(|cell| match cell {
            Cell::Text(text) => Some(text),
            Cell::Date(_) | Cell::Flag(_) | Cell::Null | Cell::Number(_) => None,
        })
}

#[test]
fn same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let dumps = |seed| {
        let world = World::generate(seed, 60);
        Kind::ALL
            .map(|kind| sql_dump(kind, Dialect::Postgres, &world))
            .join("\n")
    };

    assert!(dumps(7) == dumps(7), "two worlds of one seed differ");
    assert!(dumps(7) != dumps(8), "the seed changes nothing");
}

#[test]
fn every_agency_holds_as_many_people_as_asked_with_keys_of_their_own() {
    let world = World::generate(1, 300);

    for agency in world.agencies() {
        assert_eq!(agency.people.len(), 300, "{}", agency.kind);
        let keys: BTreeSet<_> = agency.people.iter().map(|held| &held.key).collect();
        assert_eq!(keys.len(), 300, "{}", agency.kind);
    }
}

#[test]
fn the_story_is_told_even_in_an_empty_town() {
    let world = World::generate(1, 0);

    for agency in world.agencies() {
        assert!(agency.people.iter().all(|held| held.who.is_some()));
        assert!(!agency.people.is_empty());
    }
}

#[test]
fn agencies_share_people_and_write_them_down_differently() {
    let world = World::generate(1, 600);
    let names = |kind| -> BTreeMap<u32, BTreeSet<String>> {
        let mut households: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
        for held in &world.agency(kind).unwrap().people {
            let name = format!("{} {}", held.forename, held.surname);
            households.entry(held.household).or_default().insert(name);
        }
        households
    };
    let (health, social_care) = (names(Kind::Health), names(Kind::SocialCare));

    let shared = health
        .keys()
        .filter(|number| social_care.contains_key(number))
        .count();
    let same = health
        .iter()
        .filter(|(number, held)| social_care.get(number) == Some(held))
        .count();

    assert!(shared > 40, "{shared} households are in both");
    assert!(
        same < shared / 2,
        "{same} of {shared} households look alike"
    );
}

#[test]
fn some_births_are_missing_or_on_the_first_of_january() {
    let world = World::generate(2, 1_000);
    let births: Vec<_> = world
        .agencies()
        .flat_map(|agency| agency.people.iter().map(|held| held.born))
        .collect();

    let missing = births.iter().filter(|born| born.is_none()).count();
    let first = births
        .iter()
        .flatten()
        .filter(|born| (born.month(), born.day()) == (1, 1))
        .count();

    assert!(
        (births.len() / 200..births.len() / 40).contains(&missing),
        "{missing}"
    );
    assert!(
        (births.len() / 200..births.len() / 30).contains(&first),
        "{first}"
    );
}

#[test]
fn one_or_two_people_in_a_hundred_are_held_twice() {
    let world = World::generate(3, 1_000);
    let health = world.agency(Kind::Health).unwrap();
    let mut seen = BTreeSet::new();

    let twice = health
        .people
        .iter()
        .filter_map(|held| held.nhs.clone())
        .filter(|n| !seen.insert(n.clone()))
        .count();

    assert!((5..=30).contains(&twice), "{twice}");
}

#[test]
fn the_cast_has_valid_numbers_that_nobody_else_has() {
    let world = World::generate(4, 400);
    let cast: BTreeSet<_> = CAST.iter().map(Member::nhs).collect();

    assert_eq!(cast.len(), CAST.len());
    for held in world.agencies().flat_map(|agency| &agency.people) {
        if let Some(nhs) = &held.nhs {
            assert_eq!(cast.contains(nhs), held.who.is_some(), "{nhs}");
        }
    }
    assert!(
        cast.iter()
            .all(|number| is_nhs_number(number) && number.starts_with("999"))
    );
}

#[test]
fn health_numbers_are_in_the_test_range_and_few_have_a_wrong_check_digit() {
    let world = World::generate(5, 2_000);
    let numbers: Vec<_> = world
        .agency(Kind::Health)
        .unwrap()
        .people
        .iter()
        .filter_map(|held| held.nhs.clone())
        .collect();

    let wrong = numbers
        .iter()
        .filter(|number| !is_nhs_number(number))
        .count();
    let outside = numbers
        .iter()
        .filter(|number| !number.starts_with("99"))
        .count();

    assert!(numbers.len() > 1_800);
    assert!((1..40).contains(&wrong), "{wrong}");
    assert_eq!(outside, 0);
}

#[test]
fn no_telephone_number_lies_outside_the_ranges_for_drama() {
    let world = World::generate(6, 400);
    let mut found = 0;

    for text in every_text(&world) {
        let squeezed = text.replace(' ', "");
        for number in squeezed.split(|c: char| !c.is_ascii_digit()) {
            if number.len() == 11 && number.starts_with('0') {
                found += 1;
                let drama = number.starts_with("07700900") || number.starts_with("01632960");
                assert!(drama, "{number}");
            }
        }
    }
    assert!(found > 1_000, "{found}");
}

#[test]
fn every_category_of_the_vocabulary_has_a_table_and_tells_of_the_story_family() {
    let vocabulary = vocabulary();
    let family = [
        Who::Mali,
        Who::Rhys,
        Who::Rhodri,
        Who::Carys,
        Who::OwenElder,
        Who::OwenYounger,
    ];

    let mut seen = 0;
    for category in &vocabulary.categories {
        let name = category.id.as_str();
        let holder = Kind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == category.id.agency_kind());
        // The demo has seven of the vocabulary's kinds of agency.
        let Some(kind) = holder else { continue };
        seen += 1;
        let layout = Layout::of(kind)
            .category(name)
            .unwrap_or_else(|| panic!("no table for {name}"));
        for field in &category.fields {
            let mapped = layout
                .columns
                .iter()
                .any(|column| column.field == field.id.name());
            assert!(mapped, "{name} lacks {}", field.id.name());
        }
        assert!(
            events().any(|event| event.category == name && family.contains(&event.who)),
            "{name}"
        );
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn every_code_is_one_the_vocabulary_can_group() {
    let vocabulary = vocabulary();

    for layout in Kind::ALL.map(Layout::of) {
        for category in layout.categories {
            let known = vocabulary
                .category(&category.category.parse().unwrap())
                .unwrap();
            for column in category.columns {
                let (Fill::Choice(codes), Some(field)) = (column.fill, known.field(column.field))
                else {
                    continue;
                };
                for code in codes {
                    let grouped = field.groups.is_empty() || field.groups.contains_key(*code);
                    assert!(
                        grouped,
                        "{}.{} has no {code}",
                        category.category, column.field
                    );
                }
            }
        }
    }
}

#[test]
fn sqlite_files_hold_the_rows_and_an_index_serves_every_search() {
    let world = World::generate(8, 200);
    let folder = tempfile::tempdir().unwrap();

    for agency in world.agencies() {
        let path = folder.path().join(format!("{}.db", agency.kind));
        fill_sqlite(&path, agency.kind, &world).unwrap();
        let connection = Connection::open(&path).unwrap();
        let layout = Layout::of(agency.kind);
        let people: i64 = connection
            .query_row(
                &format!("SELECT count(*) FROM {}", layout.person.name),
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(usize::try_from(people).unwrap(), agency.people.len());
        for part in [
            PersonPart::Born,
            PersonPart::Surname,
            PersonPart::Forename,
            PersonPart::Postcode,
            PersonPart::Phone,
            PersonPart::Household,
        ] {
            let column = layout.person_column(part).unwrap();
            assert_indexed(&connection, layout.person.name, column);
        }
        for category in layout.categories {
            let subject = category.column_with(|fill| fill == Fill::Subject).unwrap();
            assert_indexed(&connection, category.table, subject);
        }
    }
}

fn assert_indexed(connection: &Connection, table: &str, column: &str) {
    let plan: String = connection
        .query_row(
            &format!("EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {column} = ?"),
            ["x"],
            |row| row.get(3),
        )
        .unwrap();
    assert!(plan.contains("USING INDEX"), "{plan}");
}

#[test]
fn refuses_to_fill_a_file_twice() {
    let world = World::generate(8, 20);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("police.db");

    fill_sqlite(&path, Kind::Police, &world).unwrap();

    assert!(fill_sqlite(&path, Kind::Police, &world).is_err());
}

#[test]
fn schools_export_dates_as_text_and_others_hold_days() {
    let world = World::generate(9, 30);

    let education = sql_dump(Kind::Education, Dialect::Postgres, &world);
    let police = sql_dump(Kind::Police, Dialect::Postgres, &world);

    assert!(education.contains("'09/05/2018'") && !education.contains("'2018-05-09'"));
    assert!(police.contains("'2018-05-09'") && !police.contains("'09/05/2018'"));
    assert_eq!(
        Layout::of(Kind::Education).date_type(),
        ColumnType::DateText
    );
}

#[test]
fn no_record_of_the_story_lies_after_today() {
    let world = World::generate_on(1, 0, jiff::civil::date(2027, 2, 28));

    for agency in world.agencies() {
        for (layout, rows) in Layout::of(agency.kind)
            .categories
            .iter()
            .zip(&agency.records)
        {
            let event = layout
                .columns
                .iter()
                .position(|column| matches!(column.fill, Fill::Event(_)))
                .unwrap();
            for row in rows {
                let Cell::Date(day) = row.cells[event] else {
                    panic!("{} has no date", layout.category)
                };
                assert!(day < world.today);
            }
        }
    }
}

#[test]
fn the_hub_never_knows_the_secret_address() {
    let told = serde_json::to_string(&stories()).unwrap();

    for secret in [
        "Rowan House",
        "Mill Lane",
        REFUGE_POSTCODE,
        REFUGE_PHONE,
        "Complainant",
    ] {
        assert!(!told.contains(secret), "{secret}");
    }
}

#[test]
fn secret_address_is_flagged_in_three_agencies_and_hidden_in_texts_and_one_code() {
    let world = World::generate(1, 0);
    let flagged: Vec<_> = world
        .agencies()
        .filter(|agency| {
            agency
                .people
                .iter()
                .any(|held| held.who == Some(Who::Carys) && held.protected)
        })
        .map(|agency| agency.kind)
        .collect();

    assert_eq!(flagged, [Kind::Health, Kind::Housing, Kind::Police]);
    for kind in [Kind::Health, Kind::Police] {
        let dump = sql_dump(kind, Dialect::Postgres, &world);
        assert!(
            dump.contains("3 Mill Lane") && dump.contains(REFUGE_PHONE),
            "{kind}"
        );
    }
    assert!(
        sql_dump(Kind::Health, Dialect::Mysql, &world).contains("'bruising - ring 07700 900931")
    );
    for kind in [
        Kind::Education,
        Kind::Probation,
        Kind::SocialCare,
        Kind::YouthJustice,
    ] {
        assert!(
            !sql_dump(kind, Dialect::Mysql, &world).contains("Mill Lane"),
            "{kind}"
        );
    }
}

#[test]
fn stories_use_only_words_of_the_vocabulary() {
    let vocabulary = vocabulary();

    for story in stories() {
        assert!(
            vocabulary.case_kind(&story.case_kind).is_some(),
            "{}",
            story.name
        );
        assert!(
            vocabulary.purpose(&story.purpose).is_some(),
            "{}",
            story.name
        );
        if let Some(code) = &story.consent.override_reason {
            assert!(Vocabulary::has(&vocabulary.overrides, code), "{code}");
        }
        if let Some(code) = &story.consent.parents_informed {
            assert!(
                Vocabulary::has(&vocabulary.parents_informed, code),
                "{code}"
            );
        }
        assert!((1..=5).contains(&story.subjects.len()));
        for subject in &story.subjects {
            assert!(
                Vocabulary::has(&vocabulary.subject_roles, &subject.role),
                "{}",
                subject.role
            );
        }
        for (kind, asks) in &story.asks {
            for ask in asks {
                assert_eq!(ask.category.agency_kind(), kind.as_str());
                assert!(
                    vocabulary.category(&ask.category).is_some(),
                    "{}",
                    ask.category
                );
                assert!((10..=500).contains(&ask.necessity.reveal().chars().count()));
            }
        }
    }
}

#[test]
fn the_red_case_asks_all_seven_agencies_and_sealed_categories_too() {
    let vocabulary = vocabulary();
    let red = story();

    assert_eq!(red.asks.len(), 7);
    for handling in [
        Handling::Automatic,
        Handling::Refer,
        Handling::Sealed,
        Handling::Barred,
    ] {
        let asked = red
            .asks
            .values()
            .flatten()
            .filter_map(|ask| vocabulary.category(&ask.category));
        assert!(
            asked
                .into_iter()
                .any(|category| category.handling == handling),
            "{handling}"
        );
    }
}

#[test]
fn a_story_survives_being_written_and_read() {
    for story in stories() {
        let text = serde_json::to_string(&story).unwrap();
        assert_eq!(serde_json::from_str::<Story>(&text).unwrap(), story);
    }
}

#[test]
fn canaries_are_unique_and_every_one_is_planted() {
    let mut world = World::generate(11, 50);

    let canaries = world.plant_canaries(200);

    assert_eq!(canaries.iter().collect::<BTreeSet<_>>().len(), 200);
    let all: String = every_text(&world).collect::<Vec<_>>().join("\n");
    for canary in &canaries {
        assert!(canary.is_ascii());
        assert!(all.contains(canary.as_str()), "{canary}");
    }
}

#[test]
fn canaries_hide_in_every_way() {
    let mut world = World::generate(11, 50);

    let canaries = world.plant_canaries(200);

    let all: Vec<String> = every_text(&world).collect();
    let wrapped = |text: &dyn Fn(&str) -> String| {
        canaries
            .iter()
            .any(|canary| all.iter().any(|held| held.contains(&text(canary))))
    };
    assert!(wrapped(&|canary| format!("{canary}@example.org")));
    assert!(wrapped(&|canary| format!("{canary} House, 3 Mill Lane")));
    assert!(wrapped(&|canary| format!("{canary} Lodgerton was there")));
    assert!(wrapped(&|canary| format!("Note {canary}")));
    assert!(wrapped(&|canary| format!("Remark {canary}")));
}

#[test]
fn canary_categories_are_shut_by_the_vocabulary_or_asked_by_no_story() {
    let vocabulary = vocabulary();
    let asked: BTreeSet<String> = stories()
        .iter()
        .flat_map(|story| {
            story
                .asks
                .values()
                .flatten()
                .map(|ask| ask.category.to_string())
        })
        .collect();

    for name in NEVER_ASKED {
        assert!(!asked.contains(*name), "{name}");
    }
    for name in canary::SHUT {
        let handling = vocabulary
            .category(&name.parse().unwrap())
            .unwrap()
            .handling;
        assert!(
            matches!(handling, Handling::Barred | Handling::Sealed),
            "{name}"
        );
    }
}

#[test]
fn planting_is_the_same_every_time() {
    let plant = || World::generate(12, 40).plant_canaries(30);

    assert_eq!(plant(), plant());
}
