//! What policy refers, people decide: they see what leaves, it leaves only then, and it is recorded.

use std::path::Path;
use std::time::Duration;

use harness::ledger::count;
use harness::papers::{self, identity};
use harness::{Answered, Caller, Lab, RawHub, problem, tale};
use hyper::StatusCode;
use serde_json::json;
use stile_cli::args::{Approvals, Connect};
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, AUDITOR, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::agency::routes::TaskList;
use stile_exchange::agency::{Approval, Task, TaskLine, TaskState, TaskSubject, Verdict};
use stile_exchange::client::Reply;
use stile_exchange::clock::Clock;
use stile_exchange::policy::looking_back::DecisionRecords;
use stile_ledger::EntryKind;
use stile_model::code::CategoryStatus;
use stile_model::enquiry::Enquiry;
use stile_model::id::{EnquiryId, MemberId};
use stile_model::time::Timestamp;
use stile_policy::Decider;
use stile_trust::identity::Role;

pub(crate) const PEOPLE: usize = 50;
const HOUR_S: i64 = 3_600;
const SERGEANT: &str = "a.sergeant";
pub(crate) const INSPECTOR: &str = "b.inspector";
const ADMIN: &str = "c.admin";

/// A date at once; the summary when one person agrees, the outcome when two do.
const RULES: &str = r#"
agency = "police"
vocabulary = "1"
approval_hours = 4
sealed_contact = "detective_inspector"

[[rule]]
id = "S47-01"
share = "police.domestic_incident.date"
as = "exact"
when = { purpose = ["s47_enquiry"], within = "ever" }
why = "Children Act 1989 s.47(9)"

[[rule]]
id = "S47-02"
ask = "police.domestic_incident.outcome"
as = "code"
approvers = ["duty_safeguarding_sergeant", "detective_inspector"]
when = { purpose = ["s47_enquiry"], within = "ever" }
why = "Children Act 1989 s.47(9)"
"#;

fn police() -> MemberId {
    member(Kind::Police).unwrap()
}

/// Sends a decision with a reason and gives the answer as it comes.
pub(crate) async fn decide(desk: &Caller, task: EnquiryId, verdict: Verdict) -> Reply {
    let reason = "The hub needs this to plan for the child's safety.";
    let decision = json!({ "verdict": verdict, "reason": reason });
    desk.post(&format!("/api/v1/tasks/{task}/decision"), &decision)
        .await
        .unwrap()
}

/// Gives the police the rules above and three people with one duty each.
pub(crate) fn staff(dir: &Path, now: Timestamp) {
    let own = dir.join(police().as_str());
    std::fs::write(own.join("rules.toml"), RULES).unwrap();
    let file = own.join("agency.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut text = text.replace("cases = \"cases.toml\"\n", "");
    for (user, role) in [
        (SERGEANT, "approver:duty_safeguarding_sergeant"),
        (INSPECTOR, "approver:detective_inspector"),
        (ADMIN, "it_admin"),
    ] {
        text = format!("{text}\n[[person]]\nuser = \"{user}\"\nroles = [\"{role}\"]\n");
        let who = identity(Role::Person, police().as_str(), Some(user));
        papers::issue(dir, user, &who, 90, now);
    }
    std::fs::write(&file, text).unwrap();
}

async fn staffed(edit: impl FnOnce(&Path)) -> Lab {
    let now = Clock::system().now();
    let world = World::generate_on(SEED, PEOPLE, now.date());
    Lab::start_with(&world, &[Kind::Police], |dir| {
        staff(dir, now);
        edit(dir);
    })
    .await
}

fn desk(lab: &Lab, user: &str) -> Caller {
    let files = lab.files_in(&lab.dir().join("papers").join(user));
    lab.caller(&files, &police(), harness::Door::People)
}

/// What waits for this person, each opened.
pub(crate) async fn tasks(desk: &Caller) -> Vec<Task> {
    let mut opened = Vec::new();
    for line in waiting(desk).await {
        opened.push(desk.read(&format!("/api/v1/tasks/{}", line.id)).await);
    }
    opened
}

/// What waits for this person, as the list has it.
pub(crate) async fn waiting(desk: &Caller) -> Vec<TaskLine> {
    desk.read::<TaskList>("/api/v1/tasks").await.tasks
}

pub(crate) fn approval(task: &Task) -> Option<&Approval> {
    match &task.subject {
        TaskSubject::Approval(approval) => Some(approval),
        TaskSubject::Alert(_) | TaskSubject::Match(_) => None,
    }
}

/// The first approval that would let more than nothing out.
fn telling(tasks: &[Task]) -> (EnquiryId, Approval) {
    let found = tasks.iter().find_map(|task| {
        let approval = approval(task)?;
        (!approval.if_agreed.items.is_empty()).then(|| (task.id, approval.clone()))
    });
    found.unwrap_or_else(|| panic!("none of {} tasks is a telling approval", tasks.len()))
}

async fn ask(raw: &RawHub) -> (Enquiry, Answered) {
    let enquiry = raw.enquiry(Kind::Police, &tale("red"));
    let first = raw.ask(Kind::Police, &enquiry).await;
    (enquiry, first)
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_exactly_what_the_approver_saw() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let (enquiry, first) = ask(&raw).await;
    assert!(first.answer.more);
    let desk = lab.person(&police(), APPROVER);
    let (id, seen) = telling(&tasks(&desk).await);
    let before = lab.entries(&police());

    let decided = decide(&desk, id, Verdict::Agree).await;

    assert_eq!(decided.status, StatusCode::OK);
    let second = raw.later(Kind::Police, &enquiry, 1, 0).await.unwrap();
    assert_eq!(second.answer.findings, [seen.if_agreed]);
    let after = lab.entries(&police());
    for kind in [EntryKind::Approval, EntryKind::Permit] {
        assert_eq!(count(&after, kind), count(&before, kind) + 1, "{kind:?}");
    }
    let actors: Vec<_> = after[before.len()..]
        .iter()
        .map(|leaf| leaf.entry.actor)
        .collect();
    assert!(
        actors.iter().all(Option::is_some),
        "who decided is in every entry"
    );
    let open = tasks(&desk).await;
    assert!(open.iter().all(|task| task.id != id));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn withholds_what_an_approver_refuses_and_says_no_more_than_before() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let (enquiry, first) = ask(&raw).await;
    let desk = lab.person(&police(), APPROVER);
    let (id, seen) = telling(&tasks(&desk).await);

    assert_eq!(
        decide(&desk, id, Verdict::Refuse).await.status,
        StatusCode::OK
    );

    let second = raw
        .later(Kind::Police, &enquiry, 1, 0)
        .await
        .unwrap()
        .answer;
    let [told] = second.findings.as_slice() else {
        panic!("one finding changed, not {}", second.findings.len());
    };
    let said = first
        .answer
        .findings
        .iter()
        .find(|finding| finding.subject == told.subject && finding.category == told.category);
    assert_eq!(told.items, said.unwrap().items, "no more than at once");
    assert!(told.referred.is_none());
    assert!(matches!(
        told.status,
        CategoryStatus::Withheld | CategoryStatus::PartlyShared
    ));
    for field in &seen.fields {
        let line = told
            .withheld
            .iter()
            .find(|withheld| withheld.field == *field);
        assert_eq!(
            line.unwrap().code.as_str(),
            "refused_by_approver",
            "{field}"
        );
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_for_every_role_and_for_a_different_person_in_each() {
    let mut lab = staffed(|_| {}).await;
    let raw = lab.raw_hub();
    let (enquiry, _) = ask(&raw).await;
    let (all, sergeant, inspector) = (
        lab.person(&police(), APPROVER),
        desk(&lab, SERGEANT),
        desk(&lab, INSPECTOR),
    );
    let (id, seen) = telling(&tasks(&sergeant).await);
    assert_eq!(seen.roles.len(), 2);
    assert!(!seen.any_of);

    // Somebody who holds both roles is still one person.
    for expected in [StatusCode::OK, StatusCode::CONFLICT] {
        assert_eq!(decide(&all, id, Verdict::Agree).await.status, expected);
    }
    assert!(raw.later(Kind::Police, &enquiry, 1, 0).await.is_none());
    let task: Task = sergeant.read(&format!("/api/v1/tasks/{id}")).await;
    assert_eq!(task.state, TaskState::Open);
    assert_eq!(
        decide(&inspector, id, Verdict::Agree).await.status,
        StatusCode::OK
    );
    let second = raw.later(Kind::Police, &enquiry, 1, 0).await.unwrap();
    assert_eq!(second.answer.findings, [seen.if_agreed]);

    // Whoever holds both roles steps aside for whoever holds only one; either order does.
    for (first, second) in [
        (&inspector, &sergeant),
        (&all, &sergeant),
        (&all, &inspector),
    ] {
        let (enquiry, _) = ask(&raw).await;
        let mut of_this = tasks(first).await;
        of_this.retain(|task| task.enquiry == enquiry.id);
        let (id, seen) = telling(&of_this);
        let agreed = decide(first, id, Verdict::Agree).await;
        assert_eq!(agreed.status, StatusCode::OK);
        assert!(raw.later(Kind::Police, &enquiry, 1, 0).await.is_none());
        let agreed = decide(second, id, Verdict::Agree).await;
        assert_eq!(agreed.status, StatusCode::OK);
        let released = raw.later(Kind::Police, &enquiry, 1, 0).await.unwrap();
        assert_eq!(released.answer.findings, [seen.if_agreed]);
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_tasks_shows_nobody_and_each_task_that_is_opened_is_on_record() {
    let mut lab = staffed(|_| {}).await;
    let raw = lab.raw_hub();
    let (enquiry, _) = ask(&raw).await;
    let sergeant = desk(&lab, SERGEANT);
    let opened = |lab: &Lab| {
        let entries = lab.entries(&police());
        let of_tasks = entries.into_iter().map(|leaf| leaf.entry).filter(|entry| {
            let reason = entry.reason.as_ref();
            entry.kind == EntryKind::Consultation
                && reason.is_some_and(|why| why.as_str() == "task")
        });
        of_tasks.collect::<Vec<_>>()
    };
    let list = sergeant.get("/api/v1/tasks").await.unwrap();
    let list = String::from_utf8(list.body.to_vec()).unwrap();
    assert!(opened(&lab).is_empty(), "a list shows nobody");

    let all = tasks(&sergeant).await;
    let entries = opened(&lab);
    let (id, seen) = telling(&all);
    let decided = decide(&sergeant, id, Verdict::Refuse).await;

    assert_eq!(entries.len(), all.len(), "one entry each");
    assert!(
        entries
            .iter()
            .all(|entry| entry.actor.is_some() && entry.case.is_some())
    );
    let items = |entry: &stile_ledger::Entry| entry.counts.values().copied().max();
    assert!(entries.iter().any(|entry| items(entry) > Some(0)));
    let decided = String::from_utf8(decided.body.to_vec()).unwrap();
    assert!(decided.contains("\"closed\""), "{decided}");
    let fields = seen.if_agreed.items.iter().flat_map(|item| &item.fields);
    let names = enquiry.subjects.iter().flat_map(|subject| &subject.names);
    let shown: Vec<_> = fields
        .map(|shown| shown.value.reveal().clone())
        .chain(names.map(|name| name.surname.reveal().clone()))
        .collect();
    assert!(shown.len() > 2);
    for text in shown {
        assert!(!list.contains(&text) && !decided.contains(&text), "{text}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refusal_is_enough_where_two_must_agree() {
    let mut lab = staffed(|_| {}).await;
    let raw = lab.raw_hub();
    let (enquiry, _) = ask(&raw).await;
    let (sergeant, inspector) = (desk(&lab, SERGEANT), desk(&lab, INSPECTOR));
    let (id, seen) = telling(&tasks(&sergeant).await);

    assert_eq!(
        decide(&sergeant, id, Verdict::Agree).await.status,
        StatusCode::OK
    );
    assert_eq!(
        decide(&inspector, id, Verdict::Refuse).await.status,
        StatusCode::OK
    );

    let second = raw.later(Kind::Police, &enquiry, 1, 0).await.unwrap();
    assert_eq!(second.answer.findings, [seen.if_refused]);
    let late = decide(&inspector, id, Verdict::Agree).await;
    assert_eq!(problem(&late).code(), "already_decided");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_decisions_that_nobody_may_make_so() {
    let mut lab = staffed(|_| {}).await;
    let raw = lab.raw_hub();
    let (enquiry, _) = ask(&raw).await;
    let (admin, sergeant, all) = (
        desk(&lab, ADMIN),
        desk(&lab, SERGEANT),
        lab.person(&police(), APPROVER),
    );
    let (id, _) = telling(&tasks(&sergeant).await);
    let path = format!("/api/v1/tasks/{id}/decision");
    let before = lab.verified_entries(police().as_str());

    assert!(
        tasks(&admin).await.is_empty(),
        "an administrator sees no one's data"
    );
    let read = admin.get(&format!("/api/v1/tasks/{id}")).await.unwrap();
    assert_eq!(problem(&read).code(), "role_missing");
    let unfit = Verdict::SamePerson(0);
    for (reply, code, status) in [
        (
            decide(&admin, id, Verdict::Agree).await,
            "role_missing",
            403,
        ),
        (
            decide(&sergeant, id, Verdict::Acknowledge).await,
            "verdict_does_not_fit",
            422,
        ),
        (
            decide(&sergeant, id, Verdict::NoMatch).await,
            "verdict_does_not_fit",
            422,
        ),
        (
            decide(&sergeant, id, unfit).await,
            "verdict_does_not_fit",
            422,
        ),
        (
            decide(&sergeant, EnquiryId::from_bytes([9; 16]), Verdict::Agree).await,
            "unknown_task",
            404,
        ),
    ] {
        assert_eq!(
            (problem(&reply).code(), reply.status.as_u16()),
            (code, status)
        );
    }
    for reason in ["", "yes", "          ", &"x".repeat(501)] {
        let body = json!({ "verdict": "agree", "reason": reason });
        let reply = all.post(&path, &body).await.unwrap();
        assert_eq!(
            (problem(&reply).code(), reply.status.as_u16()),
            ("reason_missing", 422)
        );
    }
    let nonsense = json!({ "verdict": "agree", "reason": "long enough it is", "also": 1 });
    assert_eq!(
        all.post(&path, &nonsense).await.unwrap().status,
        StatusCode::BAD_REQUEST
    );

    assert_eq!(lab.verified_entries(police().as_str()), before);
    assert!(raw.later(Kind::Police, &enquiry, 1, 0).await.is_none());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_one_of_two_decisions_made_at_once() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let (enquiry, _) = ask(&raw).await;
    let desk = lab.person(&police(), APPROVER);
    let (id, _) = telling(&tasks(&desk).await);

    let (one, other) = tokio::join!(
        decide(&desk, id, Verdict::Agree),
        decide(&desk, id, Verdict::Refuse)
    );

    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(count(&lab.entries(&police()), EntryKind::Approval), 1);
    assert!(raw.later(Kind::Police, &enquiry, 1, 0).await.is_some());
    assert!(raw.later(Kind::Police, &enquiry, 2, 0).await.is_none());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lapses_what_nobody_decides_in_time_and_tells_the_hub() {
    let mut lab = staffed(|_| {}).await;
    let raw = lab.raw_hub();
    let (enquiry, _) = ask(&raw).await;
    let sergeant = desk(&lab, SERGEANT);
    let (id, seen) = telling(&tasks(&sergeant).await);
    let open = tasks(&sergeant).await.len();
    assert_eq!(
        decide(&sergeant, id, Verdict::Agree).await.status,
        StatusCode::OK
    );

    lab.time.advance_s(5 * HOUR_S);
    let late = decide(&desk(&lab, INSPECTOR), id, Verdict::Agree).await;
    assert!(["approval_lapsed", "already_decided"].contains(&problem(&late).code()));

    let mut lapsed = Vec::new();
    let mut last = 1;
    while lapsed.len() < open {
        let next = raw
            .later(Kind::Police, &enquiry, last, 15)
            .await
            .unwrap()
            .answer;
        last = next.n;
        lapsed.extend(next.findings);
    }
    assert!(lapsed.contains(&seen.if_lapsed));
    for finding in &lapsed {
        let codes = finding.withheld.iter().map(|line| line.code.as_str());
        assert!(codes.into_iter().any(|code| code == "approval_lapsed"));
    }
    let task: Task = sergeant.read(&format!("/api/v1/tasks/{id}")).await;
    assert_eq!(task.state, TaskState::Lapsed);
    assert!(tasks(&sergeant).await.is_empty());
    lab.stop().await;
}

/// A day's last half hour, tomorrow: what ends with the day ends within an approval's time.
fn to_the_end_of_tomorrow(lab: &Lab) {
    let day_ms = 86_400_000;
    let now = lab.time.clock().now().millis();
    let end = now - now.rem_euclid(day_ms) + 2 * day_ms;
    lab.time.advance_s((end - 1_800_000 - now) / 1_000);
}

/// The police, half an hour before the agreement with the hub ends.
async fn before_the_agreement_ends() -> Lab {
    let tomorrow = Clock::system().now().plus_s(86_400).date();
    let lab = staffed(|dir| {
        papers::change_directory(dir, |text| {
            let (before, rest) = text.split_once("\nuntil = ").unwrap();
            let (_, after) = rest.split_once('\n').unwrap();
            format!("{before}\nuntil = {tomorrow}\n{after}")
        });
    })
    .await;
    to_the_end_of_tomorrow(&lab);
    lab
}

/// Nothing of the category is said, not even what had left at once.
fn says_nothing_of(answered: &Answered, seen: &Approval) {
    assert!(!seen.if_lapsed.items.is_empty(), "a date had left at once");
    let [told] = answered.answer.findings.as_slice() else {
        panic!("{:?}", answered.answer.findings);
    };
    assert_eq!(told.category, seen.if_lapsed.category);
    assert_eq!(told.status, CategoryStatus::Withheld);
    assert!(told.items.is_empty(), "{:?}", told.items);
    let mut codes = told.withheld.iter().map(|line| line.code.as_str());
    assert!(codes.all(|code| code == "approval_lapsed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_nothing_once_the_agreement_has_ended_though_somebody_agrees() {
    let mut lab = before_the_agreement_ends().await;
    let raw = lab.raw_hub();
    let (enquiry, _) = ask(&raw).await;
    let (sergeant, inspector) = (desk(&lab, SERGEANT), desk(&lab, INSPECTOR));
    let (id, seen) = telling(&tasks(&sergeant).await);
    assert_eq!(
        decide(&sergeant, id, Verdict::Agree).await.status,
        StatusCode::OK
    );

    lab.time.advance_s(HOUR_S);
    let decided = decide(&inspector, id, Verdict::Agree).await;

    assert_eq!(decided.status, StatusCode::OK);
    let task: TaskLine = serde_json::from_slice(&decided.body).unwrap();
    assert_eq!(
        task.state,
        TaskState::Lapsed,
        "the person is told that nothing left"
    );
    let second = raw.later(Kind::Police, &enquiry, 1, 0).await.unwrap();
    says_nothing_of(&second, &seen);

    // Neither of them decided that: on record are the rules, not one of two with the other's words.
    let auditor = lab.person(&police(), AUDITOR);
    let path = format!("/api/v1/policy/enquiries/{}/decisions", enquiry.id);
    let held = auditor.post(&path, &json!({ "reason": "audit" })).await;
    let held: DecisionRecords = serde_json::from_slice(&held.unwrap().body).unwrap();
    let last = held.records.last().unwrap();
    assert_eq!((last.n, &last.by), (2, &Decider::Policy(last.policy)));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn says_nothing_again_once_the_agreement_has_ended_whether_refused_or_left_to_lapse() {
    let mut lab = before_the_agreement_ends().await;
    let raw = lab.raw_hub();
    let (refused, _) = ask(&raw).await;
    let sergeant = desk(&lab, SERGEANT);
    let (id, seen) = telling(&tasks(&sergeant).await);
    lab.time.advance_s(HOUR_S);

    assert_eq!(
        decide(&sergeant, id, Verdict::Refuse).await.status,
        StatusCode::OK
    );

    let second = raw.later(Kind::Police, &refused, 1, 0).await.unwrap();
    says_nothing_of(&second, &seen);

    // Those nobody decides lapse, and say as little.
    lab.time.advance_s(5 * HOUR_S);
    let third = raw.later(Kind::Police, &refused, 2, 15).await.unwrap();
    assert!(
        third
            .answer
            .findings
            .iter()
            .all(|told| told.items.is_empty())
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_an_alert_was_seen_and_tells_the_hub_nothing() {
    let mut lab = Lab::start(&[Kind::Police], PEOPLE).await;
    let raw = lab.raw_hub();
    let enquiry = raw.enquiry(Kind::Police, &tale("sealed"));
    raw.ask(Kind::Police, &enquiry).await;
    let desk = lab.person(&police(), APPROVER);
    let all = tasks(&desk).await;
    let alert = all
        .iter()
        .find(|task| matches!(task.subject, TaskSubject::Alert(_)))
        .unwrap();
    let before = lab.entries(&police());

    assert_eq!(
        decide(&desk, alert.id, Verdict::Acknowledge).await.status,
        StatusCode::OK
    );

    let after = lab.entries(&police());
    assert_eq!(
        count(&after, EntryKind::SealedAlert),
        count(&before, EntryKind::SealedAlert) + 1
    );
    assert_eq!(
        count(&after, EntryKind::Permit),
        count(&before, EntryKind::Permit)
    );
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(raw.later(Kind::Police, &enquiry, 1, 0).await.is_none());
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn confirms_in_one_go_only_what_says_that_nothing_is_held() {
    // Among fewer people hardly anybody is found without a reviewer.
    let mut lab = Lab::start(&[Kind::Police], 500).await;
    let raw = lab.raw_hub();
    let (enquiry, first) = ask(&raw).await;
    let desk = lab.person(&police(), APPROVER);
    let empty = |task: &Task| {
        approval(task).is_some_and(|approval| {
            approval.if_agreed.items.is_empty()
                && approval.if_agreed.status == CategoryStatus::NoRecord
        })
    };
    let before = tasks(&desk).await;
    let (nothing, rest): (Vec<_>, Vec<_>) = before.into_iter().partition(empty);
    assert!(!nothing.is_empty() && rest.iter().any(|task| approval(task).is_some()));
    let people = lab.agency_dir(Kind::Police).join("people");

    let connect = Connect {
        person: people.join(APPROVER).join("person.toml"),
        json: false,
    };
    let reason = lab.dir().join("why.txt");
    let why = "Nothing is held under this category; checked by the gateway.\n";
    std::fs::write(&reason, why).unwrap();
    stile_cli::approvals::run(Approvals::ConfirmNothing { connect, reason })
        .await
        .unwrap();

    let left: Vec<_> = tasks(&desk).await.iter().map(|task| task.id).collect();
    assert_eq!(left, rest.iter().map(|task| task.id).collect::<Vec<_>>());
    let mut newest = first.answer.n;
    while let Some(later) = raw.later(Kind::Police, &enquiry, newest, 0).await {
        assert!(
            later
                .answer
                .findings
                .iter()
                .all(|finding| finding.items.is_empty())
        );
        newest = later.answer.n;
    }
    assert_eq!(newest as usize, 1 + nothing.len());
    lab.stop().await;
}
