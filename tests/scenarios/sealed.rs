//! A sealed answer and no record cannot be told apart; whoever must know is told.

use std::time::{Duration, Instant};

use harness::{Answered, Lab, RawHub, tale};
use serde_json::Value;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, member};
use stile_cli::demo::world::{Kind, REFUGE_LINE, REFUGE_PHONE, Story, World};
use stile_exchange::agency::{Alert, TaskSubject};
use stile_exchange::clock::Clock;
use stile_model::code::{CategoryStatus, MatchStatus};
use stile_model::id::SubjectId;
use stile_model::returns::Finding;

const PEOPLE: usize = 50;
/// Enough that the family is found without a reviewer.
const ENOUGH: usize = 500;
const HOLDERS: [Kind; 3] = [Kind::Health, Kind::Police, Kind::SocialCare];
const GRID: Duration = Duration::from_millis(250);

/// What differs between any two answers, whatever they are about.
const OWN: [&str; 6] = ["case", "due", "enquiry", "enquiry_digest", "issued", "time"];

fn without_own(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter_mut() {
                if OWN.contains(&key.as_str()) {
                    *value = Value::from("‹own›");
                } else {
                    without_own(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_own),
        _ => {}
    }
}

fn shape(answered: &Answered) -> Value {
    let mut value = serde_json::to_value(&answered.answer).unwrap();
    without_own(&mut value);
    value
}

async fn alerts(lab: &Lab, kind: Kind, story: &Story) -> Vec<Alert> {
    let desk = lab.person(&member(kind).unwrap(), APPROVER);
    let of_story = crate::approvals::tasks(&desk)
        .await
        .into_iter()
        .filter(|task| task.case == story.case);
    of_story
        .filter_map(|task| match task.subject {
            TaskSubject::Alert(alert) => Some(alert),
            TaskSubject::Approval(_) | TaskSubject::Match(_) => None,
        })
        .collect()
}

async fn timed(raw: &RawHub, kind: Kind, story: &Story) -> (Answered, Duration) {
    let started = Instant::now();
    let answered = raw.ask(kind, &raw.enquiry(kind, story)).await;
    (answered, started.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_about_a_sealed_person_and_about_nobody_alike_and_tells_the_named_role() {
    let mut lab = Lab::start(&HOLDERS, PEOPLE).await;
    let raw = lab.raw_hub();
    let (sealed, unknown) = (tale("sealed"), tale("unknown"));
    let contacts = [
        "caldicott_guardian",
        "detective_inspector",
        "principal_social_worker",
    ];
    for (kind, contact) in HOLDERS.into_iter().zip(contacts) {
        let (one, one_took) = timed(&raw, kind, &sealed).await;
        let (other, other_took) = timed(&raw, kind, &unknown).await;

        assert!(
            !one.answer.findings.is_empty(),
            "{kind}: something was asked"
        );
        assert_eq!(shape(&one), shape(&other), "{kind}: the same in every key");
        assert_eq!(one.body.len(), other.body.len(), "{kind}: the same length");
        assert_eq!(
            one.envelope.answer.len(),
            other.envelope.answer.len(),
            "{kind}"
        );
        let (leaf, like) = (&one.leaf.entry, &other.leaf.entry);
        assert_eq!(leaf.kind, like.kind, "{kind}");
        assert_eq!(leaf.counts, like.counts, "{kind}");
        assert_eq!(leaf.rules, like.rules, "{kind}");
        assert_eq!(
            (
                &leaf.purpose,
                &leaf.gateway,
                &leaf.member,
                &leaf.policy,
                leaf.actor
            ),
            (
                &like.purpose,
                &like.gateway,
                &like.member,
                &like.policy,
                like.actor
            ),
            "{kind}"
        );
        // One entry each: what only the agency knows leaves no trace in the ledger's growth.
        assert_eq!(other.index, one.index + 1, "{kind}");
        assert!(
            one_took >= GRID && other_took >= GRID,
            "{kind}: on the grid"
        );

        let told = alerts(&lab, kind, &sealed).await;
        assert!(
            told.iter()
                .any(|alert| alert.category.is_none() && alert.contact.as_str() == contact),
            "{kind}: {told:?}"
        );
        assert!(alerts(&lab, kind, &unknown).await.is_empty(), "{kind}");
    }
    lab.stop().await;
}

fn about<'a>(findings: &'a [Finding], category: &str) -> Vec<&'a Finding> {
    let of_category = findings
        .iter()
        .filter(|finding| finding.category.as_str() == category);
    of_category.collect()
}

fn same_but_for_the_subject(one: &Finding, other: &Finding) -> bool {
    let moved = Finding {
        subject: one.subject.clone(),
        ..other.clone()
    };
    *one == moved
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_in_a_sealed_category_alike_with_and_without_a_record() {
    let mut lab = Lab::start(&HOLDERS, PEOPLE).await;
    let raw = lab.raw_hub();
    let red = tale("red");
    let sealed = [
        (Kind::Health, "health.sexual_health"),
        (Kind::Police, "police.live_investigation"),
        (Kind::SocialCare, "social_care.adoption"),
        (Kind::SocialCare, "social_care.placement"),
    ];
    let (mut held, mut not_held) = (0, 0);
    for (kind, category) in sealed {
        let answered = raw.ask(kind, &raw.enquiry(kind, &red)).await;
        let findings = about(&answered.answer.findings, category);
        let told = alerts(&lab, kind, &red).await;
        let of_category = told.iter().filter(|alert| {
            alert
                .category
                .as_ref()
                .is_some_and(|id| id.as_str() == category)
        });
        let hits: Vec<SubjectId> = of_category.map(|alert| alert.subject.clone()).collect();

        assert_eq!(
            findings.len(),
            red.subjects.len(),
            "{category}: one for each subject"
        );
        for finding in findings.windows(2) {
            assert!(
                same_but_for_the_subject(finding[0], finding[1]),
                "{category}"
            );
        }
        assert_eq!(findings[0].status, CategoryStatus::NoRecord, "{category}");
        assert!(findings[0].items.is_empty() && findings[0].withheld.is_empty());
        assert!(findings[0].referred.is_none() && !findings[0].capped);
        let hit = |finding: &&&Finding| hits.contains(&finding.subject);
        held += findings.iter().filter(hit).count();
        not_held += findings.iter().filter(|finding| !hit(finding)).count();
    }
    assert!(
        held > 0 && not_held > 0,
        "{held} held, {not_held} not: nothing was compared"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_an_alert_that_nobody_acknowledged_however_late() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let sealed = tale("sealed");
    raw.ask(Kind::Police, &raw.enquiry(Kind::Police, &sealed))
        .await;
    assert_eq!(alerts(&lab, Kind::Police, &sealed).await.len(), 1);

    lab.time.advance_s(5 * 86_400);
    tokio::time::sleep(Duration::from_secs(6)).await;

    assert_eq!(alerts(&lab, Kind::Police, &sealed).await.len(), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_persons_address_leaves_in_nobody_elses_text() {
    let today = Clock::system().now().date();
    let world = World::generate_on(SEED, ENOUGH, today);
    let mut lab = Lab::start_with(&world, &[Kind::Police], |dir| {
        let own = dir.join(member(Kind::Police).unwrap().as_str());
        let people = rusqlite::Connection::open(own.join("people.db")).unwrap();
        // Nobody else's flag or household may do what the seal must do.
        let alone = "UPDATE nominal SET safe_address = 0, household_ref = NULL";
        assert!(people.execute(alone, []).unwrap() > 0);
        let sealed = "UPDATE nominal SET protected_witness = 1 WHERE fname = 'Carys'";
        assert!(people.execute(sealed, []).unwrap() > 0);
        let told =
            format!("Went looking for her at {REFUGE_LINE}. Rang {REFUGE_PHONE}. Left calmly.");
        let texts = "UPDATE ppn_incident SET mo_text = ?1";
        assert!(people.execute(texts, [told]).unwrap() > 0);
    })
    .await;
    let raw = lab.raw_hub();
    let story = tale("red");

    let answered = raw
        .ask(Kind::Police, &raw.enquiry(Kind::Police, &story))
        .await;

    let carys = SubjectId::new("s4").unwrap();
    let said = answered
        .answer
        .subjects
        .iter()
        .find(|found| found.subject == carys);
    assert!(said.is_none_or(|found| found.status == MatchStatus::None));
    let incidents = answered.answer.findings.iter().filter(|finding| {
        finding.category.as_str() == "police.domestic_incident" && !finding.items.is_empty()
    });
    assert!(incidents.count() > 0, "others' incidents are still shared");
    let text = serde_json::to_string(&answered.answer).unwrap();
    let desk = lab.person(&member(Kind::Police).unwrap(), APPROVER);
    let tasks = crate::approvals::tasks(&desk).await;
    let tasks = serde_json::to_string(&tasks).unwrap();
    let street = REFUGE_LINE.split(", ").next().unwrap();
    for protected in [REFUGE_LINE, REFUGE_PHONE, street] {
        assert!(!text.contains(protected), "{protected} left");
        assert!(
            !tasks.contains(protected),
            "{protected} would leave after approval"
        );
    }
    lab.stop().await;
}
