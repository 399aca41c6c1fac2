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
        for held in [&confirmed, &unconfirmed] {
            let rows = held.of(&source).candidates(&query).await.unwrap();
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
