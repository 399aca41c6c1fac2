//! People decide: who may see a task and decide it, and on what terms.
//!
//! Order of effects: check the person, take the enquiry's turn, read the task again, and only then
//! let [`Act`] carry the decision out.

use serde::{Deserialize, Serialize};
use stile_ledger::EntryKind;
use stile_model::enquiry::Enquiry;
use stile_model::id::{Code, EnquiryId};
use stile_model::redact::Redacted;
use stile_model::returns::{Finding, Return, SubjectFinding};
use stile_model::time::Timestamp;
use stile_policy::PolicySet;
use stile_store::{Store, Tree};
use utoipa::ToSchema;

use super::act::{Act, closed};
use super::stored::StoredEnquiry;
use super::task::{Occasion, Task, TaskState, TaskSubject};
use super::{Agency, TRIES, overtaken};
use crate::error::{ExchangeError, refuse};
use crate::people::{Duty, Person};
use crate::stored::every;

/// What a person decided, and why.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// The ground as a code; the pages ask for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Code>,
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
    /// What is held does not tell whether one of the candidates is the subject.
    CannotTell,
    /// None of the candidates is the subject.
    NoMatch,
    /// Do not release it.
    Refuse,
    /// This candidate (from 0) is the subject.
    SamePerson(usize),
}

/// On what ground a release is agreed to: code and meaning.
pub const AGREED_FOR: [(&str, &str); 5] = [
    (
        "consent_held",
        "the person agreed, and knows what is shared with whom",
    ),
    (
        "immediate_danger",
        "somebody may come to serious harm before more can be found out",
    ),
    ("legal_duty", "a statute or a court requires it"),
    (
        "necessary_proportionate",
        "needed for the purpose asked, and no more than is needed",
    ),
    (
        "outweighs_confidence",
        "protecting the child or adult outweighs the duty of confidence",
    ),
];

/// On what ground a release is refused: code and meaning.
pub const REFUSED_FOR: [(&str, &str); 6] = [
    (
        "danger_to_somebody",
        "sharing it would put somebody in danger",
    ),
    (
        "disproportionate",
        "more than the purpose needs, or too old or too slight to matter",
    ),
    (
        "legal_bar",
        "a court order, a privilege or a statute forbids it",
    ),
    ("not_relevant", "it does not bear on the purpose asked"),
    (
        "prejudice_investigation",
        "it would harm an investigation or proceedings",
    ),
    (
        "wrong_or_unsafe_record",
        "the record is of somebody else, or cannot be relied on",
    ),
];

impl Verdict {
    /// The coded word of its entry.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledged",
            Self::Agree => "agreed",
            Self::CannotTell => "cannot_tell",
            Self::NoMatch => "no_match",
            Self::Refuse => "refused",
            Self::SamePerson(_) => "same_person",
        }
    }
}

/// Every open task.
pub(super) fn open_tasks(store: &Store) -> Result<Vec<Task>, ExchangeError> {
    let rows = every(store, Tree::Tasks, &[])?;
    let read =
        |value: Vec<u8>| serde_json::from_slice(&value).map_err(|_| ExchangeError::Stored("task"));
    rows.into_iter().map(|(_, value)| read(value)).collect()
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
        let task = self.any_task(id)?;
        Self::may_decide(person, &task)?;
        Ok(task)
    }

    /// One task, whoever may decide it.
    pub(super) fn any_task(&self, id: EnquiryId) -> Result<Task, ExchangeError> {
        let open = self.store.get(Tree::Tasks, id.as_bytes())?;
        let bytes = match open {
            Some(bytes) => Some(bytes),
            None => self.store.get(Tree::Approvals, id.as_bytes())?,
        };
        let bytes = bytes.ok_or_else(|| refuse("unknown_task", 404, "there is no such task"))?;
        serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("task"))
    }

    pub(super) fn open_tasks(&self) -> Result<Vec<Task>, ExchangeError> {
        open_tasks(&self.store)
    }

    pub(super) fn may_decide(person: &Person, task: &Task) -> Result<Vec<Code>, ExchangeError> {
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
        decision.check_ground()?;
        let task = self.task(person, id)?;
        let turn = self.live.turn(task.enquiry).await;
        let _held = turn.lock().await;
        let mut tries = 0;
        loop {
            match self.decide_now(person, id, decision).await {
                Err(error) if overtaken(&error) && tries < TRIES => tries += 1,
                other => return other,
            }
            self.follow_policy().await?;
        }
    }

    /// Decides under the policy of now; the caller holds the enquiry's turn.
    async fn decide_now(
        &self,
        person: &Person,
        id: EnquiryId,
        decision: &Decision,
    ) -> Result<Task, ExchangeError> {
        // Read again under the lock: two officers may decide at once.
        let task = self.task(person, id)?;
        if task.state != TaskState::Open {
            return Err(refuse(
                "already_decided",
                409,
                "this task is no longer open",
            ));
        }
        let now = self.clock.now();
        if let TaskSubject::Alert(alert) = &task.subject
            && let Occasion::Presence { hub, purpose } = &alert.occasion
        {
            let asked = (hub, purpose);
            return self
                .acknowledge_presence((person, decision), &task, asked, now)
                .await;
        }
        let stored = self.stored_enquiry(task.enquiry)?;
        // An alert must be seen, however late.
        if task.due <= now && !matches!(task.subject, TaskSubject::Alert(_)) {
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
            outside: None,
            stored,
            footing: self.footing(),
            now,
        };
        match (task.subject.clone(), decision.verdict) {
            (TaskSubject::Approval(approval), Verdict::Agree) => act.agree(task, approval).await,
            (TaskSubject::Approval(approval), Verdict::Refuse) => act.refuse(task, *approval).await,
            (TaskSubject::Alert(_), Verdict::Acknowledge) => {
                act.note(closed(task), EntryKind::SealedAlert, &[]).await
            }
            (TaskSubject::Match(question), Verdict::CannotTell) => {
                act.undecided(task, &question).await
            }
            (TaskSubject::Match(question), Verdict::NoMatch) => {
                act.chosen(task, &question, None).await
            }
            (TaskSubject::Match(question), Verdict::SamePerson(place)) => {
                act.chosen(task, &question, Some(place)).await
            }
            _ => Err(does_not_fit()),
        }
    }

    /// An enquiry that was admitted here.
    ///
    /// # Errors
    ///
    /// `unknown_enquiry`, or when it cannot be read back.
    pub(crate) fn enquiry(&self, id: EnquiryId) -> Result<Enquiry, ExchangeError> {
        Ok(self.stored_enquiry(id)?.enquiry)
    }

    pub(super) fn stored_enquiry(&self, id: EnquiryId) -> Result<StoredEnquiry, ExchangeError> {
        let bytes = self.store.get(Tree::Enquiries, id.as_bytes())?;
        StoredEnquiry::read(
            &bytes.ok_or_else(|| refuse("unknown_enquiry", 404, "there is no such enquiry"))?,
        )
    }

    /// The next return of an enquiry, with only what changed.
    pub(super) fn next_return(
        &self,
        stored: &StoredEnquiry,
        subjects: Vec<SubjectFinding>,
        findings: Vec<Finding>,
        more: bool,
        (policy, now): (&PolicySet, Timestamp),
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
            policy: policy.digest(),
            vocabulary: self.vocabulary.digest,
            subjects,
            findings,
            closed: self.closed_of(&stored.enquiry, policy),
            more,
        }
    }

    /// Does everything that allowed the enquiry still hold?
    pub(super) fn ground_holds(
        &self,
        stored: &StoredEnquiry,
        (policy, now): (&PolicySet, Timestamp),
    ) -> bool {
        let policy_lives = policy.until().is_none_or(|until| now.date() <= until);
        self.may_be_told(stored, now) && policy_lives && stored.enquiry.expires > now
    }

    /// May the hub be told anything about persons now: is the directory in force, and is there an
    /// agreement that opens the purpose?
    pub(super) fn may_be_told(&self, stored: &StoredEnquiry, now: Timestamp) -> bool {
        let directory = self.directory.load();
        let purpose = &stored.enquiry.purpose;
        let agreement = directory.agreement(&stored.hub, &self.me, purpose, now.date());
        directory.check_in_force(now).is_ok() && agreement.is_ok()
    }
}

impl Decision {
    fn check_ground(&self) -> Result<(), ExchangeError> {
        let known: &[(&str, &str)] = match self.verdict {
            Verdict::Agree => &AGREED_FOR,
            Verdict::Refuse => &REFUSED_FOR,
            Verdict::Acknowledge
            | Verdict::CannotTell
            | Verdict::NoMatch
            | Verdict::SamePerson(_) => &[],
        };
        let Some(ground) = &self.ground else {
            return Ok(());
        };
        if known.iter().any(|(code, _)| *code == ground.as_str()) {
            return Ok(());
        }
        let known: Vec<_> = known.iter().map(|(code, _)| format!("`{code}`")).collect();
        let title = if known.is_empty() {
            "`ground` must be left out of this verdict".to_owned()
        } else {
            format!("`ground` must be one of {}", known.join(", "))
        };
        Err(refuse("unknown_ground", 422, title))
    }
}

pub(super) fn does_not_fit() -> ExchangeError {
    refuse(
        "verdict_does_not_fit",
        422,
        "this verdict does not fit this kind of task",
    )
}
