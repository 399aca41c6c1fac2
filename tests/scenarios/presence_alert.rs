//! A presence request that names a sealed person: the hub hears of nobody, the named role hears of it.

use std::time::Duration;

use harness::ledger::count;
use harness::{Caller, Lab};
use hyper::StatusCode;
use serde_json::json;
use stile_cli::demo::partnership::{APPROVER, HUB};
use stile_exchange::agency::{Alert, Occasion, Task, TaskLine, TaskState, TaskSubject};
use stile_ledger::EntryKind;
use stile_model::id::{Code, MemberId};
use stile_model::presence::PresenceForm;

use crate::presence_agency::{Asker, PURPOSE, Proved, lab, people, police};

const SEEN: &str = "The refuge has been told; nothing was said to the hub.";

fn desk(lab: &Lab) -> Caller {
    lab.person(&police(), APPROVER)
}

async fn alerts(lab: &Lab) -> Vec<(Task, Alert)> {
    let list = crate::approvals::tasks(&desk(lab)).await;
    let alert = |task: Task| match task.subject.clone() {
        TaskSubject::Alert(alert) => Some((task, alert)),
        TaskSubject::Approval(_) | TaskSubject::Match(_) => None,
    };
    list.into_iter().filter_map(alert).collect()
}

/// Everything the hub and its network can see of two answers, but whose they are.
fn assert_alike(one: &Proved, other: &Proved) {
    assert_eq!(one.length, other.length, "the same length");
    assert_eq!(one.payload.len(), other.payload.len());
    assert_eq!(one.answer.form, other.answer.form);
    let (leaf, like) = (&one.leaf.entry, &other.leaf.entry);
    assert_eq!((&leaf.kind, &leaf.counts), (&like.kind, &like.counts));
    assert_eq!((&leaf.reason, &leaf.policy), (&like.reason, &like.policy));
    assert_eq!((leaf.case, &leaf.purpose), (like.case, &like.purpose));
    assert_eq!(
        (&leaf.member, &leaf.rules, leaf.actor),
        (&like.member, &like.rules, like.actor)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_person_who_is_named_alerts_the_named_role_and_nobody_else_does() {
    let mut lab = lab("asked", "per_case_day = 100", |_| {}).await;
    let hub = Asker::of(&lab);
    let sealed = people("sealed")[0].clone();
    for subject in people("red").iter().chain(&people("unknown")) {
        hub.may_know(subject).await;
    }
    assert!(alerts(&lab).await.is_empty(), "nobody was sealed");

    let (before, of_nobody) = hub.may_know(&people("unknown")[0]).await;
    let form = PresenceForm::Asked {
        subject: Box::new(sealed.clone()),
    };
    let request = hub.request(form);
    let sent = hub.sign(&request);
    let of_sealed = hub.prove(&hub.post(sent.clone()).await);
    let again = hub.prove(&hub.post(sent).await);

    assert!(!before);
    assert_alike(&of_sealed, &of_nobody);
    assert_eq!(of_sealed.index, of_nobody.index + 1, "one entry each");
    assert_eq!(again.index, of_sealed.index);
    let told = alerts(&lab).await;
    let [(task, alert)] = told.as_slice() else {
        panic!("one alert, also of a request that came twice: {told:?}");
    };
    assert_eq!(alert.subject, sealed.id);
    assert_eq!(alert.category, None);
    assert_eq!(alert.contact.as_str(), "detective_inspector");
    let occasion = Occasion::Presence {
        hub: MemberId::new(HUB).unwrap(),
        purpose: Code::new(PURPOSE).unwrap(),
    };
    assert_eq!(alert.occasion, occasion);
    assert_eq!((task.enquiry, task.state), (request.id, TaskState::Open));
    assert!(task.due > task.made);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_of_presence_waits_until_it_is_acknowledged_and_that_is_on_record() {
    let mut lab = lab("asked", "", |_| {}).await;
    let hub = Asker::of(&lab);
    let (known, of_sealed) = hub.may_know(&people("sealed")[0]).await;
    assert!(!known);
    lab.time.advance_s(5 * 86_400);
    // Long enough that what is overdue has been lapsed.
    tokio::time::sleep(Duration::from_secs(6)).await;
    let (task, _) = alerts(&lab).await.remove(0);
    let path = format!("/api/v1/tasks/{}/decision", task.id);
    let decided = |verdict: &str| json!({ "verdict": verdict, "reason": SEEN });

    let wrong = desk(&lab).refusal(&path, &decided("agree")).await;
    let taken: TaskLine = desk(&lab).taken(&path, &decided("acknowledge")).await;
    let twice = desk(&lab).refusal(&path, &decided("acknowledge")).await;

    assert_eq!(wrong.1, "verdict_does_not_fit");
    assert_eq!(taken.state, TaskState::Closed);
    assert_eq!(twice, (StatusCode::CONFLICT, "already_decided".to_owned()));
    assert!(alerts(&lab).await.is_empty());
    lab.stop().await;
    let all = lab.entries(&police());
    assert_eq!(count(&all, EntryKind::SealedAlert), 1);
    assert_eq!(count(&all, EntryKind::Lapse), 0);
    let mut seen = all.iter().map(|leaf| &leaf.entry);
    let seen = seen.find(|entry| entry.kind == EntryKind::SealedAlert);
    let seen = seen.unwrap();
    assert_eq!(seen.concerns, Some(of_sealed.index));
    assert_eq!(seen.case, of_sealed.leaf.entry.case);
    assert_eq!(seen.purpose, of_sealed.leaf.entry.purpose);
    assert_eq!(seen.reason.as_ref().map(Code::as_str), Some("acknowledged"));
    assert!(seen.actor.is_some() && seen.recipients.is_empty());
}
