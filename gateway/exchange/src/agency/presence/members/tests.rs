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

fn chosen(page: Vec<PersonRow>, sealed: &Sealed, knowable: &Knowable) -> Vec<(PersonRow, bool)> {
    let builder = builder();
    members(page, sealed, knowable, &builder, day("2026-05-09"))
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
    let mut sealed = Sealed::default();
    sealed.take(&[marked.clone(), other.clone()], &context());

    let left = chosen(vec![marked, unmarked, other.clone()], &sealed, &everybody());

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

    let left = chosen(vec![child, adult, ageless], &Sealed::default(), &knowable);

    let known: Vec<_> = left.iter().map(|(_, known)| *known).collect();
    assert_eq!(known, [true, false, false]);
}

#[test]
fn a_guess_at_where_a_protected_person_lives_finds_nothing() {
    let open = row("niche", "Mali", "Testwood", "2018-05-10");
    let protected = PersonRow {
        protected: true,
        ..open.clone()
    };
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
    let with_place: HashSet<_> = inputs(&guess);
    let without_place: HashSet<_> = inputs(&Subject {
        addresses: Vec::new(),
        ..guess
    });
    let of = |row: PersonRow| -> HashSet<Input> {
        let left = chosen(vec![row], &Sealed::default(), &everybody());
        let keys = keys_of_row(&left[0].0);
        keys.inputs(&context()).map(|(_, input)| input).collect()
    };

    let placed: HashSet<_> = with_place.difference(&without_place).cloned().collect();
    assert!(!placed.is_disjoint(&of(open)), "an address is a key");
    assert!(placed.is_disjoint(&of(protected)));
}

fn inputs(subject: &Subject) -> HashSet<Input> {
    let keys = keys_of_subject(subject);
    keys.inputs(&context()).map(|(_, input)| input).collect()
}
