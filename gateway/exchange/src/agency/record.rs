//! Record: one durable entry, the return itself and every task, together or not at all.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use stile_ledger::{Entry, EntryKind, Pseudonym};
use stile_model::digest::Digest;
use stile_model::enquiry::Enquiry;
use stile_model::id::{Code, EnquiryId, RuleId, UserId};
use stile_model::returns::Return;
use stile_model::time::Timestamp;
use stile_policy::{Decider, DecisionRecord, DecisionRequest};
use stile_store::{Batch, PendingEntry, Receipt, Tree};

use super::Agency;
use super::footing::Footing;
use super::learned::Weighed;
use super::minimise::Minimised;
use super::stored::{StoredEnquiry, StoredReturn, return_key, task_puts};
use super::task::Task;
use crate::error::ExchangeError;
use crate::evidence::{Scribe, counts, pending};
use crate::form;

/// A return whose permit is durably recorded. Only [`Agency::record`] and
/// [`Agency::record_later`] make one, from a [`Receipt`].
pub(super) struct Recorded {
    pub(super) payload: Vec<u8>,
    pub(super) receipt: Receipt,
}

/// What led to a later return.
pub(super) struct Ground<'a> {
    /// The decision, recorded before the permit; none when time ran out.
    pub(super) decision: Option<PendingEntry>,
    /// Who decided.
    pub(super) actor: Option<&'a UserId>,
    /// By whom, as the decision's record names them.
    pub(super) by: Decider,
    /// The task that is closed.
    pub(super) task: &'a Task,
    /// Tasks that come of it.
    pub(super) further: &'a [Task],
    /// What was ruled on.
    pub(super) footing: &'a Footing,
}

/// What the permit's sealed body keeps: the question, which tasks it left behind, and the record of
/// the decision.
#[derive(Serialize)]
struct Body<'a> {
    enquiry: &'a str,
    answer: &'a Return,
    tasks: &'a [Task],
    /// How each confident match was weighed, in words and without personal data.
    known: &'a [Weighed],
    record: Option<DecisionRecord>,
}

impl Agency {
    /// Writes the permit with the digest of the return, and everything that must not be lost with
    /// it, as one durable batch.
    ///
    /// # Errors
    ///
    /// When it could not be written; then nothing leaves.
    pub(super) async fn record(&self, minimised: Minimised) -> Result<Recorded, ExchangeError> {
        let Minimised {
            jws,
            enquiry,
            answer,
            tasks,
            known,
            footing,
            now,
        } = minimised;
        let payload = encode(&answer)?;
        let permit = self.permit(&enquiry, &answer, &payload, now);
        let by = Decider::Policy(answer.policy);
        // What cannot be put on record does not leave, also where the directory changed meanwhile.
        let request = form::request(&enquiry, &self.vocabulary, &self.directory.load())?;
        let rules = footing.policy.rules();
        let record = DecisionRecord::of(request, &answer, by, rules);
        let body = body(&jws, &answer, (&tasks, &known), Some(record))?;
        let stored = StoredEnquiry {
            digest: Digest::of(jws.as_bytes()),
            hub: enquiry.from.clone(),
            enquiry: enquiry.clone(),
            policy: answer.policy,
            ruled: now,
            n: answer.n,
        };
        let mut puts = vec![
            stored.put()?,
            StoredReturn::put(&answer, &payload, &enquiry)?,
        ];
        for task in &tasks {
            puts.extend(task_puts(task)?);
        }
        // Two gateways on one store, or a lock lost to a bug, still give one entry.
        let mut require_absent = vec![(Tree::Enquiries, enquiry.id.as_bytes().to_vec())];
        require_absent.extend(self.must_be_absent(&footing)?);
        let batch = Batch {
            entries: vec![pending(permit, body, &enquiry)],
            puts,
            require_absent,
            refusal_only: false,
        };
        let committed = self.store.commit(batch).await?;
        recorded(payload, committed.receipts.into_iter().next())
    }

    /// Records a later return together with the decision that led to it.
    ///
    /// # Errors
    ///
    /// When it could not be written; then nothing leaves and the task stays open.
    pub(super) async fn record_later(
        &self,
        stored: &StoredEnquiry,
        answer: &Return,
        ground: Ground<'_>,
    ) -> Result<Recorded, ExchangeError> {
        let Ground {
            decision,
            actor,
            by,
            task,
            further,
            footing,
        } = ground;
        let payload = encode(answer)?;
        let permit = Entry {
            actor: actor.map(|user| self.pseudonym(user)),
            concerns: self.permit_of(answer.enquiry, stored.n)?,
            ..self.permit(&stored.enquiry, answer, &payload, answer.issued)
        };
        let tasks = std::slice::from_ref(task);
        let request = self.request_of(&stored.enquiry, answer)?;
        let rules = footing.policy.rules();
        let record = request.map(|request| DecisionRecord::of(request, answer, by, rules));
        let body = body("", answer, (tasks, &[]), record)?;
        let mut entries: Vec<_> = decision.into_iter().collect();
        entries.push(pending(permit, body, &stored.enquiry));
        let newer = StoredEnquiry {
            n: answer.n,
            ..stored.clone()
        };
        let mut puts = vec![
            newer.put()?,
            StoredReturn::put(answer, &payload, &stored.enquiry)?,
        ];
        for task in std::iter::once(task).chain(further) {
            puts.extend(task_puts(task)?);
        }
        let mut require_absent = vec![(Tree::Returns, return_key(answer.enquiry, answer.n))];
        require_absent.extend(self.must_be_absent(footing)?);
        let batch = Batch {
            entries,
            puts,
            require_absent,
            refusal_only: false,
        };
        let committed = self.store.commit(batch).await?;
        recorded(payload, committed.receipts.into_iter().next_back())
    }

    fn permit(&self, enquiry: &Enquiry, answer: &Return, payload: &[u8], now: Timestamp) -> Entry {
        Entry {
            member: Some(enquiry.from.clone()),
            recipients: [enquiry.from.clone()].into(),
            rules: rules(answer),
            counts: returned(answer),
            digest: Some(Digest::of(payload)),
            policy: Some(answer.policy),
            ..self.scribe().of_enquiry(EntryKind::Permit, enquiry, now)
        }
    }

    /// What entries of this gateway say alike.
    pub(super) fn scribe(&self) -> Scribe<'_> {
        Scribe {
            vocabulary: &self.vocabulary,
            pseudonym_key: &self.pseudonym_key,
        }
    }

    /// Index of the permit of return `n` of an enquiry.
    pub(super) fn permit_of(
        &self,
        enquiry: EnquiryId,
        n: u32,
    ) -> Result<Option<u64>, ExchangeError> {
        let Some(bytes) = self.store.get(Tree::Returns, &return_key(enquiry, n))? else {
            return Ok(None);
        };
        let digest = Digest::of(StoredReturn::read(&bytes)?.payload.as_bytes());
        Ok(self.store.permit_index(&digest)?)
    }

    /// The keyed pseudonym of a user.
    pub(crate) fn pseudonym(&self, user: &UserId) -> Pseudonym {
        Pseudonym::of(&self.pseudonym_key, user)
    }

    /// The form of an enquiry that was admitted: a vocabulary or directory of later days may lack
    /// something that it was filled from, and then it is the one of the first decision.
    fn request_of(
        &self,
        enquiry: &Enquiry,
        answer: &Return,
    ) -> Result<Option<DecisionRequest>, ExchangeError> {
        let filled = form::request(enquiry, &self.vocabulary, &self.directory.load());
        filled_or_first(filled, answer, || self.decision_records(enquiry.id))
    }
}

fn body(
    jws: &str,
    answer: &Return,
    (tasks, known): (&[Task], &[Weighed]),
    record: Option<DecisionRecord>,
) -> Result<Vec<u8>, ExchangeError> {
    let body = Body {
        enquiry: jws,
        answer,
        tasks,
        known,
        record,
    };
    serde_json::to_vec(&body).map_err(|_| ExchangeError::Stored("entry body"))
}

/// The form as filled now; else that of the first decision, where it is still held; else none, and
/// then nothing of any record leaves.
fn filled_or_first(
    filled: Result<DecisionRequest, ExchangeError>,
    answer: &Return,
    records: impl FnOnce() -> Result<Vec<DecisionRecord>, ExchangeError>,
) -> Result<Option<DecisionRequest>, ExchangeError> {
    let missing = match filled {
        Ok(request) => return Ok(Some(request)),
        Err(missing) => missing,
    };
    let first = records()?.into_iter().next();
    let says_nothing = answer.findings.iter().all(|told| told.items.is_empty());
    if first.is_some() || says_nothing {
        Ok(first.map(|first| first.request))
    } else {
        Err(missing)
    }
}

fn recorded(payload: Vec<u8>, receipt: Option<Receipt>) -> Result<Recorded, ExchangeError> {
    let receipt = receipt.ok_or(ExchangeError::Stored("receipt"))?;
    Ok(Recorded { payload, receipt })
}

fn encode(answer: &Return) -> Result<Vec<u8>, ExchangeError> {
    serde_json::to_vec(answer).map_err(|_| ExchangeError::Stored("return"))
}

/// The rules that let something out, without repeats.
fn rules(answer: &Return) -> Vec<RuleId> {
    let fields = answer
        .findings
        .iter()
        .flat_map(|finding| &finding.items)
        .flat_map(|item| &item.fields);
    let rules: BTreeSet<_> = fields.map(|shown| shown.rule.clone()).collect();
    rules.into_iter().collect()
}

/// What may be counted in the open: only what the return itself shows, so that a sealed hit and no
/// record make the same leaf.
pub(crate) fn returned(answer: &Return) -> BTreeMap<Code, u32> {
    let findings = || answer.findings.iter();
    counts(&[
        ("findings", answer.findings.len()),
        ("items", findings().map(|finding| finding.items.len()).sum()),
        (
            "referred",
            findings()
                .filter(|finding| finding.referred.is_some())
                .count(),
        ),
        ("subjects", answer.subjects.len()),
        (
            "withheld",
            findings().map(|finding| finding.withheld.len()).sum(),
        ),
    ])
}

#[cfg(test)]
mod tests;
