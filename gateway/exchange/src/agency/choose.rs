//! Carry out a reviewer's choice: which of the possible matches is the subject, or none.
//!
//! The hub hears of it only where it may be said at once that somebody was found. Elsewhere the
//! choice is recorded, the approvers are asked, and what leaves next is what they decide.

use stile_ledger::EntryKind;
use stile_model::returns::{Finding, SubjectFinding};
use stile_model::subject::PersonRow;

use super::act::{Act, closed};
use super::admit::Admitted;
use super::collect::Collected;
use super::find::{Found, FoundSubject};
use super::minimise::said_of_subjects;
use super::side::{MatchQuestion, RowView};
use super::task::{Task, TaskState};
use super::unsettled::is_awaited;
use crate::error::{ExchangeError, refuse};

impl Act<'_> {
    /// The reviewer chose: rule, collect and minimise as if the match had been confident.
    ///
    /// Where it may not be said at once that the subject was found, the hub does not hear even that
    /// there was a choice.
    pub(super) async fn chosen(
        &self,
        task: Task,
        question: &MatchQuestion,
        place: Option<usize>,
    ) -> Result<Task, ExchangeError> {
        if !self.ground_holds() {
            let further = self
                .agency
                .unsettled(&self.stored, &question.subject, self.now)?;
            let task = Task {
                state: TaskState::Lapsed,
                ..task
            };
            return self.conclude(task, Vec::new(), Vec::new(), further).await;
        }
        let collected = self.settled_on(question, place).await?;
        let said = said_of_subjects(&collected.ruled);
        let mut rest = self.agency.findings(&collected)?;
        if said.is_empty() {
            let agency = self.agency;
            rest = agency.as_of_anybody(&self.stored, &question.subject, rest, self.now)?;
        }
        let (findings, further) = rest;
        self.conclude(closed(task), said, findings, further).await
    }

    /// The reviewer looked and cannot tell: the hub hears what it would hear if nobody had in time,
    /// only sooner; who looked, and why they cannot tell, is recorded.
    pub(super) async fn undecided(
        &self,
        task: Task,
        question: &MatchQuestion,
    ) -> Result<Task, ExchangeError> {
        let agency = self.agency;
        let further = agency.unsettled(&self.stored, &question.subject, self.now)?;
        self.conclude(closed(task), Vec::new(), Vec::new(), further)
            .await
    }

    /// Ends a question of identity: what the hub may hear of it is sent, and where that is nothing,
    /// nothing is, unless it is the last word on the enquiry.
    async fn conclude(
        &self,
        task: Task,
        said: Vec<SubjectFinding>,
        findings: Vec<Finding>,
        further: Vec<Task>,
    ) -> Result<Task, ExchangeError> {
        let kind = EntryKind::MatchDecision;
        let silent = said.is_empty() && findings.is_empty();
        if silent && (is_awaited(&further) || self.agency.others_open(&task).await?) {
            return self.note(task, kind, &further).await;
        }
        self.send(task, said, findings, kind, further).await
    }

    /// The records of the subject alone, as the reviewer chose.
    async fn settled_on(
        &self,
        question: &MatchQuestion,
        place: Option<usize>,
    ) -> Result<Collected, ExchangeError> {
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
                let rows: Vec<PersonRow> = candidate.rows.iter().map(RowView::row).collect();
                let mut who = FoundSubject::chosen(subject, rows);
                self.agency.read_households(&mut who).await;
                who
            }
            None => FoundSubject::nobody(subject),
        };
        let found = self.beside_the_others(at, who).await;
        let mut ruled = self.agency.rule(found, self.footing.clone());
        ruled.rulings.retain(|ruling| ruling.subject == at);
        Ok(self.agency.collect(ruled).await)
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
        if let (Some(place), Some(subject)) = (
            found.subjects.get_mut(at),
            self.stored.enquiry.subjects.get(at),
        ) {
            *place = who.brought_up_to_date(subject, place);
        }
        found
    }
}
