//! What became of a case: the hub says it, and tells every agency that was asked, since how long each
//! keeps its record depends on it.
//!
//! Order of effects: the outcome, and one word for each agency, are durable before any is told; a word
//! is taken away only when the agency has recorded it. An agency that cannot be reached is told later.

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::Method;
use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind, Pseudonym};
use stile_model::id::{CaseId, Code, EnquiryId, MemberId};
use stile_model::problem::Problem;
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;
use stile_store::{Batch, PendingEntry, Put, Tree};
use utoipa::ToSchema;

use super::{Gateway, marks_in, marks_put};
use crate::agency::Agency;
use crate::error::{ExchangeError, refuse};
use crate::hub::Hub;
use crate::hub::desk::{Work, closing, open_mark};
use crate::people::{Duty, Person};
use crate::stored::every;

/// How a case is closed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// What became of it, from the vocabulary.
    pub outcome: Code,
}

/// What became of a case, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaseOutcome)]
pub struct Outcome {
    /// What became of it.
    pub outcome: Code,
    /// When the hub closed it.
    pub closed: Timestamp,
}

/// The hub's word to an agency about a case in which it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomeWord {
    /// An enquiry of the case that this agency admitted.
    pub enquiry: EnquiryId,
    /// What became of the case.
    pub outcome: Code,
    /// When the hub closed it.
    pub closed: Timestamp,
}

fn may_close(person: &Person) -> Result<(), ExchangeError> {
    person.must_be_one_of(&[Duty::DecisionMaker, Duty::HubManager])
}

/// A word not delivered yet.
#[derive(Debug, Serialize, Deserialize)]
struct Untold {
    to: MemberId,
    word: OutcomeWord,
}

impl Hub {
    /// Closes a case with its outcome; closing it again puts the outcome right.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `unknown_word`, `case_active` while an agency is still to answer,
    /// `case_changed`.
    pub async fn close_case(
        self: &Arc<Self>,
        person: &Person,
        case: &CaseId,
        close: Close,
    ) -> Result<Outcome, ExchangeError> {
        may_close(person)?;
        self.case(case)?;
        let work = self.work(case)?;
        self.close_as_seen(person, case, close, &work).await
    }

    /// Closes a case on which nothing was done but this.
    pub(crate) async fn close_as_seen(
        self: &Arc<Self>,
        person: &Person,
        case: &CaseId,
        close: Close,
        work: &Work,
    ) -> Result<Outcome, ExchangeError> {
        may_close(person)?;
        let _turn = self.live.keeping().lock().await;
        self.case(case)?;
        if !Vocabulary::has(&self.vocabulary.outcomes, &close.outcome) {
            return Err(refuse(
                "unknown_word",
                422,
                "`outcome` is not in the partnership's vocabulary",
            ));
        }
        if self.is_asking(case)? {
            return Err(refuse(
                "case_active",
                409,
                "somebody is still to answer or to decide in a case",
            ));
        }
        let outcome = Outcome {
            outcome: close.outcome,
            closed: self.clock.now(),
        };
        let mut marks = marks_in(&self.store, case)?;
        marks.outcome = Some(outcome.clone());
        let keeper = Gateway::Hub(Arc::clone(self));
        let reason = outcome.outcome.clone();
        let entry = keeper.entry(EntryKind::Outcome, &person.user, case, reason, None)?;
        let mut puts = vec![marks_put(case, &marks)?, open_mark(case, false)];
        puts.extend(self.untold(case, &outcome)?);
        let (step, free) = closing(work, case, &person.user, &outcome)?;
        puts.push(step);
        let batch = Batch {
            entries: vec![entry],
            puts,
            require_absent: vec![free],
            ..Batch::default()
        };
        self.commit_step(case, batch).await?;
        Ok(outcome)
    }

    /// One word for each agency that was asked.
    fn untold(&self, case: &CaseId, outcome: &Outcome) -> Result<Vec<Put>, ExchangeError> {
        let asked: BTreeMap<MemberId, EnquiryId> = self.answered_of(case)?.into_iter().collect();
        asked
            .into_iter()
            .map(|(to, enquiry)| {
                let key = format!("tell/{case}/{to}").into_bytes();
                let word = OutcomeWord {
                    enquiry,
                    outcome: outcome.outcome.clone(),
                    closed: outcome.closed,
                };
                let value = serde_json::to_vec(&Untold { to, word })
                    .map_err(|_| ExchangeError::Stored("outcome"))?;
                Ok(Put {
                    tree: Tree::Erasures,
                    key,
                    value: Some(value),
                    // Not under the case's key: an agency that is away is told all the same once the
                    // hub has erased the case, or it would keep its own record the longest.
                    case: None,
                })
            })
            .collect()
    }

    /// Tells agencies what became of cases; called again and again, it tells whom it could not reach.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written.
    pub async fn tell_outcomes(&self) -> Result<usize, ExchangeError> {
        let mut told = 0;
        for (key, bytes) in every(&self.store, Tree::Erasures, b"tell/")? {
            let untold: Untold =
                serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("outcome"))?;
            if self.tell(&untold).await {
                // A newer word under the same key, said while this one travelled, must not be lost.
                if self.store.get(Tree::Erasures, &key)?.as_ref() == Some(&bytes) {
                    self.store
                        .commit(Batch::put(Tree::Erasures, key, None))
                        .await?;
                }
                told += 1;
            }
        }
        Ok(told)
    }

    /// Is the word recorded there, or refused for good?
    async fn tell(&self, untold: &Untold) -> bool {
        let Ok(client) = self.client_to_tell(&untold.to).await else {
            return false;
        };
        let headers = [("content-type", "application/json".to_owned())];
        let body = serde_json::to_vec(&untold.word).unwrap_or_default();
        let deadline = self.settings.agency_deadline;
        let said = client
            .call(Method::POST, "/v1/outcomes", &headers, body, deadline)
            .await;
        match said {
            Ok(reply) if reply.status.is_success() => true,
            Ok(reply) => {
                let code = serde_json::from_slice::<Problem>(&reply.body)
                    .map_or_else(|_| String::new(), |problem| problem.code().to_owned());
                let for_good = matches!(code.as_str(), "unknown_enquiry" | "unknown_word");
                tracing::warn!(agency = %untold.to, status = %reply.status, code, for_good, "an outcome was refused");
                for_good
            }
            Err(error) => {
                tracing::debug!(agency = %untold.to, %error, "an outcome was not delivered yet");
                false
            }
        }
    }
}

impl Agency {
    /// Records what the hub says became of a case in which it asked.
    ///
    /// # Errors
    ///
    /// `unknown_enquiry` unless this hub asked it here, `unknown_word`.
    pub(crate) async fn outcome_told(
        &self,
        hub: &MemberId,
        word: &OutcomeWord,
    ) -> Result<(), ExchangeError> {
        let _turn = self.live.keeping().lock().await;
        let (asked_by, case, asked) = self.asked_case(word.enquiry)?;
        if asked_by != *hub {
            return Err(refuse(
                "unknown_enquiry",
                404,
                "there is no such enquiry of this hub",
            ));
        }
        if !Vocabulary::has(&self.vocabulary.outcomes, &word.outcome) {
            return Err(refuse(
                "unknown_word",
                422,
                "`outcome` is not in the partnership's vocabulary",
            ));
        }
        let mut marks = marks_in(&self.store, &case)?;
        let outcome = Outcome {
            outcome: word.outcome.clone(),
            // It closed after this was asked and before now, whatever the hub's clock says.
            closed: word.closed.min(self.clock.now()).max(asked),
        };
        if marks.outcome.as_ref() == Some(&outcome) {
            return Ok(());
        }
        marks.outcome = Some(outcome);
        let entry = Entry {
            member: Some(hub.clone()),
            case: Some(Pseudonym::of_case(&self.pseudonym_key, &case)),
            reason: Some(word.outcome.clone()),
            ..Entry::new(EntryKind::Outcome, self.clock.now())
        };
        let batch = Batch {
            entries: vec![PendingEntry {
                entry,
                body: b"{}".to_vec(),
                case: None,
                subjects: Vec::new(),
            }],
            puts: vec![marks_put(&case, &marks)?],
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        Ok(())
    }
}
