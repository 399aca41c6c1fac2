//! The decision on a case, and its end.

use std::sync::Arc;

use stile_ledger::{Entry, EntryKind};
use stile_model::id::{CaseId, Code};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;
use stile_store::{Batch, PendingEntry};

use super::direct::{step, within};
use super::work::{Decision, Done, Next, Seen, open_mark};
use crate::error::{ExchangeError, refuse};
use crate::evidence::counts;
use crate::hub::Hub;
use crate::people::{Duty, Person};
use crate::retention::{Close, Outcome};

/// Fewest and most characters of the reasoning.
const REASONING: std::ops::RangeInclusive<usize> = 20..=8_000;
/// Most actions of a decision.
const ACTIONS_MAX: usize = 20;

/// What the decision maker decides.
#[derive(Debug, Clone)]
pub struct Decide {
    /// Outcome, from the vocabulary.
    pub outcome: Code,
    /// Which threshold is met, or not, and why: 20 to 8,000 characters.
    pub reasoning: Redacted<String>,
    /// What is to be done, each by whom; at most 20, each 3 to 500 characters.
    pub actions: Vec<Redacted<String>>,
}

impl Hub {
    /// Records the decision. The clock of the case stops; the case stays open until it is closed, so
    /// that a decision need not wait for the last answer. A later decision puts the first one right.
    /// Systems that the configuration tells of this outcome get their copy by themselves.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `case_closed`, `case_changed`, `unknown_word`, `out_of_bounds`.
    pub async fn decide_case(
        &self,
        person: &Person,
        case: &CaseId,
        decide: &Decide,
        seen: Seen,
    ) -> Result<(), ExchangeError> {
        person.must(&Duty::DecisionMaker)?;
        if !Vocabulary::has(&self.vocabulary.outcomes, &decide.outcome) {
            return Err(refuse(
                "unknown_word",
                422,
                "`outcome` is not in the partnership's vocabulary",
            ));
        }
        within("reasoning", &decide.reasoning, REASONING)?;
        if decide.actions.len() > ACTIONS_MAX {
            return Err(refuse(
                "out_of_bounds",
                422,
                "a decision has at most 20 actions",
            ));
        }
        for action in &decide.actions {
            within("actions", action, 3..=500)?;
        }
        let case = self.open(case)?;
        let work = self.work(&case.matter.id)?;
        work.must_be_as(seen)?;
        let now = self.clock.now();
        let done = Done::Decided(Decision {
            outcome: decide.outcome.clone(),
            reasoning: decide.reasoning.clone(),
            actions: decide.actions.clone(),
        });
        let steps = work.steps.len();
        let puts = self.deliveries_on(person, &case.matter.id, &decide.outcome, steps, now)?;
        self.take_step(Next {
            case: &case,
            work: &work,
            step: step(person, done, now),
            entry: Entry {
                reason: Some(decide.outcome.clone()),
                counts: counts(&[("actions", decide.actions.len())]),
                ..self.case_entry(EntryKind::Decision, &case, now)
            },
            puts,
        })
        .await
    }

    /// Closes a case with the outcome that was decided; every agency that answered is told.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `case_closed`, `case_changed`, `not_decided`, `case_active`
    /// while an agency is still to answer.
    pub async fn close_decided(
        self: &Arc<Self>,
        person: &Person,
        case: &CaseId,
        seen: Seen,
    ) -> Result<Outcome, ExchangeError> {
        person.must_be_one_of(&[Duty::HubManager, Duty::DecisionMaker])?;
        let id = self.open(case)?.matter.id;
        let work = self.work(&id)?;
        work.must_be_as(seen)?;
        let (decision, ..) = work.decision().ok_or_else(|| {
            refuse(
                "not_decided",
                409,
                "nobody has decided on this case; a decision maker decides first",
            )
        })?;
        let close = Close {
            outcome: decision.outcome.clone(),
        };
        self.close_as_seen(person, &id, close, &work).await
    }

    /// A contact on which advice was given: decided and closed in the batch that opens it.
    pub(super) fn close_at_once(
        &self,
        batch: &mut Batch,
        person: &Person,
        case: &CaseId,
        outcome: &Code,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        let outcome = Outcome {
            outcome: outcome.clone(),
            closed: now,
        };
        let entry = Entry {
            actor: Some(self.pseudonym(&person.user)),
            case: Some(stile_ledger::Pseudonym::of_case(&self.pseudonym_key, case)),
            reason: Some(outcome.outcome.clone()),
            ..Entry::new(EntryKind::Outcome, now)
        };
        batch.entries.push(PendingEntry {
            entry,
            body: crate::retention::acted(&person.user)?,
            case: None,
            subjects: Vec::new(),
        });
        batch
            .puts
            .push(crate::retention::outcome_put(case, &outcome)?);
        batch.puts.push(open_mark(case, false));
        Ok(())
    }
}
