//! Who a subject is, where that is in doubt: a reviewer says, and the hub hears of it only what it
//! may hear at once of anybody.

use std::collections::BTreeSet;

use harness::ledger::count;
use harness::{Answered, Caller, Lab, RawHub, problem, tale};
use hyper::StatusCode;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{APPROVER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::agency::{Approval, Task, TaskState, TaskSubject, Verdict};
use stile_exchange::clock::Clock;
use stile_ledger::EntryKind;
use stile_model::code::{CategoryStatus, MatchStatus};
use stile_model::enquiry::Enquiry;
use stile_model::id::SubjectId;
use stile_model::returns::Finding;

use crate::approvals::{approval, decide, tasks};

/// One thing of everybody known is said at once, whatever was asked and whoever is asked about.
const AT_ONCE: [(Kind, &str, &[&str]); 3] = [
    (
        Kind::Health,
        "caldicott_guardian",
        &[
            "health.registration.last_seen",
            "health.emergency_attendance.date",
        ],
    ),
    (
        Kind::Police,
        "detective_inspector",
        &["police.domestic_incident.date"],
    ),
    (
        Kind::SocialCare,
        "principal_social_worker",
        &["social_care.contact.date"],
    ),
];

/// Agencies that may say at once of anybody whether they are held.
pub(crate) async fn all_at_once() -> Lab {
    let world = World::generate_on(SEED, 300, Clock::system().now().date());
    let kinds = AT_ONCE.map(|(kind, _, _)| kind);
    Lab::start_with(&world, &kinds, |dir| {
        for (kind, contact, fields) in AT_ONCE {
            let own = dir.join(member(kind).unwrap().as_str());
            let mut rules = format!(
                "agency = \"{}\"\nvocabulary = \"1\"\napproval_hours = 4\n\
                 sealed_contact = \"{contact}\"\n",
                kind.as_str()
            );
            for (n, field) in fields.iter().enumerate() {
                // Registrations have no date to look back from; everything else needs one.
                let when = match *field {
                    "health.registration.last_seen" => "",
                    _ => "when = { within = \"ever\" }\n",
                };
                rules = format!(
                    "{rules}\n[[rule]]\nid = \"ANY-{n}\"\nshare = \"{field}\"\n\
                     as = \"exact\"\n{when}why = \"Children Act 2004 s.16LA\"\n"
                );
            }
            std::fs::write(own.join("rules.toml"), rules).unwrap();
            let file = own.join("agency.toml");
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, text.replace("cases = \"cases.toml\"\n", "")).unwrap();
        }
    })
    .await
}

/// Agencies whose people stand in a second system, too, which holds nothing else of them.
async fn with_a_register() -> Lab {
    let world = World::generate_on(SEED, 300, Clock::system().now().date());
    let kinds = [Kind::Health, Kind::Police, Kind::SocialCare];
    Lab::start_with(&world, &kinds, |dir| {
        for kind in kinds {
            let own = dir.join(member(kind).unwrap().as_str());
            std::fs::copy(own.join("people.db"), own.join("register.db")).unwrap();
            let file = own.join("sources.toml");
            let text = std::fs::read_to_string(&file).unwrap();
            let (_, first) = text.split_once("\n[source.").unwrap();
            let (_, keys) = first.split_once(']').unwrap();
            let (people, _) = keys.split_once("\n[source.").unwrap();
            let people = people.replace("people.db", "register.db");
            let both = format!("{text}\n[source.register]{people}\n");
            std::fs::write(&file, both).unwrap();
        }
    })
    .await
}

/// A question of identity: whose it is, what was asked and answered first, and the task.
pub(crate) struct Doubt {
    pub(crate) kind: Kind,
    pub(crate) story: &'static str,
    pub(crate) enquiry: Enquiry,
    pub(crate) first: Answered,
    pub(crate) task: Task,
    pub(crate) subject: SubjectId,
}

/// The first question of identity that any story leaves at any agency, about somebody of whom it
/// may be said at once that they were found, or may not.
pub(crate) async fn question_of_identity(lab: &Lab, raw: &RawHub, may_be_said: bool) -> Doubt {
    for kind in [Kind::Health, Kind::Police, Kind::SocialCare] {
        for name in ["red", "marac", "threshold", "green"] {
            let story = tale(name);
            if !story.asks.contains_key(&kind) {
                continue;
            }
            let enquiry = raw.enquiry(kind, &story);
            let first = raw.ask(kind, &enquiry).await;
            let desk = lab.person(&member(kind).unwrap(), APPROVER);
            for task in tasks(&desk).await {
                let TaskSubject::Match(question) = &task.subject else {
                    continue;
                };
                let subject = question.subject.clone();
                let mut said = first.answer.subjects.iter();
                let is_said = said.any(|one| one.subject == subject);
                if task.enquiry == enquiry.id && is_said == may_be_said {
                    return Doubt {
                        kind,
                        story: name,
                        enquiry,
                        first,
                        task,
                        subject,
                    };
                }
            }
        }
    }
    panic!("no story leaves a possible match");
}

impl Doubt {
    fn desk(&self, lab: &Lab) -> Caller {
        lab.person(&member(self.kind).unwrap(), APPROVER)
    }

    /// Every finding of the subject in an answer.
    fn findings(&self, answered: &Answered) -> Vec<Finding> {
        let all = answered.answer.findings.iter();
        let of_subject = all.filter(|finding| finding.subject == self.subject);
        of_subject.cloned().collect()
    }

    fn status(&self, answered: &Answered) -> Option<MatchStatus> {
        let mut said = answered.answer.subjects.iter();
        let said = said.find(|said| said.subject == self.subject);
        said.map(|said| said.status)
    }

    /// The open approvals about the subject, by category.
    async fn approvals(&self, desk: &Caller) -> Vec<(Task, Approval)> {
        let open = tasks(desk).await.into_iter().filter_map(|task| {
            let approval = approval(&task)?.clone();
            (task.enquiry == self.enquiry.id && approval.if_agreed.subject == self.subject)
                .then_some((task, approval))
        });
        let mut open: Vec<_> = open.collect();
        open.sort_by(|(_, one), (_, other)| one.if_agreed.category.cmp(&other.if_agreed.category));
        open
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_about_a_possible_match_only_what_the_reviewer_says() {
    for verdict in [Verdict::NoMatch, Verdict::SamePerson(0)] {
        let mut lab = all_at_once().await;
        let raw = lab.raw_hub();
        let doubt = question_of_identity(&lab, &raw, true).await;
        let Doubt {
            kind,
            enquiry,
            first,
            task,
            subject,
            ..
        } = &doubt;
        assert_eq!(doubt.status(first), Some(MatchStatus::Possible));
        assert!(
            doubt
                .findings(first)
                .iter()
                .all(|finding| finding.items.is_empty())
        );
        let desk = doubt.desk(&lab);
        let none = decide(&desk, task.id, Verdict::SamePerson(10)).await;
        assert_eq!(problem(&none).code(), "unknown_candidate");
        let unfit = decide(&desk, task.id, Verdict::Agree).await;
        assert_eq!(problem(&unfit).code(), "verdict_does_not_fit");

        assert_eq!(decide(&desk, task.id, verdict).await.status, StatusCode::OK);

        let second = raw.later(*kind, enquiry, first.answer.n, 0).await.unwrap();
        let expected = if verdict == Verdict::NoMatch {
            MatchStatus::None
        } else {
            MatchStatus::Confident
        };
        assert_eq!(doubt.status(&second), Some(expected));
        assert!(!doubt.findings(&second).is_empty());
        if verdict == Verdict::NoMatch {
            assert!(
                doubt
                    .findings(&second)
                    .iter()
                    .all(|finding| finding.items.is_empty())
            );
        }
        assert!(
            second
                .answer
                .findings
                .iter()
                .all(|finding| finding.subject == *subject)
        );
        let entries = lab.entries(&member(*kind).unwrap());
        assert_eq!(count(&entries, EntryKind::MatchDecision), 1);
        let again = decide(&desk, task.id, verdict).await;
        assert_eq!(problem(&again).code(), "already_decided");
        lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_does_not_tell_who_was_found_where_only_an_approver_may() {
    let mut told = Vec::new();
    for verdict in [Verdict::NoMatch, Verdict::SamePerson(0)] {
        let mut lab = Lab::start(&[Kind::Health, Kind::Police, Kind::SocialCare], 300).await;
        let raw = lab.raw_hub();
        let doubt = question_of_identity(&lab, &raw, false).await;
        let Doubt {
            kind,
            enquiry,
            first,
            task,
            ..
        } = &doubt;
        let desk = doubt.desk(&lab);
        let mut heard = vec![first.clone()];

        assert_eq!(decide(&desk, task.id, verdict).await.status, StatusCode::OK);

        let next = raw.later(*kind, enquiry, first.answer.n, 0).await;
        assert!(next.is_none(), "the hub does not hear of the choice");
        let referred = doubt.findings(first).into_iter().filter_map(|finding| {
            let referred = finding.referred?;
            Some((finding.category, referred.approvers, referred.due))
        });
        let approvals = doubt.approvals(&desk).await;
        let asked = approvals.iter().map(|(task, approval)| {
            let category = approval.if_agreed.category.clone();
            (category, approval.roles.clone(), task.due)
        });
        let (referred, asked): (BTreeSet<_>, BTreeSet<_>) = (referred.collect(), asked.collect());
        assert!(!asked.is_empty());
        assert_eq!(asked, referred, "approvers have the time the hub was told");

        for (task, approval) in approvals {
            let newest = heard.last().unwrap().answer.n;
            let refused = decide(&desk, task.id, Verdict::Refuse).await;
            assert_eq!(refused.status, StatusCode::OK);
            let next = raw.later(*kind, enquiry, newest, 0).await.unwrap();
            assert_eq!(next.answer.findings, [approval.if_refused]);
            heard.push(next);
        }

        let told_of = |answered: &Answered| {
            let lines = doubt.findings(answered).into_iter().map(|finding| {
                assert!(finding.items.is_empty(), "{finding:?}");
                let referred = finding.referred.map(|one| (one.fields, one.approvers));
                (finding.category, finding.status, finding.withheld, referred)
            });
            let said = doubt.status(answered);
            (answered.answer.more, said, lines.collect::<Vec<_>>())
        };
        told.push((*kind, heard.iter().map(told_of).collect::<Vec<_>>()));
        lab.stop().await;
    }
    assert!(told[0].1.iter().all(|(_, said, _)| said.is_none()));
    assert_eq!(told[0], told[1], "the same whoever the reviewer says it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_could_name_lapses_as_it_does_of_anybody() {
    let mut lab = Lab::start(&[Kind::Health, Kind::Police, Kind::SocialCare], 300).await;
    let raw = lab.raw_hub();
    let doubt = question_of_identity(&lab, &raw, false).await;
    let (kind, enquiry, first) = (doubt.kind, &doubt.enquiry, &doubt.first);
    let findings = doubt.findings(first);
    let due = findings
        .iter()
        .filter_map(|finding| finding.referred.as_ref());
    let due: Vec<_> = due.map(|referred| referred.due).collect();
    assert!(doubt.task.due <= *due.iter().min().unwrap());

    let last = due.iter().max().unwrap().millis();
    let wait = (last - lab.time.clock().now().millis()) / 1_000;
    lab.time.advance_s(wait + 60);

    let mut lapsed = Vec::new();
    let (mut newest, mut more) = (first.answer.n, first.answer.more);
    while more {
        let next = raw.later(kind, enquiry, newest, 15).await.unwrap();
        let answer = &next.answer;
        assert_eq!((answer.findings.len(), answer.subjects.len()), (1, 0));
        lapsed.extend(doubt.findings(&next));
        (newest, more) = (answer.n, answer.more);
    }

    let referred = findings.iter().filter(|finding| finding.referred.is_some());
    let categories = |of: &mut dyn Iterator<Item = &Finding>| {
        let mut all: Vec<_> = of.map(|finding| finding.category.clone()).collect();
        all.sort();
        all
    };
    assert_eq!(
        categories(&mut lapsed.iter()),
        categories(&mut referred.clone())
    );
    for finding in &lapsed {
        assert_eq!(finding.status, CategoryStatus::Withheld);
        let mut codes = finding.withheld.iter().map(|line| line.code.as_str());
        assert!(!finding.withheld.is_empty() && codes.all(|code| code == "approval_lapsed"));
        assert!(finding.items.is_empty() && finding.referred.is_none());
    }
    let task: Task = doubt
        .desk(&lab)
        .read(&format!("/api/v1/tasks/{}", doubt.task.id))
        .await;
    assert_eq!(task.state, TaskState::Lapsed);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reviewer_is_waited_for_where_no_system_answered_what_could_be_referred() {
    let mut lab = with_a_register().await;
    let raw = lab.raw_hub();
    let doubt = question_of_identity(&lab, &raw, false).await;
    let own = lab.agency_dir(doubt.kind);
    std::fs::rename(own.join("people.db"), own.join("people.aside")).unwrap();

    let enquiry = raw.enquiry(doubt.kind, &tale(doubt.story));
    let answered = raw.ask(doubt.kind, &enquiry).await;

    let findings = doubt.findings(&answered);
    assert!(
        findings
            .iter()
            .any(|finding| finding.status == CategoryStatus::NotChecked)
    );
    assert!(findings.iter().all(|finding| finding.referred.is_none()));
    let open = tasks(&doubt.desk(&lab)).await.into_iter();
    let open: Vec<_> = open.filter(|task| task.enquiry == enquiry.id).collect();
    // Of the others of the story something may be awaited; of this one, nothing.
    let is_awaited = open.iter().any(|task| match &task.subject {
        TaskSubject::Alert(_) => false,
        TaskSubject::Approval(approval) => approval.if_agreed.subject == doubt.subject,
        TaskSubject::Match(question) => question.subject == doubt.subject,
    });
    assert!(!is_awaited, "waiting would tell that somebody fits");
    let is_told = |task: &Task| match &task.subject {
        TaskSubject::Alert(alert) => alert.subject == doubt.subject,
        TaskSubject::Approval(_) | TaskSubject::Match(_) => false,
    };
    assert!(open.iter().any(is_told), "the named person is told instead");
    lab.stop().await;
}
