//! The life of a policy over real gateways: who may change it, when it counts, and what is never
//! answered under it.

mod checks;
pub(crate) mod crash;
mod since;
mod swap;

use std::path::Path;
use std::time::{Duration, Instant};

use harness::ledger::count;
use harness::{Answered, Caller, Lab, PATIENCE, RawHub, problem, tale};
use hyper::StatusCode;
use serde_json::{Value, json};
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, AUDITOR, LEAD, OFFICER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::agency::{Task, TaskLine, TaskState, TaskSubject};
use stile_exchange::clock::Clock;
use stile_exchange::policy::{History, InForce, PolicyText, Proposal, ProposalState, Proposed};
use stile_ledger::{EntryKind, Leaf};
use stile_model::code::Rung;
use stile_model::enquiry::Enquiry;
use stile_model::id::MemberId;
use stile_policy::Effect;

const PEOPLE: usize = 50;
const DAY_S: i64 = 86_400;
const WHY: &str = "Agreed at the information governance group of this month.";

/// Dates of incidents; and what came of them, when a sergeant agrees.
pub(crate) fn rules(date: &str, outcome: bool) -> String {
    let mut text = format!(
        r#"agency = "police"
vocabulary = "1"
approval_hours = 4
sealed_contact = "detective_inspector"

[[rule]]
id = "S47-01"
share = "police.domestic_incident.date"
as = "{date}"
when = {{ purpose = ["s47_enquiry"], within = "ever" }}
why = "Children Act 1989 s.47(9)"
"#
    );
    if outcome {
        text.push_str(
            r#"
[[rule]]
id = "S47-02"
ask = "police.domestic_incident.outcome"
as = "code"
approver = "duty_safeguarding_sergeant"
when = { purpose = ["s47_enquiry"], within = "ever" }
why = "Children Act 1989 s.47(9)"
"#,
        );
    }
    text
}

pub(crate) fn cases(date: &str) -> String {
    format!(
        r#"[given]
purpose = "s47_enquiry"
recency = "to_3m"

[[case]]
name = "the date of an incident"
field = "police.domestic_incident.date"
auto = "{date}"
"#
    )
}

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

/// The police with these rules to begin with.
fn begin_with(dir: &Path, rules: &str, cases: &str) {
    let own = dir.join(police().as_str());
    std::fs::write(own.join("rules.toml"), rules).unwrap();
    std::fs::write(own.join("cases.toml"), cases).unwrap();
}

async fn lab() -> Lab {
    let now = Clock::system().now();
    let world = World::generate_on(SEED, PEOPLE, now.date());
    Lab::start_with(&world, &[Kind::Police], |dir| {
        begin_with(dir, &rules("exact", true), &cases("exact"));
    })
    .await
}

fn desk(lab: &Lab, user: &str) -> Caller {
    lab.person(&police(), user)
}

fn order(rules: &str, cases: &str) -> Value {
    json!({ "rules": rules, "cases": cases, "reason": WHY })
}

/// Posts and reads what must come back.
async fn posted<T: serde::de::DeserializeOwned>(desk: &Caller, path: &str, body: &Value) -> T {
    desk.taken(&format!("/api/v1/policy/{path}"), body).await
}

/// Posts and reads the code of the refusal.
async fn refused(desk: &Caller, path: &str, body: &Value) -> String {
    desk.refused(&format!("/api/v1/policy/{path}"), body).await
}

async fn propose(desk: &Caller, rules: &str, cases: &str) -> Proposal {
    let proposed: Proposed = posted(desk, "proposals", &order(rules, cases)).await;
    proposed
        .proposal
        .unwrap_or_else(|| panic!("{:?}", proposed.remarks))
}

fn because() -> Value {
    json!({ "reason": WHY })
}

async fn approve(desk: &Caller, version: u64) -> Proposal {
    posted(desk, &format!("proposals/{version}/approval"), &because()).await
}

async fn approval_refused(desk: &Caller, version: u64) -> String {
    refused(desk, &format!("proposals/{version}/approval"), &because()).await
}

async fn in_force(lab: &Lab) -> InForce {
    desk(lab, AUDITOR).read("/api/v1/policy/in-force").await
}

async fn ask(raw: &RawHub) -> (Enquiry, Answered) {
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    let answered = raw.ask(Kind::Police, &enquiry).await;
    (enquiry, answered)
}

/// The rungs at which dates of incidents left.
fn date_rungs(answered: &Answered) -> Vec<Rung> {
    let items = answered.answer.findings.iter().flat_map(|one| &one.items);
    let fields = items.flat_map(|item| &item.fields);
    let dates = fields.filter(|shown| shown.field.as_str() == "date");
    dates.map(|shown| shown.rung).collect()
}

fn of_kind(leaves: &[Leaf], kind: EntryKind) -> Vec<&Leaf> {
    let of = leaves.iter().filter(|leaf| leaf.entry.kind == kind);
    of.collect()
}

fn reasons(leaves: &[Leaf], kind: EntryKind) -> Vec<&str> {
    let of = of_kind(leaves, kind).into_iter();
    of.map(|leaf| leaf.entry.reason.as_ref().unwrap().as_str())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_discloses_less_is_in_force_once_a_second_officer_agrees() {
    let mut lab = lab().await;
    let raw = lab.raw_hub();
    let founding = in_force(&lab).await;
    assert_eq!((founding.version, founding.proposed), (1, None));
    let (_, before) = ask(&raw).await;
    assert!(date_rungs(&before).contains(&Rung::Detail));

    let proposal = propose(&desk(&lab, AUDITOR), &rules("year", true), &cases("year")).await;
    assert_eq!((proposal.version, proposal.effect), (2, Effect::Less));
    assert!(!proposal.differences.is_empty(), "in words");
    assert_eq!(
        proposal.past.map(|past| (past.enquiries, past.less)),
        Some((1, 1))
    );
    assert_eq!(in_force(&lab).await.version, 1, "nothing changes by itself");
    let approved = approve(&desk(&lab, OFFICER), 2).await;

    assert!(matches!(approved.state, ProposalState::InForce { .. }));
    let now = in_force(&lab).await;
    assert_eq!(now.version, 2);
    assert_eq!(now.approvals[0].act.by.as_str(), OFFICER);
    let (_, after) = ask(&raw).await;
    assert_eq!(before.answer.policy, founding.digests.rules);
    assert_eq!(after.answer.policy, now.digests.rules);
    let rungs = date_rungs(&after);
    assert!(!rungs.is_empty() && rungs.iter().all(|rung| *rung < Rung::Detail));
    lab.stop().await;
    let all = lab.entries(&police());
    assert_eq!(reasons(&all, EntryKind::PolicyProposed), ["less"]);
    assert_eq!(reasons(&all, EntryKind::PolicyDecision), ["approved"]);
    assert_eq!(
        reasons(&all, EntryKind::PolicyChange),
        ["founded", "approved"]
    );
    let change = of_kind(&all, EntryKind::PolicyChange)[1];
    assert_eq!(change.entry.digest, Some(now.bundle));
    assert_eq!(change.entry.policy, Some(now.digests.rules));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_discloses_more_waits_for_two_officers_in_two_roles() {
    let mut lab = lab().await;
    let (lead, officer, third) = (desk(&lab, LEAD), desk(&lab, OFFICER), desk(&lab, AUDITOR));
    propose(&third, &rules("year", false), &cases("year")).await;
    approve(&officer, 2).await;
    assert_eq!(in_force(&lab).await.version, 2);

    let proposal = propose(&officer, &rules("exact", false), &cases("exact")).await;
    assert_eq!((proposal.version, proposal.effect), (3, Effect::More));
    let half = approve(&third, 3).await;
    assert!(
        matches!(half.state, ProposalState::Waiting { .. }),
        "{half:?}"
    );
    assert_eq!(in_force(&lab).await.version, 2, "one is not enough");
    let whole = approve(&lead, 3).await;

    assert!(
        matches!(whole.state, ProposalState::InForce { .. }),
        "{whole:?}"
    );
    let now = in_force(&lab).await;
    let roles: Vec<_> = now.approvals.iter().map(|one| one.role.as_str()).collect();
    assert_eq!(roles, ["information_governance", "ig_lead"]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_own_approval() {
    let mut lab = lab().await;
    for user in [AUDITOR, LEAD] {
        let own = desk(&lab, user);
        let date = if user == LEAD { "month" } else { "year" };
        let version = propose(&own, &rules(date, true), &cases(date))
            .await
            .version;

        assert_eq!(approval_refused(&own, version).await, "own_proposal");
    }
    assert_eq!(in_force(&lab).await.version, 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_second_approval_by_the_same_person() {
    let now = Clock::system().now();
    let world = World::generate_on(SEED, PEOPLE, now.date());
    let mut lab = Lab::start_with(&world, &[Kind::Police], |dir| {
        begin_with(dir, &rules("year", true), &cases("year"));
        // One person with both roles is still one person.
        let file = dir.join(police().as_str()).join("agency.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let both = text.replace("[\"ig_lead\"]", "[\"ig_lead\", \"information_governance\"]");
        assert_ne!(both, text);
        std::fs::write(file, both).unwrap();
    })
    .await;
    let lead = desk(&lab, LEAD);
    propose(&desk(&lab, AUDITOR), &rules("exact", true), &cases("exact")).await;

    let first = approve(&lead, 2).await;
    assert!(matches!(first.state, ProposalState::Waiting { .. }));
    assert_eq!(approval_refused(&lead, 2).await, "already_decided");
    assert_eq!(in_force(&lab).await.version, 1);

    // Somebody else makes two, and whoever holds both stands for the role that is left.
    approve(&desk(&lab, OFFICER), 2).await;
    assert_eq!(in_force(&lab).await.version, 2);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_two_officers_of_one_role_where_more_leaves() {
    let now = Clock::system().now();
    let world = World::generate_on(SEED, PEOPLE, now.date());
    let mut lab = Lab::start_with(&world, &[Kind::Police], |dir| {
        begin_with(dir, &rules("year", true), &cases("year"));
    })
    .await;
    propose(&desk(&lab, LEAD), &rules("exact", true), &cases("exact")).await;
    approve(&desk(&lab, OFFICER), 2).await;

    assert_eq!(
        approval_refused(&desk(&lab, AUDITOR), 2).await,
        "role_missing"
    );
    assert_eq!(in_force(&lab).await.version, 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_stale_proposal() {
    let mut lab = lab().await;
    let (one, other) = (desk(&lab, AUDITOR), desk(&lab, OFFICER));
    propose(&one, &rules("year", true), &cases("year")).await;
    propose(&one, &rules("month", true), &cases("month")).await;
    approve(&other, 2).await;

    assert_eq!(approval_refused(&other, 3).await, "policy_stale");

    let stale: Proposal = one.read("/api/v1/policy/proposals/3").await;
    assert_eq!(stale.state, ProposalState::Stale);
    assert_eq!(in_force(&lab).await.version, 2);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_proposal_is_at_its_end() {
    let mut lab = lab().await;
    let (one, other) = (desk(&lab, AUDITOR), desk(&lab, OFFICER));
    propose(&one, &rules("year", true), &cases("year")).await;

    let rejected: Proposal = posted(&other, "proposals/2/rejection", &because()).await;

    assert!(matches!(rejected.state, ProposalState::Rejected { .. }));
    assert_eq!(approval_refused(&other, 2).await, "already_decided");
    assert_eq!(
        refused(&other, "proposals/2/activation", &json!(null)).await,
        "not_approved"
    );
    lab.stop().await;
    let all = lab.entries(&police());
    assert_eq!(reasons(&all, EntryKind::PolicyDecision), ["rejected"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_taken_back_before_its_moment_and_not_after() {
    let mut lab = lab().await;
    let (one, other) = (desk(&lab, AUDITOR), desk(&lab, OFFICER));
    let mut later = order(&rules("year", true), &cases("year"));
    later["active_from"] = json!(lab.time.clock().now().plus_s(DAY_S));
    let _: Proposed = posted(&one, "proposals", &later).await;
    approve(&other, 2).await;

    let back: Proposal = posted(&one, "proposals/2/rejection", &because()).await;

    assert!(matches!(back.state, ProposalState::Rejected { .. }));
    let now = refused(&one, "proposals/2/activation", &json!(null)).await;
    assert_eq!(now, "not_approved");
    lab.time.advance_s(2 * DAY_S);
    propose(&one, &rules("month", true), &cases("month")).await;
    approve(&other, 3).await;
    assert_eq!(in_force(&lab).await.version, 3);
    let late = refused(&one, "proposals/3/rejection", &because()).await;
    assert_eq!(late, "already_decided");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_everybody_who_is_no_officer() {
    let mut lab = lab().await;
    let nobody = desk(&lab, APPROVER);
    propose(&desk(&lab, AUDITOR), &rules("year", true), &cases("year")).await;
    let new = order(&rules("month", true), &cases("month"));

    assert_eq!(refused(&nobody, "proposals", &new).await, "role_missing");
    assert_eq!(approval_refused(&nobody, 2).await, "role_missing");
    for path in ["in-force", "rules", "history", "proposals", "proposals/2"] {
        let reply = nobody.get(&format!("/api/v1/policy/{path}")).await.unwrap();
        assert_eq!(problem(&reply).code(), "role_missing", "{path}");
    }
    let back = json!({ "to": 1, "reason": WHY });
    assert_eq!(refused(&nobody, "rollback", &back).await, "role_missing");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_of_what_a_check_stops() {
    let mut lab = lab().await;
    let officer = desk(&lab, AUDITOR);
    let misspelt = rules("year", true).replace("s47_enquiry", "s47_enquirey");
    for (rules, cases, code) in [
        (misspelt, cases("year"), "rules_wrong"),
        (rules("year", true), cases("exact"), "case_fails"),
        (rules("year", true), String::new(), "case_fails"),
    ] {
        let stopped: Proposed = posted(&officer, "proposals", &order(&rules, &cases)).await;

        assert_eq!(stopped.proposal, None);
        let errors = stopped.remarks.iter().filter(|one| one.severity == "error");
        let codes: Vec<_> = errors.map(|one| one.code.as_str()).collect();
        assert!(codes.contains(&code), "{codes:?}");
    }
    let same = order(&rules("exact", true), &cases("exact"));
    assert_eq!(
        refused(&officer, "proposals", &same).await,
        "policy_unchanged"
    );
    let mut short = order(&rules("year", true), &cases("year"));
    short["reason"] = "because".into();
    assert_eq!(
        refused(&officer, "proposals", &short).await,
        "reason_missing"
    );
    lab.stop().await;
    let all = lab.entries(&police());
    assert_eq!(count(&all, EntryKind::PolicyProposed), 0);
}

/// Waits until the version is in force.
async fn comes_into_force(lab: &Lab, version: u64) {
    let begun = Instant::now();
    while in_force(lab).await.version != version {
        assert!(begun.elapsed() < PATIENCE, "version {version} never came");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_policy_waits_for_its_moment_or_an_officer() {
    let mut lab = lab().await;
    let (one, other) = (desk(&lab, AUDITOR), desk(&lab, OFFICER));
    let mut later = order(&rules("year", true), &cases("year"));
    later["active_from"] = json!(lab.time.clock().now().plus_s(DAY_S));
    let _: Proposed = posted(&one, "proposals", &later).await;
    let approved = approve(&other, 2).await;
    assert!(matches!(approved.state, ProposalState::Approved { .. }));
    assert_eq!(in_force(&lab).await.version, 1);

    lab.time.advance_s(DAY_S + 1);
    comes_into_force(&lab, 2).await;

    let mut later = order(&rules("known", true), &cases("known"));
    later["active_from"] = json!(lab.time.clock().now().plus_s(DAY_S));
    let _: Proposed = posted(&one, "proposals", &later).await;
    approve(&other, 3).await;
    // Its moment is part of what the others approved.
    let early = refused(&one, "proposals/3/activation", &json!(null)).await;
    assert_eq!(early, "own_proposal");
    assert_eq!(in_force(&lab).await.version, 2);
    let now: Proposal = posted(&other, "proposals/3/activation", &json!(null)).await;
    assert!(matches!(now.state, ProposalState::InForce { .. }));
    assert_eq!(in_force(&lab).await.version, 3);
    let history: History = one.read("/api/v1/policy/history").await;
    let by: Vec<_> = history
        .versions
        .iter()
        .map(|past| past.activated_by.is_some())
        .collect();
    assert_eq!(by, [true, false, false]);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tells_what_a_version_said_on_a_day() {
    let mut lab = lab().await;
    let (one, other) = (desk(&lab, AUDITOR), desk(&lab, OFFICER));
    let before = lab.time.clock().now();
    lab.time.advance_s(60);
    propose(&one, &rules("year", true), &cases("year")).await;
    approve(&other, 2).await;

    let path = format!("/api/v1/policy/history?at={before}");
    let then: History = one.read(&path).await;

    assert_eq!(then.versions.len(), 1);
    assert_eq!(then.versions[0].version, 1);
    let text: PolicyText = one.read("/api/v1/policy/rules?version=1").await;
    assert_eq!(text.rules, rules("exact", true));
    let now: PolicyText = one.read("/api/v1/policy/rules").await;
    assert_eq!((now.version, now.rules), (2, rules("year", true)));
    let none: History = one
        .read(&format!(
            "/api/v1/policy/history?at={}",
            before.plus_s(-DAY_S)
        ))
        .await;
    assert!(none.versions.is_empty());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_officer_goes_back_to_less_and_never_to_more() {
    let mut lab = lab().await;
    let (one, other) = (desk(&lab, AUDITOR), desk(&lab, OFFICER));
    propose(&one, &rules("year", true), &cases("year")).await;
    approve(&other, 2).await;

    // Back to exact dates is more: a proposal like any other.
    let back = json!({ "to": 1, "reason": WHY });
    let waits: Proposed = posted(&one, "rollback", &back).await;
    assert!(waits.remarks.iter().any(|one| one.code == "rollback_waits"));
    let proposal = waits.proposal.unwrap();
    assert_eq!((proposal.version, proposal.effect), (3, Effect::More));
    assert!(matches!(proposal.state, ProposalState::Waiting { .. }));
    assert_eq!(in_force(&lab).await.version, 2);
    approve(&other, 3).await;
    approve(&desk(&lab, LEAD), 3).await;
    assert_eq!(in_force(&lab).await.version, 3);

    // Back to years is less: at once, as a new version.
    let back = json!({ "to": 2, "reason": WHY });
    let done: Proposed = posted(&one, "rollback", &back).await;
    assert!(matches!(
        done.proposal.unwrap().state,
        ProposalState::InForce { .. }
    ));
    let now = in_force(&lab).await;
    assert_eq!(now.version, 4);
    let raw = lab.raw_hub();
    assert_eq!(ask(&raw).await.1.answer.policy, now.digests.rules);
    assert_eq!(
        refused(&one, "rollback", &json!({ "to": 9, "reason": WHY })).await,
        "unknown_policy"
    );
    lab.stop().await;
    let all = lab.entries(&police());
    assert_eq!(
        reasons(&all, EntryKind::PolicyChange),
        ["founded", "approved", "rolled_back", "rolled_back"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_differs_is_reported_and_never_used() {
    let mut lab = lab().await;
    let digest = in_force(&lab).await.digests.rules;
    lab.stop_one(&police()).await;
    begin_with(lab.dir(), &rules("year", true), &cases("year"));
    lab.start_one(&police()).await;

    let now = in_force(&lab).await;

    assert_eq!((now.version, now.digests.rules), (1, digest));
    assert!(
        now.notices
            .iter()
            .any(|notice| notice.code == "file_differs")
    );
    let raw = lab.raw_hub();
    assert_eq!(ask(&raw).await.1.answer.policy, digest);
    lab.stop().await;
    let all = lab.entries(&police());
    assert_eq!(reasons(&all, EntryKind::PolicyChange), ["founded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_cases_that_differs_is_reported_too() {
    let mut lab = lab().await;
    let differs = |now: InForce| now.notices.iter().any(|one| one.code == "file_differs");
    lab.stop_one(&police()).await;
    lab.start_one(&police()).await;
    assert!(!differs(in_force(&lab).await));
    lab.stop_one(&police()).await;
    let fewer = cases("exact").replace("the date of an incident", "the date");
    begin_with(lab.dir(), &rules("exact", true), &fewer);
    lab.start_one(&police()).await;

    let now = in_force(&lab).await;

    assert_eq!(now.version, 1);
    assert!(differs(now));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn withholds_after_expiry() {
    let mut lab = lab().await;
    let (one, other) = (desk(&lab, AUDITOR), desk(&lab, OFFICER));
    let last = lab.time.clock().now().plus_s(DAY_S).date();
    let short = rules("exact", true).replace(
        "vocabulary = \"1\"\n",
        &format!("vocabulary = \"1\"\nuntil = {last}\n"),
    );
    propose(&one, &short, &cases("exact")).await;
    approve(&other, 2).await;
    assert!(
        in_force(&lab)
            .await
            .notices
            .iter()
            .any(|one| one.code == "expires_soon")
    );
    let raw = lab.raw_hub();
    assert!(!date_rungs(&ask(&raw).await.1).is_empty());

    lab.time.advance_s(3 * DAY_S);

    let (_, after) = ask(&raw).await;
    assert!(after.answer.subjects.is_empty());
    assert!(
        after
            .answer
            .findings
            .iter()
            .all(|finding| finding.items.is_empty())
    );
    assert!(
        in_force(&lab)
            .await
            .notices
            .iter()
            .any(|one| one.code == "expired")
    );
    lab.stop().await;
}

fn telling(tasks: &[Task], enquiry: &Enquiry) -> Task {
    let of_this = tasks.iter().find(|task| match &task.subject {
        TaskSubject::Approval(approval) => {
            task.enquiry == enquiry.id && !approval.if_agreed.items.is_empty()
        }
        TaskSubject::Alert(_) | TaskSubject::Match(_) => false,
    });
    of_this.unwrap().clone()
}

async fn waiting(lab: &Lab, enquiry: &Enquiry) -> Task {
    let tasks = crate::approvals::tasks(&desk(lab, APPROVER)).await;
    telling(&tasks, enquiry)
}

async fn agree(lab: &Lab, task: &Task) -> TaskLine {
    let path = format!("/api/v1/tasks/{}/decision", task.id);
    let decision = json!({ "verdict": "agree", "reason": WHY });
    let reply = desk(lab, APPROVER).post(&path, &decision).await.unwrap();
    assert_eq!(reply.status, StatusCode::OK);
    serde_json::from_slice(&reply.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_cannot_give_more_than_the_rules_of_the_day_they_decide() {
    let mut lab = lab().await;
    let raw = lab.raw_hub();
    let (one, other) = (desk(&lab, AUDITOR), desk(&lab, OFFICER));
    let (kept, _) = ask(&raw).await;
    let (asked, first) = ask(&raw).await;
    assert!(first.answer.more);

    // A change that does not touch what was asked leaves the task as it was.
    let longer = rules("exact", true).replace("approval_hours = 4", "approval_hours = 5");
    propose(&one, &longer, &cases("exact")).await;
    approve(&other, 2).await;
    let agreed = agree(&lab, &waiting(&lab, &kept).await).await;
    assert_eq!(agreed.state, TaskState::Closed);
    let second = raw.later(Kind::Police, &kept, 1, 0).await.unwrap();
    assert_eq!(second.answer.policy, in_force(&lab).await.digests.rules);
    assert!(
        second
            .answer
            .findings
            .iter()
            .any(|finding| !finding.items.is_empty())
    );

    // The outcome is not let out any more: agreeing releases nothing of it.
    let task = waiting(&lab, &asked).await;
    propose(&one, &rules("exact", false), &cases("exact")).await;
    approve(&other, 3).await;
    let lapsed = agree(&lab, &task).await;

    assert_eq!(lapsed.state, TaskState::Lapsed);
    let second = raw.later(Kind::Police, &asked, 1, 0).await.unwrap();
    assert_eq!(second.answer.policy, in_force(&lab).await.digests.rules);
    let items = second.answer.findings.iter().flat_map(|one| &one.items);
    let fields = items.flat_map(|item| &item.fields);
    assert!(fields.clone().all(|shown| shown.field.as_str() == "date"));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_at_once_is_not_said_again_where_it_would_not_leave_now() {
    let mut lab = lab().await;
    let raw = lab.raw_hub();
    let (asked, first) = ask(&raw).await;
    assert!(date_rungs(&first).contains(&Rung::Detail));
    let task = waiting(&lab, &asked).await;
    propose(&desk(&lab, AUDITOR), &rules("year", true), &cases("year")).await;
    approve(&desk(&lab, OFFICER), 2).await;

    let lapsed = agree(&lab, &task).await;

    assert_eq!(lapsed.state, TaskState::Lapsed);
    let second = raw.later(Kind::Police, &asked, 1, 0).await.unwrap();
    assert!(
        date_rungs(&second).is_empty(),
        "{:?}",
        second.answer.findings
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_lead_closes_a_category() {
    let mut lab = lab().await;
    let (one, other) = (desk(&lab, AUDITOR), desk(&lab, OFFICER));
    let closing = rules("exact", true).replace(
        "approval_hours = 4\n",
        "approval_hours = 4\nclosed = [\"police.conviction\"]\n",
    );
    let proposal = propose(&one, &closing, &cases("exact")).await;
    assert!(proposal.existence);

    assert_eq!(approval_refused(&other, 2).await, "role_missing");
    approve(&desk(&lab, LEAD), 2).await;

    assert_eq!(in_force(&lab).await.version, 2);
    lab.stop().await;
}
