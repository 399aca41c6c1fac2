//! Break-glass: in an emergency somebody may agree to a release in place of a role that nobody can
//! reach, in the open and for a short time, and answers for it.
//!
//! ```text
//! break    ground and reason are recorded; from here on it must be reviewed ──► the item is shown
//! release  while the glass is open: exactly what the approvers were asked   ──► recorded, then sent
//! review   by another person of information governance, in time ──► else nobody may break it again
//! ```
//!
//! It stands in for people and never for rules: an approval never shows more than policy lets out once
//! its approvers agree, and what the rules let nobody have, nobody has this way. Without `[break_glass]`
//! in the configuration there is none.

mod kept;
mod review;
mod usage;

use stile_ledger::{Entry, EntryKind};
use stile_model::code::Priority;
use stile_model::enquiry::Enquiry;
use stile_model::id::{Code, EnquiryId};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use stile_store::{Batch, StoreError, Tree};

use super::act::Act;
use super::decide::{Decision, Verdict, does_not_fit};
use super::line::TaskLine;
use super::opened::OpenedTask;
use super::task::{Task, TaskState, TaskSubject};
use super::{Agency, TRIES, overtaken};
use crate::error::{ExchangeError, refuse};
use crate::evidence::{pending, reason};
use crate::people::{Duty, Person};

pub use review::{GLASS_FINDINGS, GlassFinding, GlassLine, GlassReleased, GlassReview, OpenedUse};
pub use usage::{BreakGlass, GLASS_GROUNDS, GlassSettings, GlassUse};

impl Agency {
    /// May the glass be broken here at all?
    pub const fn has_glass(&self) -> bool {
        self.settings.break_glass.is_some()
    }

    /// Red approvals that wait for a role this person has not, soonest due first, without anybody's
    /// data. The category is needed to choose, since one use is all there is until it is reviewed, and
    /// says nothing of what is held: policy refers before anything is read. How many records would
    /// leave is shown once the glass is broken.
    ///
    /// # Errors
    ///
    /// `glass_not_offered`, `role_missing`, or when the store cannot be read.
    pub fn emergencies(&self, person: &Person) -> Result<Vec<TaskLine>, ExchangeError> {
        self.glass()?;
        stand_in(person)?;
        let now = self.clock.now();
        let mut tasks = self.open_tasks()?;
        tasks.retain(|task| {
            matches!(task.subject, TaskSubject::Approval(_))
                && task.due > now
                && Self::may_decide(person, task).is_err()
        });
        tasks.sort_by_key(|task| (task.due, task.id));
        let mut lines = Vec::new();
        for task in &tasks {
            let line = self.line_of(task)?;
            if line.priority == Some(Priority::Red) {
                lines.push(TaskLine { records: 0, ..line });
            }
        }
        Ok(lines)
    }

    /// Breaks the glass over one approval, durably and in the open.
    ///
    /// # Errors
    ///
    /// `glass_not_offered`, `role_missing`, `unknown_task`, `unknown_ground`, `reason_missing`,
    /// `glass_unreviewed`, `glass_not_needed`, `glass_not_urgent`, `glass_used`; nothing is shown then.
    pub async fn break_glass(
        &self,
        person: &Person,
        id: EnquiryId,
        order: &BreakGlass,
    ) -> Result<GlassUse, ExchangeError> {
        let settings = self.glass()?;
        let role = stand_in(person)?;
        check_words(&order.reason)?;
        known(&order.ground, &GLASS_GROUNDS)?;
        let _turn = self.live.glass().lock().await;
        let now = self.clock.now();
        self.check_earlier(person, now)?;
        let task = self.waiting_approval(id, now)?;
        if Self::may_decide(person, &task).is_ok() {
            return Err(refuse(
                "glass_not_needed",
                409,
                "this person may decide it without breaking the glass",
            ));
        }
        let enquiry = self.enquiry(task.enquiry)?;
        if enquiry.priority != Priority::Red {
            return Err(refuse(
                "glass_not_urgent",
                403,
                "only an approval of an enquiry rated red may be decided this way",
            ));
        }
        if self.glass_use(id)?.is_some() {
            return Err(used());
        }
        let made = GlassUse {
            task: task.id,
            enquiry: task.enquiry,
            case: task.case,
            by: person.user.clone(),
            role,
            ground: order.ground.clone(),
            reason: order.reason.clone(),
            opened: now,
            until: now.plus_s(i64::from(settings.minutes) * 60),
            review_by: now.plus_s(i64::from(settings.review_h) * 3_600),
            review: None,
            alarmed: false,
        };
        let step = kept::made(&made)?;
        let kind = EntryKind::BreakGlass;
        let batch = self.glass_batch((&made, step), &enquiry, kind, &made.ground)?;
        match self.store.commit(batch).await {
            // Another gateway on this store was quicker.
            Err(StoreError::AlreadyThere(Tree::Meta)) => {
                return Err(match self.glass_use(id)? {
                    Some(_) => used(),
                    None => unreviewed(),
                });
            }
            other => other?,
        };
        tracing::warn!(case = %made.case, task = %made.task, ground = %made.ground,
            "the glass was broken; it must be reviewed");
        Ok(made)
    }

    /// The approval and its use, for whoever broke the glass over it and while it is open; the reading
    /// is recorded first.
    ///
    /// # Errors
    ///
    /// `glass_over`, or that the reading could not be recorded.
    pub async fn open_in_emergency(
        &self,
        person: &Person,
        id: EnquiryId,
    ) -> Result<(OpenedTask, GlassUse), ExchangeError> {
        let of = self.own_use(person, id, self.clock.now())?;
        let task = self.any_task(id)?;
        Ok((self.opened(person, task).await?, of))
    }

    /// Releases exactly what the approvers were asked, in their place.
    ///
    /// # Errors
    ///
    /// `glass_over`, `already_decided`, `approval_lapsed`, `reason_missing`, or that it could not be
    /// recorded; then nothing leaves and the task stays open.
    pub async fn release_in_emergency(
        &self,
        person: &Person,
        id: EnquiryId,
        why: &Redacted<String>,
    ) -> Result<Task, ExchangeError> {
        check_words(why)?;
        let decision = Decision {
            verdict: Verdict::Agree,
            ground: None,
            reason: why.clone(),
        };
        let task = self.any_task(id)?;
        let turn = self.live.turn(task.enquiry).await;
        let _held = turn.lock().await;
        let mut tries = 0;
        loop {
            match self.release_now(person, id, &decision).await {
                Err(error) if overtaken(&error) && tries < TRIES => tries += 1,
                other => return other,
            }
            self.follow_policy().await?;
        }
    }

    async fn release_now(
        &self,
        person: &Person,
        id: EnquiryId,
        decision: &Decision,
    ) -> Result<Task, ExchangeError> {
        let now = self.clock.now();
        // Read again under the lock: the role itself may have decided meanwhile.
        let of = self.own_use(person, id, now)?;
        let task = self.waiting_approval(id, now)?;
        let stored = self.stored_enquiry(task.enquiry)?;
        let TaskSubject::Approval(approval) = task.subject.clone() else {
            return Err(does_not_fit());
        };
        let act = Act {
            agency: self,
            person,
            decision,
            outside: Some(of.role),
            stored,
            footing: self.footing(),
            now,
        };
        act.agree_from_outside(task, approval).await
    }

    fn glass(&self) -> Result<GlassSettings, ExchangeError> {
        self.settings.break_glass.ok_or_else(|| {
            refuse(
                "glass_not_offered",
                403,
                "this agency's configuration has no `[break_glass]`",
            )
        })
    }

    /// One use that was not reviewed in time closes it to everybody, and one that was not reviewed yet
    /// to whoever made it.
    fn check_earlier(&self, person: &Person, now: Timestamp) -> Result<(), ExchangeError> {
        let uses = self.glass_uses_kept()?;
        let mut waiting = uses.iter().filter(|one| one.review.is_none());
        if waiting.any(|one| one.is_overdue(now) || one.by == person.user) {
            return Err(unreviewed());
        }
        Ok(())
    }

    /// An approval that still waits.
    fn waiting_approval(&self, id: EnquiryId, now: Timestamp) -> Result<Task, ExchangeError> {
        let task = self.any_task(id)?;
        if !matches!(task.subject, TaskSubject::Approval(_)) {
            return Err(does_not_fit());
        }
        if task.state != TaskState::Open {
            return Err(refuse(
                "already_decided",
                409,
                "this task is no longer open",
            ));
        }
        if task.due <= now {
            return Err(refuse(
                "approval_lapsed",
                409,
                "the time for this task has run out",
            ));
        }
        Ok(task)
    }

    fn own_use(
        &self,
        person: &Person,
        id: EnquiryId,
        now: Timestamp,
    ) -> Result<GlassUse, ExchangeError> {
        self.glass()?;
        stand_in(person)?;
        let of = self.glass_use(id)?.filter(|one| one.by == person.user);
        let open = of.filter(|one| one.is_open(now));
        open.ok_or_else(|| {
            refuse(
                "glass_over",
                403,
                "this person has not broken the glass over it, or its time is over",
            )
        })
    }

    /// What is recorded of a use together with its new state.
    fn glass_batch(
        &self,
        (of, (puts, require_absent)): (&GlassUse, kept::Step),
        enquiry: &Enquiry,
        kind: EntryKind,
        why: &Code,
    ) -> Result<Batch, ExchangeError> {
        let actor = of.review.as_ref().map_or(&of.by, |review| &review.by);
        let entry = Entry {
            member: Some(enquiry.from.clone()),
            actor: Some(self.pseudonym(actor)),
            reason: reason(why.as_str()),
            concerns: self.permit_of(enquiry.id, 1)?,
            ..self.scribe().of_enquiry(kind, enquiry, self.clock.now())
        };
        let body = serde_json::to_vec(of).map_err(|_| ExchangeError::Stored("break-glass"))?;
        Ok(Batch {
            entries: vec![pending(entry, body, enquiry)],
            puts,
            require_absent,
            ..Batch::default()
        })
    }
}

/// The role of their own in which somebody stands in for another: any approver may.
fn stand_in(person: &Person) -> Result<Code, ExchangeError> {
    let mut roles = person.duties.iter().filter_map(|duty| match duty {
        Duty::Approver(role) => Some(role.clone()),
        Duty::Auditor
        | Duty::DecisionMaker
        | Duty::HubManager
        | Duty::IgLead
        | Duty::InformationGovernance
        | Duty::ItAdmin
        | Duty::MatchReviewer
        | Duty::Researcher => None,
    });
    roles.next().ok_or_else(|| {
        refuse(
            "role_missing",
            403,
            "this needs some role `approver:<role>`",
        )
    })
}

fn unreviewed() -> ExchangeError {
    refuse(
        "glass_unreviewed",
        409,
        "an earlier use has not been reviewed; another person of information governance must review it \
         first",
    )
}

fn used() -> ExchangeError {
    refuse(
        "glass_used",
        409,
        "the glass over this approval has been broken before",
    )
}

fn check_words(words: &Redacted<String>) -> Result<(), ExchangeError> {
    let length = words.reveal().trim().chars().count();
    if (10..=500).contains(&length) {
        return Ok(());
    }
    Err(refuse(
        "reason_missing",
        422,
        "`reason` must say why in 10 to 500 characters",
    ))
}

fn known(code: &Code, all: &[(&str, &str)]) -> Result<(), ExchangeError> {
    if all.iter().any(|(one, _)| *one == code.as_str()) {
        return Ok(());
    }
    let all: Vec<_> = all.iter().map(|(code, _)| format!("`{code}`")).collect();
    let title = format!("expected one of {}", all.join(", "));
    Err(refuse("unknown_ground", 422, title))
}
