//! Names that families share, spellings of one name, and numbers that contradict what stands
//! beside them.

use super::*;

const BORN: Date = date(2009, 3, 7);
/// A Scottish number made for a boy born on 7 March.
const CHI: &str = "0703091336";

fn numbered(mut subject: Subject, scheme: &str, number: &str) -> Subject {
    subject.identifiers = vec![Identifier {
        scheme: Code::new(scheme).unwrap(),
        value: number.into(),
    }];
    subject
}

fn holding(mut row: PersonRow, scheme: &str, number: &str) -> PersonRow {
    row.identifiers = vec![(Code::new(scheme).unwrap(), number.into())];
    row
}

#[test]
fn brothers_who_share_a_first_forename_are_never_taken_for_each_other() {
    for (asked, held) in [
        ("Mohammed Ali", "Mohammed Hassan"),
        ("Md Ali", "Muhammad Hassan"),
        ("Syed Ali", "Sayed Hassan"),
        ("Abdul Rahman", "Abdul Karim"),
        ("Abdulrahman", "Abdulkarim"),
    ] {
        let asked = subject(asked, "Khan", Some(BORN));
        let held = row(held, "Khan", Some(BORN));
        assert!(
            !matches!(decide(&asked, &[held]), Resolution::Confident(_)),
            "twins"
        );
    }
}

#[test]
fn spellings_of_one_name_are_confident() {
    for (asked, held) in [
        (("Mohammed Ali", "Khan"), ("Md Ali", "Khan")),
        (("Abdul Rahman", "Ali"), ("Abdurrahman", "Aly")),
        (("Kezia", "Chowdhury"), ("Kezia", "Chaudhry")),
        (("Owain", "Thomas"), ("Owen", "Tomos")),
    ] {
        confident(
            &subject(asked.0, asked.1, Some(BORN)),
            &[row(held.0, held.1, Some(BORN))],
        );
    }
}

#[test]
fn an_article_before_a_surname_leaves_the_person_found() {
    let asked = subject("Kezia", "Al-Hassan", Some(BORN));

    confident(&asked, &[row("Kezia", "Hassan", Some(BORN))]);
}

#[test]
fn a_number_made_for_another_birthday_lifts_no_guard() {
    let father = || row("Jack", "Smith", Some(date(1970, 5, 5)));
    let asked = numbered(subject("Jack", "Smith", Some(BORN)), "nhs_number", CHI);

    let held = holding(father(), "nhs_number", CHI);
    assert!(!matches!(decide(&asked, &[held]), Resolution::Confident(_)));
}

#[test]
fn a_number_made_for_the_birthday_on_record_is_trusted() {
    let asked = numbered(subject("Jack", "Smith", Some(BORN)), "nhs_number", CHI);

    confident(
        &asked,
        &[holding(row("Jack", "Smith", Some(BORN)), "nhs_number", CHI)],
    );
}

#[test]
fn a_pupil_number_for_the_time_being_contradicts_no_other() {
    let temporary = "ABCDEFGHJKLMNPQRTUVWXYZ"
        .chars()
        .map(|check| format!("{check}80120000500A"))
        .find(|number| crate::identifier::upn(number).is_some())
        .unwrap();
    let asked = numbered(subject("Kezia", "Lively", Some(BORN)), "upn", &temporary);
    let held = |number| holding(row("Kezia", "Lively", Some(BORN)), "upn", number);

    confident(&asked, &[held("B801200005001")]);
    confident(&asked, &[held(&temporary)]);
}

#[test]
fn two_lasting_pupil_numbers_still_call_for_a_person() {
    let other = "ABCDEFGHJKLMNPQRTUVWXYZ"
        .chars()
        .map(|check| format!("{check}801200005002"))
        .find(|number| crate::identifier::upn(number).is_some())
        .unwrap();
    let asked = numbered(
        subject("Kezia", "Lively", Some(BORN)),
        "upn",
        "B801200005001",
    );
    let held = holding(row("Kezia", "Lively", Some(BORN)), "upn", &other);

    assert!(!matches!(decide(&asked, &[held]), Resolution::Confident(_)));
}
