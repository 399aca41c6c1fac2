//! An agency that holds its people in memory answers as one that asks its database; what changed a
//! moment ago counts, and people who grew stale answer nothing.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use harness::{Answered, Lab, PATIENCE, tale};
use serde_json::Value;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::member;
use stile_cli::demo::world::{Kind, World};
use stile_exchange::clock::Clock;
use stile_model::code::{CategoryStatus, MatchStatus};
use stile_model::id::MemberId;
use stile_model::time::Timestamp;

/// Enough that the family is found without a reviewer.
const PEOPLE: usize = 500;

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

fn own(dir: &Path) -> PathBuf {
    dir.join(police().as_str())
}

/// Turns the index on in the mapping of the police.
fn hold(dir: &Path) {
    let file = own(dir).join("sources.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let line = text.lines().find(|line| line.starts_with("[source."));
    let source = line.unwrap().trim_matches(['[', ']']);
    let held = format!("{text}\n[{source}.index]\nenabled = true\nstale_after_min = 30\n");
    std::fs::write(file, held).unwrap();
}

fn change(dir: &Path, sql: &str) {
    let people = rusqlite::Connection::open(own(dir).join("people.db")).unwrap();
    assert!(people.execute(sql, []).unwrap() > 0, "{sql}");
}

async fn lab(edit: impl FnOnce(&Path)) -> Lab {
    let world = World::generate_on(SEED, PEOPLE, Clock::system().now().date());
    Lab::start_with(&world, &[Kind::Police], edit).await
}

async fn ask(lab: &Lab, story: &str) -> Answered {
    let raw = lab.raw_hub();
    raw.ask(Kind::Police, &raw.enquiry(Kind::Police, &tale(story)))
        .await
}

/// What is said of the subjects, whenever it was asked.
fn said(answered: &Answered) -> Value {
    let mut findings = answered.answer.findings.clone();
    for referred in findings.iter_mut().filter_map(|f| f.referred.as_mut()) {
        referred.due = Timestamp::from_millis(0);
    }
    serde_json::json!({ "subjects": answered.answer.subjects, "findings": findings })
}

fn is_unchecked(answered: &Answered) -> bool {
    let mut findings = answered.answer.findings.iter();
    findings.any(|finding| finding.status == CategoryStatus::NotChecked)
}

fn confident(answered: &Answered) -> usize {
    let subjects = answered.answer.subjects.iter();
    subjects
        .filter(|found| found.status == MatchStatus::Confident)
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_in_memory_are_answered_about_as_people_in_the_database() {
    let mut lab = lab(|_| {}).await;
    let stories = ["red", "unknown", "sealed"];
    let mut before = Vec::new();
    for story in stories {
        before.push(said(&ask(&lab, story).await));
    }

    lab.stop_one(&police()).await;
    hold(lab.dir());
    lab.start_one(&police()).await;

    for (story, before) in stories.iter().zip(before) {
        let after = ask(&lab, story).await;
        assert_eq!(said(&after), before, "{story}");
        assert!(
            *story != "red" || confident(&after) > 0,
            "somebody is found"
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sealed_a_moment_ago_is_nobody_to_the_hub() {
    let mut lab = lab(hold).await;
    let before = confident(&ask(&lab, "red").await);

    change(lab.dir(), "UPDATE nominal SET protected_witness = 1");
    let after = ask(&lab, "red").await;

    assert!(before > 0);
    assert_eq!(confident(&after), 0);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn withholds_every_finding_while_people_in_memory_are_stale() {
    let mut lab = lab(hold).await;
    assert!(!is_unchecked(&ask(&lab, "red").await));

    // Somebody whom nobody asks about cannot be read, so that no refresh succeeds.
    change(
        lab.dir(),
        "INSERT INTO nominal (nominal_id, fname, sname) VALUES ('Z9', 'Unread', x'ff00ff')",
    );
    lab.time.advance_s(31 * 60);
    let stale = ask(&lab, "red").await;
    change(lab.dir(), "DELETE FROM nominal WHERE nominal_id = 'Z9'");
    let until = Instant::now() + PATIENCE;
    let mut mended = false;
    while !mended && Instant::now() < until {
        lab.time.advance_s(60);
        tokio::time::sleep(Duration::from_secs(1)).await;
        mended = !is_unchecked(&ask(&lab, "red").await);
    }

    assert!(is_unchecked(&stale));
    assert_eq!(confident(&stale), 0);
    assert!(mended, "it is brought up to date by itself");
    lab.stop().await;
}
