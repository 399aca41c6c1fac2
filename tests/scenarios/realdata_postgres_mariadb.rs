//! Public person sets on a real PostgreSQL and a real MariaDB, as two agencies' own systems, asked
//! through the whole path: nobody gets a stranger's record, hardly anybody present is missed, and
//! the gateways' accounts only ever read.

mod people;
mod systems;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use harness::{Answered, Lab, PATIENCE, RawHub};
use stile_cli::demo::partnership::member;
use stile_cli::demo::world::{Kind, story};
use stile_exchange::agency::routes::TaskList;
use stile_exchange::agency::{Decision, Task, TaskLine, TaskSubject, Verdict};
use stile_exchange::clock::Clock;
use stile_model::code::{CategoryStatus, MatchStatus};
use stile_model::enquiry::Enquiry;
use stile_model::id::{CaseId, EnquiryId};
use stile_model::returns::Return;

use people::{Line, People, load, subject};
use systems::System;

/// What came of the enquiries to one agency.
#[derive(Debug, Default)]
struct Tally {
    asked: usize,
    /// The truth is among the people held.
    present: usize,
    /// Confident, and every record disclosed is the subject's.
    confident: usize,
    /// Possible, and the subject is among those shown to the agency's reviewer.
    shown: usize,
    /// Possible, and the subject is not held, or not shown.
    idle: usize,
}

impl Tally {
    /// In a thousand of those present, how many were found or shown.
    fn recall(&self) -> usize {
        (self.confident + self.shown) * 1_000 / self.present
    }

    fn confident_recall(&self) -> usize {
        self.confident * 1_000 / self.present
    }
}

/// One question and its answer.
struct Asked {
    truth: String,
    enquiry: Enquiry,
    answered: Answered,
}

#[tokio::test(flavor = "multi_thread")]
async fn public_people_are_found_on_postgres_and_mariadb_and_nobody_is_mistaken() {
    let now = Clock::system().now();
    let police = People::new("febrl3_b", now);
    let health = People::new("pp10_open_b", now);
    let (niche, systm) = (System::police(&police), System::health(&health));
    let kinds = [Kind::Police, Kind::Health];
    let write = |folder: &Path| {
        for system in [&niche, &systm] {
            system.configure(&folder.join(member(system.kind).unwrap().as_str()));
        }
    };
    let backend = |kind, own: &Path| match kind {
        Kind::Police => niche.backend(own),
        _ => systm.backend(own),
    };
    let lab = Lab::start_on(&kinds, write, backend).await;
    niche.watch();
    systm.watch();

    let hub = Arc::new(lab.raw_hub());
    let to_police = ask_all(Arc::clone(&hub), Kind::Police, every("febrl3_q", 30));
    let to_health = ask_all(Arc::clone(&hub), Kind::Health, every("pp10_open_q", 100));
    let (from_police, from_health) = tokio::join!(to_police, to_health);
    let police_tally = judge(&lab, &police, Kind::Police, &from_police).await;
    let health_tally = judge(&lab, &health, Kind::Health, &from_health).await;
    // Measured: police 83 and 17 of 100 present, health 23 and 5 of 28.

    assert_eq!(police_tally.asked, 100);
    assert!(police_tally.confident_recall() >= 800, "{police_tally:?}");
    assert!(police_tally.recall() >= 980, "{police_tally:?}");
    assert!(health_tally.asked >= 100 && health_tally.present >= 25);
    assert!(health_tally.asked > health_tally.present, "some are absent");
    assert!(health_tally.confident_recall() >= 750, "{health_tally:?}");
    assert!(health_tally.recall() >= 960, "{health_tally:?}");
    for (kind, people, asked) in [
        (Kind::Police, &police, &from_police),
        (Kind::Health, &health, &from_health),
    ] {
        a_reviewer_resolves_one(&lab, &hub, people, kind, asked).await;
        let agency = member(kind).unwrap();
        let entries = lab.verified_entries(agency.as_str());
        assert!(
            entries > u64::try_from(asked.len()).unwrap(),
            "one entry for each return, and more"
        );
    }
    only_reads(&niche);
    only_reads(&systm);
}

/// Every `step`-th query of a set.
fn every(name: &str, step: usize) -> Vec<Line> {
    load(name).into_iter().step_by(step).collect()
}

/// Asks one agency about each person, each in a case of their own.
async fn ask_all(hub: Arc<RawHub>, kind: Kind, queries: Vec<Line>) -> Vec<Asked> {
    let mut asked = Vec::new();
    for (number, line) in queries.into_iter().enumerate() {
        let mut enquiry = hub.enquiry(kind, &story());
        enquiry.case = CaseId::new(format!("MASH-2026-{:05}", 10_000 + number)).unwrap();
        enquiry.subjects = vec![subject(&line)];
        enquiry
            .asks
            .retain(|ask| ask.category.as_str() == systems::category(kind));
        let answered = hub.ask(kind, &enquiry).await;
        asked.push(Asked {
            truth: line["ent_id"].clone(),
            enquiry,
            answered,
        });
    }
    asked
}

/// Counts the answers against the truth; a stranger's record in any of them fails the test.
async fn judge(lab: &Lab, people: &People, kind: Kind, all: &[Asked]) -> Tally {
    let shown = shown_to_reviewers(lab, kind).await;
    let mut tally = Tally::default();
    for Asked {
        truth,
        enquiry,
        answered,
    } in all
    {
        let present = people.holds(truth);
        tally.asked += 1;
        tally.present += usize::from(present);
        let records = truths_of(people, kind, &answered.answer);
        match answered.answer.subjects[0].status {
            MatchStatus::Confident => {
                assert!(!records.is_empty(), "{truth}: found, and nothing said");
                for other in &records {
                    assert_eq!(other, truth, "a stranger's record was disclosed");
                }
                tally.confident += 1;
            }
            MatchStatus::Possible => {
                assert!(records.is_empty(), "{truth}: only possible, yet disclosed");
                let keys = shown.get(&enquiry.id).expect("a reviewer is asked");
                let right = keys.iter().any(|key| people.is(key, truth));
                tally.shown += usize::from(right);
                tally.idle += usize::from(!right);
            }
            MatchStatus::None => assert!(records.is_empty(), "{truth}: nobody, yet disclosed"),
        }
    }
    tally
}

/// Whose each disclosed record is.
fn truths_of(people: &People, kind: Kind, answer: &Return) -> Vec<String> {
    let items = answer.findings.iter().flat_map(|finding| &finding.items);
    items
        .map(|item| people.owner(kind, &item.fields).to_owned())
        .collect()
}

/// What waits for this person, each opened.
async fn opened(desk: &stile_cli::people::Desk) -> Vec<Task> {
    let list: TaskList = desk.get("/api/v1/tasks", PATIENCE).await.unwrap();
    let mut opened = Vec::new();
    for task in list.tasks {
        let path = format!("/api/v1/tasks/{}", task.id);
        opened.push(desk.get(&path, PATIENCE).await.unwrap());
    }
    opened
}

/// The source's keys of the candidates an agency's reviewer sees, by enquiry.
async fn shown_to_reviewers(lab: &Lab, kind: Kind) -> BTreeMap<EnquiryId, Vec<String>> {
    let mut shown = BTreeMap::new();
    for task in &opened(&lab.approver(kind)).await {
        if let TaskSubject::Match(question) = &task.subject {
            let rows = question.candidates.iter().flat_map(|view| &view.rows);
            let keys = rows.map(|row| row.key.reveal().clone()).collect();
            shown.insert(task.enquiry, keys);
        }
    }
    shown
}

/// The agency's reviewer says who it is, and only then that person's records leave.
async fn a_reviewer_resolves_one(
    lab: &Lab,
    hub: &RawHub,
    people: &People,
    kind: Kind,
    all: &[Asked],
) {
    let desk = lab.approver(kind);
    let tasks = opened(&desk).await;
    let found = tasks.iter().find_map(|task| {
        let TaskSubject::Match(question) = &task.subject else {
            return None;
        };
        let asked = all.iter().find(|asked| asked.enquiry.id == task.enquiry)?;
        let is_it = |key: &str| people.is(key, &asked.truth);
        let place = question
            .candidates
            .iter()
            .position(|view| view.rows.iter().all(|row| is_it(row.key.reveal())))?;
        Some((task, asked, place))
    });
    let (task, asked, place) = found.expect("somebody was shown to a reviewer");
    let decision = Decision {
        verdict: Verdict::SamePerson(place),
        ground: None,
        reason: "Confirmed by telephone with the family's worker."
            .to_owned()
            .into(),
    };
    let path = format!("/api/v1/tasks/{}/decision", task.id);
    let _: TaskLine = desk.post(&path, &decision).await.unwrap();

    let later = hub.later(kind, &asked.enquiry, 1, 20).await;
    let later = later.expect("a second return").answer;
    assert_eq!(later.subjects[0].status, MatchStatus::Confident);
    assert_ne!(later.findings[0].status, CategoryStatus::NoRecord);
    let records = truths_of(people, kind, &later);
    assert!(!records.is_empty() && records.iter().all(|truth| *truth == asked.truth));
}

/// The server's own log of what the gateway's account ran.
fn only_reads(system: &System) {
    let ran = system.ran();
    assert!(
        ran.iter().any(|verb| verb == "select"),
        "the log is kept: {ran:?}"
    );
    for verb in ran {
        assert!(
            systems::HARMLESS.contains(&verb.as_str()),
            "the account ran `{verb}`"
        );
    }
}
