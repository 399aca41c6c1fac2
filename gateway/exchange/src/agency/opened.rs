//! A task as the person who decides it sees it: what led to it, who is asked, and what came of it.
//! Opening it shows people's data, so it is recorded before it is shown (DPA 2018 s.62(1)(c)).

use stile_ledger::{Entry, EntryKind};
use stile_model::code::Priority;
use stile_model::enquiry::Enquiry;
use stile_model::id::{Code, EnquiryId, SubjectId};
use stile_model::returns::Return;
use stile_model::time::Timestamp;
use stile_policy::DecisionRequest;
use stile_store::{Batch, Tree};

use super::Agency;
use super::line::{RoleAsked, records};
use super::side::{AskedPerson, CandidateView};
use super::stored::{StoredReturn, return_key};
use super::task::{Occasion, Task, TaskSubject};
use crate::error::ExchangeError;
use crate::evidence::{counts, pending, reason};
use crate::form;
use crate::people::Person;

/// A task, and all that whoever decides it needs to know.
#[derive(Debug, Clone)]
pub struct OpenedTask {
    /// The task.
    pub task: Task,
    /// What was asked; none where somebody was asked about before any enquiry.
    pub asking: Option<Asking>,
    /// Who is asked, and who has agreed.
    pub asked: Vec<RoleAsked>,
    /// What the hub was told when it ended.
    pub told: Option<Told>,
    /// The time by the gateway's clock.
    pub now: Timestamp,
}

/// The question behind a task.
#[derive(Debug, Clone)]
pub struct Asking {
    /// The request part of the decision record (ICO data sharing code, annex B).
    pub request: DecisionRequest,
    /// Kind of case.
    pub case_kind: Code,
    /// The hub's rating.
    pub priority: Priority,
    /// Whether parents were told, or the coded reason why not.
    pub parents_informed: Option<Code>,
    /// The person's place in the enquiry.
    pub subject: SubjectId,
    /// Their role in the case.
    pub role: Code,
    /// Who is asked about, as the hub knows them.
    pub who: AskedPerson,
    /// Until when the question stands.
    pub expires: Timestamp,
}

/// What the hub was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Number of the return.
    pub n: u32,
    /// When it was made.
    pub at: Timestamp,
    /// Index of its permit in the ledger.
    pub permit: u64,
}

/// What somebody is about to be shown of a task, for the record.
pub(super) struct Opening {
    /// The task.
    pub(super) task: EnquiryId,
    /// The coded reason of its entry.
    pub(super) why: &'static str,
    /// What is shown, and how many.
    pub(super) shown: (&'static str, usize),
}

impl Agency {
    /// One task with what led to it, for somebody who may decide it; the reading is recorded first.
    ///
    /// # Errors
    ///
    /// `unknown_task`, `role_missing`, or that the reading could not be recorded.
    pub async fn open_task(
        &self,
        person: &Person,
        id: EnquiryId,
    ) -> Result<OpenedTask, ExchangeError> {
        let task = self.task(person, id)?;
        self.opened(person, task).await
    }

    /// A task that this person may see, after the reading is on record.
    pub(super) async fn opened(
        &self,
        person: &Person,
        task: Task,
    ) -> Result<OpenedTask, ExchangeError> {
        let now = self.clock.now();
        let asked = self.asked_of(&task);
        if is_of_presence(&task) {
            // It shows that somebody was asked about, and nothing of whom.
            return Ok(OpenedTask {
                task,
                asking: None,
                asked,
                told: None,
                now,
            });
        }
        let enquiry = self.enquiry(task.enquiry)?;
        let asking = self.asking(&task, &enquiry)?;
        let told = self.told(&task)?;
        let opening = Opening {
            task: task.id,
            why: "task",
            shown: match &task.subject {
                TaskSubject::Match(question) => ("candidates", question.candidates.len()),
                TaskSubject::Alert(_) | TaskSubject::Approval(_) => ("items", records(&task)),
            },
        };
        self.record_opening(person, &opening, &enquiry, now).await?;
        Ok(OpenedTask {
            task: task.veiled(),
            asking: Some(asking),
            asked,
            told,
            now,
        })
    }

    /// Puts on record what somebody is about to be shown.
    pub(super) async fn record_opening(
        &self,
        person: &Person,
        opening: &Opening,
        enquiry: &Enquiry,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        let entry = Entry {
            member: Some(enquiry.from.clone()),
            actor: Some(self.pseudonym(&person.user)),
            reason: reason(opening.why),
            concerns: self.permit_of(enquiry.id, 1)?,
            counts: counts(&[opening.shown]),
            ..self
                .scribe()
                .of_enquiry(EntryKind::Consultation, enquiry, now)
        };
        let body = serde_json::to_vec(&(&enquiry.case, &person.user, opening.task));
        let body = body.map_err(|_| ExchangeError::Stored("task"))?;
        let batch = Batch {
            entries: vec![pending(entry, body, enquiry)],
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        Ok(())
    }

    fn asking(&self, task: &Task, enquiry: &Enquiry) -> Result<Asking, ExchangeError> {
        let place = task.subject.subject();
        let mut subjects = enquiry.subjects.iter();
        let subject = subjects.find(|subject| subject.id == *place);
        let subject = subject.ok_or(ExchangeError::Stored("enquiry"))?;
        Ok(Asking {
            request: self.request_shown(enquiry)?,
            case_kind: enquiry.case_kind.clone(),
            priority: enquiry.priority,
            parents_informed: enquiry.consent.parents_informed.clone(),
            subject: subject.id.clone(),
            role: subject.role.clone(),
            who: AskedPerson::of(subject),
            expires: enquiry.expires,
        })
    }

    /// The form as it would be filled today; else as it was filled when the enquiry came.
    fn request_shown(&self, enquiry: &Enquiry) -> Result<DecisionRequest, ExchangeError> {
        let filled = form::request(enquiry, &self.vocabulary, &self.directory.load());
        filled.or_else(|missing| {
            let first = self.decision_records(enquiry.id)?.into_iter().next();
            first.map(|first| first.request).ok_or(missing)
        })
    }

    fn told(&self, task: &Task) -> Result<Option<Told>, ExchangeError> {
        let Some(n) = task.ended.as_ref().and_then(|ended| ended.told) else {
            return Ok(None);
        };
        let bytes = self
            .store
            .get(Tree::Returns, &return_key(task.enquiry, n))?;
        let bytes = bytes.ok_or(ExchangeError::Stored("return"))?;
        let answer: Return = serde_json::from_str(&StoredReturn::read(&bytes)?.payload)
            .map_err(|_| ExchangeError::Stored("return"))?;
        let permit = self.permit_of(task.enquiry, n)?;
        Ok(permit.map(|permit| Told {
            n,
            at: answer.issued,
            permit,
        }))
    }
}

impl Task {
    /// As its reader sees it: where a candidate's places are protected, without them.
    fn veiled(mut self) -> Self {
        if let TaskSubject::Match(question) = &mut self.subject {
            question.candidates.iter_mut().for_each(CandidateView::veil);
        }
        self
    }
}

fn is_of_presence(task: &Task) -> bool {
    matches!(
        &task.subject,
        TaskSubject::Alert(alert) if alert.occasion != Occasion::Enquiry
    )
}
