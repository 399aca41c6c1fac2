use jiff::civil::date;
use proptest::prelude::*;
use stile_model::code::Nature;
use stile_model::subject::Provenance;

use super::*;
use crate::sample;
use crate::screen::ScreenParts;

fn record(values: &[(&str, &str)]) -> Record {
    let mut held: Vec<(String, Value)> = values
        .iter()
        .map(|(name, text)| {
            (
                (*name).to_owned(),
                Value::Text(Redacted::new((*text).to_owned())),
            )
        })
        .collect();
    held.push(("date".to_owned(), Value::Date(date(2026, 2, 24))));
    Record {
        key: "77".into(),
        event: Some(date(2026, 2, 24)),
        recorded: Some(date(2026, 2, 25)),
        grading: None,
        sealed: false,
        values: held,
        provenance: Provenance {
            system: "Niche".to_owned(),
            author: sample::code("police_officer"),
            nature: Nature::Fact,
            verification: sample::code("unverified"),
        },
    }
}

fn rungs(list: &[(&str, Rung)]) -> BTreeMap<String, (Rung, RuleId)> {
    list.iter()
        .map(|(name, rung)| ((*name).to_owned(), (*rung, sample::rule())))
        .collect()
}

fn screen() -> Screen {
    Screen::new(ScreenParts {
        protected_addresses: vec!["4 Elm Row".into()],
        ..ScreenParts::default()
    })
}

fn minimised(
    record: &Record,
    rungs: &BTreeMap<String, (Rung, RuleId)>,
    protected: bool,
) -> MinimisedRecord {
    let category = sample::category("police.incident");
    minimise(
        record,
        &category,
        rungs,
        &screen(),
        protected,
        "R-1".to_owned(),
    )
}

fn marks(made: &MinimisedRecord) -> Vec<&str> {
    made.item.handling.iter().map(Code::as_str).collect()
}

#[test]
fn shows_only_ruled_fields_in_the_order_of_the_vocabulary() {
    let record = record(&[
        ("risk", "high"),
        ("summary", "shouting"),
        ("count", "3"),
        ("made_up", "x"),
    ]);
    let rungs = rungs(&[
        ("risk", Rung::Headline),
        ("summary", Rung::Detail),
        ("date", Rung::Summary),
        ("made_up", Rung::Detail),
        ("count", Rung::None),
        ("officer", Rung::Detail),
    ]);

    let made = minimised(&record, &rungs, false);

    let shown: Vec<_> = made
        .item
        .fields
        .iter()
        .map(|shown| {
            (
                shown.field.as_str(),
                shown.rung,
                shown.value.reveal().as_str(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("date", Rung::Summary, "2026-02"),
            ("summary", Rung::Detail, "shouting"),
            ("risk", Rung::Headline, "serious"),
        ]
    );
    assert_eq!(
        (made.item.reference.as_str(), made.tripped.len()),
        ("R-1", 0)
    );
}

#[test]
fn the_date_of_recording_is_no_finer_than_the_event() {
    let record = record(&[]);
    for (rung, expected) in [
        (Rung::Detail, Some("2026-02-25")),
        (Rung::Summary, Some("2026-02")),
        (Rung::Headline, Some("2026")),
        (Rung::Known, None),
        (Rung::None, None),
    ] {
        let made = minimised(&record, &rungs(&[("date", rung)]), false);
        assert_eq!(made.item.recorded.as_deref(), expected, "{rung}");
    }
    assert_eq!(
        minimised(&record, &rungs(&[("risk", Rung::Detail)]), false)
            .item
            .recorded,
        None
    );
}

#[test]
fn a_field_that_trips_is_named_and_not_shown() {
    let record = record(&[
        ("summary", "seen on Elm Row"),
        ("risk", "4 Elm Row"),
        ("officer", "A. Smith"),
    ]);
    let rungs = rungs(&[
        ("summary", Rung::Detail),
        ("risk", Rung::Headline),
        ("officer", Rung::Detail),
    ]);

    let made = minimised(&record, &rungs, false);

    assert_eq!(made.tripped, ["summary", "risk"]);
    assert_eq!(made.item.fields.len(), 1);
}

#[test]
fn the_telephone_of_those_who_see_a_protected_subject_is_withheld_with_the_address() {
    let record = record(&[("desk", "020 7946 0018")]);
    let rungs = rungs(&[("desk", Rung::Detail)]);

    let protected = minimised(&record, &rungs, true);
    let open = minimised(&record, &rungs, false);

    assert_eq!(protected.safe_address, ["desk"]);
    assert!(protected.item.fields.is_empty());
    assert_eq!(open.item.fields.len(), 1);
}

#[test]
fn locations_of_a_protected_subject_are_withheld_whatever_the_rung() {
    let record = record(&[("location", "9 Oak Lane, SW1A 1AA")]);
    for rung in [Rung::Known, Rung::Headline, Rung::Summary, Rung::Detail] {
        let made = minimised(&record, &rungs(&[("location", rung)]), true);
        assert_eq!(made.safe_address, ["location"], "{rung}");
        assert!(made.item.fields.is_empty() && made.tripped.is_empty());
    }
    assert!(
        minimised(&record, &rungs(&[("location", Rung::None)]), true)
            .safe_address
            .is_empty()
    );
}

#[test]
fn a_grading_is_a_short_code_or_stays_home() {
    for (grading, expected) in [
        ("1A P", Some("1A P")),
        ("3E/C", Some("3E/C")),
        ("told by Owen at 4 Elm Row", None),
        ("4 Elm Row", None),
        ("", None),
    ] {
        let mut record = record(&[]);
        record.grading = Some(grading.to_owned());
        let made = minimised(&record, &rungs(&[("date", Rung::Detail)]), false);
        assert_eq!(made.item.grading.as_deref(), expected, "{grading}");
    }
}

#[test]
fn marks_say_who_must_not_see_the_item() {
    let mut plain = record(&[("victim_name", "Carys"), ("risk", "high")]);
    let risk = rungs(&[("risk", Rung::Detail)]);

    assert_eq!(
        marks(&minimised(&plain, &risk, false)),
        ["official_sensitive", "unverified"]
    );
    assert!(marks(&minimised(&plain, &risk, true)).contains(&"do_not_disclose_to_family"));
    let victim = rungs(&[("victim_name", Rung::Headline)]);
    let made = minimised(&plain, &victim, false);
    assert!(marks(&made).contains(&"do_not_disclose_to_family"));
    assert!(marks(&made).contains(&"third_party_inside"));
    plain.grading = Some("1A P".to_owned());
    assert!(marks(&minimised(&plain, &risk, false)).contains(&"no_onward_disclosure"));
}

#[test]
fn every_category_of_the_shared_vocabulary_can_be_minimised() {
    let text = include_str!("../../../../policies/vocabulary.toml");
    let vocabulary = stile_model::vocabulary::Vocabulary::parse("vocabulary.toml", text).unwrap();

    for category in &vocabulary.categories {
        let names: Vec<_> = category
            .fields
            .iter()
            .map(|field| field.id.name())
            .collect();
        let values: Vec<_> = names
            .iter()
            .map(|name| (*name, "4 Elm Row, TS9 5QZ"))
            .collect();
        let all: Vec<_> = names.iter().map(|name| (*name, Rung::Detail)).collect();
        let made = minimise(
            &record(&values),
            category,
            &rungs(&all),
            &screen(),
            true,
            String::new(),
        );
        for mark in &made.item.handling {
            let known = vocabulary
                .handling_marks
                .iter()
                .any(|term| &term.code == mark);
            assert!(known, "{mark} is a [[handling]] mark");
        }
        for shown in &made.item.fields {
            assert!(
                !shown.value.reveal().to_lowercase().contains("elm"),
                "{}",
                shown.field
            );
        }
    }
}

proptest! {
    #[test]
    fn a_safe_address_leaves_through_no_field_of_a_protected_subject(
        noise in "[a-zA-Z ,.]{0,20}",
        secret in proptest::sample::select(&["4 Elm Row", "4elmrow", "ELM ROW", "4, Élm\u{200b} Row"][..]),
        rung in proptest::sample::select(Rung::ALL),
    ) {
        let names = ["summary", "risk", "present", "count", "location", "victim_name", "officer"];
        let text = format!("{noise} {secret} {noise}");
        let values: Vec<_> = names.iter().map(|name| (*name, text.as_str())).collect();
        let all: Vec<_> = names.iter().map(|name| (*name, rung)).collect();

        let made = minimised(&record(&values), &rungs(&all), true);

        for shown in &made.item.fields {
            let plain = crate::fold::words(shown.value.reveal()).concat();
            prop_assert!(!plain.contains("elmrow"), "{} at {}", shown.field, rung);
        }
    }
}
