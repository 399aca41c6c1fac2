//! A source system breaks while the gateway runs: only what it held is not checked.

use std::collections::BTreeMap;
use std::fs;

use harness::RawHub;
use harness::process::Site;
use rusqlite::Connection;
use stile_cli::demo::world::Kind;
use stile_model::code::{CategoryStatus, MatchStatus, Rung};
use stile_model::id::SubjectId;
use stile_model::returns::{Finding, Return};
use stile_model::subject::{Name, NameKind, Shown, Subject};

use super::{PATIENCE, POLICE, police, police_story, until};
use crate::watch::{free_port, metrics, watched};

const INCIDENTS: &str = "police.domestic_incident";

async fn ask(hub: &RawHub) -> Return {
    let enquiry = hub.enquiry(Kind::Police, &police_story());
    hub.ask(Kind::Police, &enquiry).await.answer
}

/// Each subject and category with its status and how many items came.
fn outcome(answer: &Return) -> BTreeMap<(String, String), (CategoryStatus, usize)> {
    let findings = answer.findings.iter().map(|finding| {
        let at = (finding.subject.to_string(), finding.category.to_string());
        (at, (finding.status, finding.items.len()))
    });
    findings.collect()
}

fn database(site: &Site) -> Connection {
    Connection::open(site.member_dir(POLICE).join("people.db")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_schema_leaves_only_its_own_category_unchecked() {
    let changes = [
        "ALTER TABLE ppn_incident RENAME COLUMN mo_text TO narrative",
        "DROP TABLE ppn_incident",
    ];
    let mut site = police().await;
    site.start(POLICE);
    let hub = site.raw_hub();
    let before = outcome(&ask(&hub).await);
    assert!(
        before
            .values()
            .all(|(status, _)| *status != CategoryStatus::NotChecked)
    );
    assert!(
        before
            .iter()
            .any(|(at, (_, items))| at.1 == INCIDENTS && *items > 0)
    );

    for change in changes {
        database(&site).execute_batch(change).unwrap();
        let after = outcome(&ask(&hub).await);
        assert_eq!(after.len(), before.len());
        for (at, found) in after {
            let (was, _) = before[&at];
            if at.1 != INCIDENTS || was == CategoryStatus::Withheld {
                assert_eq!(found, before[&at], "{change}: {at:?} changed too");
            } else if before[&at].1 > 0 {
                assert_eq!(found, (CategoryStatus::NotChecked, 0), "{change}: {at:?}");
            }
        }
    }
    assert!(site.log(POLICE).contains("category not read"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_is_gone_is_not_read_from_memory_and_comes_back() {
    let mut site = police().await;
    let port = watched(&site, POLICE, free_port(), "");
    site.start(POLICE);
    let hub = site.raw_hub();
    let before = outcome(&ask(&hub).await);
    let (file, aside) = (
        site.member_dir(POLICE).join("people.db"),
        site.member_dir(POLICE).join("people.aside"),
    );

    fs::rename(&file, &aside).unwrap();
    let gone = ask(&hub).await;
    assert!(gone.findings.iter().all(|finding| finding.items.is_empty()));
    assert!(
        outcome(&gone).values().all(|(status, _)| matches!(
            status,
            CategoryStatus::NotChecked | CategoryStatus::Withheld
        )),
        "{:?}",
        outcome(&gone)
    );

    assert!(is_left_alone(port), "it failed for every subject");
    fs::rename(&aside, &file).unwrap();
    until("the source is used again", || !is_left_alone(port)).await;
    assert_eq!(
        outcome(&ask(&hub).await),
        before,
        "the first question after"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_file_put_in_place_of_another_is_the_one_that_is_read() {
    let mut site = police().await;
    site.start(POLICE);
    let hub = site.raw_hub();
    let before = ask(&hub).await;
    assert!(
        before
            .findings
            .iter()
            .any(|finding| !finding.items.is_empty())
    );
    let (file, fresh) = (
        site.member_dir(POLICE).join("people.db"),
        site.member_dir(POLICE).join("people.fresh"),
    );
    fs::copy(&file, &fresh).unwrap();
    let database = Connection::open(&fresh).unwrap();
    database
        .execute_batch("DELETE FROM ppn_incident; DELETE FROM pnc_disposal;")
        .unwrap();
    drop(database);

    fs::rename(&fresh, &file).unwrap();

    let after = ask(&hub).await;
    let emptied = [INCIDENTS, "police.conviction"];
    let left = after.findings.iter().filter(|finding| {
        emptied.contains(&finding.category.as_str()) && !finding.items.is_empty()
    });
    assert_eq!(left.count(), 0, "records of the old file were disclosed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_database_discloses_nothing() {
    let mut site = police().await;
    site.start(POLICE);
    let hub = site.raw_hub();
    ask(&hub).await;
    let file = site.member_dir(POLICE).join("people.db");
    fs::remove_file(&file).unwrap();
    fs::write(&file, vec![0xA5; 64 * 1024]).unwrap();

    let answer = ask(&hub).await;

    assert!(
        answer
            .findings
            .iter()
            .all(|finding| finding.items.is_empty())
    );
    assert!(
        answer
            .findings
            .iter()
            .any(|finding| finding.status == CategoryStatus::NotChecked)
    );
}

/// Is some source left alone?
fn is_left_alone(port: u16) -> bool {
    let page = metrics(port);
    let mut lines = page
        .lines()
        .filter(|line| line.starts_with("stile_source_up{"));
    lines.any(|line| line.ends_with(" 0"))
}

/// Is it what somebody wrote, at more than a headline?
fn is_text(one: &Shown) -> bool {
    one.field == "summary" && one.rung > Rung::Headline
}

const ALLEGATIONS: &str = "police.allegation";

/// Moves what is held of allegations into a system of its own, beside the first; gives its file.
fn second_system(site: &Site) -> std::path::PathBuf {
    let own = site.member_dir(POLICE);
    let file = own.join("archive.db");
    fs::copy(own.join("people.db"), &file).unwrap();
    site.edit(&own.join("sources.toml"), |text| {
        let moved = format!("[source.niche.category.\"{ALLEGATIONS}\"]");
        let (before, rest) = text.split_once(&moved).unwrap();
        let (category, after) = rest.split_once("\n[").unwrap_or((rest, ""));
        let head = before.split("\n[source.niche.category").next().unwrap();
        let head = head
            .replace("[source.niche]", "[source.archive]")
            .replace("people.db", "archive.db");
        let kept = if after.is_empty() {
            before.to_owned()
        } else {
            format!("{before}[{after}")
        };
        format!("{kept}\n{head}\n[source.archive.category.\"{ALLEGATIONS}\"]{category}\n")
    });
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_hangs_leaves_its_own_category_unchecked_and_cuts_the_texts_of_the_others() {
    let mut site = police().await;
    let archive = second_system(&site);
    let port = watched(&site, POLICE, free_port(), "");
    site.start(POLICE);
    let hub = site.raw_hub();
    let whole = ask(&hub).await;
    let before = outcome(&whole);
    let everybody: Vec<_> = whole
        .subjects
        .iter()
        .map(|one| one.subject.clone())
        .collect();
    let texts = shown(&whole, &everybody);
    assert!(texts.iter().any(is_text), "{texts:?}");
    let held = |at: &(String, String)| at.1 == ALLEGATIONS;
    assert!(before.keys().any(held), "{before:?}");

    let hangs = Connection::open(&archive).unwrap();
    hangs.busy_timeout(PATIENCE).unwrap();
    hangs.execute_batch("BEGIN EXCLUSIVE").unwrap();
    // More at once than it has connections, so that some wait for one.
    let (one, two, three) = tokio::join!(ask(&hub), ask(&hub), ask(&hub));

    for answer in [one, two, three] {
        let during = outcome(&answer);
        assert_eq!(during.len(), before.len());
        // Whom it protects is not known, so that no text can be screened; all else is as it was.
        let left = shown(&answer, &everybody);
        assert!(!left.iter().any(is_text), "{left:?}");
        let uncut = left.iter().filter(|one| one.rung > Rung::Headline);
        assert!(uncut.clone().next().is_some());
        assert!(uncut.clone().all(|one| texts.contains(one)), "{left:?}");
        for (at, found) in during {
            if held(&at) && before[&at].0 != CategoryStatus::Withheld {
                assert_eq!(found, (CategoryStatus::NotChecked, 0), "{at:?}");
            } else {
                assert_eq!(found, before[&at], "{at:?} changed too");
            }
        }
    }
    assert!(is_left_alone(port), "it failed for every subject");
    drop(hangs);
    until("the source is used again", || !is_left_alone(port)).await;
    let after = ask(&hub).await;
    assert_eq!(outcome(&after), before, "the first question after");
    assert_eq!(shown(&after, &everybody), texts);
}

/// What is shown of these subjects, field by field.
fn shown(answer: &Return, of: &[SubjectId]) -> Vec<Shown> {
    let findings = answer.findings.iter();
    let findings = findings.filter(|finding| of.contains(&finding.subject));
    let items = findings.flat_map(|finding| &finding.items);
    items.flat_map(|item| item.fields.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_whom_too_little_is_known_keeps_nobody_elses_texts_back() {
    let mut site = police().await;
    site.start(POLICE);
    let hub = site.raw_hub();
    let mut story = police_story();
    let known: Vec<_> = story.subjects.iter().map(|one| one.id.clone()).collect();
    let alone = hub.enquiry(Kind::Police, &story);
    let alone = hub.ask(Kind::Police, &alone).await.answer;

    let unborn = SubjectId::new("s9").unwrap();
    story.subjects.push(Subject {
        id: unborn.clone(),
        names: vec![Name {
            forenames: "".into(),
            surname: "Unborn-Quill".into(),
            kind: NameKind::Current,
        }],
        born: None,
        addresses: Vec::new(),
        phones: Vec::new(),
        identifiers: Vec::new(),
        ..story.subjects[1].clone()
    });
    let enquiry = hub.enquiry(Kind::Police, &story);
    let together = hub.ask(Kind::Police, &enquiry).await.answer;

    let of_unborn = together.findings.iter();
    let of_unborn = of_unborn.filter(|finding| finding.subject == unborn);
    let not_checked = |finding: &Finding| finding.status == CategoryStatus::NotChecked;
    assert!(
        of_unborn.clone().any(not_checked),
        "else everybody was looked for"
    );
    let before = shown(&alone, &known);
    assert!(
        before.iter().any(is_text),
        "no text to keep back: {before:?}"
    );
    assert_eq!(shown(&together, &known), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_without_a_day_or_with_nothing_to_show_is_not_said_to_be_none() {
    const CONVICTIONS: &str = "police.conviction";
    let mut site = police().await;
    site.start(POLICE);
    let before = outcome(&ask(&site.raw_hub()).await);
    site.stop(POLICE);
    let file = site.member_dir(POLICE).join("sources.toml");
    let mut mapping: toml::Table = fs::read_to_string(&file).unwrap().parse().unwrap();
    let categories = mapping["source"]["niche"]["category"]
        .as_table_mut()
        .unwrap();
    let incidents = categories[INCIDENTS].as_table_mut().unwrap();
    incidents.remove("date").unwrap();
    // All of it is shared, and of all of it only what nobody has filled in is mapped.
    let fields = categories[CONVICTIONS]["fields"].as_table_mut().unwrap();
    fields.retain(|field, _| field == "disposal");
    fs::write(&file, mapping.to_string()).unwrap();
    database(&site)
        .execute_batch("UPDATE pnc_disposal SET disposal_code = NULL")
        .unwrap();

    site.start(POLICE);
    let answer = ask(&site.raw_hub()).await;

    let held = |category: &str| {
        let of = answer.findings.iter();
        let of = of.filter(|finding| finding.category.as_str() == category);
        let told = of.filter_map(|finding| {
            let at = (finding.subject.to_string(), category.to_owned());
            let (_, items) = before[&at];
            (items > 0).then_some((finding, items))
        });
        let told: Vec<_> = told.collect();
        assert!(!told.is_empty(), "nothing of {category} was told before");
        told
    };
    for (finding, items) in held(CONVICTIONS) {
        assert_eq!(finding.status, CategoryStatus::Shared);
        assert_eq!(finding.items.len(), items);
        assert!(finding.items.iter().all(|item| item.fields.is_empty()));
    }
    for (finding, _) in held(INCIDENTS) {
        assert_eq!(finding.status, CategoryStatus::Withheld);
        let fields = finding.withheld.iter().filter(|one| one.field != "*");
        let codes: Vec<_> = fields.map(|one| one.code.as_str()).collect();
        assert!(codes.contains(&"no_usable_date"), "{codes:?}");
        assert!(!codes.contains(&"outside_window"), "{codes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_a_source_cannot_be_asked_for_is_not_said_to_be_nobody() {
    let mut site = police().await;
    let file = site.member_dir(POLICE).join("sources.toml");
    let mut mapping: toml::Table = fs::read_to_string(&file).unwrap().parse().unwrap();
    for (_, source) in mapping["source"].as_table_mut().unwrap() {
        // By a surname alone nobody is found anywhere.
        let person = source["person"].as_table_mut().unwrap();
        person.retain(|key, _| ["key", "surname", "table"].contains(&key));
    }
    fs::write(&file, mapping.to_string()).unwrap();
    site.start(POLICE);

    let answer = ask(&site.raw_hub()).await;

    let statuses: Vec<_> = outcome(&answer).into_values().collect();
    assert!(statuses.contains(&(CategoryStatus::NotChecked, 0)));
    assert!(
        !statuses.contains(&(CategoryStatus::NoRecord, 0)),
        "nobody was looked for, so nothing is known of records"
    );
    assert!(!answer.subjects.is_empty());
    for found in &answer.subjects {
        let weak = found.weak.as_ref().map(|code| code.as_str());
        assert_eq!(
            (found.status, weak),
            (MatchStatus::None, Some("not_looked_for"))
        );
    }
}
