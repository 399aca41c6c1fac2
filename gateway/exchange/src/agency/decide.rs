//! People decide: approve or refuse a release, choose a match, acknowledge an alert.
//!
//! Order of effects: check the person and that the ground still holds, build the next return,
//! record decision, permit, return and closed task as one batch, then wake the hub's long poll.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind};
use stile_model::id::{Code, EnquiryId};
use stile_model::redact::Redacted;
use stile_model::returns::{Finding, Return, SubjectFinding};
use stile_model::subject::PersonRow;
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry, Tree};
use utoipa::ToSchema;

use super::Agency;
use super::admit::Admitted;
use super::find::{Found, FoundSubject};
use super::minimise::said_of_subjects;
use super::record::Ground;
use super::stored::{StoredEnquiry, task_puts};
use super::task::{Approval, MatchQuestion, Task, TaskState, TaskSubject};
use crate::error::{ExchangeError, refuse};
use crate::people::{Duty, Person};
use crate::stored::every;

/// What a person decided, and why.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, 10 to 500 characters; kept sealed.
    pub reason: Redacted<String>,
}

/// A verdict on a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    /// I have seen the alert.
    Acknowledge,
    /// Release exactly what the task shows.
    Agree,
    /// None of the candidates is the subject.
    NoMatch,
    /// Do not release it.
    Refuse,
    /// This candidate (from 0) is the subject.
    SamePerson(usize),
}

impl Agency {
    /// Every open task this person may decide, oldest first.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn tasks(&self, person: &Person) -> Result<Vec<Task>, ExchangeError> {
        let mut tasks: Vec<_> = self
            .open_tasks()?
            .into_iter()
            .filter(|task| Self::may_decide(person, task).is_ok())
            .collect();
        tasks.sort_by_key(|task| (task.due, task.id));
        Ok(tasks)
    }

    /// One task, if this person may decide it.
    ///
    /// # Errors
    ///
    /// `unknown_task`, or `role_missing`.
    pub fn task(&self, person: &Person, id: EnquiryId) -> Result<Task, ExchangeError> {
        let open = self.store.get(Tree::Tasks, id.as_bytes())?;
        let bytes = match open {
            Some(bytes) => Some(bytes),
            None => self.store.get(Tree::Approvals, id.as_bytes())?,
        };
        let bytes = bytes.ok_or_else(|| refuse("unknown_task", 404, "there is no such task"))?;
        let task: Task =
            serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("task"))?;
        Self::may_decide(person, &task)?;
        Ok(task)
    }

    pub(super) fn open_tasks(&self) -> Result<Vec<Task>, ExchangeError> {
        let rows = every(&self.store, Tree::Tasks, &[])?;
        rows.into_iter()
            .map(|(_, value)| {
                serde_json::from_slice(&value).map_err(|_| ExchangeError::Stored("task"))
            })
            .collect()
    }

    fn may_decide(person: &Person, task: &Task) -> Result<Vec<Code>, ExchangeError> {
        let wanted = match &task.subject {
            TaskSubject::Approval(approval) => approval.roles.clone(),
            TaskSubject::Alert(alert) => vec![alert.contact.clone()],
            TaskSubject::Match(_) => {
                person.must(&Duty::MatchReviewer)?;
                return Ok(Vec::new());
            }
        };
        let held: Vec<_> = wanted
            .into_iter()
            .filter(|role| person.duties.contains(&Duty::Approver(role.clone())))
            .collect();
        if held.is_empty() {
            return Err(refuse("role_missing", 403, "this task is for another role"));
        }
        Ok(held)
    }

    /// Carries out a person's decision. What leaves, leaves only after it is recorded.
    ///
    /// # Errors
    ///
    /// A coded refusal, or that the ledger could not keep it; then the task stays open.
    pub async fn decide(
        &self,
        person: &Person,
        id: EnquiryId,
        decision: &Decision,
    ) -> Result<Task, ExchangeError> {
        let length = decision.reason.reveal().trim().chars().count();
        if !(10..=500).contains(&length) {
            return Err(refuse(
                "reason_missing",
                422,
                "`reason` must say why in 10 to 500 characters",
            ));
        }
        let task = self.task(person, id)?;
        let stored = self.stored_enquiry(task.enquiry)?;
        let turn = self.live.turn(task.enquiry).await;
        let _held = turn.lock().await;
        // Read again under the lock: two officers may decide at once.
        let task = self.task(person, id)?;
        let stored = self.stored_enquiry(stored.enquiry.id)?;
        if task.state != TaskState::Open {
            return Err(refuse(
                "already_decided",
                409,
                "this task is no longer open",
            ));
        }
        let now = self.clock.now();
        if task.due <= now {
            return Err(refuse(
                "approval_lapsed",
                409,
                "the time for this task has run out",
            ));
        }
        let act = Act {
            agency: self,
            person,
            decision,
            stored,
            now,
        };
        match (task.subject.clone(), decision.verdict) {
            (TaskSubject::Approval(approval), Verdict::Agree) => act.agree(task, approval).await,
            (TaskSubject::Approval(approval), Verdict::Refuse) => {
                act.close(task, approval.if_refused, None).await
            }
            (TaskSubject::Alert(_), Verdict::Acknowledge) => act.note(closed(task)).await,
            (TaskSubject::Match(question), Verdict::NoMatch) => {
                act.chosen(task, &question, None).await
            }
            (TaskSubject::Match(question), Verdict::SamePerson(place)) => {
                act.chosen(task, &question, Some(place)).await
            }
            _ => Err(refuse(
                "verdict_does_not_fit",
                422,
                "this verdict does not fit this kind of task",
            )),
        }
    }

    pub(super) fn stored_enquiry(&self, id: EnquiryId) -> Result<StoredEnquiry, ExchangeError> {
        let bytes = self.store.get(Tree::Enquiries, id.as_bytes())?;
        StoredEnquiry::read(
            &bytes.ok_or_else(|| refuse("unknown_enquiry", 404, "there is no such enquiry"))?,
        )
    }

    /// Are other tasks of this enquiry still open, so that more returns may follow?
    pub(super) fn others_open(&self, task: &Task) -> Result<bool, ExchangeError> {
        Ok(self.open_tasks()?.iter().any(|other| {
            other.enquiry == task.enquiry
                && other.id != task.id
                && !matches!(other.subject, TaskSubject::Alert(_))
        }))
    }

    /// The next return of an enquiry, with only what changed.
    pub(super) fn next_return(
        &self,
        stored: &StoredEnquiry,
        subjects: Vec<SubjectFinding>,
        findings: Vec<Finding>,
        more: bool,
        now: Timestamp,
    ) -> Return {
        Return {
            v: 1,
            enquiry: stored.enquiry.id,
            enquiry_digest: stored.digest,
            from: self.me.clone(),
            to: stored.hub.clone(),
            case: stored.enquiry.case.clone(),
            n: stored.n + 1,
            issued: now,
            policy: self.policy.load().digest(),
            vocabulary: self.vocabulary.digest,
            subjects,
            findings,
            more,
        }
    }

    /// Does everything that allowed the enquiry still hold?
    fn ground_holds(&self, stored: &StoredEnquiry, now: Timestamp) -> bool {
        let directory = self.directory.load();
        let member = directory.check_in_force(now).is_ok();
        let agreement =
            directory.agreement(&stored.hub, &self.me, &stored.enquiry.purpose, now.date());
        let policy_lives = self
            .policy
            .load()
            .until()
            .is_none_or(|until| now.date() <= until);
        member && agreement.is_ok() && policy_lives && stored.enquiry.expires > now
    }
}

fn closed(task: Task) -> Task {
    Task {
        state: TaskState::Closed,
        ..task
    }
}

/// One decision being carried out.
struct Act<'a> {
    agency: &'a Agency,
    person: &'a Person,
    decision: &'a Decision,
    stored: StoredEnquiry,
    now: Timestamp,
}

impl Act<'_> {
    async fn agree(&self, task: Task, mut approval: Box<Approval>) -> Result<Task, ExchangeError> {
        if !self.agency.ground_holds(&self.stored, self.now) {
            let finding = approval.if_lapsed;
            return self.lapse(task, vec![finding], EntryKind::Approval).await;
        }
        for role in Agency::may_decide(self.person, &task)? {
            approval
                .agreed_by
                .entry(role)
                .or_insert_with(|| self.person.user.clone());
        }
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
            self.note(Task {
                subject: TaskSubject::Approval(approval),
                ..task
            })
            .await
        }
    }

    /// Closes an approval with the finding that goes to the hub.
    async fn close(
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
    async fn lapse(
        &self,
        task: Task,
        findings: Vec<Finding>,
        kind: EntryKind,
    ) -> Result<Task, ExchangeError> {
        let task = Task {
            state: TaskState::Lapsed,
            ..task
        };
        self.send(task, Vec::new(), findings, kind, Vec::new())
            .await
    }

    /// Records a decision that sends nothing.
    async fn note(&self, task: Task) -> Result<Task, ExchangeError> {
        let mut batch = Batch {
            entries: vec![self.entry(EntryKind::Approval)?],
            ..Batch::default()
        };
        batch.puts.extend(task_puts(&task)?);
        self.agency.store.commit(batch).await?;
        Ok(task)
    }

    /// The reviewer chose: rule, collect and minimise as if the match had been confident.
    async fn chosen(
        &self,
        task: Task,
        question: &MatchQuestion,
        place: Option<usize>,
    ) -> Result<Task, ExchangeError> {
        if !self.agency.ground_holds(&self.stored, self.now) {
            return self.lapse(task, Vec::new(), EntryKind::MatchDecision).await;
        }
        let enquiry = &self.stored.enquiry;
        let subjects = enquiry.subjects.iter();
        let (at, subject) = subjects
            .enumerate()
            .find(|(_, subject)| subject.id == question.subject)
            .ok_or(ExchangeError::Stored("enquiry"))?;
        let who = match place {
            Some(place) => {
                let candidate = question.candidates.get(place);
                let candidate = candidate.ok_or_else(|| {
                    refuse(
                        "unknown_candidate",
                        422,
                        "there is no candidate of that number",
                    )
                })?;
                let rows: Vec<PersonRow> = candidate
                    .rows
                    .iter()
                    .map(super::task::RowView::row)
                    .collect();
                let mut who = FoundSubject::chosen(subject, rows);
                self.agency.read_households(&mut who).await;
                who
            }
            None => FoundSubject::nobody(subject),
        };
        let found = self.beside_the_others(at, who).await;
        let mut ruled = self.agency.rule(found);
        ruled.rulings.retain(|ruling| ruling.subject == at);
        let collected = self.agency.collect(ruled).await;
        let (findings, tasks) = self.agency.findings(&collected)?;
        let said = said_of_subjects(&collected.ruled);
        self.send(
            closed(task),
            said,
            findings,
            EntryKind::MatchDecision,
            tasks,
        )
        .await
    }

    /// The chosen subject among all of the enquiry: texts about one of them are screened for what
    /// must not be said of any of them.
    async fn beside_the_others(&self, at: usize, who: FoundSubject) -> Found {
        let admitted = Admitted {
            jws: String::new(),
            digest: self.stored.digest,
            now: self.now,
            today: self.now.date(),
            enquiry: self.stored.enquiry.clone(),
        };
        let mut found = self.agency.find(admitted).await;
        for other in &mut found.subjects {
            // Whoever must know of them was told when the enquiry came.
            other.sealed_hit = false;
        }
        if let Some(place) = found.subjects.get_mut(at) {
            *place = who;
        }
        found
    }

    async fn send(
        &self,
        task: Task,
        subjects: Vec<SubjectFinding>,
        findings: Vec<Finding>,
        kind: EntryKind,
        further: Vec<Task>,
    ) -> Result<Task, ExchangeError> {
        let waits = further
            .iter()
            .any(|task| !matches!(task.subject, TaskSubject::Alert(_)));
        let more = waits || self.agency.others_open(&task)?;
        let answer = self
            .agency
            .next_return(&self.stored, subjects, findings, more, self.now);
        let ground = Ground {
            decision: Some(self.entry(kind)?),
            actor: Some(&self.person.user),
            task: &task,
            further: &further,
        };
        self.agency
            .record_later(&self.stored, &answer, ground)
            .await?;
        self.agency.live.returned.notify_waiters();
        Ok(task)
    }

    fn entry(&self, kind: EntryKind) -> Result<PendingEntry, ExchangeError> {
        let word = match self.decision.verdict {
            Verdict::Acknowledge => "acknowledged",
            Verdict::Agree => "agreed",
            Verdict::NoMatch => "no_match",
            Verdict::Refuse => "refused",
            Verdict::SamePerson(_) => "same_person",
        };
        let entry = Entry {
            purpose: Some(self.stored.enquiry.purpose.clone()),
            member: Some(self.stored.hub.clone()),
            counts: Code::new(word)
                .map(|code| BTreeMap::from([(code, 1)]))
                .unwrap_or_default(),
            actor: Some(self.agency.pseudonym(&self.person.user)),
            ..Entry::new(kind, self.now)
        };
        let body = serde_json::to_vec(&(self.decision, &self.person.user, self.stored.enquiry.id))
            .map_err(|_| ExchangeError::Stored("decision"))?;
        Ok(PendingEntry {
            entry,
            body,
            case: Some(self.stored.enquiry.case.clone()),
        })
    }
}
