//! Who works on a case, how urgent it is, and whom to ask for help before a deadline is missed.

use stile_ledger::{Entry, EntryKind};
use stile_model::code::Priority;
use stile_model::id::{CaseId, Code, MemberId, UserId};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;

use super::open::case_put;
use super::referral::LINE_MAX;
use super::work::{Done, Escalated, Next, Seen, Step, Work};
use crate::error::{ExchangeError, refuse};
use crate::evidence::reason;
use crate::hub::{Case, Hub};
use crate::people::{Duty, Person};

/// Why a rating changes; the pages put them in words.
pub const PRIORITY_REASONS: [&str; 5] = [
    "entered_in_error",
    "manager_review",
    "new_information",
    "risk_higher",
    "risk_lower",
];

/// Why help is asked for; the pages put them in words.
pub const ESCALATION_REASONS: [&str; 6] = [
    "agency_offline",
    "agency_refused",
    "deadline_missed",
    "deadline_near",
    "disagreement",
    "no_answer",
];

/// Fewest and most characters of a reason in words.
const WHY: std::ops::RangeInclusive<usize> = 10..=2_000;

/// Another rating.
#[derive(Debug, Clone)]
pub struct ChangePriority {
    /// The rating.
    pub to: Priority,
    /// One of [`PRIORITY_REASONS`].
    pub reason: Code,
    /// Why, 10 to 2,000 characters.
    pub why: Redacted<String>,
}

/// A researcher to whom a case can be given, and what they have open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// Their user name.
    pub user: UserId,
    /// Open cases allocated to them.
    pub open: usize,
    /// Of these, at risk.
    pub at_risk: usize,
}

/// A call for help.
#[derive(Debug, Clone)]
pub struct Escalate {
    /// The agency whose answer is awaited, if it is about one.
    pub agency: Option<MemberId>,
    /// To whom: name or office, 1 to 200 characters.
    pub to: Redacted<String>,
    /// One of [`ESCALATION_REASONS`].
    pub reason: Code,
    /// What was asked, 10 to 2,000 characters.
    pub note: Redacted<String>,
}

impl Hub {
    /// A researcher takes a case on which nobody works.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `case_closed`, `case_changed`, `already_allocated`.
    pub async fn take_case(&self, person: &Person, case: &CaseId) -> Result<(), ExchangeError> {
        person.must(&Duty::Researcher)?;
        let case = self.open(case)?;
        let work = self.work(&case.matter.id)?;
        if work.allocated().is_some() {
            return Err(somebody_works_on_it());
        }
        self.give(person, &case, &work, &person.user).await
    }

    /// A manager gives a case to a researcher.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `case_closed`, `case_changed`, `not_a_researcher`,
    /// `already_allocated` when it would change nothing.
    pub async fn allocate(
        &self,
        person: &Person,
        case: &CaseId,
        to: &UserId,
        seen: Seen,
    ) -> Result<(), ExchangeError> {
        person.must(&Duty::HubManager)?;
        let case = self.open(case)?;
        if !self.people.has(to, &Duty::Researcher) {
            return Err(refuse(
                "not_a_researcher",
                422,
                "a case is given to somebody with the role `researcher`",
            ));
        }
        let work = self.work(&case.matter.id)?;
        work.must_be_as(seen)?;
        if work.allocated().is_some_and(|(user, _)| user == to) {
            return Err(somebody_works_on_it());
        }
        self.give(person, &case, &work, to).await
    }

    async fn give(
        &self,
        person: &Person,
        case: &Case,
        work: &Work,
        to: &UserId,
    ) -> Result<(), ExchangeError> {
        let now = self.clock.now();
        let from = work.allocated().map(|(user, _)| user.clone());
        let how = if from.is_some() {
            "reallocated"
        } else {
            "allocated"
        };
        let done = Done::Allocated {
            to: to.clone(),
            from,
        };
        self.take_step(Next {
            case,
            work,
            step: step(person, done, now),
            entry: Entry {
                reason: reason(how),
                ..self.case_entry(EntryKind::CaseChanged, case, now)
            },
            puts: Vec::new(),
        })
        .await
    }

    /// To whom a case can be given, who has least first. Counts of cases, and nobody they are about.
    ///
    /// # Errors
    ///
    /// `role_missing`.
    pub fn colleagues(&self, person: &Person) -> Result<Vec<Colleague>, ExchangeError> {
        person.must(&Duty::HubManager)?;
        let now = self.clock.now();
        let researchers = self.people.users();
        let researchers = researchers.filter(|user| self.people.has(user, &Duty::Researcher));
        let mut all: Vec<_> = self.with_board(|lines| {
            let of = researchers.map(|user| {
                let theirs = lines
                    .values()
                    .filter(|line| line.allocated.as_ref() == Some(user));
                let (open, at_risk) = theirs.fold((0, 0), |(open, at_risk), line| {
                    (open + 1, at_risk + usize::from(line.is_at_risk(now)))
                });
                Colleague {
                    user: user.clone(),
                    open,
                    at_risk,
                }
            });
            of.collect()
        })?;
        all.sort_by(|one, other| (one.open, &one.user).cmp(&(other.open, &other.user)));
        Ok(all)
    }

    /// Changes the rating; the deadline is counted anew from receipt. Enquiries that were sent keep
    /// the rating they were signed with.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `case_closed`, `case_changed`, `unknown_word`, `out_of_bounds`
    /// for a reason that is too short or long, or the rating it has.
    pub async fn change_priority(
        &self,
        person: &Person,
        case: &CaseId,
        change: &ChangePriority,
        seen: Seen,
    ) -> Result<Case, ExchangeError> {
        person.must_be_one_of(&[Duty::HubManager, Duty::DecisionMaker])?;
        known(&change.reason, &PRIORITY_REASONS, "reason")?;
        within("why", &change.why, WHY)?;
        let mut case = self.open(case)?;
        let work = self.work(&case.matter.id)?;
        work.must_be_as(seen)?;
        let (from, to) = (case.matter.priority, change.to);
        if from == to {
            return Err(refuse(
                "out_of_bounds",
                422,
                format!("the case is rated `{from}` already"),
            ));
        }
        let now = self.clock.now();
        let clock = self.vocabulary.clock(to);
        case.matter.priority = to;
        case.due = clock.map(|clock| self.settings.calendar.due(case.opened, clock));
        let done = Done::PriorityChanged {
            from,
            to,
            reason: change.reason.clone(),
            why: change.why.clone(),
            due: case.due,
        };
        self.take_step(Next {
            case: &case,
            work: &work,
            step: step(person, done, now),
            entry: Entry {
                reason: Some(change.reason.clone()),
                ..self.case_entry(EntryKind::CaseChanged, &case, now)
            },
            puts: vec![case_put(&case)?],
        })
        .await?;
        Ok(case)
    }

    /// Records that somebody was asked to help; the contact of the agency it is about, if any.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `case_closed`, `case_changed`, `unknown_agency` unless it was
    /// asked in this case, `unknown_word`, `out_of_bounds`.
    pub async fn escalate(
        &self,
        person: &Person,
        case: &CaseId,
        escalate: &Escalate,
    ) -> Result<Option<String>, ExchangeError> {
        person.must_work_on_cases()?;
        known(&escalate.reason, &ESCALATION_REASONS, "reason")?;
        within("to", &escalate.to, 1..=LINE_MAX)?;
        within("note", &escalate.note, WHY)?;
        let case = self.open(case)?;
        let contact = escalate
            .agency
            .as_ref()
            .map(|agency| self.contact_of(&case, agency))
            .transpose()?;
        let work = self.work(&case.matter.id)?;
        let now = self.clock.now();
        let done = Done::Escalated(Escalated {
            agency: escalate.agency.clone(),
            to: escalate.to.clone(),
            reason: escalate.reason.clone(),
            note: escalate.note.clone(),
        });
        self.take_step(Next {
            case: &case,
            work: &work,
            step: step(person, done, now),
            entry: Entry {
                member: escalate.agency.clone(),
                reason: Some(escalate.reason.clone()),
                ..self.case_entry(EntryKind::Escalation, &case, now)
            },
            puts: Vec::new(),
        })
        .await?;
        Ok(contact)
    }

    /// The desk of an agency that was asked in this case.
    fn contact_of(&self, case: &Case, agency: &MemberId) -> Result<String, ExchangeError> {
        let asked = self.sent_of(&case.matter.id)?;
        let directory = self.directory.load();
        directory
            .member(agency)
            .filter(|member| asked.iter().any(|sent| sent.enquiry.to == member.id))
            .map(|member| member.contact.clone())
            .ok_or_else(|| {
                refuse(
                    "unknown_agency",
                    422,
                    format!("`{agency}` was not asked in this case"),
                )
            })
    }

    /// The case, if it is open.
    pub(super) fn open(&self, case: &CaseId) -> Result<Case, ExchangeError> {
        let case = self.case(case)?;
        self.must_be_open(&case.matter.id)?;
        Ok(case)
    }
}

fn somebody_works_on_it() -> ExchangeError {
    refuse(
        "already_allocated",
        409,
        "somebody works on this case; a manager can give it to somebody else",
    )
}

pub(super) fn step(person: &Person, done: Done, now: Timestamp) -> Step {
    Step {
        at: now,
        by: person.user.clone(),
        done,
    }
}

pub(super) fn known(code: &Code, words: &[&str], key: &str) -> Result<(), ExchangeError> {
    if words.contains(&code.as_str()) {
        Ok(())
    } else {
        let words = words.join("`, `");
        Err(refuse(
            "unknown_word",
            422,
            format!("`{key}` must be one of `{words}`"),
        ))
    }
}

pub(super) fn within(
    key: &str,
    text: &Redacted<String>,
    length: std::ops::RangeInclusive<usize>,
) -> Result<(), ExchangeError> {
    if length.contains(&text.reveal().trim().chars().count()) {
        return Ok(());
    }
    let (least, most) = (length.start(), length.end());
    Err(refuse(
        "out_of_bounds",
        422,
        format!("`{key}` must be {least} to {most} characters"),
    ))
}
