//! What changed between the day a person was asked and the day they decided, with the rules letting
//! out as much of every question as before.

use stile_model::time::{Date, Timestamp};
use stile_model::vocabulary::Recency;

use super::*;

/// How long ago the red case's partner last came to the notice of the police, in the made-up world.
const INCIDENT_DAYS: i64 = 21;

/// Is this about a release of a record of that day, within three months?
fn shows(task: &Task, event: Date) -> bool {
    match &task.subject {
        TaskSubject::Approval(approval) => approval.oldest.get(&Recency::To3m) == Some(&event),
        TaskSubject::Alert(_) | TaskSubject::Match(_) => false,
    }
}

/// The fields shown of any record.
fn fields(answered: &Answered) -> Vec<String> {
    let items = answered.answer.findings.iter().flat_map(|one| &one.items);
    let shown = items.flat_map(|item| &item.fields);
    shown.map(|shown| shown.field.clone()).collect()
}

/// Changes the rules while a person is asked, and tells the fields that leave when they agree.
async fn changed(change: impl Fn(&str) -> String) -> (TaskState, Vec<String>) {
    let mut lab = lab().await;
    let raw = lab.raw_hub();
    let (asked, _) = ask(&raw).await;
    let task = waiting(&lab, &asked).await;
    let new = change(&rules("exact", true));
    let proposal = propose(&desk(&lab, AUDITOR), &new, &cases("exact")).await;
    assert_eq!(proposal.effect, Effect::Same);
    approve(&desk(&lab, OFFICER), proposal.version).await;

    let decided = agree(&lab, &task).await;

    let second = raw.later(Kind::Police, &asked, 1, 0).await.unwrap();
    assert_eq!(second.answer.policy, in_force(&lab).await.digests.rules);
    lab.stop().await;
    (decided.state, fields(&second))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_after_approval_under_a_rule_that_has_another_name_or_ground_now() {
    let renamed = |rules: &str| rules.replace("\"S47-02\"", "\"S47-03\"");
    let (head, at_once, asked) = {
        let all = rules("exact", true);
        let mut parts = all.split("[[rule]]").map(ToOwned::to_owned);
        (
            parts.next().unwrap(),
            parts.next().unwrap(),
            parts.next().unwrap(),
        )
    };
    let regrounded = |_: &str| {
        let asked = asked.replace("s.47(9)", "s.47(11)");
        format!("{head}[[rule]]{at_once}[[rule]]{asked}")
    };

    for (state, fields) in [changed(renamed).await, changed(regrounded).await] {
        assert_eq!(state, TaskState::Lapsed);
        assert!(!fields.is_empty(), "what left at once is said again");
        assert!(fields.iter().all(|field| field == "date"), "{fields:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_at_once_is_not_said_again_under_a_rule_that_is_gone() {
    let (state, fields) = changed(|rules| rules.replace("\"S47-01\"", "\"S47-04\"")).await;

    assert_eq!(state, TaskState::Lapsed);
    assert!(fields.is_empty(), "{fields:?}");
}

/// Of the days from tomorrow on, by their distance from `now`: the first on which an event is within
/// three months for the last time; and the day of that event.
fn last_day_within_three_months(now: Timestamp) -> (i64, i64) {
    let day = |days: i64| now.plus_s(days * DAY_S).date();
    let recent = |event: i64, on: i64| Recency::of(Some(day(event)), day(on)) == Recency::To3m;
    let oldest = |on: i64| (on - 100..on).find(|event| recent(*event, on)).unwrap();
    let last = (1..8).find(|on| !recent(oldest(*on), on + 1)).unwrap();
    (last, oldest(last))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_grew_older_than_the_rules_allow_does_not_leave_though_somebody_agrees() {
    let now = Clock::system().now();
    let (day, event) = last_day_within_three_months(now);
    let world = now.plus_s((event + INCIDENT_DAYS) * DAY_S).date();
    let event = now.plus_s(event * DAY_S).date();
    let world = World::generate_on(SEED, PEOPLE, world);
    let mut lab = Lab::start_with(&world, &[Kind::Police], |dir| {
        let (head, asked) = {
            let all = rules("exact", true);
            let (head, asked) = all.rsplit_once("[[rule]]").unwrap();
            (head.to_owned(), asked.to_owned())
        };
        let recent = asked.replace("within = \"ever\"", "within = \"3 months\"");
        begin_with(dir, &format!("{head}[[rule]]{recent}"), &cases("exact"));
    })
    .await;
    let raw = lab.raw_hub();
    let begun = now.millis().rem_euclid(DAY_S * 1_000) / 1_000;
    // Half an hour before the day ends.
    lab.time.advance_s((day + 1) * DAY_S - begun - 1_800);
    let about = |tasks: Vec<Task>, asked: &Enquiry| {
        let mut of_this = tasks.into_iter().filter(|one| one.enquiry == asked.id);
        of_this.find(|task| shows(task, event)).unwrap()
    };
    let (in_time, _) = ask(&raw).await;
    let (too_late, _) = ask(&raw).await;
    let approver = desk(&lab, APPROVER);
    let task = about(crate::approvals::tasks(&approver).await, &in_time);
    let agreed = agree(&lab, &task).await;
    assert_eq!(agreed.state, TaskState::Closed);
    let second = raw.later(Kind::Police, &in_time, 1, 0).await.unwrap();
    assert!(fields(&second).contains(&"outcome".to_owned()));
    let task = about(crate::approvals::tasks(&approver).await, &too_late);

    lab.time.advance_s(3_600);
    let lapsed = agree(&lab, &task).await;

    assert_eq!(lapsed.state, TaskState::Lapsed);
    let second = raw.later(Kind::Police, &too_late, 1, 0).await.unwrap();
    assert!(!fields(&second).is_empty());
    assert!(fields(&second).iter().all(|field| field == "date"));
    lab.stop().await;
}
