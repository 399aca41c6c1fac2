use jiff::civil::date as civil;
use proptest::prelude::*;
use stile_model::redact::Redacted;

use super::*;
use crate::sample;
use crate::screen::ScreenParts;

fn field(name: &str) -> Field {
    sample::category("police.incident")
        .field(name)
        .unwrap()
        .clone()
}

fn clear() -> Screen {
    Screen::new(ScreenParts::default())
}

fn protecting() -> Screen {
    Screen::new(ScreenParts {
        protected_addresses: vec!["4 Elm Row, Thornbury".into()],
        protected_postcodes: vec!["TS9 5QZ".into()],
        protected_phones: vec!["07700 900123".into()],
        subject_names: vec!["Mali Testwood".into()],
        other_names: vec!["Owen Sampleford".into()],
        ..ScreenParts::default()
    })
}

fn text_value(text: &str) -> Value {
    Value::Text(Redacted::new(text.to_owned()))
}

fn number_value(text: &str) -> Value {
    Value::Number(Redacted::new(text.to_owned()))
}

/// The words shown, or nothing.
fn words(name: &str, rung: Rung, value: &Value, screen: &Screen) -> Option<String> {
    match show(&field(name), rung, value, screen) {
        Minimised::Shown(words, _) => Some(words),
        Minimised::Nothing | Minimised::Tripped => None,
    }
}

fn ladder(name: &str, value: &Value) -> Vec<String> {
    let rungs = [Rung::Known, Rung::Headline, Rung::Summary, Rung::Detail];
    rungs
        .iter()
        .filter_map(|rung| words(name, *rung, value, &clear()))
        .collect()
}

const KINDS: [&str; 7] = [
    "date",
    "summary",
    "risk",
    "present",
    "count",
    "location",
    "victim_name",
];

#[test]
fn each_kind_climbs_its_ladder() {
    let cases: [(&str, Value, [&str; 4]); 7] = [
        (
            "date",
            Value::Date(civil(2026, 2, 24)),
            ["held", "2026", "2026-02", "2026-02-24"],
        ),
        (
            "summary",
            text_value("Seen with Owen."),
            [
                "held",
                "What happened",
                "Seen with [name removed].",
                "Seen with Owen.",
            ],
        ),
        (
            "risk",
            text_value("HIGH"),
            ["held", "serious", "serious", "HIGH"],
        ),
        ("present", Value::Flag(true), ["held", "yes", "yes", "yes"]),
        (
            "count",
            number_value("1349.5"),
            ["held", "1000 to 4999", "1300", "1349.5"],
        ),
        (
            "location",
            text_value("9 Oak Lane, SW1A 1AA"),
            ["held", "held", "SW1A", "9 Oak Lane, SW1A 1AA"],
        ),
        (
            "victim_name",
            text_value("Carys Ann O'Hara"),
            ["held", "another person", "C. A. O.", "Carys Ann O'Hara"],
        ),
    ];
    for (name, value, expected) in cases {
        assert_eq!(ladder(name, &value), expected, "{name}");
    }
}

#[test]
fn nothing_is_shown_at_none_or_of_null() {
    for name in KINDS {
        let value = text_value("2026-02-24");
        assert_eq!(
            show(&field(name), Rung::None, &value, &clear()),
            Minimised::Nothing
        );
        for rung in Rung::ALL {
            assert_eq!(
                show(&field(name), *rung, &Value::Null, &clear()),
                Minimised::Nothing
            );
            assert_eq!(
                show(&field(name), *rung, &text_value(" \u{0} "), &clear()),
                Minimised::Nothing
            );
        }
    }
}

#[test]
fn a_value_that_does_not_fit_its_kind_is_only_held() {
    for (name, value) in [
        ("date", text_value("24/02/2026 at the refuge")),
        ("date", text_value("2026-02-24T10:00:00 call Owen")),
        ("date", Value::Flag(true)),
        ("risk", Value::Flag(true)),
        ("present", text_value("yes, at her mother's")),
        ("count", text_value("three")),
        ("count", text_value("1e9")),
        ("location", Value::Date(civil(2026, 2, 24))),
        ("victim_name", text_value("Owen, 12 High Street")),
        ("victim_name", Value::Flag(true)),
    ] {
        assert_eq!(
            words(name, Rung::Detail, &value, &clear()).as_deref(),
            Some(HELD),
            "{name}"
        );
    }
}

#[test]
fn a_code_without_a_group_is_only_held_below_detail() {
    let value = text_value("see note about Owen");

    assert_eq!(
        show(&field("risk"), Rung::Summary, &value, &clear()),
        known()
    );
    assert_eq!(
        show(&field("risk"), Rung::Headline, &value, &clear()),
        known()
    );
}

#[test]
fn a_protected_telephone_or_address_leaves_through_no_kind_at_no_rung() {
    for secret in [
        "07700 900123",
        "+44 7700 900 123",
        "4 Elm Row",
        "4elmrow",
        "TS95QZ",
        "Elm Row",
    ] {
        for name in KINDS {
            for rung in Rung::ALL {
                for value in [text_value(secret), number_value(secret)] {
                    let shown = words(name, *rung, &value, &protecting()).unwrap_or_default();
                    let plain = crate::fold::words(&shown).concat();
                    for part in ["900123", "elm", "ts9", "5qz"] {
                        assert!(!plain.contains(part), "{name} at {rung}: {shown}");
                    }
                }
            }
        }
    }
}

#[test]
fn text_with_a_doubtful_trace_is_tripped_at_every_rung_that_reads_it() {
    let value = text_value("She was seen again on Elm Row.");

    for rung in [Rung::Headline, Rung::Summary, Rung::Detail] {
        assert_eq!(
            show(&field("summary"), rung, &value, &protecting()),
            Minimised::Tripped
        );
    }
    assert_eq!(
        show(&field("summary"), Rung::Known, &value, &protecting()),
        known()
    );
}

#[test]
fn text_at_detail_is_redacted_where_all_of_it_is_found() {
    let value = text_value(
        "Owen Sampleford rang from 07700 900123 about 4 Elm Row, TS9 5QZ; Mali is well.",
    );

    assert_eq!(
        words("summary", Rung::Detail, &value, &protecting()).as_deref(),
        Some(
            "[name removed] rang from [phone removed] about [address removed], [address removed]; Mali is well."
        )
    );
}

#[test]
fn a_telephone_of_a_professional_is_whom_to_ring_and_any_other_goes() {
    let desk = |rung, text| words("desk", rung, &text_value(text), &protecting());

    assert_eq!(
        desk(Rung::Detail, "020 7946 0018").as_deref(),
        Some("020 7946 0018")
    );
    assert_eq!(
        desk(Rung::Summary, "020 7946 0018").as_deref(),
        Some("[phone removed]")
    );
    assert_eq!(
        desk(Rung::Detail, "07700 900123").as_deref(),
        Some("[phone removed]"),
        "a protected one is nobody's desk"
    );
    assert_eq!(
        desk(Rung::Detail, "mother on 020 7946 0018").as_deref(),
        Some("mother on [phone removed]")
    );
    assert_eq!(
        words(
            "summary",
            Rung::Detail,
            &text_value("020 7946 0018"),
            &protecting()
        )
        .as_deref(),
        Some("[phone removed]")
    );
}

#[test]
fn a_location_with_anything_but_a_postcode_in_it_is_tripped() {
    for place in [
        "9 Oak Lane, ring 020 7946 0018",
        "c/o Owen Sampleford",
        "TS9",
        "9 Oak Lane TS9 1AA",
    ] {
        for rung in [Rung::Headline, Rung::Summary, Rung::Detail] {
            let shown = show(&field("location"), rung, &text_value(place), &protecting());
            assert_eq!(shown, Minimised::Tripped, "{place}");
        }
    }
}

#[test]
fn control_and_direction_characters_are_taken_out_and_accents_stay() {
    let value = text_value("a\u{1b}[31mred\u{202e}b\u{0}c\u{200b}d\nz e\u{301} ŵ");

    assert_eq!(
        words("summary", Rung::Detail, &value, &clear()).as_deref(),
        Some("a [31mredb cd\nz e\u{301} ŵ")
    );
}

#[test]
fn a_very_long_text_is_cut_at_a_blank_after_screening() {
    let text = format!("{} 4 Elm Row", "word ".repeat(2_000));

    let shown = words("summary", Rung::Detail, &text_value(&text), &protecting()).unwrap();

    assert!(shown.chars().count() <= SHOWN_MAX_CHARS + 6 && shown.ends_with("word [cut]"));
}

#[test]
fn debug_of_what_is_shown_says_nothing() {
    let shown = show(
        &field("victim_name"),
        Rung::Detail,
        &text_value("Carys"),
        &clear(),
    );

    assert_eq!(format!("{shown:?}"), "Shown(‹redacted›, detail)");
}

#[test]
fn rounding_is_exact_at_its_edges() {
    for (held, rounded, band) in [
        ("0", "0", "0"),
        ("0.4", "0", "0"),
        ("0.5", "1", "1 to 4"),
        ("-0.2", "0", "0"),
        ("7", "7", "5 to 9"),
        ("49.5", "50", "50 to 99"),
        ("99.5", "100", "100 to 499"),
        ("994", "990", "500 to 999"),
        ("995", "1000", "1000 to 4999"),
        ("-1250", "-1300", "below 0"),
        ("007", "7", "5 to 9"),
        (
            "999999999999999",
            "1000000000000000",
            "1000000000000000 to 4999999999999999",
        ),
    ] {
        assert_eq!(
            words("count", Rung::Summary, &number_value(held), &clear()).as_deref(),
            Some(rounded)
        );
        assert_eq!(
            words("count", Rung::Headline, &number_value(held), &clear()).as_deref(),
            Some(band)
        );
    }
}

/// Two significant digits, halves up, by whole-number arithmetic.
fn rounding_oracle(number: u64) -> u64 {
    let mut unit = 1;
    while number / unit >= 100 {
        unit *= 10;
    }
    (number + unit / 2) / unit * unit
}

proptest! {
    #[test]
    fn never_reaches_above_its_rung(
        name in proptest::sample::select(&KINDS[..]),
        rung in proptest::sample::select(Rung::ALL),
        text in "\\PC{0,60}",
    ) {
        for value in [text_value(&text), number_value(&text)] {
            match show(&field(name), rung, &value, &protecting()) {
                Minimised::Shown(words, reached) => {
                    prop_assert!(reached <= rung && reached > Rung::None);
                    prop_assert!(reached != Rung::Known || words == HELD);
                }
                Minimised::Nothing | Minimised::Tripped => {}
            }
        }
    }

    #[test]
    fn a_date_never_says_more_than_its_rung(year in 1900_i16..2100, month in 1_i8..=12, day in 1_i8..=28) {
        let value = Value::Date(civil(year, month, day));

        let shown = ladder("date", &value);

        let iso = format!("{year:04}-{month:02}-{day:02}");
        prop_assert_eq!(shown, vec![HELD, &iso[..4], &iso[..7], &iso[..]]);
    }

    #[test]
    fn initials_hold_no_part_of_a_name(name in "(?:[\\p{Lu}][\\p{Ll}']{0,9}[ ,.-]{1,2}){1,6}") {
        let shown = words("victim_name", Rung::Summary, &text_value(&name), &clear());

        let shown = shown.unwrap_or_default();
        let longest = shown.split(|c: char| !c.is_alphabetic()).map(|part| part.chars().count()).max();
        prop_assert!(longest.unwrap_or(0) <= 1, "{}", shown);
        prop_assert!(shown.matches('.').count() <= 4);
    }

    #[test]
    fn a_rounded_number_fits_the_oracle_and_its_band(number in 0_u64..10_000_000_000) {
        let value = number_value(&number.to_string());

        // A number that happens to look like an identifier is tripped, which says nothing.
        if let Some(rounded) = words("count", Rung::Summary, &value, &clear()) {
            prop_assert_eq!(&rounded, &rounding_oracle(number).to_string());
            let band = words("count", Rung::Headline, &value, &clear());
            let same = words("count", Rung::Headline, &number_value(&rounded), &clear());
            prop_assert!(same.is_none() || band == same, "the band follows from {rounded} alone");
        }
    }

    #[test]
    fn a_location_at_summary_is_an_outward_postcode_or_nothing_more(
        before in "[A-Za-z0-9 ,]{0,30}",
        outward in "[A-PR-UWYZ][A-HK-Y]?[0-9]",
        inward in "[0-9][ABD-HJLNP-UW-Z]{2}",
        blank in " ?",
    ) {
        let place = format!("{before}, {outward}{blank}{inward}");

        let shown = words("location", Rung::Summary, &text_value(&place), &clear());

        if let Some(shown) = shown {
            prop_assert!(shown == outward || shown == HELD, "{}", shown);
        }
    }

    #[test]
    fn a_summary_of_a_text_holds_only_words_of_the_text(text in "[A-Za-z ,.'-]{0,80}") {
        let value = text_value(&text);
        let detail = words("summary", Rung::Detail, &value, &protecting());
        let summary = words("summary", Rung::Summary, &value, &protecting());

        if let (Some(detail), Some(summary)) = (detail, summary) {
            let words = |text: &str| -> Vec<String> {
                let plain = text.replace("[name removed]", " ").replace("[address removed]", " ");
                let words = plain.split(|c: char| !c.is_alphanumeric());
                let words = words.filter(|word| !word.is_empty());
                words.map(ToOwned::to_owned).collect()
            };
            let detail = words(&detail);
            for word in words(&summary) {
                prop_assert!(detail.contains(&word), "{} is not in the text", word);
            }
        }
    }

    #[test]
    fn a_capitalised_word_that_is_not_ordinary_never_survives_a_summary(
        name in "[A-Z][bcdfghjklmnpqrstvwxz]{5,9}",
        before in "[a-z ]{0,20}",
    ) {
        let value = text_value(&format!("{before} {name} left."));

        let shown = words("summary", Rung::Summary, &value, &clear()).unwrap_or_default();

        prop_assert!(!shown.contains(&name));
    }
}
