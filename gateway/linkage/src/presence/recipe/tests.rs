use stile_model::id::{Code, SubjectId};
use stile_model::subject::{Address, Identifier, Name, NameKind};

use super::*;

fn person(forenames: &str, surname: &str, born: &str, line: &str, postcode: &str) -> PersonRow {
    PersonRow {
        forenames: forenames.into(),
        surname: surname.into(),
        born: born.parse().ok(),
        address: line.into(),
        postcode: postcode.into(),
        ..PersonRow::default()
    }
}

fn row() -> PersonRow {
    person(
        "Alfie",
        "Testwood",
        "2014-05-09",
        "14 Elm Road, Leeds",
        "LS1 2AB",
    )
}

fn name(forenames: &str, surname: &str, kind: NameKind) -> Name {
    Name {
        forenames: forenames.into(),
        surname: surname.into(),
        kind,
    }
}

fn address(line: &str, postcode: &str) -> Address {
    Address {
        line: line.into(),
        postcode: postcode.into(),
    }
}

fn subject(forenames: &str, surname: &str, born: Option<Born>) -> Subject {
    Subject {
        id: SubjectId::new("s1").expect("id"),
        role: Code::new("child").expect("code"),
        names: vec![name(forenames, surname, NameKind::Current)],
        born,
        sex: None,
        addresses: Vec::new(),
        phones: Vec::new(),
        identifiers: Vec::new(),
    }
}

fn day(text: &str) -> Option<Born> {
    text.parse().ok().map(Born::Exact)
}

/// Do the two share a key of this tier?
fn meet(a: &Keys, b: &Keys, tier: Tier) -> bool {
    a.of_tier(tier)
        .iter()
        .any(|key| b.of_tier(tier).contains(key))
}

fn kinds(keys: &Keys, tier: Tier) -> Vec<String> {
    let mut kinds: Vec<String> = keys
        .of_tier(tier)
        .iter()
        .map(|key| key.split('|').next().unwrap_or_default().to_owned())
        .collect();
    kinds.dedup();
    kinds
}

fn strong(a: &Subject, b: &PersonRow) -> bool {
    meet(&keys_of_subject(a), &keys_of_row(b), Tier::Strong)
}

#[test]
fn a_full_row_has_every_kind_of_key_but_an_identifier() {
    let keys = keys_of_row(&row());

    assert_eq!(
        kinds(&keys, Tier::Strong),
        ["fsb", "xsb", "fbp", "isbp", "fsdy"]
    );
    assert_eq!(kinds(&keys, Tier::Weak), ["fsp", "fsh", "fsp", "fsh"]);
}

#[test]
fn finds_a_person_by_name_and_date_however_the_name_is_written() {
    for (forenames, surname) in [
        ("Alfie", "Testwood"),
        ("ALFRED James", "Testwood"),
        ("Alfie", "Testwoode"),
        ("Álfie", "TEST-WOOD"),
        ("Alfie", "Smith-Testwood"),
    ] {
        let asked = subject(forenames, surname, day("2014-05-09"));

        assert!(strong(&asked, &row()), "{forenames} {surname}");
    }
}

#[test]
fn finds_a_person_whose_names_or_day_and_month_changed_places() {
    assert!(strong(
        &subject("Testwood", "Alfie", day("2014-05-09")),
        &row()
    ));
    assert!(strong(
        &subject("Alfie", "Testwood", day("2014-09-05")),
        &row()
    ));
    assert!(!strong(
        &subject("Testwood", "Alfie", day("2014-09-05")),
        &row()
    ));

    let held = person("Alfie", "Testwood", "2014-05-19", "", "");
    assert!(strong(
        &subject("Alfie", "Testwood", day("2014-05-19")),
        &held
    ));
    assert!(!strong(
        &subject("Alfie", "Testwood", day("2014-05-18")),
        &held
    ));
}

#[test]
fn does_not_take_another_person_for_this_one() {
    for (forenames, surname, born) in [
        ("Alfie", "Testwood", "2014-05-10"),
        ("Oliver", "Testwood", "2014-05-09"),
        ("Alfie", "Quill", "2014-05-09"),
        ("Baby", "Testwood", "2014-05-09"),
        ("A", "Testwood", "2014-05-09"),
    ] {
        let asked = subject(forenames, surname, day(born));
        let keys = keys_of_subject(&asked);

        assert!(!strong(&asked, &row()), "{forenames} {surname} {born}");
        assert!(!meet(&keys, &keys_of_row(&row()), Tier::Weak));
    }
}

#[test]
fn finds_a_person_in_whichever_spelling_of_the_names() {
    let held = |given, family| keys_of_row(&person(given, family, "2014-05-09", "", ""));
    let asked = |given, family| keys_of_subject(&subject(given, family, day("2014-05-09")));

    for (held, asked) in [
        (held("Yousef", "Chaudhry"), asked("Yusuf", "Choudhury")),
        (held("Md Ali", "Khan"), asked("Mohammed Ali", "Khan")),
        (held("Abdirahman", "Cali"), asked("Abdul Rahman", "Cali")),
        (held("Owain", "Gruffydd"), asked("Owen", "Griffiths")),
        (held("Mo", "Khan"), asked("Muhammed", "Khan")),
    ] {
        assert!(meet(&held, &asked, Tier::Strong));
    }
    assert!(!meet(
        &held("Mohammed Ali", "Khan"),
        &asked("Mohammed Bilal", "Khan"),
        Tier::Strong
    ));
}

#[test]
fn two_names_with_one_short_form_are_two_people() {
    let held = person("Charlotte", "Testwood", "2014-05-09", "", "");

    assert!(!strong(
        &subject("Charles", "Testwood", day("2014-05-09")),
        &held
    ));
    assert!(strong(
        &subject("Charlie", "Testwood", day("2014-05-09")),
        &held
    ));
}

#[test]
fn a_first_of_january_without_an_address_only_suggests() {
    let held = person("Alfie", "Testwood", "2014-01-01", "14 Elm Road", "LS1 2AB");
    let mut asked = subject("Alfie", "Testwood", day("2014-01-01"));
    let (there, here) = (keys_of_row(&held), keys_of_subject(&asked));
    assert!(!meet(&here, &there, Tier::Strong) && meet(&here, &there, Tier::Weak));

    asked.addresses.push(address("", "LS1 2AB"));

    assert!(strong(&asked, &held));
}

#[test]
fn name_and_address_without_a_date_only_suggest() {
    let mut asked = subject("Alfie", "Testwood", None);
    asked.addresses.push(address("14 Elm Rd", ""));
    let (here, there) = (keys_of_subject(&asked), keys_of_row(&row()));

    assert!(!meet(&here, &there, Tier::Strong) && meet(&here, &there, Tier::Weak));
}

#[test]
fn a_year_is_enough_with_name_and_district_and_an_expected_date_is_none() {
    let found = |born| {
        let mut asked = subject("Alfie", "Testwood", born);
        asked.addresses.push(address("", "LS1 9ZZ"));
        strong(&asked, &row())
    };

    assert!(found(Some(Born::Year(2014))));
    assert!(found(Some(Born::Month {
        year: 2014,
        month: 1
    })));
    assert!(!found(Some(Born::Year(2015))));
    assert!(!found(Some(Born::Expected(
        "2014-05-09".parse().expect("date")
    ))));
    assert!(!found(day("1900-01-01")));
}

#[test]
fn a_valid_identifier_finds_alone_and_a_failing_one_never() {
    let nhs = Code::new("nhs_number").expect("code");
    let local = Code::new("case_ref").expect("code");
    let found = |scheme: &Code, held: &str, asked: &str| {
        let there = PersonRow {
            identifiers: vec![(scheme.clone(), held.into())],
            ..PersonRow::default()
        };
        let mut here = subject("", "", None);
        here.identifiers = vec![Identifier {
            scheme: scheme.clone(),
            value: asked.into(),
        }];
        strong(&here, &there)
    };

    assert!(found(&nhs, "9434765919", "943 476 5919"));
    assert!(found(&local, "ab-1234", "AB 1234"));
    assert!(!found(&nhs, "9434765918", "9434765918"));
    assert!(!found(&nhs, "9434765919", "4010232137"));
}

#[test]
fn a_forename_that_families_share_only_suggests() {
    let held = person("Mohammed Yusuf", "Testwood", "2014-05-09", "", "");
    let tiers = |forenames: &str| {
        let asked = keys_of_subject(&subject(forenames, "Testwood", day("2014-05-09")));
        [Tier::Strong, Tier::Weak].map(|tier| meet(&asked, &keys_of_row(&held), tier))
    };

    assert_eq!(tiers("Md Yusuf"), [true, true]);
    assert_eq!(tiers("Yusuf"), [true, false]);
    assert_eq!(tiers("Muhammad"), [false, true]);
    assert_eq!(tiers("Mohamed Ali"), [false, true]);
    assert_eq!(tiers("Ali"), [false, false]);
}

#[test]
fn a_number_that_contradicts_the_birthday_only_suggests() {
    // A Scottish number carries the date of birth in its first six digits.
    let nhs = Code::new("nhs_number").expect("code");
    let number = (0..1_000)
        .map(|end| format!("0703091{end:03}"))
        .find(|number| crate::identifier::nhs_number(number).is_some())
        .expect("a valid number");
    let held = |born: &str| PersonRow {
        identifiers: vec![(nhs.clone(), number.as_str().into())],
        ..person("", "", born, "", "")
    };
    let tier = |born| {
        let keys = keys_of_row(&held(born));
        (keys.count(Tier::Strong), keys.count(Tier::Weak))
    };

    assert_eq!(tier("2009-03-07"), (1, 1));
    assert_eq!(tier("2009-03-08"), (0, 1));
    let (sure, doubted) = (
        keys_of_row(&held("2009-03-07")),
        keys_of_row(&held("2009-03-08")),
    );
    assert!(meet(&sure, &doubted, Tier::Weak) && !meet(&sure, &doubted, Tier::Strong));
}

#[test]
fn aliases_and_former_names_give_keys_on_either_side() {
    let mut held = row();
    held.aliases = vec!["Freddie|Quillfeather".into()];
    assert!(strong(
        &subject("Freddie", "Quillfeather", day("2014-05-09")),
        &held
    ));

    let mut asked = subject("Someone", "Else", day("2014-05-09"));
    asked
        .names
        .push(name("Alfred", "Testwood", NameKind::Former));
    assert!(strong(&asked, &row()));
}

#[test]
fn a_sealed_row_gives_no_key() {
    let sealed = PersonRow {
        sealed: true,
        ..row()
    };

    let keys = keys_of_row(&sealed);

    assert_eq!((keys.count(Tier::Strong), keys.count(Tier::Weak)), (0, 0));
}

#[test]
fn a_subject_never_has_more_keys_than_a_request_has_room_for() {
    let mut asked = subject("Alfie", "Smith-Testwood-Quill", day("2014-05-09"));
    for n in 0..10 {
        asked.names.push(name(
            &format!("Charlie{n}"),
            &format!("Testwood{n}-Quill{n}"),
            NameKind::Alias,
        ));
        asked
            .addresses
            .push(address(&format!("{n} Elm Road"), &format!("LS1 {n}AB")));
    }

    let keys = keys_of_subject(&asked);

    assert_eq!(keys.count(Tier::Strong), STRONG_ELEMENTS);
    assert_eq!(keys.count(Tier::Weak), WEAK_ELEMENTS);
}

#[test]
fn a_subject_of_whom_nothing_is_known_has_no_key() {
    let keys = keys_of_subject(&subject("Unknown", "NK", None));

    assert_eq!((keys.count(Tier::Strong), keys.count(Tier::Weak)), (0, 0));
}

#[test]
fn debug_withholds_every_key() {
    let text = format!("{:?}", keys_of_row(&row())).to_lowercase();

    assert!(!text.contains("alf") && !text.contains("2014") && !text.contains("ls1"));
}
