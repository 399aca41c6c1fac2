//! Collate the returns of a case into the product.

use serde::Serialize;
use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::{CaseId, EnquiryId, UserId};
use stile_product::{AgencyAsk, Answer, Audience, CaseSheet, Product, Received, assemble};
use stile_store::{Batch, PendingEntry, Put, Tree};
use stile_trust::directory::Directory;

use super::progress::{Sent, State};
use super::{Case, Hub};
use crate::error::ExchangeError;
use crate::evidence::{counts, reason};
use crate::people::Person;
use crate::subjects;

/// Before a case's number: which returns were last put together, as a digest.
const COMBINED: &[u8] = b"combined/";

/// What the sealed body of a reading keeps.
#[derive(Serialize)]
struct Reading<'a> {
    case: &'a CaseId,
    user: &'a UserId,
    audience: Audience,
    returns: &'a [(EnquiryId, u32)],
}

impl Hub {
    /// The product of a case for somebody who reads it: the reading is recorded before it is shown,
    /// and so is putting returns together that were not put together before.
    ///
    /// # Errors
    ///
    /// `unknown_case`, or when something stored cannot be read or the reading not recorded.
    pub async fn read_product(
        &self,
        person: &Person,
        id: &CaseId,
        audience: Audience,
    ) -> Result<Product, ExchangeError> {
        person.must_work_on_cases()?;
        self.witnessing.may_release()?;
        let returns = self.returns_in(id)?;
        let product = self.product(id, audience)?;
        let shown = serde_json::to_vec(&product).map_err(|_| ExchangeError::Stored("product"))?;
        let batch = self.reading(person, &self.case(id)?, audience, &returns, &shown)?;
        self.store.commit(batch).await?;
        Ok(product)
    }

    pub(super) fn reading(
        &self,
        person: &Person,
        case: &Case,
        audience: Audience,
        returns: &[(EnquiryId, u32)],
        shown: &[u8],
    ) -> Result<Batch, ExchangeError> {
        let id = &case.matter.id;
        let reading = Reading {
            case: id,
            user: &person.user,
            audience,
            returns,
        };
        let body = serde_json::to_vec(&reading).map_err(|_| ExchangeError::Stored("reading"))?;
        let set = serde_json::to_vec(returns).map_err(|_| ExchangeError::Stored("reading"))?;
        let set = Digest::of(&set);
        let word = serde_json::to_value(audience).ok();
        let word = word.as_ref().and_then(|word| word.as_str());
        let now = self.clock.now();
        let entry = |kind, digest| PendingEntry {
            entry: Entry {
                actor: Some(self.pseudonym(&person.user)),
                reason: word.and_then(reason),
                counts: counts(&[("returns", returns.len())]),
                digest: Some(digest),
                ..self.scribe().of_case(kind, id, &case.matter.purpose, now)
            },
            body: body.clone(),
            case: Some(id.clone()),
            subjects: subjects::keys_of_all(&case.matter.subjects),
        };
        let mut batch = Batch::default();
        let key = [COMBINED, id.as_str().as_bytes()].concat();
        let before = self.store.get(Tree::Meta, &key)?;
        if !returns.is_empty() && before.as_deref() != Some(set.as_bytes()) {
            batch.entries.push(entry(EntryKind::Combination, set));
            batch.puts.push(Put {
                tree: Tree::Meta,
                key,
                value: Some(set.as_bytes().to_vec()),
                case: Some(id.clone()),
            });
        }
        let shown = Digest::of(shown);
        batch.entries.push(entry(EntryKind::Consultation, shown));
        Ok(batch)
    }

    /// Which returns a case has: enquiry and newest number, in order.
    pub(super) fn returns_in(&self, id: &CaseId) -> Result<Vec<(EnquiryId, u32)>, ExchangeError> {
        let sent = self.sent_of(id)?;
        let mut held: Vec<_> = sent
            .iter()
            .filter(|sent| sent.n > 0 && sent.state != State::Superseded)
            .map(|sent| (sent.enquiry.id, sent.n))
            .collect();
        held.sort_unstable();
        Ok(held)
    }

    /// The product of a case as it stands: what came, what was withheld, what was not checked.
    pub(super) fn product(
        &self,
        id: &CaseId,
        audience: Audience,
    ) -> Result<Product, ExchangeError> {
        let case = self.case(id)?;
        let directory = self.directory.load();
        let mut received = Vec::new();
        let mut asks = Vec::new();
        let mut look_back_months = 0;
        let sent: Vec<_> = self
            .sent_of(id)?
            .into_iter()
            .filter(|sent| sent.state != State::Superseded)
            .collect();
        for sent in &sent {
            asks.push(AgencyAsk {
                agency: sent.enquiry.to.clone(),
                asks: sent.enquiry.asks.clone(),
            });
            look_back_months = look_back_months.max(sent.enquiry.look_back_months);
            received.extend(self.received(&directory, sent)?);
        }
        let outcome = match audience {
            Audience::ReferrerFeedback if !self.referrers_may_hear(id)? => None,
            _ => {
                let work = self.work(id)?;
                let decided = work.decision();
                decided.map(|(decision, ..)| decision.outcome.clone())
            }
        };
        let sheet = CaseSheet {
            case: case.matter.id,
            kind: case.matter.kind,
            priority: case.matter.priority,
            purpose: case.matter.purpose,
            consent: case.matter.consent,
            opened: case.opened,
            due: case.due,
            subjects: case.matter.subjects,
            asks,
            look_back_months,
            outcome,
        };
        Ok(assemble(
            &sheet,
            &received,
            &self.vocabulary,
            audience,
            self.clock.now(),
        ))
    }

    fn received(
        &self,
        directory: &Directory,
        sent: &Sent,
    ) -> Result<Option<Received>, ExchangeError> {
        let Some(member) = directory.member(&sent.enquiry.to) else {
            return Ok(None);
        };
        let Some(kind) = member.kind.clone() else {
            return Ok(None);
        };
        let returns = self.returns_of(sent.enquiry.id)?;
        let answer = match &sent.state {
            State::Refused { code, title } if returns.is_empty() => Answer::Refused {
                code: code.clone(),
                title: title.clone(),
            },
            State::Unreachable {
                code,
                last_tried,
                next_try,
            } => Answer::Unreachable {
                code: code.clone(),
                last_tried: *last_tried,
                next_try: *next_try,
            },
            State::Busy { .. } | State::Waiting => Answer::Pending {
                due: sent.enquiry.expires,
            },
            State::Answered | State::InPart | State::Refused { .. } | State::Superseded => {
                Answer::Returned(returns)
            }
        };
        Ok(Some(Received {
            agency: member.id.clone(),
            agency_name: member.name.clone(),
            contact: member.contact.clone(),
            kind,
            answer,
        }))
    }
}
