//! Relatives and old identities that look like the subject more than a rate can tell.

use super::*;

/// Somewhere else than everybody else lives.
fn elsewhere(row: PersonRow) -> PersonRow {
    PersonRow {
        address: "9 Oak Way".into(),
        postcode: "M1 1AE".into(),
        ..row
    }
}

fn is_confident(asked: &Subject, held: PersonRow, f: &Frequencies) -> bool {
    let outcome = resolve(asked, &[held], f, &Thresholds::default());
    matches!(outcome, Resolution::Confident(_))
}

#[test]
fn twins_of_rhyming_names_are_never_one_person() {
    let rows = [
        row("Jayden", "Lively", Some(BORN)),
        row("Kayden", "Lively", Some(BORN)),
    ];
    let people: Vec<Person> = rows.iter().map(Person::from).collect();
    let people: Vec<&Person> = people.iter().collect();

    assert_eq!(group(&people, frequencies()), [vec![0], vec![1]]);
}

#[test]
fn new_identity_of_an_adopted_child_is_never_joined_to_the_old_one() {
    let asked = subject("Kezia Ottilie Wren", "Lively", Some(BORN));
    let old = elsewhere(row("Kezia Ottilie Wren", "Thomas", Some(BORN)));

    let found = possible(&asked, &[old]);

    assert!(found.probability > 0.99, "{}", found.probability);
    assert_eq!(
        found.guard,
        Some("surnames differ without address or identifier")
    );
}

#[test]
fn father_on_whose_birthday_the_son_was_born_is_never_confident() {
    let asked = subject("Gavin Thomas", "Lively", Some(date(1999, 3, 7)));
    for year in [1969, 1979] {
        let father = row("Gavin Thomas", "Lively", Some(date(year, 3, 7)));
        assert_eq!(
            possible(&asked, &[father]).guard,
            Some("dates of birth differ (parent or namesake)")
        );
    }
    let slip = row("Gavin Thomas", "Lively", Some(date(1998, 3, 7)));
    confident(&asked, &[slip]);
}

#[test]
fn junior_is_never_taken_for_senior_where_no_date_tells_them_apart() {
    let f = with_homes(0, 300);
    let asked = |given, family| subject(given, family, None);
    let held = |given, family| row(given, family, Some(BORN));

    assert!(is_confident(
        &asked("Kezia", "Lively"),
        held("Kezia", "Lively"),
        &f
    ));
    assert!(is_confident(
        &asked("Kezia Jnr", "Lively"),
        held("Kezia", "Lively Jr"),
        &f
    ));
    for (asked, held) in [
        (asked("Kezia Jnr", "Lively"), held("Kezia Snr", "Lively")),
        (asked("Kezia", "Lively"), held("Kezia", "Lively Snr")),
        (asked("Kezia II", "Lively"), held("Kezia", "Lively III")),
    ] {
        assert!(!is_confident(&asked, held, &f));
    }
}

#[test]
fn suffix_of_a_generation_is_no_matter_where_the_dates_agree() {
    confident(
        &subject("Gavin", "Lively", Some(BORN)),
        &[row("Gavin", "Lively Jnr", Some(BORN))],
    );
}

#[test]
fn sisters_whose_names_end_alike_differ() {
    for (asked, held) in [("Anna", "Alanna"), ("Alisha", "Isha"), ("Deanna", "Anna")] {
        let asked = subject(asked, "Lively", Some(BORN));

        let found = possible(&asked, &[row(held, "Lively", Some(BORN))]);

        assert_eq!(found.guard, Some("forenames differ (twin or sibling)"));
    }
}

/// An agency with `people` in homes and so many pairs, born in these years.
fn agency(years: std::ops::Range<i16>, people: u64, pairs: u64) -> Frequencies {
    let mut counts = counts();
    counts.born = years
        .flat_map(|year| (1..=28).map(move |day| (date(year, 5, day), 50)))
        .collect();
    let none = PairCount {
        known: pairs,
        same: 0,
    };
    counts.kin = KinCounts {
        people,
        pairs,
        forenames: none,
        born: none,
        sexes: PairCount {
            known: pairs,
            same: pairs / 2,
        },
        twice: 0,
    };
    Frequencies::new(&[counts])
}

#[test]
fn father_without_date_is_never_taken_for_his_son_at_a_school() {
    let asked = subject("Kezia", "Lively", None);
    let son = || row("Kezia", "Lively", Some(BORN));

    assert!(!is_confident(
        &asked,
        son(),
        &agency(2006..2026, 50_000, 25_000)
    ));
    // Where fathers are held too, the homes would show it.
    assert!(is_confident(
        &asked,
        son(),
        &agency(1940..2026, 50_000, 25_000)
    ));
}

#[test]
fn whoever_lives_with_a_tenant_is_never_taken_for_the_tenant() {
    let tenants = agency(1930..2005, 90_000, 200);
    let held = || row("Kezia", "Lively", Some(BORN));

    assert!(!is_confident(
        &subject("Kezia", "Lively", None),
        held(),
        &tenants
    ));
    assert!(!is_confident(
        &subject("", "Lively", Some(BORN)),
        held(),
        &tenants
    ));
    assert!(is_confident(
        &subject("Kezia", "Lively", Some(BORN)),
        held(),
        &tenants
    ));
}

#[test]
fn namesake_in_another_towns_high_street_is_never_confident_without_date_or_forename() {
    let f = with_homes(0, 0);
    let postcodes = |asked: &str, held: &str, given: &str, born| {
        let mut subject = subject(given, "Smith", born);
        subject.addresses[0].line = "1 High Street".into();
        subject.addresses[0].postcode = asked.into();
        let row = PersonRow {
            address: "1 High Street".into(),
            postcode: held.into(),
            ..row("Jack", "Smith", Some(BORN))
        };
        is_confident(&subject, row, &f)
    };

    for (asked, held) in [("", ""), ("LS1 2AB", ""), ("", "LS1 2AB")] {
        assert!(!postcodes(asked, held, "Jack", None));
        assert!(!postcodes(asked, held, "", Some(BORN)));
        assert!(postcodes(asked, held, "Jack", Some(BORN)));
    }
    assert!(postcodes("LS1 2AB", "LS1 2AB", "", Some(BORN)));
}
