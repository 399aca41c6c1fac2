mod any;
mod monotone;
mod names;
mod relatives;

use std::sync::LazyLock;

use jiff::civil::date;
use proptest::prelude::*;
use stile_model::id::SubjectId;
use stile_model::redact::Redacted;
use stile_model::subject::{
    Address, Identifier, KinCounts, Name, NameKind, PairCount, PersonCounts, Sex, Subject,
};
use stile_model::time::Date;

use super::*;
use crate::sought::{expand, resolve};

const NHS: &str = "9434765919";
const OTHER_NHS: &str = "4010232137";

/// A hundred thousand people with common and rare names.
fn frequencies() -> &'static Frequencies {
    static ALL: LazyLock<Frequencies> = LazyLock::new(counted);
    &ALL
}

fn counted() -> Frequencies {
    Frequencies::new(&[counts()])
}

fn counts() -> PersonCounts {
    let names = |list: &[(&str, u64)]| {
        list.iter()
            .map(|(text, people)| (Redacted::from(*text), *people))
            .collect()
    };
    let born = (0..20_000_i64).map(|day| {
        (
            date(1960, 1, 2).saturating_add(jiff::Span::new().days(day)),
            5,
        )
    });
    PersonCounts {
        people: 100_000,
        surnames: names(&[
            ("Smith", 1_200),
            ("Lively", 12),
            ("Smith-Jones", 4),
            ("Jones", 1_000),
            ("McDonald", 80),
            ("Khan", 900),
            ("Ali", 700),
            ("Thomas", 400),
        ]),
        forenames: names(&[
            ("Jack", 900),
            ("Gavin", 120),
            ("Gareth", 110),
            ("Alfred", 90),
            ("Alfie", 300),
            ("Mohammed", 1_500),
            ("Sarah", 800),
            ("Thomas", 900),
            ("Ali", 200),
            ("Kezia", 6),
        ]),
        born: born.collect(),
        postcodes: names(&[("LS1 2AB", 40)]),
        ..PersonCounts::default()
    }
}

fn subject(given: &str, family: &str, born: Option<Date>) -> Subject {
    Subject {
        id: SubjectId::new("s1").unwrap(),
        role: Code::new("child").unwrap(),
        names: vec![Name {
            forenames: given.into(),
            surname: family.into(),
            kind: NameKind::Current,
        }],
        born: born.map(Born::Exact),
        sex: Some(Sex::Male),
        addresses: vec![Address {
            line: "14 Elm Road, Leeds".into(),
            postcode: "LS1 2AB".into(),
        }],
        phones: Vec::new(),
        identifiers: Vec::new(),
    }
}

fn row(given: &str, family: &str, born: Option<Date>) -> PersonRow {
    PersonRow {
        source: "niche".to_owned(),
        forenames: given.into(),
        surname: family.into(),
        born,
        sex: Some("M".into()),
        address: "14 Elm Road".into(),
        postcode: "LS1 2AB".into(),
        ..PersonRow::default()
    }
}

fn with_nhs(mut row: PersonRow, number: &str) -> PersonRow {
    row.identifiers = vec![(Code::new("nhs_number").unwrap(), number.into())];
    row
}

fn asking_nhs(mut subject: Subject, number: &str) -> Subject {
    subject.identifiers = vec![Identifier {
        scheme: Code::new("nhs_number").unwrap(),
        value: number.into(),
    }];
    subject
}

fn decide(subject: &Subject, rows: &[PersonRow]) -> Resolution {
    resolve(subject, rows, frequencies(), &Thresholds::default())
}

fn confident(subject: &Subject, rows: &[PersonRow]) -> Match {
    match decide(subject, rows) {
        Resolution::Confident(one) => one,
        other => panic!("{other:?}"),
    }
}

fn possible(subject: &Subject, rows: &[PersonRow]) -> Match {
    match decide(subject, rows) {
        Resolution::Possible(some) => some[0].clone(),
        other => panic!("{other:?}"),
    }
}

const BORN: Date = date(2009, 3, 7);

#[test]
fn exact_person_is_confident_and_the_waterfall_adds_up() {
    let found = confident(
        &subject("Gavin", "Lively", Some(BORN)),
        &[row("Gavin", "Lively", Some(BORN))],
    );

    let sum: f64 = found.waterfall.iter().map(|weight| weight.bits).sum();
    assert!((sum - found.bits).abs() < 1e-9);
    assert!((probability(found.bits) - found.probability).abs() < 1e-12);
    assert_eq!(found.rows, [0]);
}

#[test]
fn nobody_is_found_among_strangers() {
    let rows = [row("Jack", "Smith", Some(date(1984, 5, 1)))];
    let mut asked = subject("Gavin", "Lively", Some(BORN));
    asked.addresses.clear();

    assert_eq!(decide(&asked, &rows), Resolution::None { weak: None });
    assert_eq!(decide(&asked, &[]), Resolution::None { weak: None });
}

#[test]
fn twin_is_never_taken_for_the_subject() {
    let asked = subject("Gavin", "Lively", Some(BORN));
    let alone = possible(&asked, &[row("Gareth", "Lively", Some(BORN))]);
    let both = confident(
        &asked,
        &[
            row("Gareth", "Lively", Some(BORN)),
            row("Gavin", "Lively", Some(BORN)),
        ],
    );

    assert_eq!(alone.guard, Some("forenames differ (twin or sibling)"));
    assert_eq!(both.rows, [1]);
}

#[test]
fn twin_held_beside_a_short_form_calls_for_a_person() {
    let asked = subject("Alfred", "Lively", Some(BORN));
    let rows = [
        row("Alfie", "Lively", Some(BORN)),
        row("Gavin", "Lively", Some(BORN)),
    ];

    assert!(possible(&asked, &rows).guard.is_some());
}

#[test]
fn father_of_the_same_name_and_address_is_never_confident() {
    let asked = subject("Gavin", "Lively", Some(BORN));
    let father = row("Gavin", "Lively", Some(date(1975, 11, 23)));

    let found = possible(&asked, std::slice::from_ref(&father));
    let son = confident(&asked, &[father, row("Gavin", "Lively", Some(BORN))]);

    assert_eq!(
        found.guard,
        Some("dates of birth differ (parent or namesake)")
    );
    assert_eq!(son.rows, [1]);
}

#[test]
fn sibling_with_a_copied_nhs_number_is_never_confident() {
    let asked = asking_nhs(subject("Gavin", "Lively", Some(BORN)), NHS);
    let sibling = with_nhs(row("Sarah", "Lively", Some(date(2011, 8, 19))), NHS);

    assert!(possible(&asked, &[sibling]).guard.is_some());
}

#[test]
fn different_valid_identifiers_are_never_confident() {
    let asked = asking_nhs(subject("Gavin", "Lively", Some(BORN)), NHS);

    let found = possible(
        &asked,
        &[with_nhs(row("Gavin", "Lively", Some(BORN)), OTHER_NHS)],
    );

    assert_eq!(found.guard, Some("identifiers differ"));
}

#[test]
fn conflicting_identifier_on_a_duplicate_row_guards_the_whole_person() {
    let asked = asking_nhs(subject("Gavin", "Lively", Some(BORN)), NHS);
    let rows = [
        row("Gavin", "Lively", Some(BORN)),
        with_nhs(row("Gavin", "Lively", Some(BORN)), OTHER_NHS),
    ];

    assert_eq!(possible(&asked, &rows).guard, Some("identifiers differ"));
}

#[test]
fn mistyped_identifier_is_missing_and_not_different() {
    let asked = asking_nhs(subject("Gavin", "Lively", Some(BORN)), "9434765918");

    confident(
        &asked,
        &[with_nhs(row("Gavin", "Lively", Some(BORN)), OTHER_NHS)],
    );
}

#[test]
fn first_of_january_needs_an_address_or_an_identifier() {
    let new_year = date(2009, 1, 1);
    let mut asked = subject("Kezia", "Lively", Some(new_year));
    let held = row("Kezia", "Lively", Some(new_year));
    confident(&asked, std::slice::from_ref(&held));

    asked.addresses.clear();

    assert_eq!(
        possible(&asked, &[held]).guard,
        Some("1 January without address or identifier")
    );
}

#[test]
fn no_date_of_birth_is_never_confident_without_an_identifier() {
    let asked = subject("Kezia", "Lively", None);

    let found = possible(&asked, &[row("Kezia", "Lively", Some(BORN))]);

    assert_eq!(found.guard, Some("no date of birth to compare"));
}

#[test]
fn rough_date_of_birth_is_never_confident() {
    let mut asked = subject("Kezia", "Lively", None);
    asked.born = Some(Born::Approximate {
        date: BORN,
        years: 3,
    });

    assert!(
        possible(&asked, &[row("Kezia", "Lively", Some(BORN))])
            .guard
            .is_some()
    );
}

/// The agency's frequencies with 20,000 pairs of one home, so many of them namesakes and twins.
fn with_homes(namesakes: u64, twins: u64) -> Frequencies {
    let pairs = |same| PairCount {
        known: 20_000,
        same,
    };
    let mut counts = counts();
    counts.kin = KinCounts {
        people: 20_000,
        pairs: 20_000,
        forenames: pairs(namesakes),
        born: pairs(twins),
        sexes: pairs(10_000),
        twice: 0,
    };
    Frequencies::new(&[counts])
}

#[test]
fn missing_date_is_answered_only_where_homes_hold_no_namesakes() {
    let asked = subject("Kezia", "Lively", None);
    let held = [row("Kezia", "Lively", Some(BORN))];
    let outcome = |namesakes| {
        let f = with_homes(namesakes, 300);
        resolve(&asked, &held, &f, &Thresholds::default())
    };

    assert!(matches!(outcome(0), Resolution::Confident(_)));
    assert!(matches!(outcome(240), Resolution::Possible(_)));

    let moved = PersonRow {
        address: "9 Oak Way".into(),
        ..held[0].clone()
    };
    let f = with_homes(0, 0);
    let elsewhere = resolve(&asked, &[moved], &f, &Thresholds::default());
    assert!(matches!(elsewhere, Resolution::Possible(_)));
}

#[test]
fn called_by_a_further_forename_is_answered_only_where_homes_hold_few_twins() {
    let asked = subject("Gavin Thomas", "Lively", Some(BORN));
    let outcome = |twins, held: &str| {
        let held = [row(held, "Lively", Some(BORN))];
        resolve(
            &asked,
            &held,
            &with_homes(240, twins),
            &Thresholds::default(),
        )
    };

    assert!(matches!(outcome(0, "Thomas"), Resolution::Confident(_)));
    assert!(matches!(outcome(600, "Thomas"), Resolution::Possible(_)));
    // Another forename besides makes it another person.
    assert!(matches!(outcome(0, "Thomas Jack"), Resolution::Possible(_)));
}

#[test]
fn twin_of_a_like_name_with_other_further_names_is_never_confident() {
    let asked = subject("Alfie Jack", "Lively", Some(BORN));

    let found = possible(&asked, &[row("Alfred Gareth", "Lively", Some(BORN))]);

    assert_eq!(
        found.guard,
        Some("forenames are only alike and further ones differ")
    );
}

#[test]
fn slip_in_the_date_needs_an_address_or_the_whole_name() {
    let slip = Some(date(2009, 3, 17));
    let held = |given: &str| PersonRow {
        address: "9 Oak Way".into(),
        postcode: "M1 1AE".into(),
        ..row(given, "Lively", slip)
    };

    confident(
        &subject("Kezia", "Lively", Some(BORN)),
        &[row("Kezia", "Lively", slip)],
    );
    assert_eq!(
        possible(&subject("Kezia", "Lively", Some(BORN)), &[held("Kezia")]).guard,
        Some("dates of birth differ by a slip, without address or identifier")
    );
}

#[test]
fn missing_forename_is_answered_only_where_homes_hold_no_twins() {
    let asked = subject("", "Lively", Some(BORN));
    let outcome = |twins, given: &str| {
        let held = [row(given, "Lively", Some(BORN))];
        resolve(
            &asked,
            &held,
            &with_homes(240, twins),
            &Thresholds::default(),
        )
    };

    assert!(matches!(outcome(0, "Gavin"), Resolution::Confident(_)));
    assert!(matches!(outcome(300, "Gavin"), Resolution::Possible(_)));
    // A placeholder says that nobody knew the forename, and a twin's row says the same.
    assert!(matches!(outcome(0, "Baby"), Resolution::Possible(_)));
}

#[test]
fn hard_guard_is_never_hidden_by_one_that_lifts() {
    let asked = subject("", "Lively", Some(BORN));
    let father = row("Gavin", "Lively", Some(date(1975, 11, 23)));
    let protected = PersonRow {
        protected: true,
        ..row("Gavin", "Lively", Some(BORN))
    };
    for held in [father, protected] {
        let f = with_homes(0, 0);
        let outcome = resolve(&asked, &[held], &f, &Thresholds::default());
        assert!(!matches!(outcome, Resolution::Confident(_)));
    }
}

#[test]
fn unborn_child_is_never_confident() {
    let mut asked = subject("", "Lively", None);
    asked.born = Some(Born::Expected(BORN));

    assert!(!matches!(
        decide(&asked, &[row("", "Lively", Some(BORN))]),
        Resolution::Confident(_)
    ));
}

#[test]
fn placeholder_forename_is_missing_and_never_different() {
    let asked = subject("Gavin", "Lively", Some(BORN));

    let found = possible(&asked, &[row("Baby", "Lively", Some(BORN))]);

    assert!(
        found
            .waterfall
            .iter()
            .all(|weight| weight.part != "forename")
    );
    assert_eq!(found.guard, Some("no forename to compare"));
}

#[test]
fn placeholder_surname_is_missing_and_never_different() {
    let asked = subject("Gavin", "Lively", Some(BORN));

    let found = confident(&asked, &[row("Gavin", "Unknown", Some(BORN))]);

    assert!(
        found
            .waterfall
            .iter()
            .all(|weight| weight.part != "surname")
    );
}

#[test]
fn swapped_names_are_found() {
    confident(
        &subject("Ali", "Khan", Some(BORN)),
        &[row("Khan", "Ali", Some(BORN))],
    );
    confident(
        &subject("Kezia", "Lively", Some(BORN)),
        &[row("Lively", "Kezia", Some(BORN))],
    );
}

#[test]
fn variant_spellings_of_one_name_are_found() {
    for (given, family, held_given, held_family) in [
        ("Gavin", "Smith-Jones", "Gavin", "Jones"),
        ("Gavin", "Smith Jones", "Gavin", "SMITH-JONES"),
        ("Gavin", "MacDonald", "Gavin", "Mc Donald"),
        ("Gavin", "O'Brien", "Gavin", "OBRIEN"),
        ("Alfie", "Lively", "Alfred", "Lively"),
        ("Mohammed", "Khan", "Muhammad", "Khan"),
    ] {
        confident(
            &subject(given, family, Some(BORN)),
            &[row(held_given, held_family, Some(BORN))],
        );
    }
}

#[test]
fn day_and_month_swapped_are_found() {
    confident(
        &subject("Gavin", "Lively", Some(BORN)),
        &[row("Gavin", "Lively", Some(date(2009, 7, 3)))],
    );
}

#[test]
fn sex_never_excludes_but_calls_for_a_person_when_the_forename_varies() {
    let asked = subject("Alfred", "Lively", Some(BORN));
    let recorded = |mut held: PersonRow| {
        held.sex = Some("female".into());
        held
    };

    confident(&asked, &[recorded(row("Alfred", "Lively", Some(BORN)))]);
    let varied = possible(&asked, &[recorded(row("Alfie", "Lively", Some(BORN)))]);

    assert_eq!(
        varied.guard,
        Some("sex differs and forenames are not identical")
    );
}

#[test]
fn married_name_elsewhere_calls_for_a_person() {
    let mut moved = row("Kezia", "Thomas", Some(BORN));
    moved.address = "9 Oak Way".into();
    moved.postcode = "M1 1AE".into();

    let found = possible(&subject("Kezia", "Lively", Some(BORN)), &[moved]);

    assert_eq!(
        found.guard,
        Some("surnames differ without address or identifier")
    );
}

#[test]
fn former_name_finds_the_person() {
    let mut asked = subject("Kezia", "Thomas", Some(BORN));
    asked.names.push(Name {
        forenames: "Kezia".into(),
        surname: "Lively".into(),
        kind: NameKind::Former,
    });

    confident(&asked, &[row("Kezia", "Lively", Some(BORN))]);
}

#[test]
fn duplicates_inside_a_source_are_one_person_and_no_rivals() {
    let mut elsewhere = row("Gavin", "Lively", Some(BORN));
    elsewhere.address = "9 Oak Way".into();
    elsewhere.postcode = "M1 1AE".into();
    elsewhere.source = "compass".to_owned();
    let rows = [
        row("Gavin", "Lively", Some(BORN)),
        row("GAVIN", "LIVELY", Some(BORN)),
        elsewhere,
    ];

    let mut found = confident(&subject("Gavin", "Lively", Some(BORN)), &rows);

    found.rows.sort_unstable();
    assert_eq!(found.rows, [0, 1, 2]);
}

#[test]
fn twins_and_namesakes_are_never_grouped() {
    let rows = [
        row("Gavin", "Lively", Some(BORN)),
        row("Gareth", "Lively", Some(BORN)),
        row("Gavin", "Lively", Some(date(1975, 11, 23))),
        with_nhs(row("Gavin", "Lively", Some(BORN)), NHS),
        with_nhs(row("Gavin", "Lively", Some(BORN)), OTHER_NHS),
    ];
    let people: Vec<Person> = rows.iter().map(Person::from).collect();
    let people: Vec<&Person> = people.iter().collect();

    let groups = group(&people, frequencies());

    assert_eq!(groups, [vec![0, 3], vec![1], vec![2], vec![4]]);
}

#[test]
fn two_equally_good_strangers_are_both_possible() {
    let mut asked = subject("Jack", "Smith", Some(BORN));
    asked.addresses.clear();
    let mut other = row("Jack Paul", "Smith", Some(BORN));
    other.address = "9 Oak Way".into();
    other.postcode = "M1 1AE".into();
    let rows = [row("Jack Ian", "Smith", Some(BORN)), other];

    match decide(&asked, &rows) {
        Resolution::Possible(some) => assert_eq!(some.len(), 2),
        other => panic!("{other:?}"),
    }
}

#[test]
fn always_human_withholds_every_automatic_answer() {
    let thresholds = Thresholds {
        always_human: true,
        ..Thresholds::default()
    };
    let rows = [row("Gavin", "Lively", Some(BORN))];

    let outcome = resolve(
        &subject("Gavin", "Lively", Some(BORN)),
        &rows,
        frequencies(),
        &thresholds,
    );

    assert!(matches!(outcome, Resolution::Possible(_)));
}

#[test]
fn thresholds_follow_from_costs_and_are_never_laxer_than_shipped() {
    let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
    let shipped = Thresholds::from_costs(200.0, 100.0);
    assert!(close(shipped.automatic, 0.995) && close(shipped.possible, 0.01));

    assert!(close(
        Thresholds::from_costs(1_000.0, 50.0).automatic,
        0.999
    ));
    assert!(close(Thresholds::from_costs(1_000.0, 50.0).possible, 0.02));
    for odd in [f64::NAN, -3.0, 0.0, 5.0] {
        let t = Thresholds::from_costs(odd, odd);
        assert!(t.automatic >= 0.995 && t.possible > 0.0 && t.possible <= t.automatic);
    }
}

#[test]
fn protected_record_needs_an_exact_fit() {
    let flagged = |given| PersonRow {
        protected: true,
        ..row(given, "Lively", Some(BORN))
    };
    let asked = subject("Alfred", "Lively", Some(BORN));

    confident(&asked, &[flagged("Alfred")]);

    assert_eq!(
        possible(&asked, &[flagged("Alfie")]).guard,
        Some("protected record without an exact fit")
    );
}

#[test]
fn says_what_the_enquiry_lacked() {
    let weak = |subject: &Subject| match decide(subject, &[]) {
        Resolution::None { weak } => weak.map(|code| code.to_string()),
        other => panic!("{other:?}"),
    };
    let mut asked = subject("Gavin", "Lively", None);
    assert_eq!(weak(&asked).as_deref(), Some("no_date_of_birth"));

    asked.addresses.clear();
    assert_eq!(weak(&asked).as_deref(), Some("name_only"));

    asked.born = Some(Born::Year(2009));
    assert_eq!(weak(&asked).as_deref(), Some("partial_date_of_birth"));

    asked.names.clear();
    assert_eq!(weak(&asked).as_deref(), Some("no_name"));
}

#[test]
fn waterfall_and_guards_carry_no_personal_data() {
    let found = confident(
        &subject("Gavin", "Lively", Some(BORN)),
        &[row("Gavin", "Lively", Some(BORN))],
    );

    let text = format!("{found:?}").to_lowercase();
    for private in ["gavin", "lively", "2009", "elm", "ls1"] {
        assert!(!text.contains(private), "{private}");
    }
}

#[test]
fn hostile_lengths_and_row_counts_stay_bounded() {
    let long = "zażółć-'".repeat(50_000);
    let mut asked = subject(&long, &long, Some(BORN));
    asked.names = vec![asked.names[0].clone(); 500];
    asked.phones = vec![long.as_str().into(); 500];
    let f = frequencies();

    let query = expand(&asked, f);
    let outcome = resolve(
        &asked,
        &vec![row(&long, &long, None); 50],
        f,
        &Thresholds::default(),
    );

    assert!(query.forenames.len() <= 400 && query.phones.len() <= 400);
    assert!(
        query
            .surnames
            .iter()
            .all(|text| text.reveal().chars().count() <= 200)
    );
    assert!(!matches!(outcome, Resolution::Confident(_)));
}

prop_compose! {
    fn any_subject()(
        given in "\\PC{0,20}", family in "\\PC{0,20}", line in "\\PC{0,30}", postcode in "\\PC{0,9}",
        number in "\\PC{0,14}", day in -60_000_i64..60_000, precision in 0_u8..6, years in 0_u8..255,
    ) -> Subject {
        let date = date(1980, 6, 15).saturating_add(jiff::Span::new().days(day));
        let mut asked = asking_nhs(subject(&given, &family, Some(date)), &number);
        asked.born = match precision {
            0 => None,
            1 => Some(Born::Exact(date)),
            2 => Some(Born::Year(date.year())),
            3 => Some(Born::Month { year: date.year(), month: date.month() }),
            4 => Some(Born::Expected(date)),
            _ => Some(Born::Approximate { date, years }),
        };
        asked.addresses = vec![Address { line: line.as_str().into(), postcode: postcode.as_str().into() }];
        asked.phones = vec![number.as_str().into()];
        asked
    }
}

/// The bits of one part of the best match.
fn bits(asked: &Subject, held: &PersonRow, part: &str) -> f64 {
    let person = Person::from(asked);
    let f = frequencies();
    let found = Comparison::new(&person, &Shares::new(&person, f), &Person::from(held), f);
    found
        .weights
        .iter()
        .find(|weight| weight.part == part)
        .map_or(f64::NAN, |weight| weight.bits)
}

#[test]
fn closer_agreement_never_weighs_less() {
    let asked = subject("Alfred", "Smith", Some(BORN));
    let with = |change: &dyn Fn(&mut PersonRow)| {
        let mut held = row("Alfred", "Smith", Some(BORN));
        change(&mut held);
        held
    };
    let falls = |part: &str, rows: &[PersonRow]| {
        let bits: Vec<f64> = rows.iter().map(|held| bits(&asked, held, part)).collect();
        assert!(bits.is_sorted_by(|a, b| a >= b), "{part} {bits:?}");
    };
    falls(
        "forename",
        &["Alfred", "Alfie", "Alfredd", "A", "Sarah"]
            .map(|given| with(&|held| held.forenames = given.into())),
    );
    falls(
        "surname",
        &["Smith", "Smyth", "Smith-Jones", "Khan"]
            .map(|family| with(&|held| held.surname = family.into())),
    );
    let dates = [
        BORN,
        date(2009, 7, 3),
        date(2009, 3, 8),
        date(2009, 3, 26),
        date(1984, 12, 19),
    ];
    falls(
        "date of birth",
        &dates.map(|born| with(&|held| held.born = Some(born))),
    );
    let lines = [
        ("14 Elm Road", "LS1 2AB"),
        ("16 Elm Road", "LS1 2AB"),
        ("16 Elm Road", ""),
        ("9 Oak Way", "LS1 3CD"),
        ("9 Oak Way", "M1 1AE"),
    ];
    falls(
        "address",
        &lines.map(|(line, code)| {
            with(&|held| (held.address, held.postcode) = (line.into(), code.into()))
        }),
    );
    falls(
        "sex",
        &["m", "f"].map(|sex| with(&|held| held.sex = Some(sex.into()))),
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn never_panics_and_probabilities_stay_in_bounds(asked in any_subject(), other in any_subject(), copies in 0_usize..4) {
        let f = frequencies();
        let _ = expand(&asked, f);
        let name = &other.names[0];
        let held = PersonRow {
            address: other.addresses[0].line.clone(),
            postcode: other.addresses[0].postcode.clone(),
            phone: other.phones[0].clone(),
            ..row(name.forenames.reveal(), name.surname.reveal(), Some(BORN))
        };
        let mut rows = vec![held; copies];
        let own = &asked.names[0];
        rows.push(row(own.forenames.reveal(), own.surname.reveal(), Some(BORN)));
        let outcome = resolve(&asked, &rows, f, &Thresholds::default());
        if let Resolution::Possible(some) = &outcome {
            let sum: f64 = some.iter().map(|one| one.probability).sum();
            prop_assert!(sum <= 1.0 + 1e-9);
            prop_assert!(some.iter().all(|one| one.bits.is_finite()));
        }
        prop_assert_eq!(outcome, resolve(&asked, &rows, f, &Thresholds::default()));
    }

    #[test]
    fn agreement_of_the_parts_is_the_same_from_either_side(
        given in "[A-C][a-c]{1,5}( [A-C][a-c]{0,4})?", other in "[A-C][a-c]{1,5}( [A-C][a-c]{0,4})?",
        family in "[A-C][a-c]{2,5}(-[A-C][a-c]{2,4})?", name in "[A-C][a-c]{2,5}(-[A-C][a-c]{2,4})?",
        days in -800_i64..800,
    ) {
        let born = BORN.saturating_add(jiff::Span::new().days(days));
        let levels = |asked: &Subject, held: &PersonRow| {
            let person = Person::from(asked);
            let f = frequencies();
            let found = Comparison::new(&person, &Shares::new(&person, f), &Person::from(held), f);
            let words = |part: &str| found.weights.iter().find(|w| w.part == part).map(|w| w.level);
            (words("forename"), words("surname"), words("name"), words("date of birth"), words("middle name"))
        };
        prop_assert_eq!(
            levels(&subject(&given, &family, Some(BORN)), &row(&other, &name, Some(born))),
            levels(&subject(&other, &name, Some(born)), &row(&given, &family, Some(BORN)))
        );
    }

    #[test]
    fn agreeing_on_one_more_thing_never_makes_the_subject_less_likely(place in any::<bool>(), sex in any::<bool>(), day in any::<bool>()) {
        let asked = subject("Gavin", "Lively", Some(BORN));
        let less = PersonRow {
            address: if place { "9 Oak Way".into() } else { "14 Elm Road".into() },
            postcode: if place { "M1 1AE".into() } else { "LS1 2AB".into() },
            sex: Some(if sex { "f" } else { "m" }.into()),
            ..row("Gavin", "Lively", Some(if day { date(2009, 3, 8) } else { BORN }))
        };
        let best = |held: PersonRow| match decide(&asked, &[held]) {
            Resolution::Confident(one) => one.bits,
            Resolution::Possible(some) => some[0].bits,
            Resolution::None { .. } => f64::NEG_INFINITY,
        };
        prop_assert!(best(row("Gavin", "Lively", Some(BORN))) >= best(less));
    }
}
