use stile_model::id::SubjectId;
use stile_model::subject::{Address, Identifier, Name, NameKind, PersonCounts};

use super::*;
use crate::sought::expand;

fn frequencies() -> Frequencies {
    let names = |list: &[&str]| list.iter().map(|text| (Redacted::from(*text), 3)).collect();
    let date = jiff::civil::date;
    Frequencies::new(&[PersonCounts {
        people: 30,
        surnames: names(&[
            "LIVELY",
            "Livly",
            "O'Brien",
            "OBRIEN",
            "Smith-Jones",
            "Jones",
            "Khan",
        ]),
        forenames: names(&[
            "GAVIN",
            "Gavin Paul",
            "Gavyn",
            "G",
            "Alfie",
            "Alfred",
            "Charlotte",
            "Caroline",
            "Paul",
        ]),
        born: vec![
            (date(2009, 3, 7), 2),
            (date(2009, 7, 3), 1),
            (date(1980, 1, 5), 1),
        ],
        postcodes: names(&["LS12AB", "ls1 2ab", "M1 1AE"]),
        ..PersonCounts::default()
    }])
}

fn subject(given: &str, family: &str) -> Subject {
    Subject {
        id: SubjectId::new("s1").unwrap(),
        role: Code::new("child").unwrap(),
        names: vec![Name {
            forenames: given.into(),
            surname: family.into(),
            kind: NameKind::Current,
        }],
        born: Some(Born::Exact(jiff::civil::date(2009, 3, 7))),
        sex: None,
        addresses: vec![Address {
            line: "".into(),
            postcode: "LS1 2AB".into(),
        }],
        phones: vec!["07700 900123".into()],
        identifiers: vec![nhs("9434765919")],
    }
}

fn nhs(number: &str) -> Identifier {
    Identifier {
        scheme: Code::new("nhs_number").unwrap(),
        value: number.into(),
    }
}

fn holds(list: &[Redacted<String>], text: &str) -> bool {
    list.iter().any(|value| value.reveal() == text)
}

#[test]
fn lists_are_in_the_spellings_the_source_holds() {
    let query = expand(&subject("Gavin", "Lively"), &frequencies());

    for text in ["GAVIN", "Gavin Paul", "Gavyn", "G"] {
        assert!(holds(&query.forenames, text), "{text}");
    }
    for text in ["LIVELY", "Livly"] {
        assert!(holds(&query.surnames, text), "{text}");
    }
    for text in ["LS12AB", "ls1 2ab"] {
        assert!(holds(&query.postcodes, text), "{text}");
    }
    assert!(query.born.contains(&jiff::civil::date(2009, 7, 3)));
    assert!(holds(&query.phones, "+447700900123") && holds(&query.phones, "07700900123"));
    assert!(holds(&query.identifiers[0].1, "943 476 5919"));
}

#[test]
fn every_spelling_of_the_very_name_and_date_comes_first_and_is_counted() {
    let query = expand(&subject("Gavin", "O'Brien"), &frequencies());

    let texts = |list: &[Redacted<String>]| -> Vec<String> {
        let mut texts: Vec<_> = list.iter().map(|text| text.reveal().clone()).collect();
        texts.sort();
        texts
    };
    assert_eq!(
        texts(query.own_surnames()),
        ["O'BRIEN", "O'Brien", "OBRIEN"]
    );
    let own = texts(query.own_forenames());
    for text in ["GAVIN", "Gavin", "Gavin Paul"] {
        assert!(own.contains(&text.to_owned()), "{text}");
    }
    assert!(!own.contains(&"Gavyn".to_owned()) && holds(&query.forenames, "Gavyn"));
    assert_eq!(query.own_born(), [jiff::civil::date(2009, 3, 7)]);
    assert_eq!(query.born.len(), 2);
}

#[test]
fn lists_leave_out_other_people() {
    let query = expand(&subject("Gavin", "Lively"), &frequencies());

    assert!(!holds(&query.forenames, "Paul") && !holds(&query.forenames, "Alfie"));
    assert!(!holds(&query.surnames, "Khan") && !holds(&query.postcodes, "M1 1AE"));
    assert!(!query.born.contains(&jiff::civil::date(1980, 1, 5)));
}

#[test]
fn parts_particles_and_short_forms_are_tried() {
    let f = frequencies();

    assert!(holds(
        &expand(&subject("Alfred", "Jones"), &f).surnames,
        "Smith-Jones"
    ));
    assert!(holds(
        &expand(&subject("Alfred", "Smith-Jones"), &f).surnames,
        "Jones"
    ));
    assert!(holds(
        &expand(&subject("Alfred", "O Brien"), &f).surnames,
        "O'Brien"
    ));
    assert!(holds(
        &expand(&subject("Alfred", "Jones"), &f).forenames,
        "Alfie"
    ));
}

#[test]
fn names_that_only_share_a_short_form_are_left_out() {
    let query = expand(&subject("Charlotte", "Jones"), &frequencies());

    assert!(!holds(&query.forenames, "Caroline"));
}

#[test]
fn people_newer_than_the_counts_are_found_by_the_subjects_own_spelling() {
    let query = expand(&subject("Zephyrine", "Quillfeather"), &frequencies());

    assert!(holds(&query.surnames, "Quillfeather") && holds(&query.surnames, "QUILLFEATHER"));
}

#[test]
fn fillers_and_placeholders_fetch_nobody() {
    let mut asked = subject("Baby", "Unknown");
    asked.born = Some(Born::Exact(jiff::civil::date(1900, 1, 1)));
    asked.identifiers = vec![nhs("1111111111")];
    asked.phones = vec!["00000000000".into()];
    asked.addresses = vec![Address {
        line: "".into(),
        postcode: "NFA".into(),
    }];

    let query = expand(&asked, &frequencies());

    assert_eq!(query, CandidateQuery::default());
}

#[test]
fn what_is_known_hangs_on_the_subject_and_not_on_who_is_held() {
    let mut asked = subject("", "Gavin");
    asked.born = None;
    asked.addresses = Vec::new();

    // The word is held as a forename, or nobody is held at all.
    let (held, nobody) = (
        expand(&asked, &frequencies()),
        expand(&asked, &Frequencies::new(&[])),
    );

    assert!(holds(&held.forenames, "GAVIN") && nobody.forenames.is_empty());
    let surname = Known {
        surname: true,
        ..Known::default()
    };
    assert_eq!((held.known, nobody.known), (surname, surname));
    let known = expand(&subject("Zoe", "Quill"), &Frequencies::new(&[])).known;
    assert!(known.born && known.forename && known.postcode && known.surname);
}

#[test]
fn every_spelling_and_short_form_of_the_tables_is_fetched() {
    let lines: Vec<Vec<&str>> = crate::variant::names()
        .map(|line| line.split_ascii_whitespace().collect())
        .collect();
    let all = |names: &[&str]| {
        let held = names
            .iter()
            .map(|name| (Redacted::from(name.to_uppercase()), 1));
        held.collect::<Vec<_>>()
    };
    let mut forenames = all(&lines.concat());
    forenames.extend(all(&["Alfie", "Gosia", "Tomek", "Izzy", "Kasia"]));
    let f = Frequencies::new(&[PersonCounts {
        people: 5_000,
        surnames: all(&lines.concat()),
        forenames,
        ..PersonCounts::default()
    }]);

    for line in lines.iter().step_by(23) {
        let query = expand(&subject(line[0], line[0]), &f);
        for spelling in line {
            let held = spelling.to_uppercase();
            assert!(holds(&query.surnames, &held), "{} {held}", line[0]);
            assert!(holds(&query.forenames, &held), "{} {held}", line[0]);
        }
    }
    for (name, short) in [
        ("Malgorzata", "GOSIA"),
        ("Tomasz", "TOMEK"),
        ("Alfred", "ALFIE"),
    ] {
        assert!(
            holds(&expand(&subject(name, "Jones"), &f).forenames, short),
            "{name}"
        );
    }
}
