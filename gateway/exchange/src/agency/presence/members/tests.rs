use stile_linkage::presence::{SecretKey, keys_of_subject};
use stile_model::id::{Code, MemberId};
use stile_model::subject::{Born, Name, NameKind, Subject};

use super::*;

fn context() -> Context {
    Context {
        agency: MemberId::new("north-police").unwrap(),
        epoch: 7,
    }
}

fn purpose() -> Code {
    Code::new("s47_enquiry").unwrap()
}

fn builder() -> Builder {
    let secret = SecretKey::derive(&[3; 32], b"test").unwrap();
    Builder::new(context(), secret, [purpose()]).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn row(source: &str, forenames: &str, surname: &str, born: &str) -> PersonRow {
    PersonRow {
        source: source.to_owned(),
        key: "1".into(),
        forenames: forenames.into(),
        surname: surname.into(),
        born: Some(day(born)),
        address: "1 Mill Lane".into(),
        postcode: "RV6 3JN".into(),
        ..PersonRow::default()
    }
}

fn everybody() -> Knowable {
    Knowable::of([(purpose(), AgeBand::ALL.iter().copied())])
}

fn chosen(page: Vec<PersonRow>, marked: &Marked, knowable: &Knowable) -> Vec<(PersonRow, bool)> {
    let builder = builder();
    members(page, marked, knowable, &builder, day("2026-05-09"))
        .into_iter()
        .map(|(row, purposes)| (row, purposes != Purposes::default()))
        .collect()
}

#[test]
fn a_sealed_person_is_left_out_in_every_system_also_where_they_are_not_marked() {
    let marked = PersonRow {
        sealed: true,
        ..row("niche", "Idris", "Nullwood", "1984-03-02")
    };
    let unmarked = row("custody", "IDRIS", "Nullwood", "1984-03-02");
    let other = row("custody", "Mali", "Testwood", "2018-05-10");
    let mut marks = Marked::default();
    marks.take(&[marked.clone(), other.clone()], &context());

    let left = chosen(vec![marked, unmarked, other.clone()], &marks, &everybody());

    assert_eq!(left, [(other, true)]);
}

#[test]
fn withholds_whoever_is_of_an_age_that_policy_does_not_let_be_known() {
    let knowable = Knowable::of([(purpose(), [AgeBand::Age5To9].into_iter())]);
    let child = row("niche", "Mali", "Testwood", "2018-05-10");
    let adult = row("niche", "Owen", "Testwood", "1984-03-02");
    let ageless = PersonRow {
        born: None,
        ..adult.clone()
    };

    let left = chosen(vec![child, adult, ageless], &Marked::default(), &knowable);

    let known: Vec<_> = left.iter().map(|(_, known)| *known).collect();
    assert_eq!(known, [true, false, false]);
}

/// The inputs that ask for Mali where she lives, beyond those that her name and birthday give.
fn placed() -> HashSet<Input> {
    let guess = Subject {
        id: stile_model::id::SubjectId::new("s1").unwrap(),
        role: Code::new("child").unwrap(),
        names: vec![Name {
            forenames: "Mali".into(),
            surname: "Testwood".into(),
            kind: NameKind::Current,
        }],
        born: Some(Born::Exact(day("2018-05-10"))),
        sex: None,
        addresses: vec![stile_model::subject::Address {
            line: "1 Mill Lane".into(),
            postcode: "RV6 3JN".into(),
        }],
        phones: Vec::new(),
        identifiers: Vec::new(),
    };
    let inputs = |subject: &Subject| -> HashSet<Input> {
        let keys = keys_of_subject(subject);
        keys.inputs(&context()).map(|(_, input)| input).collect()
    };
    let all = inputs(&guess);
    let without = inputs(&Subject {
        addresses: Vec::new(),
        ..guess
    });
    all.difference(&without).cloned().collect()
}

fn finds_the_place(row: &PersonRow) -> bool {
    let keys = keys_of_row(row);
    let placed = placed();
    keys.inputs(&context())
        .any(|(_, input)| placed.contains(&input))
}

#[test]
fn a_guess_at_where_a_protected_person_lives_finds_nothing() {
    let open = row("niche", "Mali", "Testwood", "2018-05-10");
    let protected = PersonRow {
        protected: true,
        ..open.clone()
    };
    let left = chosen(vec![open, protected], &Marked::default(), &everybody());

    assert!(finds_the_place(&left[0].0), "an address is a key");
    assert!(!finds_the_place(&left[1].0));
}

#[test]
fn where_a_protected_person_lives_is_found_in_no_system_also_where_they_are_not_marked() {
    let marked = PersonRow {
        protected: true,
        ..row("niche", "Mali", "Testwood", "2018-05-10")
    };
    let unmarked = row("custody", "MALI", "Testwood", "2018-05-10");
    let other = row("custody", "Owen", "Sampleton", "1984-03-02");
    let page = vec![marked, unmarked, other.clone()];
    let mut marks = Marked::default();
    marks.take(&page, &context());

    let left = chosen(page, &marks, &everybody());

    assert!(left.iter().all(|(_, known)| *known), "they may be known");
    assert!(!left.iter().any(|(row, _)| finds_the_place(row)));
    assert_eq!(left[2].0, other, "nobody else loses an address");
}
