//! People in memory answer what their database answers.

use stile_exchange::held::AllHeld;
use stile_linkage::{Frequencies, Resolution, Thresholds, expand, resolve};
use stile_model::redact::Redacted;
use stile_model::subject::PersonCounts;

use crate::made_up::{self, Dice};
use crate::world::{Engine, World};

#[tokio::test]
async fn people_in_memory_and_in_sqlite_give_the_same_answers() {
    the_same_answers(Engine::Sqlite).await;
}

#[tokio::test]
async fn people_in_memory_and_in_postgresql_give_the_same_answers() {
    the_same_answers(Engine::Postgres).await;
}

#[tokio::test]
async fn people_in_memory_and_in_mariadb_give_the_same_answers() {
    the_same_answers(Engine::Mariadb).await;
}

#[tokio::test]
async fn a_question_by_one_name_tells_nothing_of_who_is_held_under_it() {
    let sealed = "INSERT INTO person (nominal_id, fname, sname, sealed_flag) \
                  VALUES ('S1', 'Quill', 'Quill', 1);";
    let mut answers = Vec::new();
    for held in ["", sealed] {
        let world = World::new(Engine::Sqlite);
        let mut dice = Dice::new(5);
        let people = made_up::people(30, &mut dice);
        world.sql(&made_up::inserts(&people));
        world.sql(held);
        let source = world.source("enabled = true").await;
        let memory = AllHeld::new(vec![world.held(&source).await.unwrap()]);
        let frequencies = Frequencies::new(&[source.counts().await.unwrap()]);
        let mut subject = made_up::subjects(&people, 1, &mut dice).remove(0);
        subject.names[0].forenames = "".into();
        subject.names[0].surname = "Quill".into();
        (subject.born, subject.addresses) = (None, Vec::new());
        (subject.phones, subject.identifiers) = (Vec::new(), Vec::new());

        let query = expand(&subject, &frequencies);

        for lookup in [&AllHeld::default(), &memory] {
            let answer = lookup.of(&source).candidates(&query).await;
            answers.push(answer.unwrap_err().to_string());
        }
    }

    assert!(answers[0].contains("too little is known"), "{answers:?}");
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
}

async fn the_same_answers(engine: Engine) {
    let world = World::new(engine);
    let mut dice = Dice::new(7);
    let people = made_up::people(600, &mut dice);
    world.sql(&made_up::inserts(&people));
    let source = world.source("enabled = true").await;
    let bare = world.source("enabled = true, confirm = false").await;
    let confirmed = AllHeld::new(vec![world.held(&source).await.unwrap()]);
    let unconfirmed = AllHeld::new(vec![world.held(&bare).await.unwrap()]);
    let database = AllHeld::default();

    let counts = source.counts().await.unwrap();
    assert_same_counts(&counts, &confirmed.of(&source).counts().await.unwrap());
    let frequencies = Frequencies::new(&[counts]);
    let (mut found, mut confident, mut possible) = (0, 0, 0);
    for (n, subject) in made_up::subjects(&people, 300, &mut dice)
        .iter()
        .enumerate()
    {
        let query = expand(subject, &frequencies);
        let pushed_down = database.of(&source).candidates(&query).await.unwrap();
        let (pushed_down, capped) = (pushed_down.people, pushed_down.capped);
        for held in [&confirmed, &unconfirmed] {
            let rows = held.of(&source).candidates(&query).await.unwrap();
            assert_eq!(rows.capped, capped, "subject {n} of {engine:?}");
            let rows = rows.people;
            assert!(rows == pushed_down, "subject {n} of {engine:?}");
            let resolved = |rows| resolve(subject, rows, &frequencies, &Thresholds::default());
            assert_eq!(resolved(&rows), resolved(&pushed_down), "subject {n}");
        }
        found += pushed_down.len();
        match resolve(subject, &pushed_down, &frequencies, &Thresholds::default()) {
            Resolution::Confident(_) => confident += 1,
            Resolution::Possible(_) => possible += 1,
            Resolution::None { .. } => {}
        }
    }
    // Else nothing was compared.
    assert!(
        found > 500 && confident > 20 && possible > 20,
        "{found} {confident} {possible}"
    );
    for one in people.iter().step_by(23) {
        let household: Redacted<String> = one.household.as_str().into();
        let expected = database.of(&source).household(&household).await.unwrap();
        assert!(!expected.is_empty());
        for held in [&confirmed, &unconfirmed] {
            let rows = held.of(&source).household(&household).await.unwrap();
            assert!(rows == expected);
        }
    }
}

fn assert_same_counts(pushed_down: &PersonCounts, held: &PersonCounts) {
    let sorted = |list: &[(Redacted<String>, u64)]| {
        let mut list = list.to_vec();
        list.sort();
        list
    };
    assert_eq!(pushed_down.people, held.people);
    assert_eq!(sorted(&pushed_down.surnames), sorted(&held.surnames));
    assert_eq!(sorted(&pushed_down.forenames), sorted(&held.forenames));
    assert_eq!(sorted(&pushed_down.postcodes), sorted(&held.postcodes));
    assert_eq!(pushed_down.born, held.born);
    assert_eq!(pushed_down.kin, held.kin);
}
