//! Record: one durable entry, the return itself and every task, together or not at all.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use stile_ledger::{Entry, EntryKind, Pseudonym};
use stile_model::digest::Digest;
use stile_model::enquiry::Enquiry;
use stile_model::id::{Code, RuleId, UserId};
use stile_model::returns::Return;
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry, Receipt, Tree};

use super::Agency;
use super::minimise::Minimised;
use super::stored::{StoredEnquiry, StoredReturn, task_puts};
use super::task::Task;
use crate::error::ExchangeError;

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
    /// The task that is closed.
    pub(super) task: &'a Task,
    /// Tasks that come of it.
    pub(super) further: &'a [Task],
}

/// What the permit's sealed body keeps: the question, and which tasks it left behind.
#[derive(Serialize)]
struct Body<'a> {
    enquiry: &'a str,
    answer: &'a Return,
    tasks: &'a [Task],
    legal_gateway: &'a [String],
    sensitive_condition: &'a str,
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
            now,
        } = minimised;
        let payload = encode(&answer)?;
        let permit = self.permit(&enquiry, &answer, &payload, now, None);
        let body = self.body(&enquiry, &jws, &answer, &tasks)?;
        let stored = StoredEnquiry {
            digest: Digest::of(jws.as_bytes()),
            hub: enquiry.from.clone(),
            enquiry: enquiry.clone(),
            n: answer.n,
        };
        let mut puts = vec![
            stored.put()?,
            StoredReturn::put(&answer, &payload, &enquiry)?,
        ];
        for task in &tasks {
            puts.extend(task_puts(task)?);
        }
        let batch = Batch {
            entries: vec![PendingEntry {
                entry: permit,
                body,
                case: Some(enquiry.case.clone()),
                subjects: Vec::new(),
            }],
            puts,
            // Two gateways on one store, or a lock lost to a bug, still give one entry.
            require_absent: vec![(Tree::Enquiries, enquiry.id.as_bytes().to_vec())],
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
            task,
            further,
        } = ground;
        let payload = encode(answer)?;
        let permit = self.permit(&stored.enquiry, answer, &payload, answer.issued, actor);
        let body = self.body(&stored.enquiry, "", answer, std::slice::from_ref(task))?;
        let mut entries: Vec<_> = decision.into_iter().collect();
        entries.push(PendingEntry {
            entry: permit,
            body,
            case: Some(stored.enquiry.case.clone()),
            subjects: Vec::new(),
        });
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
        let batch = Batch {
            entries,
            puts,
            require_absent: vec![(
                Tree::Returns,
                super::stored::return_key(answer.enquiry, answer.n),
            )],
            refusal_only: false,
        };
        let committed = self.store.commit(batch).await?;
        recorded(payload, committed.receipts.into_iter().next_back())
    }

    fn permit(
        &self,
        enquiry: &Enquiry,
        answer: &Return,
        payload: &[u8],
        now: Timestamp,
        actor: Option<&UserId>,
    ) -> Entry {
        Entry {
            purpose: Some(enquiry.purpose.clone()),
            member: Some(enquiry.from.clone()),
            rules: rules(answer),
            counts: counts(answer),
            digest: Some(Digest::of(payload)),
            policy: Some(answer.policy),
            actor: actor.map(|user| self.pseudonym(user)),
            ..Entry::new(EntryKind::Permit, now)
        }
    }

    /// The keyed pseudonym of a user.
    pub(super) fn pseudonym(&self, user: &UserId) -> Pseudonym {
        Pseudonym::of(&self.pseudonym_key, user)
    }

    fn body(
        &self,
        enquiry: &Enquiry,
        jws: &str,
        answer: &Return,
        tasks: &[Task],
    ) -> Result<Vec<u8>, ExchangeError> {
        let purpose = self.vocabulary.purpose(&enquiry.purpose);
        let body = Body {
            enquiry: jws,
            answer,
            tasks,
            legal_gateway: purpose.map_or(&[], |purpose| &purpose.legal_gateway),
            sensitive_condition: purpose.map_or("", |purpose| &purpose.sensitive_condition),
        };
        serde_json::to_vec(&body).map_err(|_| ExchangeError::Stored("entry body"))
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
fn counts(answer: &Return) -> BTreeMap<Code, u32> {
    let items = answer
        .findings
        .iter()
        .map(|finding| finding.items.len())
        .sum();
    let withheld = answer
        .findings
        .iter()
        .map(|finding| finding.withheld.len())
        .sum();
    let referred = answer
        .findings
        .iter()
        .filter(|finding| finding.referred.is_some())
        .count();
    let all = [
        ("findings", answer.findings.len()),
        ("items", items),
        ("referred", referred),
        ("subjects", answer.subjects.len()),
        ("withheld", withheld),
    ];
    all.into_iter()
        .filter_map(|(name, count)| Some((Code::new(name).ok()?, u32::try_from(count).ok()?)))
        .collect()
}
