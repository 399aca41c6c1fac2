//! Who a subject is, where that is in doubt: a reviewer says, and the hub hears of it only what it
//! may hear at once of anybody.

use std::collections::BTreeSet;

use harness::{Answered, Caller, Lab, RawHub, tale};
use hyper::StatusCode;
use stile_cli::demo::partnership::{APPROVER, member};
use stile_cli::demo::world::Kind;
use stile_exchange::agency::{Approval, Task, TaskState, TaskSubject, Verdict};
use stile_model::code::{CategoryStatus, MatchStatus};
use stile_model::enquiry::Enquiry;
use stile_model::id::SubjectId;
use stile_model::returns::Finding;

use crate::approvals::{approval, decide, tasks};

/// A question of identity: whose it is, what was asked and answered first, and the task.
struct Doubt {
    kind: Kind,
    enquiry: Enquiry,
    first: Answered,
    task: Task,
    subject: SubjectId,
}

/// The first question of identity that any story leaves at any agency, about somebody of whom it
/// may be said at once that they were found, or may not.
async fn question_of_identity(lab: &Lab, raw: &RawHub, may_be_said: bool) -> Doubt {
    for kind in [Kind::Health, Kind::Police, Kind::SocialCare] {
        for story in ["red", "marac", "threshold", "green"] {
            let story = tale(story);
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
