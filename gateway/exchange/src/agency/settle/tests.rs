//! Tests of what is said of records of which nothing can be shown.

use stile_model::code::Nature;
use stile_model::subject::Provenance;
use stile_model::vocabulary::Vocabulary;
use stile_product::{Screen, ScreenParts};

use super::*;

fn vocabulary() -> Vocabulary {
    let text = include_str!("../../../../../policies/vocabulary.toml");
    Vocabulary::parse("vocabulary.toml", text).unwrap()
}

fn code(text: &str) -> Code {
    Code::new(text).unwrap()
}

fn rungs(fields: &[&str]) -> BTreeMap<String, (Rung, RuleId)> {
    let rule = RuleId::new("H-1").unwrap();
    let fields = fields.iter();
    fields
        .map(|field| ((*field).to_owned(), (Rung::Detail, rule.clone())))
        .collect()
}

/// A missed appointment of which one field is mapped, minimised.
fn missed(
    service: Value,
    rungs: &BTreeMap<String, (Rung, RuleId)>,
    screen: &Screen,
) -> MinimisedRecord {
    let record = Record {
        key: "A-1".into(),
        event: None,
        recorded: None,
        grading: None,
        sealed: false,
        values: vec![("service".to_owned(), service)],
        provenance: Provenance {
            system: "Clinic".to_owned(),
            author: code("clerk"),
            nature: Nature::Fact,
            verification: code("verified"),
        },
    };
    let vocabulary = vocabulary();
    let id = "health.missed_appointment".parse().unwrap();
    let category = vocabulary.category(&id).unwrap();
    minimise(&record, category, rungs, screen, false, "R-1".to_owned())
}

#[test]
fn a_record_with_nothing_in_the_fields_that_may_be_shown_is_told_all_the_same() {
    let rungs = rungs(&["date", "service", "not_brought", "count"]);

    let reduced = missed(Value::Null, &rungs, &Screen::new(ScreenParts::default()));

    assert_eq!(reduced.item.fields, []);
    assert!(is_told(&reduced, &rungs));
}

#[test]
fn a_record_of_which_no_field_may_be_shown_is_told_by_its_codes_alone() {
    let rungs = rungs(&[]);

    let reduced = missed(Value::Null, &rungs, &Screen::new(ScreenParts::default()));

    assert!(!is_told(&reduced, &rungs));
}

#[test]
fn a_record_whose_texts_stay_behind_is_told_by_their_codes() {
    let rungs = rungs(&["service"]);
    let screen = Screen::new(ScreenParts {
        protected_addresses: vec!["4 Elm Row".into()],
        ..ScreenParts::default()
    });

    let reduced = missed(Value::Text("4 Elm Row".into()), &rungs, &screen);

    assert_eq!(reduced.tripped, ["service"]);
    assert!(!is_told(&reduced, &rungs));
}

#[test]
fn what_lacks_a_day_is_not_said_to_be_outside_a_window() {
    let (window, capped) = (code(OUTSIDE_WINDOW), code("capped"));

    assert_eq!(of_day(&window, true).as_str(), "no_usable_date");
    assert_eq!(of_day(&window, false), window);
    // What a rule says goes before.
    assert_eq!(of_day(&capped, true), capped);
}

#[test]
fn the_codes_of_days_are_in_the_shipped_vocabulary() {
    let vocabulary = vocabulary();

    for known in [OUTSIDE_WINDOW, "no_usable_date"] {
        let mut codes = vocabulary.withhold_codes.iter();
        assert!(codes.any(|term| term.code.as_str() == known), "{known}");
    }
}
