//! What becomes of people in memory when their database changes, or cannot be read.

use stile_exchange::held::{AllHeld, HeldError, HeldPeople};
use stile_model::redact::Redacted;
use stile_model::subject::{CandidateQuery, Known, PersonRow};
use stile_sources::{Source, SourceError};

use crate::made_up::{self, Dice};
use crate::world::{Engine, World, source_of_files};

const WATERMARK: &str = "enabled = true, confirm = false, watermark = \"changed_on\"";

fn words(words: &[&str]) -> Vec<Redacted<String>> {
    words.iter().map(|word| Redacted::from(*word)).collect()
}

/// Anybody of surname `Testwood` and forename `Mali`.
fn mali() -> CandidateQuery {
    CandidateQuery {
        surnames: words(&["Testwood"]),
        forenames: words(&["Mali"]),
        known: Known {
            forename: true,
            surname: true,
            ..Known::default()
        },
        ..CandidateQuery::default()
    }
}

fn insert(key: &str, changed: &str) -> String {
    format!(
        "INSERT INTO person (nominal_id, fname, sname, household_id, changed_on) \
         VALUES ('{key}', 'Mali', 'Testwood', 'H1', {changed});"
    )
}

fn with_people(keys: &[&str]) -> World {
    let world = World::new(Engine::Sqlite);
    for key in keys {
        world.sql(&insert(key, "'2026-01-01'"));
    }
    world
}

fn keys(people: &[PersonRow]) -> Vec<&str> {
    people.iter().map(|row| row.key.reveal().as_str()).collect()
}

/// Keys found in memory.
fn found(held: &HeldPeople) -> Result<Vec<String>, HeldError> {
    let rows = held.index()?.candidates(&mali(), 100);
    Ok(keys(&rows).into_iter().map(str::to_owned).collect())
}

async fn asked(source: &Source, held: HeldPeople) -> (AllHeld, Result<Vec<PersonRow>, HeldError>) {
    let all = AllHeld::new(vec![held]);
    let answer = all.of(source).candidates(&mali()).await;
    (all, answer.map(|found| found.people))
}

#[tokio::test]
async fn more_people_than_are_looked_at_are_told_in_memory_and_in_a_database_alike() {
    let keys: Vec<String> = (0..301).map(|n| format!("N{n:03}")).collect();
    let all: Vec<&str> = keys.iter().map(String::as_str).collect();
    for (held, capped) in [(&all[..300], false), (&all[..], true)] {
        let world = with_people(held);
        let source = world.source("enabled = true, confirm = false").await;
        let memory = AllHeld::new(vec![world.held(&source).await.unwrap()]);

        for lookup in [&AllHeld::default(), &memory] {
            let answer = lookup.of(&source).candidates(&mali()).await.unwrap();
            assert_eq!((answer.people.len(), answer.capped), (300, capped));
        }
    }
}

#[tokio::test]
async fn a_mapping_that_does_not_turn_it_on_holds_nobody() {
    let world = with_people(&["N1"]);
    let source = world.source("enabled = false").await;

    let held = HeldPeople::read(&source, stile_exchange::clock::Clock::system(), |_, _| {
        panic!("nobody is read")
    })
    .await
    .unwrap();

    assert!(held.is_none());
}

#[tokio::test]
async fn withholds_every_answer_once_people_in_memory_are_stale() {
    let world = with_people(&["N1"]);
    let source = world.source("enabled = true, stale_after_min = 30").await;
    let held = world.held(&source).await.unwrap();

    world.pass(29);
    assert_eq!(found(&held).unwrap(), ["N1"]);
    world.sql("ALTER TABLE person RENAME TO moved;");
    world.pass(1);
    assert!(held.refresh().await.is_err());
    let stale = held.index().unwrap_err();
    world.sql("ALTER TABLE moved RENAME TO person;");
    held.refresh().await.unwrap();

    assert!(
        matches!(stale, HeldError::Stale { minutes: 30, .. }),
        "{stale}"
    );
    assert_eq!(found(&held).unwrap(), ["N1"]);
    world.pass(31);
    let (all, answer) = asked(&source, held).await;
    assert!(matches!(answer, Err(HeldError::Stale { .. })));
    let household = all.of(&source).household(&"H1".into()).await;
    assert!(matches!(household, Err(HeldError::Stale { .. })));
    assert!(matches!(
        all.of(&source).counts().await,
        Err(HeldError::Stale { .. })
    ));
}

#[tokio::test]
async fn withholds_every_answer_when_the_clock_was_set_back_until_everybody_is_read_again() {
    let world = with_people(&["N1"]);
    let source = world.source(WATERMARK).await;
    let held = world.held(&source).await.unwrap();
    world.sql(&insert("N2", "NULL"));

    world.pass(-3 * 24 * 60);

    let stale = held.index().unwrap_err();
    assert!(matches!(stale, HeldError::Stale { .. }), "{stale}");
    held.refresh().await.unwrap();
    assert_eq!(found(&held).unwrap(), ["N1", "N2"]);
}

#[tokio::test]
async fn a_row_dated_in_the_future_hides_no_change() {
    let world = with_people(&["N1", "N2"]);
    world.sql(&insert("N3", "'2099-12-31'"));
    let source = world.source(WATERMARK).await;
    let held = world.held(&source).await.unwrap();

    // The clock of these tests starts on 21 September 2026.
    world.sql(
        "UPDATE person SET sname = 'Other', changed_on = '2026-09-21' WHERE nominal_id = 'N2';",
    );
    world.pass(15);
    held.refresh().await.unwrap();

    assert_eq!(found(&held).unwrap(), ["N1", "N3"]);
}

#[tokio::test]
async fn a_change_to_one_of_two_rows_of_a_key_loses_neither() {
    let world = with_people(&["N1", "N2"]);
    world.sql(
        "UPDATE person SET sealed_flag = 1, changed_on = '2025-06-01' WHERE nominal_id = 'N2';",
    );
    world.sql(
        "CREATE VIEW twice AS SELECT CASE nominal_id WHEN 'N2' THEN 'N1' ELSE nominal_id END AS \
         nominal_id, fname, sname, dob, sex, addr, postcode, phone, school, household_id, \
         safe_address, sealed_flag, nhs_no, changed_on FROM person;",
    );
    let source = world.source_of("twice", WATERMARK).await;
    let held = world.held(&source).await.unwrap();

    world.sql(
        "UPDATE person SET addr = '1 Weir Row', changed_on = '2026-02-01' WHERE nominal_id = 'N1';",
    );
    world.pass(15);
    held.refresh().await.unwrap();

    let rows = held.index().unwrap().candidates(&mali(), 100);
    let mut sealed: Vec<_> = rows.iter().map(|row| row.sealed).collect();
    sealed.sort_unstable();
    assert_eq!(sealed, [false, true]);
    assert!(rows.iter().any(|row| row.address.reveal() == "1 Weir Row"));
}

#[tokio::test]
async fn a_refresh_that_fails_leaves_the_people_as_they_were() {
    let world = with_people(&["N1", "N2"]);
    let source = world.source("enabled = true").await;
    let held = world.held(&source).await.unwrap();

    world.sql("UPDATE person SET sname = x'ff00ff' WHERE nominal_id = 'N2';");
    let error = held.refresh().await.unwrap_err();

    assert!(
        matches!(&error, HeldError::Source(source) if source.code() == "bad_value"),
        "{error}"
    );
    assert_eq!(found(&held).unwrap(), ["N1", "N2"]);
}

#[tokio::test]
async fn rejects_an_unreadable_row_instead_of_leaving_somebody_out() {
    let world = with_people(&["N1", "N2"]);
    world.sql("UPDATE person SET fname = x'ff00ff' WHERE nominal_id = 'N2';");
    let source = world.source("enabled = true").await;

    let error = world.held(&source).await.unwrap_err();

    assert!(
        matches!(&error, HeldError::Source(source) if source.code() == "bad_value"),
        "{error}"
    );
}

#[tokio::test]
async fn rejects_more_people_than_the_memory_allowed_holds() {
    let world = World::new(Engine::Sqlite);
    let people = made_up::people(12_000, &mut Dice::new(3));
    world.sql(&format!("BEGIN;{}COMMIT;", made_up::inserts(&people)));
    let source = world.source("enabled = true, memory_max_mb = 1").await;

    let error = world.held(&source).await.unwrap_err();

    assert!(matches!(error, HeldError::Full { .. }), "{error}");
    assert!(error.to_string().contains("more than `1` MB"), "{error}");
    assert!(error.to_string().contains("`memory_max_mb`"), "{error}");
}

#[tokio::test]
async fn rejects_keys_that_are_in_no_order_instead_of_leaving_people_out() {
    let world = World::new(Engine::Sqlite);
    let people = made_up::people(2_400, &mut Dice::new(3));
    world.sql(&format!("BEGIN;{}COMMIT;", made_up::inserts(&people)));
    // An expression has no type, so that SQLite puts every number before every text.
    world.sql(
        "CREATE VIEW counted AS SELECT CAST(SUBSTR(nominal_id, 2) AS INTEGER) + 0 AS nominal_id, \
         fname, sname, dob, sex, addr, postcode, phone, school, household_id, safe_address, \
         sealed_flag, nhs_no, changed_on FROM person;",
    );
    let source = world.source_of("counted", "enabled = true").await;

    let error = world.held(&source).await.unwrap_err();

    assert!(matches!(error, HeldError::Short { .. }), "{error}");
}

#[tokio::test]
async fn a_flag_set_a_moment_ago_counts_and_who_is_gone_is_not_found() {
    let world = with_people(&["N1", "N2", "N3"]);
    let source = world.source("enabled = true").await;
    let held = world.held(&source).await.unwrap();

    world.sql("UPDATE person SET sealed_flag = 1 WHERE nominal_id = 'N2';");
    world.sql("DELETE FROM person WHERE nominal_id = 'N1';");
    let (all, answer) = asked(&source, held).await;

    let answer = answer.unwrap();
    assert_eq!(keys(&answer), ["N2", "N3"]);
    assert!(answer[0].sealed && !answer[1].sealed);
    let household = all.of(&source).household(&"H1".into()).await.unwrap();
    assert_eq!(keys(&household), ["N2", "N3"]);
}

#[tokio::test]
async fn who_moved_out_is_of_the_household_no_longer() {
    let world = with_people(&["N1", "N2"]);
    let source = world.source("enabled = true").await;
    let all = AllHeld::new(vec![world.held(&source).await.unwrap()]);

    world.sql("UPDATE person SET household_id = 'H2' WHERE nominal_id = 'N2';");

    let household = all.of(&source).household(&"H1".into()).await.unwrap();
    assert_eq!(keys(&household), ["N1"]);
}

#[tokio::test]
async fn withholds_every_answer_when_the_database_cannot_confirm_it() {
    let world = with_people(&["N1"]);
    let source = world.source("enabled = true").await;
    let held = world.held(&source).await.unwrap();

    world.sql("ALTER TABLE person RENAME TO moved;");
    let (all, answer) = asked(&source, held).await;

    assert!(matches!(answer, Err(HeldError::Source(_))));
    let unknown = CandidateQuery {
        surnames: words(&["Nobody"]),
        ..mali()
    };
    let nobody = all.of(&source).candidates(&unknown).await;
    assert!(matches!(nobody, Err(HeldError::Source(error)) if error.code() != "unasked"));
}

#[tokio::test]
async fn who_cannot_be_looked_for_in_memory_is_not_said_to_be_nobody() {
    let world = with_people(&["N1"]);
    let source = world.source("enabled = true, confirm = false").await;
    let all = AllHeld::new(vec![world.held(&source).await.unwrap()]);
    let by_surname = CandidateQuery {
        forenames: Vec::new(),
        known: Known {
            surname: true,
            ..Known::default()
        },
        ..mali()
    };

    let answer = all.of(&source).candidates(&by_surname).await;

    assert!(matches!(answer, Err(HeldError::Source(error)) if error.code() == "unasked"));
}

#[tokio::test]
async fn without_a_watermark_a_refresh_reads_everybody_again() {
    let world = with_people(&["N1", "N2"]);
    let source = world.source("enabled = true, confirm = false").await;
    let held = world.held(&source).await.unwrap();

    world.sql("DELETE FROM person WHERE nominal_id = 'N1';");
    world.sql(&insert("N3", "NULL"));
    world.sql("UPDATE person SET sname = 'Other' WHERE nominal_id = 'N2';");
    assert_eq!(found(&held).unwrap(), ["N1", "N2"]);
    held.refresh().await.unwrap();

    assert_eq!(found(&held).unwrap(), ["N3"]);
    assert_eq!(held.index().unwrap().people(), 2);
}

#[tokio::test]
async fn a_watermark_brings_changes_and_a_sweep_who_is_gone_or_came_without_it() {
    for engine in [Engine::Sqlite, Engine::Postgres, Engine::Mariadb] {
        let world = World::new(engine);
        for key in ["N1", "N2", "N3"] {
            world.sql(&insert(key, "'2026-01-01'"));
        }
        let source = world.source(WATERMARK).await;
        let held = world.held(&source).await.unwrap();

        world.sql(
            "UPDATE person SET sname = 'Other', changed_on = '2026-02-01' WHERE nominal_id = 'N2';",
        );
        world.sql(&insert("N4", "'2026-02-01'"));
        world.sql(&insert("N5", "NULL"));
        world.sql("UPDATE person SET sname = 'Other', changed_on = NULL WHERE nominal_id = 'N3';");
        world.sql("DELETE FROM person WHERE nominal_id = 'N1';");
        world.pass(15);
        held.refresh().await.unwrap();
        assert_eq!(found(&held).unwrap(), ["N1", "N3", "N4"], "{engine:?}");

        world.pass(45);
        held.refresh().await.unwrap();
        assert_eq!(found(&held).unwrap(), ["N3", "N4", "N5"], "{engine:?}");

        // A change without the watermark is noticed within a day.
        for _ in 0..23 {
            world.pass(60);
            held.refresh().await.unwrap();
        }
        assert_eq!(found(&held).unwrap(), ["N4", "N5"], "{engine:?}");
    }
}

#[tokio::test]
async fn errors_and_what_is_shown_of_people_in_memory_name_nobody() {
    let world = with_people(&["N1"]);
    let source = world.source("enabled = true").await;
    let held = world.held(&source).await.unwrap();

    let shown = format!("{held:?}");

    assert!(shown.contains("people: 1"), "{shown}");
    for word in ["Mali", "Testwood", "N1", "H1"] {
        assert!(!shown.contains(word), "{word} in {shown}");
    }
}

/// Puts a file of one person in place of another, written so many minutes ago.
fn put(folder: &std::path::Path, key: &str, minutes: u64) {
    let (part, whole) = (folder.join("part"), folder.join("people.csv"));
    std::fs::write(&part, format!("ID,Surname,Forename\n{key},Testwood,Mali\n")).unwrap();
    let file = std::fs::File::options().write(true).open(&part).unwrap();
    let written = file.metadata().unwrap().modified().unwrap();
    let age = std::time::Duration::from_secs(minutes * 60);
    file.set_modified(written - age).unwrap();
    std::fs::rename(part, whole).unwrap();
}

#[tokio::test]
async fn people_of_files_are_those_of_the_files_in_force_until_these_are_too_old() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(Engine::Sqlite);
    put(folder.path(), "N1", 2);
    let source = source_of_files(folder.path()).await;
    let held = world.held(&source).await.unwrap();
    assert_eq!(found(&held).unwrap(), ["N1"]);

    put(folder.path(), "N2", 1);
    held.refresh().await.unwrap();
    assert_eq!(found(&held).unwrap(), ["N2"], "who is left out is gone");
    held.refresh().await.unwrap();
    assert_eq!(found(&held).unwrap(), ["N2"]);

    put(folder.path(), "N3", 61);
    assert!(source.held().await.is_err());
    let old = held.index().unwrap_err();
    assert!(
        matches!(old, HeldError::Source(SourceError::Stale { .. })),
        "{old}"
    );
    let (all, answer) = asked(&source, held).await;
    assert!(answer.is_err());
    drop(all);
    let again = world.held(&source).await;
    assert!(
        again.is_err(),
        "nothing is read from files that are too old"
    );
}
