//! Carry out a decision: approve or refuse a release, acknowledge an alert.
//!
//! Order of effects: check that the ground still holds, build the next return, record decision,
//! permit, return and closed task as one batch, then wake the hub's long poll.

use stile_ledger::{Entry, EntryKind};
use stile_model::id::{Code, UserId};
use stile_model::returns::{Finding, SubjectFinding};
use stile_model::time::Timestamp;
use stile_policy::{Decider, OfficerRole};
use stile_store::PendingEntry;

use super::Agency;
use super::decide::{Decision, Verdict};
use super::footing::Footing;
use super::learned::Weighed;
use super::record::Ground;
use super::still::Still;
use super::stored::{StoredEnquiry, closing};
use super::task::{Approval, Ended, Task, TaskState, TaskSubject};
use super::unsettled::is_awaited;
use crate::error::{ExchangeError, refuse};
use crate::evidence::{pending, reason};
use crate::people::{Duty, Person};

pub(super) fn closed(task: Task) -> Task {
    Task {
        state: TaskState::Closed,
        ..task
    }
}

/// One decision being carried out.
pub(super) struct Act<'a> {
    pub(super) agency: &'a Agency,
    pub(super) person: &'a Person,
    pub(super) decision: &'a Decision,
    /// The role of somebody who broke the glass, and has none of those asked.
    pub(super) outside: Option<Code>,
    pub(super) stored: StoredEnquiry,
    /// What it rests on, from first to last.
    pub(super) footing: Footing,
    pub(super) now: Timestamp,
}

impl Act<'_> {
    pub(super) async fn agree(
        &self,
        task: Task,
        mut approval: Box<Approval>,
    ) -> Result<Task, ExchangeError> {
        let still = self.still(&approval);
        let holds = self.ground_holds();
        if !holds || still != Still::AsAsked {
            let finding = still.reduced(approval.if_lapsed, &approval.fields);
            return self.lapse(task, finding).await;
        }
        self.agree_for_one_role(&mut approval, Agency::may_decide(self.person, &task)?)?;
        let enough = if approval.any_of {
            !approval.agreed_by.is_empty()
        } else {
            approval
                .roles
                .iter()
                .all(|role| approval.agreed_by.contains_key(role))
        };
        if enough {
            let finding = approval.if_agreed.clone();
            self.close(task, finding, Some(approval)).await
        } else {
            let task = Task {
                subject: TaskSubject::Approval(approval),
                ..task
            };
            self.note(task, EntryKind::Approval, &[]).await
        }
    }

    /// Somebody who broke the glass agrees in place of every role that has not: to exactly what they
    /// were asked, and only while it may still leave.
    pub(super) async fn agree_from_outside(
        &self,
        task: Task,
        approval: Box<Approval>,
    ) -> Result<Task, ExchangeError> {
        let still = self.still(&approval);
        if !self.ground_holds() || still != Still::AsAsked {
            let finding = still.reduced(approval.if_lapsed, &approval.fields);
            return self.lapse(task, finding).await;
        }
        let (nobody, nothing) = (Vec::new(), Vec::new());
        let finding = approval.if_agreed.clone();
        let kind = EntryKind::BreakGlass;
        self.send(closed(task), nobody, vec![finding], kind, nothing)
            .await
    }

    /// Counts this person for one role only: two roles mean two people, whoever holds both.
    fn agree_for_one_role(
        &self,
        approval: &mut Approval,
        held: Vec<Code>,
    ) -> Result<(), ExchangeError> {
        let user = &self.person.user;
        if approval.agreed_by.values().any(|agreed| agreed == user) {
            return Err(refuse(
                "already_decided",
                409,
                "this person has agreed; another must agree for the other role",
            ));
        }
        let free = |role: &&Code| !approval.agreed_by.contains_key(*role);
        if let Some(role) = held.iter().find(free) {
            approval.agreed_by.insert(role.clone(), user.clone());
            return Ok(());
        }
        // Somebody who holds several roles stands for ours; they may as well stand for another.
        for ours in held {
            let Some(other) = approval.agreed_by.get(&ours).cloned() else {
                continue;
            };
            let open = approval.roles.iter().find(|role| {
                let duty = Duty::Approver((*role).clone());
                free(role) && self.agency.people.has(&other, &duty)
            });
            if let Some(open) = open.cloned() {
                approval.agreed_by.insert(open, other);
                approval.agreed_by.insert(ours, user.clone());
                return Ok(());
            }
        }
        Err(refuse(
            "already_decided",
            409,
            "somebody has agreed for this role; another role must agree",
        ))
    }

    /// Refuses a release; what left at once is said again only if it still may be.
    pub(super) async fn refuse(
        &self,
        task: Task,
        approval: Approval,
    ) -> Result<Task, ExchangeError> {
        let still = self.still(&approval);
        let finding = still.reduced(approval.if_refused, &approval.fields);
        self.close(task, finding, None).await
    }

    fn still(&self, approval: &Approval) -> Still {
        let under = (&self.footing, self.now);
        self.agency.still(&self.stored, approval, under)
    }

    pub(super) fn ground_holds(&self) -> bool {
        let under = (&*self.footing.policy, self.now);
        self.agency.ground_holds(&self.stored, under)
    }

    /// Closes an approval with the finding that goes to the hub.
    pub(super) async fn close(
        &self,
        task: Task,
        finding: Finding,
        approval: Option<Box<Approval>>,
    ) -> Result<Task, ExchangeError> {
        let subject = approval.map_or_else(|| task.subject.clone(), TaskSubject::Approval);
        let task = closed(Task { subject, ..task });
        self.send(
            task,
            Vec::new(),
            vec![finding],
            EntryKind::Approval,
            Vec::new(),
        )
        .await
    }

    /// What allowed the enquiry no longer holds: the decision is recorded, and policy's answer
    /// without it stands.
    async fn lapse(&self, task: Task, finding: Finding) -> Result<Task, ExchangeError> {
        let task = Task {
            state: TaskState::Lapsed,
            ..task
        };
        let (nobody, nothing) = (Vec::new(), Vec::new());
        self.send(task, nobody, vec![finding], EntryKind::Approval, nothing)
            .await
    }

    /// Records a decision that sends nothing, with the tasks that come of it.
    pub(super) async fn note(
        &self,
        task: Task,
        kind: EntryKind,
        further: &[Task],
    ) -> Result<Task, ExchangeError> {
        let task = self.ended(task, None);
        let mut batch = closing(self.entry(kind, &task)?, &task, further)?;
        if !further.is_empty() {
            // What others are asked is asked under the rules in force.
            let must_be_absent = self.agency.must_be_absent(&self.footing)?;
            batch.require_absent.extend(must_be_absent);
        }
        self.agency.store.commit(batch).await?;
        Ok(task)
    }

    /// Sends what changed with the decision, both recorded together.
    pub(super) async fn send(
        &self,
        task: Task,
        subjects: Vec<SubjectFinding>,
        findings: Vec<Finding>,
        kind: EntryKind,
        further: Vec<Task>,
    ) -> Result<Task, ExchangeError> {
        let more = is_awaited(&further) || self.agency.others_open(&task).await?;
        let answer = self.agency.next_return(
            &self.stored,
            subjects,
            findings,
            more,
            (&self.footing.policy, self.now),
        );
        let task = self.ended(task, Some(answer.n));
        let ground = Ground {
            decision: Some(self.entry(kind, &task)?),
            actor: Some(&self.person.user),
            by: self.decider(&task),
            task: &task,
            further: &further,
            footing: &self.footing,
        };
        self.agency
            .record_later(&self.stored, &answer, ground)
            .await?;
        self.agency.live.returned.notify_waiters();
        Ok(task)
    }

    /// The task with how it ended, unless it goes on; `told` is the number of the return about it.
    fn ended(&self, task: Task, told: Option<u32>) -> Task {
        let ended = (task.state != TaskState::Open).then(|| Ended {
            at: self.now,
            by: Some(self.person.user.clone()),
            told,
        });
        Task { ended, ..task }
    }

    /// Who decided, in which role: everybody who agreed, or the one who decided alone. Where what they
    /// were asked about may not leave any more, nobody's agreement counts: the rules decided.
    fn decider(&self, task: &Task) -> Decider {
        if task.state == TaskState::Lapsed {
            return Decider::Policy(self.footing.policy.digest());
        }
        let agreed: Vec<(&UserId, &Code)> = match &task.subject {
            TaskSubject::Approval(approval) if self.decision.verdict == Verdict::Agree => approval
                .agreed_by
                .iter()
                .map(|(role, user)| (user, role))
                .collect(),
            TaskSubject::Alert(_) | TaskSubject::Approval(_) | TaskSubject::Match(_) => Vec::new(),
        };
        let held = match &self.outside {
            Some(role) => vec![role.clone()],
            None => Agency::may_decide(self.person, task).unwrap_or_default(),
        };
        let reviewer = Code::new("match_reviewer").ok();
        let alone = held.first().or(reviewer.as_ref());
        let alone = alone.map(|role| (&self.person.user, role));
        let who: Vec<(&UserId, &Code)> = if agreed.is_empty() || self.outside.is_some() {
            agreed.into_iter().chain(alone).collect()
        } else {
            agreed
        };
        let known = &self.agency.vocabulary.approvers;
        let by = who.into_iter().map(|(user, role)| {
            let named = known.iter().find(|term| term.code == *role);
            let named =
                named.map_or_else(|| role.as_str().replace('_', " "), |term| term.name.clone());
            let from_outside = self.outside.is_some() && *user == self.person.user;
            OfficerRole {
                user: user.clone(),
                role: role.clone(),
                position: if from_outside {
                    format!("{named} (break-glass, in place of the role asked)")
                } else {
                    named
                },
            }
        });
        Decider::Person {
            by: by.collect(),
            why: self.decision.reason.clone(),
        }
    }

    fn entry(&self, kind: EntryKind, task: &Task) -> Result<PendingEntry, ExchangeError> {
        let entry = Entry {
            member: Some(self.stored.hub.clone()),
            reason: reason(self.decision.verdict.word()),
            actor: Some(self.agency.pseudonym(&self.person.user)),
            concerns: self.agency.permit_of(self.stored.enquiry.id, 1)?,
            counts: self
                .decision
                .ground
                .iter()
                .map(|code| (code.clone(), 1))
                .collect(),
            ..self
                .agency
                .scribe()
                .of_enquiry(kind, &self.stored.enquiry, self.now)
        };
        // How the one chosen agrees is all that decisions teach.
        let weighed = match (&task.subject, self.decision.verdict) {
            (TaskSubject::Match(question), Verdict::SamePerson(place)) => {
                Weighed::chosen(question, place)
            }
            _ => None,
        };
        let user = &self.person.user;
        let body = (self.decision, user, self.stored.enquiry.id, weighed);
        let body = serde_json::to_vec(&body).map_err(|_| ExchangeError::Stored("decision"))?;
        Ok(pending(entry, body, &self.stored.enquiry))
    }
}
