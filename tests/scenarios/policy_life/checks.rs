//! What a change may not do quietly: lose a check, come early, or let an open task say more than an
//! enquiry of today would be told.

use harness::{Lab, tale};
use serde_json::json;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{AUDITOR, LEAD, OFFICER};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::agency::TaskState;
use stile_exchange::clock::Clock;
use stile_exchange::policy::{Proposal, ProposalState, Proposed};
use stile_policy::Effect;

use super::{
    DAY_S, PEOPLE, agree, approval_refused, approve, because, begin_with, cases, desk, in_force,
    lab, order, police, posted, propose, refused, rules, waiting,
};

/// The same rules, and a further case.
fn more_cases(date: &str) -> String {
    format!(
        "{}\n[[case]]\nname = \"nobody sees who wrote it\"\n\
         field = \"police.domestic_incident.summary\"\nauto = \"none\"\n",
        cases(date)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_left_out_are_told_and_need_the_lead() {
    let mut lab = lab().await;
    let (one, other) = (desk(&lab, AUDITOR), desk(&lab, OFFICER));
    propose(&one, &rules("exact", true), &more_cases("exact")).await;
    approve(&other, 2).await;

    let fewer = propose(&one, &rules("exact", true), &cases("exact")).await;

    assert_eq!(fewer.effect, Effect::Same);
    let dropped = fewer.remarks.iter().find(|one| one.code == "cases_dropped");
    let message = &dropped.unwrap().message;
    assert!(message.contains("nobody sees who wrote it"), "{message}");
    assert_eq!(approval_refused(&other, 3).await, "role_missing");
    assert_eq!(in_force(&lab).await.version, 2);
    approve(&desk(&lab, LEAD), 3).await;
    assert_eq!(in_force(&lab).await.version, 3);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_to_fewer_cases_waits_for_the_lead() {
    let mut lab = lab().await;
    let (one, other) = (desk(&lab, AUDITOR), desk(&lab, OFFICER));
    propose(&one, &rules("exact", true), &more_cases("exact")).await;
    approve(&other, 2).await;

    let back = json!({ "to": 1, "reason": super::WHY });
    let waits: Proposed = posted(&one, "rollback", &back).await;

    assert!(waits.remarks.iter().any(|one| one.code == "cases_dropped"));
    let remark = waits
        .remarks
        .iter()
        .find(|one| one.code == "rollback_waits");
    let message = &remark.unwrap().message;
    assert!(message.contains("leaves out cases"), "{message}");
    let proposal = waits.proposal.unwrap();
    assert_eq!((proposal.version, proposal.effect), (3, Effect::Same));
    assert!(matches!(proposal.state, ProposalState::Waiting { .. }));
    assert_eq!(in_force(&lab).await.version, 2);
    assert_eq!(approval_refused(&other, 3).await, "role_missing");
    approve(&desk(&lab, LEAD), 3).await;
    assert_eq!(in_force(&lab).await.version, 3);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_lead_brings_forward_what_discloses_more() {
    let mut lab = lab().await;
    let (one, other) = (desk(&lab, AUDITOR), desk(&lab, OFFICER));
    propose(&one, &rules("year", true), &cases("year")).await;
    approve(&other, 2).await;
    let mut later = order(&rules("exact", true), &cases("exact"));
    later["active_from"] = json!(lab.time.clock().now().plus_s(DAY_S));
    let _: Proposed = posted(&one, "proposals", &later).await;
    approve(&other, 3).await;
    let approved = approve(&desk(&lab, LEAD), 3).await;
    assert!(matches!(approved.state, ProposalState::Approved { .. }));

    for officer in [&one, &other] {
        let early = refused(officer, "proposals/3/activation", &json!(null)).await;
        assert_eq!(early, "not_due");
    }
    assert_eq!(in_force(&lab).await.version, 2);
    let early: Proposal = posted(&desk(&lab, LEAD), "proposals/3/activation", &json!(null)).await;
    assert!(matches!(early.state, ProposalState::InForce { .. }));
    let back: Proposed = posted(&one, "rollback", &json!({ "to": 2, "reason": super::WHY })).await;
    assert!(matches!(
        back.proposal.unwrap().state,
        ProposalState::InForce { .. }
    ));
    let done = refused(&one, "proposals/3/rejection", &because()).await;
    assert_eq!(done, "already_decided");
    lab.stop().await;
}

/// Only what came of incidents, and only when a sergeant agrees.
fn asked_only(closed: bool) -> String {
    let all = rules("exact", true);
    let (head, rule) = (
        all.split("[[rule]]").next().unwrap(),
        all.split("[[rule]]").nth(2).unwrap(),
    );
    let closed = if closed {
        "closed = [\"police.domestic_incident\"]\n"
    } else {
        ""
    };
    format!("{head}{closed}\n[[rule]]{rule}")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_releases_nothing_of_a_category_that_was_closed_since() {
    let now = Clock::system().now();
    let world = World::generate_on(SEED, PEOPLE, now.date());
    let none = cases("none");
    let mut lab = Lab::start_with(&world, &[Kind::Police], |dir| {
        begin_with(dir, &asked_only(false), &none);
    })
    .await;
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    raw.ask(Kind::Police, &enquiry).await;
    let task = waiting(&lab, &enquiry).await;
    let closing: Proposal = propose(&desk(&lab, AUDITOR), &asked_only(true), &none).await;
    assert!(closing.existence);
    approve(&desk(&lab, LEAD), closing.version).await;
    assert_eq!(in_force(&lab).await.version, closing.version);

    let decided = agree(&lab, &task).await;

    assert_eq!(decided.state, TaskState::Lapsed);
    let second = raw.later(Kind::Police, &enquiry, 1, 0).await.unwrap();
    let said = second.answer.findings.iter();
    for finding in said {
        assert!(finding.items.is_empty(), "{finding:?}");
    }
    lab.stop().await;
    assert!(!lab.entries(&police()).is_empty());
}
