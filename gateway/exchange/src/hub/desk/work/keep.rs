//! Keeping a step: with its entry, and only where no other step has its number.

use stile_ledger::{Entry, EntryKind};
use stile_model::id::{CaseId, UserId};
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry, Put, StoreError, Tree};

use super::{Done, Step, Work};
use crate::error::{ExchangeError, refuse};
use crate::evidence::counts;
use crate::hub::{Case, Hub};
use crate::people::Person;
use crate::retention::Outcome;
use crate::stored::every;
use crate::subjects;

/// A step that is about to be kept, with whatever goes with it.
pub(in crate::hub::desk) struct Next<'a> {
    pub(in crate::hub::desk) case: &'a Case,
    pub(in crate::hub::desk) work: &'a Work,
    pub(in crate::hub::desk) step: Step,
    /// Its entry in the ledger, without actor and subjects.
    pub(in crate::hub::desk) entry: Entry,
    /// Further changes of state.
    pub(in crate::hub::desk) puts: Vec<Put>,
}

impl Hub {
    /// What was done on a case.
    pub(crate) fn work(&self, case: &CaseId) -> Result<Work, ExchangeError> {
        let rows = every(&self.store, Tree::Desk, &steps_of(case))?;
        let steps = rows.iter().map(|(_, bytes)| {
            serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("step"))
        });
        Ok(Work {
            steps: steps.collect::<Result<_, _>>()?,
        })
    }

    /// Keeps a step with its entry, or refuses because the case changed meanwhile.
    ///
    /// # Errors
    ///
    /// `case_changed`, or that it could not be recorded; nothing is kept.
    pub(in crate::hub::desk) async fn take_step(
        &self,
        next: Next<'_>,
    ) -> Result<(), ExchangeError> {
        let id = next.case.matter.id.clone();
        let batch = self.step_batch(next)?;
        self.commit_step(&id, batch).await
    }

    /// Keeps what goes with a step, or refuses because the case changed meanwhile.
    pub(crate) async fn commit_step(
        &self,
        case: &CaseId,
        batch: Batch,
    ) -> Result<(), ExchangeError> {
        match self.store.commit(batch).await {
            Err(StoreError::AlreadyThere(_)) => Err(changed_meanwhile()),
            Err(error) => Err(error.into()),
            Ok(_) => {
                self.changed(case);
                Ok(())
            }
        }
    }

    pub(in crate::hub::desk) fn step_batch(&self, next: Next<'_>) -> Result<Batch, ExchangeError> {
        let Next {
            case,
            work,
            step,
            entry,
            mut puts,
        } = next;
        let id = &case.matter.id;
        let body = serde_json::to_vec(&step).map_err(|_| ExchangeError::Stored("step"))?;
        let pending = PendingEntry {
            entry: Entry {
                actor: Some(self.pseudonym(&step.by)),
                ..entry
            },
            body: body.clone(),
            case: Some(id.clone()),
            subjects: subjects::keys_of_all(&case.matter.subjects),
        };
        let key = step_key(id, work.steps.len());
        puts.push(Put {
            tree: Tree::Desk,
            key: key.clone(),
            value: Some(body),
            case: Some(id.clone()),
        });
        Ok(Batch {
            entries: vec![pending],
            puts,
            require_absent: vec![(Tree::Desk, key)],
            ..Batch::default()
        })
    }

    /// An entry about a case of this hub, with its purpose.
    pub(in crate::hub::desk) fn case_entry(
        &self,
        kind: EntryKind,
        case: &Case,
        now: Timestamp,
    ) -> Entry {
        self.scribe()
            .of_case(kind, &case.matter.id, &case.matter.purpose, now)
    }

    /// A reading of a case, to be recorded before it is shown.
    pub(in crate::hub) fn case_read(
        &self,
        person: &Person,
        case: &Case,
        reason: &str,
        now: Timestamp,
    ) -> Result<PendingEntry, ExchangeError> {
        let id = &case.matter.id;
        let entry = Entry {
            actor: Some(self.pseudonym(&person.user)),
            reason: crate::evidence::reason(reason),
            counts: counts(&[("subjects", case.matter.subjects.len())]),
            ..self.case_entry(EntryKind::Consultation, case, now)
        };
        Ok(PendingEntry {
            entry,
            body: serde_json::to_vec(&(id, &person.user))
                .map_err(|_| ExchangeError::Stored("reading"))?,
            case: Some(id.clone()),
            subjects: subjects::keys_of_all(&case.matter.subjects),
        })
    }

    /// Refuses a change of a case that is closed.
    pub(in crate::hub::desk) fn must_be_open(&self, case: &CaseId) -> Result<(), ExchangeError> {
        if self.store.get(Tree::Desk, &open_key(case))?.is_some() {
            Ok(())
        } else {
            Err(refuse("case_closed", 409, "this case is closed"))
        }
    }
}

/// The refusal of whoever acts on what is no longer so.
pub(super) fn changed_meanwhile() -> ExchangeError {
    refuse(
        "case_changed",
        409,
        "somebody else changed this case meanwhile; look at it again",
    )
}

/// The step of closing a case, and the key that must be free for it: what else is done at the same
/// moment is refused, or comes before.
pub(crate) fn closing(
    work: &Work,
    case: &CaseId,
    by: &UserId,
    outcome: &Outcome,
) -> Result<(Put, (Tree, Vec<u8>)), ExchangeError> {
    let step = Step {
        at: outcome.closed,
        by: by.clone(),
        done: Done::Closed {
            outcome: outcome.outcome.clone(),
        },
    };
    let key = step_key(case, work.steps.len());
    let put = Put {
        tree: Tree::Desk,
        key: key.clone(),
        value: Some(serde_json::to_vec(&step).map_err(|_| ExchangeError::Stored("step"))?),
        case: Some(case.clone()),
    };
    Ok((put, (Tree::Desk, key)))
}

/// Where the mark of an open case stands.
pub(in crate::hub) fn open_key(case: &CaseId) -> Vec<u8> {
    format!("open/{case}").into_bytes()
}

/// The mark of a case that is open, or its removal.
pub(crate) fn open_mark(case: &CaseId, is_open: bool) -> Put {
    Put {
        tree: Tree::Desk,
        key: open_key(case),
        value: is_open.then(|| b"open".to_vec()),
        case: Some(case.clone()),
    }
}

fn steps_of(case: &CaseId) -> Vec<u8> {
    [b"work/", case.as_str().as_bytes(), &[0]].concat()
}

fn step_key(case: &CaseId, number: usize) -> Vec<u8> {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    [steps_of(case), number.to_be_bytes().to_vec()].concat()
}
