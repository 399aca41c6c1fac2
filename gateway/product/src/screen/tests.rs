use proptest::prelude::*;

use super::*;

fn protecting() -> Screen {
    Screen::new(ScreenParts {
        protected_addresses: vec!["Flat 2, 4 Elm Row, Thornbury".into()],
        protected_postcodes: vec!["TS9 5QZ".into()],
        protected_phones: vec!["07700 900123".into()],
        protected_schools: vec!["St Hilda's Primary School".into()],
        subject_names: vec!["Mali Testwood".into()],
        other_names: vec![
            "Owen Sampleford".into(),
            "Will Testwood".into(),
            "Bo O'Hara".into(),
        ],
    })
}

fn redacted(text: &str) -> String {
    protecting().redact(text).text
}

/// What a reader could still make out: letters and digits, folded.
fn legible(text: &str) -> String {
    let mut plain = text.to_owned();
    for marker in MARKERS {
        plain = plain.replace(marker, "|");
    }
    let readings = Folded::readings(&plain, &[]);
    let legible = readings.iter().map(|read| Squeezed::new(read).text);
    legible.collect::<Vec<_>>().join("|")
}

#[test]
fn what_stands_in_a_tag_or_behind_an_escape_is_screened_as_it_is_written() {
    for (text, left) in [
        ("From: <Owen Sampleford>", "From: <[name removed]>"),
        ("<jane.s@mail.example> wrote", "<[e-mail removed]> wrote"),
        (
            "<a href=\"tel:07700900123\">her</a>",
            "<a href=\"tel:[phone removed]\">her</a>",
        ),
        (
            "<!-- now at 4 Elm Row -->",
            "<!-- now at [address removed] -->",
        ),
        (
            "<a href=\"maps?q=4%20Elm%20Row\">",
            "<a href=\"maps?q=[address removed]\">",
        ),
        ("<4&nbsp;Elm&nbsp;Row>", "<[address removed]>"),
        ("<!--4\\nElm\\nRow-->", "<!--[address removed]-->"),
        ("told \\rowen sampleford", "told \\r[name removed]"),
        ("told \\Owen", "told \\[name removed]"),
        ("100%4 Elm Row", "100%[address removed]"),
    ] {
        assert_eq!(redacted(text), left);
    }
    assert!(protecting().trips_hard("<em>Elm Row</em>") && protecting().trips_hard("<Elm Row>"));
}

/// The same address and postcode as people, exports and those who hide it write it.
const ADDRESS_DISGUISES: &[&str] = &[
    "4 Elm Row",
    "4, Elm Row",
    "4 ELM ROW",
    "4 elm row.",
    "4  Elm\tRow",
    "4 Elm\nRow",
    "4\r\nElm\r\nRow",
    "4-Elm-Row",
    "4_Elm_Row",
    "4ElmRow",
    "4elmrow",
    "at4ElmRowtonight",
    "4 E l m R o w",
    "4 E.l.m. R.o.w.",
    "four Elm Row",
    "Four, Elm Row",
    "#4 Elm Row",
    "no.4 Elm Row",
    "Flat 2 4 Elm Row",
    "Flat 2/4 Elm Row",
    "4&nbsp;Elm&nbsp;Row",
    "4&#32;Elm&#x20;Row",
    "&#52; El&#109; Row",
    "4<br>Elm<br/>Row",
    "<b>4</b> <i>Elm</i> Row",
    "4 Elm<!-- x --> Row",
    "4%20Elm%20Row",
    "4 El\u{200b}m R\u{200d}ow",
    "4\u{a0}Elm\u{a0}Row",
    "4 E\u{00ad}lm Row",
    "4 \u{202e}Elm\u{202c} Row",
    "4 Еlm Rоw",
    "4 ΕΙm Ροw",
    "4 Élm Röw",
    "4 E\u{301}lm Row",
    "４ Ｅｌｍ Ｒｏｗ",
    "𝟒 𝐄𝐥𝐦 𝐑𝐨𝐰",
    "4 E1m R0w",
    "4 Elm",
    "4 Elm R0VV near 4 Elm Row",
    "TS9 5QZ",
    "ts95qz",
    "T S 9 5 Q Z",
    "TS9-5QZ",
    "TS9.5QZ",
    "TS9\n5QZ",
    "TS9 SQZ",
    "T\u{405}9 5QZ",
];

#[test]
fn an_address_is_taken_out_in_every_disguise() {
    let screen = protecting();

    for disguise in ADDRESS_DISGUISES {
        let text = format!("She has moved to {disguise} with her sister.");
        let redaction = screen.redact(&text);
        let left = legible(redaction.text.as_str());
        assert!(
            redaction.hits.contains(&HitKind::ProtectedAddress),
            "{disguise:?}: {left}"
        );
        assert!(
            !left.contains("elmrow") && !left.contains("4elm"),
            "{disguise:?}: {left}"
        );
        assert!(
            !left.contains("tsqsqz") && !left.contains("ts9sqz"),
            "{disguise:?}: {left}"
        );
        assert!(left.contains("hersl"), "the rest of the text stays: {left}");
    }
}

#[test]
fn the_kind_of_street_is_found_in_every_spelling() {
    let screen = Screen::new(ScreenParts {
        protected_addresses: vec!["17 Ravensbourne Road".into(), "3 Grove Street, York".into()],
        ..ScreenParts::default()
    });

    for text in [
        "17 Ravensbourne Rd",
        "17 Ravensbourne Rd.",
        "17 RAVENSBOURNE",
        "17, ravensbourne road",
        "seventeen Ravensbourne Road",
        "3 Grove St",
        "3 Grove St.",
        "3 Grove Str",
    ] {
        assert_eq!(
            screen.redact(text).hits,
            [HitKind::ProtectedAddress],
            "{text}"
        );
        assert!(!screen.trips_hard(text), "the whole of it goes: {text}");
    }
}

#[test]
fn a_part_of_an_address_trips_and_is_still_taken_out() {
    let screen = protecting();

    for text in [
        "seen on Elm Row",
        "ELM ROW",
        "elm-row",
        "number 4 in Elm Row",
        "14 Elm Row",
        "lives in TS9",
        "ring 900123",
        "goes to St Hildas",
        "goes to St. Hilda's",
        "goes to Saint Hilda's",
    ] {
        assert!(screen.trips_hard(text), "{text}");
        let redaction = screen.redact(text);
        assert!(!redaction.hits.is_empty(), "{text}");
        assert!(!screen.trips_hard(redaction.text.as_str()), "{text}");
    }
}

#[test]
fn named_houses_are_protected_with_and_without_their_street() {
    for (line, full, trace) in [
        (
            "Rose Cottage, Church Lane, Thornbury",
            "rose cottage, Church Ln",
            Some("on Church Lane"),
        ),
        (
            "Rose Cottage, Church Lane",
            "Rose Cottage",
            Some("church lane"),
        ),
        ("The Grange, Thornbury", "at The Grange", None),
        ("Dene", "Dene", None),
        ("Dene, Thornbury, 9 Oak Lane", "9 oak ln", Some("oak lane")),
        (
            "Apartment 4B, Elm House, Elm Row",
            "apartment 4b elm house elm row",
            Some("Elm Row"),
        ),
        ("12 The Mall", "twelve the mall", None),
        ("1 The Avenue", "1 The Ave", Some("The Avenue")),
        (
            "4-6 St John's Road",
            "6 St Johns Rd",
            Some("St. John's Road"),
        ),
    ] {
        let screen = Screen::new(ScreenParts {
            protected_addresses: vec![line.into()],
            ..ScreenParts::default()
        });
        assert!(!screen.is_clean(full), "{line}: {full}");
        assert!(
            screen.is_clean("The town of Thornbury is in the north."),
            "{line}"
        );
        if let Some(trace) = trace {
            assert!(screen.trips_hard(trace), "{line}: {trace}");
        }
    }
}

#[test]
fn an_address_written_in_full_is_taken_out_without_doubt() {
    let screen = Screen::new(ScreenParts {
        protected_addresses: vec!["Rose Cottage, Church Lane, Thornbury".into()],
        ..ScreenParts::default()
    });

    let text = "Moved to Rose Cottage, Church Lane, with Mali.";

    assert!(!screen.trips_hard(text));
    assert_eq!(
        screen.redact(text).text.as_str(),
        "Moved to [address removed], with Mali."
    );
}

#[test]
fn a_slip_of_the_keyboard_trips() {
    let screen = Screen::new(ScreenParts {
        protected_addresses: vec!["17 Ravensbourne Road".into()],
        ..ScreenParts::default()
    });

    for text in [
        "Ravensborne Road",
        "Ravensbuorne Road",
        "Ravvensbourne road",
        "17 Ravenbourne Road",
    ] {
        assert!(screen.trips_hard(text), "{text}");
        assert!(!screen.is_clean(text), "{text}");
    }
    assert!(screen.is_clean("Ravenscroft Lane"));
}

#[test]
fn ordinary_text_is_left_alone() {
    let screen = protecting();

    for text in [
        "Mali Testwood, 7, was asleep. S47 the enquiry began on 11/03/2026 at 10:14.",
        "She will attend on the 4th; score 4 of 12. Elmer rowed.",
        "Helm rowing club, 14 Oak Lane, s17 4th visit, 93.5 per cent.",
        "Police attended; no arrest. Children's services informed.",
        "Primary school attendance is 85%. Hospital & home.",
        "",
    ] {
        assert_eq!(screen.redact(text).text.as_str(), text);
        assert!(!screen.trips_hard(text), "{text}");
    }
}

#[test]
fn a_protected_telephone_is_taken_out_in_every_disguise() {
    for text in [
        "07700900123",
        "07700 900123",
        "07700-900-123",
        "0 7 7 0 0 9 0 0 1 2 3",
        "+447700900123",
        "+44 (0)7700 900 123",
        "0044 7700 900123",
        "(07700) 900123",
        "o77oo 9oo123",
        "07700.900.123",
        "07700&nbsp;900123",
        "٠٧٧٠٠٩٠٠١٢٣",
        "tel:07700900123x",
        "zero seven seven zero zero nine zero zero one two three",
        "oh double seven double oh nine double oh one two three",
        "7700900123",
    ] {
        let redaction = protecting().redact(text);
        assert!(redaction.hits.contains(&HitKind::ProtectedPhone), "{text}");
        assert!(
            !redaction.text.as_str().contains("123"),
            "{text}: {}",
            redaction.text.as_str()
        );
        assert!(!protecting().trips_hard(text), "{text}");
    }
}

#[test]
fn a_protected_school_is_taken_out() {
    for text in [
        "St Hilda's Primary School",
        "st hildas primary",
        "Saint Hilda's School",
        "St. Hilda's RC Primary",
    ] {
        let redaction = protecting().redact(&format!("Pupil at {text} since May."));
        assert!(redaction.hits.contains(&HitKind::ProtectedSchool), "{text}");
        assert!(
            !legible(redaction.text.as_str()).contains("hllda"),
            "{text}"
        );
    }
}

#[test]
fn names_of_others_go_and_names_of_subjects_stay() {
    let text =
        "Mali Testwood and Owen Sampleford; Owen's car; the Samplefords; OWEN; O-w-e-n Sampleford.";

    let left = redacted(text);

    assert!(
        left.starts_with("Mali Testwood and [name removed];"),
        "{left}"
    );
    assert!(
        !legible(&left).contains("owen") && !legible(&left).contains("sampleford"),
        "{left}"
    );
}

#[test]
fn an_ordinary_word_is_a_name_only_with_a_capital() {
    assert_eq!(
        redacted("he will say that Will said"),
        "he will say that [name removed] said"
    );
    assert_eq!(redacted("Bo came; bo peep"), "[name removed] came; bo peep");
    assert_eq!(redacted("Mrs OʼHara rang"), "Mrs [name removed] rang");
}

#[test]
fn identifiers_are_found_by_shape_and_check_digit() {
    let cases = [
        ("NHS no. 943 476 5919.", HitKind::NhsNumber),
        ("9434765919", HitKind::NhsNumber),
        ("NHS: 1234567890", HitKind::NhsNumber),
        ("UPN H801200001001", HitKind::Upn),
        (
            "QQ 12 34 56 C is a sample; AB 12 34 56 C is not",
            HitKind::NationalInsurance,
        ),
        ("jo.bloggs@example.org", HitKind::Email),
        ("jo.bloggs (at) example (dot) org", HitKind::Email),
        ("020 7946 0018", HitKind::Phone),
        ("+33 1 23 45 67 89", HitKind::Phone),
        ("SW1A 1AA", HitKind::Postcode),
        ("sw1a1aa", HitKind::Postcode),
        ("AB12 CDE", HitKind::VehicleRegistration),
        ("A123BCD", HitKind::VehicleRegistration),
    ];
    for (text, kind) in cases {
        assert!(protecting().redact(text).hits.contains(&kind), "{text}");
    }
    assert!(protecting().is_clean("case 1234567890"), "fails modulus 11");
}

#[test]
fn a_text_too_long_to_screen_is_replaced_as_a_whole() {
    let text = "a ".repeat(SCREEN_MAX_BYTES);

    assert_eq!(redacted(&text), "[text removed]");
    assert!(protecting().trips_hard(&text));
    assert!(!protecting().is_clean(&text));
}

#[test]
fn hostile_repetition_is_screened_in_bounded_work() {
    for unit in [
        "4elm",
        "elm row ",
        "&#",
        "<a",
        "0 ",
        "owen",
        "a@a.",
        "+4",
        "%4",
        "[name removed]",
    ] {
        let text = unit.repeat(SCREEN_MAX_BYTES / unit.len());
        let left = redacted(&text);
        assert!(!legible(&left).contains("elmrow"));
    }
}

#[test]
fn debug_of_the_screen_and_a_redaction_show_no_value() {
    let screen = protecting();
    let redaction = screen.redact("Mali is at 4 Elm Row");

    let printed = format!("{screen:?} {redaction:?}").to_lowercase();

    for word in ["elm", "owen", "mali", "hilda", "7700"] {
        assert!(!printed.contains(word), "{printed}");
    }
}

#[test]
fn parts_without_letters_protect_nothing_and_break_nothing() {
    let blank = vec!["".into(), "  ".into(), ", ,".into(), "–".into()];
    let screen = Screen::new(ScreenParts {
        protected_addresses: blank.clone(),
        protected_postcodes: blank.clone(),
        protected_phones: blank.clone(),
        protected_schools: blank.clone(),
        subject_names: blank.clone(),
        other_names: blank,
    });

    assert!(screen.is_clean("any text, at all"));
}

proptest! {
    #[test]
    fn an_address_is_found_whatever_stands_around_it(
        before in "\\PC{0,80}",
        after in "\\PC{0,80}",
        disguise in proptest::sample::select(ADDRESS_DISGUISES),
    ) {
        // An open tag, entity or escape right before would be part of the disguise itself.
        let text = format!("{before} \n. {disguise} \n. {after}");

        let left = legible(&redacted(&text));

        prop_assert!(!left.contains("4elmrow"), "{left}");
    }

    #[test]
    fn redacting_twice_changes_nothing(
        pieces in prop::collection::vec(
            prop_oneof![
                proptest::sample::select(ADDRESS_DISGUISES).prop_map(ToOwned::to_owned),
                proptest::sample::select(MARKERS).prop_map(ToOwned::to_owned),
                "[a-zA-Z0-9 .@+]{0,12}",
                "\\PC{0,20}",
                Just("owen".to_owned()),
                Just("07700900123".to_owned()),
            ],
            0..12,
        )
    ) {
        let once = redacted(&pieces.concat());

        let twice = protecting().redact(&once);

        prop_assert_eq!(twice.text.as_str(), &once);
        prop_assert!(twice.hits.is_empty());
        prop_assert!(!protecting().trips_hard(&once));
    }

    #[test]
    fn any_parts_and_any_text_are_screened_without_a_panic(
        part in "\\PC{0,40}",
        text in "(?s).{0,200}",
    ) {
        let parts = vec![Redacted::new(part)];
        let screen = Screen::new(ScreenParts {
            protected_addresses: parts.clone(),
            protected_postcodes: parts.clone(),
            protected_phones: parts.clone(),
            protected_schools: parts.clone(),
            subject_names: Vec::new(),
            other_names: parts,
        });

        let once = screen.redact(&text).text;

        let twice = screen.redact(&once).text;
        prop_assert_eq!(twice, once);
    }
}
