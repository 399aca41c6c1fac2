use stile_model::id::MemberId;

use super::*;
use crate::presence::{Found, blind, keys_of_row};

fn code(text: &str) -> Code {
    Code::new(text).expect("code")
}

fn context() -> Context {
    Context {
        agency: MemberId::new("riverside-police").expect("member"),
        epoch: 3,
    }
}

fn builder() -> Builder {
    let secret = SecretKey::derive(&[5; 32], b"test").expect("key");
    Builder::new(context(), secret, [code("s47_enquiry"), code("early_help")]).expect("builder")
}

fn person(n: u8) -> PersonRow {
    PersonRow {
        forenames: "Mali".into(),
        surname: format!("Test{}wood", char::from(b'a' + n)).into(),
        born: format!("2014-05-{:02}", n + 1).parse().ok(),
        postcode: "LS1 2AB".into(),
        ..PersonRow::default()
    }
}

/// One whole round over these people with the purposes of each.
fn round(builder: &mut Builder, people: &[(PersonRow, Purposes)]) -> Vec<Published> {
    builder.begin();
    for page in people.chunks(2) {
        let page = page.iter().map(|(row, purposes)| (row, *purposes));
        let done = builder.work(page).expect("work");
        builder.take(&done);
    }
    builder.finish(&[9; 32]).expect("sets")
}

/// Asks as a hub would, over the wire.
fn asked(builder: &Builder, published: &Published, row: &PersonRow) -> Found {
    let (request, blinding) = blind(&keys_of_row(row), builder.context(), &[1; 32]).expect("blind");
    let answer = builder
        .secret()
        .evaluate(&request.elements)
        .expect("answer");
    let asked = blinding.finalise(&answer).expect("tokens");
    asked.find(&published.sets, &published.purpose)
}

#[test]
fn each_purpose_holds_whom_policy_lets_be_known_for_it() {
    let mut builder = builder();
    let both = builder.choose(|_| true);
    let one = builder.choose(|purpose| *purpose == code("early_help"));
    let none = builder.choose(|_| false);

    let sets = round(
        &mut builder,
        &[(person(0), both), (person(1), one), (person(2), none)],
    );

    let found = |set: &Published| [0, 1, 2].map(|n| asked(&builder, set, &person(n)));
    assert_eq!(sets[0].purpose, code("early_help"));
    assert_eq!(
        found(&sets[0]),
        [Found::Known, Found::Known, Found::Nothing]
    );
    assert_eq!(
        found(&sets[1]),
        [Found::Known, Found::Nothing, Found::Nothing]
    );
    assert_eq!(builder.progress().people, 3);
}

#[test]
fn a_second_round_evaluates_only_what_is_new() {
    let mut builder = builder();
    let all = builder.choose(|_| true);
    round(&mut builder, &[(person(0), all), (person(1), all)]);
    let first = builder.progress();
    assert_eq!(first.evaluated, first.keys);

    let sets = round(
        &mut builder,
        &[(person(0), all), (person(1), all), (person(2), all)],
    );

    let second = builder.progress();
    assert_eq!(second.evaluated, second.keys - first.keys);
    assert_eq!(asked(&builder, &sets[0], &person(2)), Found::Known);
    assert_eq!(asked(&builder, &sets[0], &person(0)), Found::Known);
}

#[test]
fn who_has_left_is_no_member_and_is_forgotten() {
    let mut builder = builder();
    let all = builder.choose(|_| true);
    round(&mut builder, &[(person(0), all), (person(1), all)]);

    let sets = round(&mut builder, &[(person(1), all)]);

    assert_eq!(asked(&builder, &sets[0], &person(0)), Found::Nothing);
    assert_eq!(asked(&builder, &sets[0], &person(1)), Found::Known);
    round(&mut builder, &[(person(0), all)]);
    assert_eq!(builder.progress().evaluated, builder.progress().keys);
}

#[test]
fn a_sealed_person_is_never_a_member() {
    let mut builder = builder();
    let all = builder.choose(|_| true);
    let sealed = PersonRow {
        sealed: true,
        ..person(0)
    };

    let sets = round(&mut builder, &[(sealed, all)]);

    assert_eq!(asked(&builder, &sets[0], &person(0)), Found::Nothing);
    assert_eq!(builder.progress().keys, 0);
}

#[test]
fn a_purpose_that_is_offered_no_longer_has_no_set() {
    let mut builder = builder();
    let all = builder.choose(|_| true);
    round(&mut builder, &[(person(0), all)]);
    builder.offer([code("s47_enquiry")]).expect("offer");
    let all = builder.choose(|_| true);

    let sets = round(&mut builder, &[(person(0), all)]);

    assert_eq!(sets.len(), 1);
    assert_eq!(builder.progress().evaluated, 0);
    assert_eq!(asked(&builder, &sets[0], &person(0)), Found::Known);
}

#[test]
fn refuses_more_purposes_than_it_can_hold_apart() {
    let many = |count: usize| (0..count).map(|n| code(&format!("p{n}")));
    let mut builder = builder();

    assert!(builder.offer(many(MOST_PURPOSES)).is_ok());
    assert_eq!(builder.choose(|_| true).0, u32::MAX);
    assert_eq!(
        builder.offer(many(MOST_PURPOSES + 1)),
        Err(PresenceError::Purposes {
            found: MOST_PURPOSES + 1
        })
    );
    assert_eq!(builder.purposes().len(), MOST_PURPOSES);
}

#[test]
fn debug_shows_only_counts() {
    let text = format!("{:?}", builder());

    assert!(text.starts_with("Builder { context: Context { agency: riverside-police, epoch: 3 }"));
    assert!(!text.contains("secret") && !text.contains("known"));
}
