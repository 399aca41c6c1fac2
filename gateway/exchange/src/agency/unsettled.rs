//! What was referred of somebody who may or may not be held: how it goes on without telling which.
//!
//! The first answer says `referred` alike of people found, not found and possibly found. So whatever
//! a reviewer says of a possible match, and also if they say nothing in time, the hub hears next
//! what it hears of anybody: the end of each approval, by the time that the first answer named.

use std::collections::BTreeMap;

use stile_model::code::CategoryStatus;
use stile_model::id::{CategoryId, SubjectId};
use stile_model::returns::{Finding, Referred, Return};
use stile_model::time::Timestamp;
use stile_store::Tree;

use super::Agency;
use super::draft::refused;
use super::minimise::withheld_code;
use super::stored::{StoredEnquiry, StoredReturn, return_key};
use super::task::{Approval, Task, TaskState, TaskSubject};
use crate::error::ExchangeError;
use crate::random;

impl Agency {
    /// Reduces what came of a reviewer's word to what follows the first answer about anybody of
    /// whom it may not be said at once that they were found.
    ///
    /// What the hub was told of a category stays as it was told. What it was told is referred has
    /// its approvers, who have the time that the hub was told; where the rules of now refer it no
    /// more, their agreement gives nothing.
    ///
    /// # Errors
    ///
    /// When the first answer cannot be read back, or no random identifier can be had.
    pub(super) fn as_of_anybody(
        &self,
        stored: &StoredEnquiry,
        subject: &SubjectId,
        (mut findings, mut tasks): (Vec<Finding>, Vec<Task>),
        now: Timestamp,
    ) -> Result<(Vec<Finding>, Vec<Task>), ExchangeError> {
        let told = self.told_first(stored, subject)?;
        findings.retain(|finding| !told.contains_key(&finding.category));
        tasks.retain_mut(|task| {
            let first = approved(task).and_then(|category| told.get(category));
            match first.map(|first| &first.referred) {
                Some(Some(referred)) => task.due = referred.due,
                // Of anybody else nobody would be asked.
                Some(None) => return false,
                None => {}
            }
            true
        });
        for first in told.into_values() {
            let is_asked = tasks
                .iter()
                .any(|task| approved(task) == Some(&first.category));
            if let Some(referred) = first.referred.clone().filter(|_| !is_asked) {
                tasks.push(unsettled(stored, first, referred, now)?);
            }
        }
        Ok((findings, tasks))
    }

    /// The approvals that are left of a subject of whom nobody said who it is: they give nothing,
    /// and end as those about anybody end.
    ///
    /// # Errors
    ///
    /// When the first answer cannot be read back, or no random identifier can be had.
    pub(super) fn unsettled(
        &self,
        stored: &StoredEnquiry,
        subject: &SubjectId,
        now: Timestamp,
    ) -> Result<Vec<Task>, ExchangeError> {
        let nothing = (Vec::new(), Vec::new());
        let (_, tasks) = self.as_of_anybody(stored, subject, nothing, now)?;
        Ok(tasks)
    }

    /// What the first return said of a subject: no other can have said anything of a category while
    /// a reviewer had still to say who it is.
    fn told_first(
        &self,
        stored: &StoredEnquiry,
        subject: &SubjectId,
    ) -> Result<BTreeMap<CategoryId, Finding>, ExchangeError> {
        let key = return_key(stored.enquiry.id, 1);
        let bytes = self.store.get(Tree::Returns, &key)?;
        let bytes = bytes.ok_or(ExchangeError::Stored("return"))?;
        let payload = StoredReturn::read(&bytes)?.payload;
        let first: Return =
            serde_json::from_str(&payload).map_err(|_| ExchangeError::Stored("return"))?;
        let of_subject = first
            .findings
            .into_iter()
            .filter(|finding| finding.subject == *subject);
        Ok(of_subject
            .map(|finding| (finding.category.clone(), finding))
            .collect())
    }
}

/// The category whose release a task asks for.
fn approved(task: &Task) -> Option<&CategoryId> {
    match &task.subject {
        TaskSubject::Approval(approval) => Some(&approval.if_agreed.category),
        TaskSubject::Alert(_) | TaskSubject::Match(_) => None,
    }
}

/// Does a person have to decide one of these before the hub has heard everything?
pub(super) fn is_awaited(tasks: &[Task]) -> bool {
    tasks
        .iter()
        .any(|task| !matches!(task.subject, TaskSubject::Alert(_)))
}

/// The approval of what the first answer said is referred, where there is nothing to release.
fn unsettled(
    stored: &StoredEnquiry,
    first: Finding,
    Referred {
        fields,
        approvers,
        due,
    }: Referred,
    now: Timestamp,
) -> Result<Task, ExchangeError> {
    let base = Finding {
        status: CategoryStatus::Withheld,
        referred: None,
        ..first
    };
    let if_refused = refused(base.clone(), &fields, &withheld_code("refused_by_approver"));
    let if_lapsed = refused(base, &fields, &withheld_code("approval_lapsed"));
    Ok(Task {
        id: random::enquiry_id()?,
        enquiry: stored.enquiry.id,
        case: stored.enquiry.case.clone(),
        made: now,
        due,
        subject: TaskSubject::Approval(Box::new(Approval {
            fields,
            roles: approvers,
            any_of: false,
            agreed_by: BTreeMap::new(),
            allowed: Vec::new(),
            grounds: Vec::new(),
            oldest: BTreeMap::new(),
            if_agreed: if_lapsed.clone(),
            if_refused,
            if_lapsed,
        })),
        state: TaskState::Open,
        ended: None,
    })
}
