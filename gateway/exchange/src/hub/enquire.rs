//! Raise an enquiry: one signed question for each agency, recorded before any is sent.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::enquiry::{Ask, ENQUIRY_TYP, EXPIRES_MAX_H, Enquiry, Officer};
use stile_model::id::{CaseId, Code, EnquiryId, MemberId};
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry};
use stile_trust::identity::Role;
use stile_trust::jws;
use utoipa::ToSchema;

use super::progress::{Sent, State};
use super::{Case, Hub};
use crate::agency::{check_bounds, check_consent};
use crate::error::{ExchangeError, refuse};
use crate::evidence::{counts, pending};
use crate::form;
use crate::people::{Duty, Person};
use crate::random;
use crate::trace::Step;

/// What one agency is asked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgencyAsk {
    /// The agency.
    pub agency: MemberId,
    /// Categories, each with its reason.
    pub asks: Vec<Ask>,
}

/// A researcher's request to ask several agencies at once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Raise {
    /// Which agencies, and what of each.
    #[schema(min_items = 1)]
    pub agencies: Vec<AgencyAsk>,
    /// How far back, in months, 1 to 240.
    #[schema(minimum = 1, maximum = 240)]
    pub look_back_months: u16,
    /// Hours until the question lapses, 1 to 2160.
    #[schema(minimum = 1, maximum = 2160)]
    pub expires_in_h: u32,
}

/// What was sent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Raised {
    /// One for each agency.
    pub enquiries: Vec<(MemberId, EnquiryId)>,
}

impl Hub {
    /// Signs one enquiry for each agency, records them all durably, and starts to pursue them.
    ///
    /// # Errors
    ///
    /// A coded refusal naming the agency and what does not fit; then nothing was sent to anybody.
    pub async fn raise(
        self: &Arc<Self>,
        person: &Person,
        id: &CaseId,
        raise: &Raise,
    ) -> Result<Raised, ExchangeError> {
        let span = self.traces.begin(Step::Raise);
        let raised = span.around(self.raise_all(person, id, raise)).await;
        span.ended(&raised);
        raised
    }

    async fn raise_all(
        self: &Arc<Self>,
        person: &Person,
        id: &CaseId,
        raise: &Raise,
    ) -> Result<Raised, ExchangeError> {
        person.must(&Duty::Researcher)?;
        self.witnessing.may_release()?;
        let case = self.case(id)?;
        if raise.agencies.is_empty() || !(1..=EXPIRES_MAX_H).contains(&raise.expires_in_h) {
            return Err(refuse(
                "out_of_bounds",
                422,
                "name at least one agency, and set `expires_in_h` to 1 to 2160",
            ));
        }
        let mut seen = BTreeSet::new();
        let mut sent = Vec::new();
        for ask in &raise.agencies {
            if !seen.insert(&ask.agency) {
                return Err(refuse(
                    "out_of_bounds",
                    422,
                    format!("`{}` is asked twice", ask.agency),
                ));
            }
            sent.push(self.sign_one(person, &case, raise, ask)?);
        }
        let recorded = self.record_sent(person, &sent);
        self.traces.step(Step::Record, recorded).await?;
        let enquiries = sent
            .iter()
            .map(|sent| (sent.enquiry.to.clone(), sent.enquiry.id))
            .collect();
        for sent in sent {
            self.pursue(sent.enquiry.id).await;
        }
        Ok(Raised { enquiries })
    }

    fn sign_one(
        &self,
        person: &Person,
        case: &Case,
        raise: &Raise,
        ask: &AgencyAsk,
    ) -> Result<Sent, ExchangeError> {
        let now = self.clock.now();
        let directory = self.directory.load();
        let member = directory
            .member(&ask.agency)
            .filter(|member| member.role == Role::Agency);
        let kind = member
            .and_then(|member| member.kind.clone())
            .ok_or_else(|| {
                refuse(
                    "unknown_agency",
                    422,
                    format!("`{}` is not an agency of the directory", ask.agency),
                )
            })?;
        let enquiry = Enquiry {
            v: 1,
            id: random::enquiry_id()?,
            partnership: self.partnership.clone(),
            from: self.me.clone(),
            to: ask.agency.clone(),
            case: case.matter.id.clone(),
            case_kind: case.matter.kind.clone(),
            priority: case.matter.priority,
            purpose: case.matter.purpose.clone(),
            consent: case.matter.consent.clone(),
            subjects: case.matter.subjects.clone(),
            asks: ask.asks.clone(),
            look_back_months: raise.look_back_months,
            requester: Officer {
                user: person.user.clone(),
                role: researcher(),
            },
            authoriser: None,
            issued: now,
            expires: now.plus_s(i64::from(raise.expires_in_h) * 3_600),
        };
        // The agency checks the same; a researcher should hear of it before anything is sent.
        check_bounds(&enquiry, &self.vocabulary, &kind)?;
        check_consent(&enquiry, &self.vocabulary)?;
        form::request(&enquiry, &self.vocabulary, &directory)?;
        self.sign(enquiry)
    }

    /// Signs an enquiry as it stands.
    fn sign(&self, enquiry: Enquiry) -> Result<Sent, ExchangeError> {
        let payload = serde_json::to_vec(&enquiry).map_err(|_| ExchangeError::Stored("enquiry"))?;
        let jws = jws::sign(&self.signing, ENQUIRY_TYP, &payload)?;
        Ok(Sent {
            since: enquiry.issued,
            enquiry,
            jws,
            state: State::Waiting,
            n: 0,
            more: true,
            first: None,
        })
    }

    /// The same question with a new id and date, when the first was too old for the agency.
    pub(super) async fn sign_again(&self, old: &Sent) -> Result<Sent, ExchangeError> {
        let enquiry = Enquiry {
            id: random::enquiry_id()?,
            issued: self.clock.now(),
            ..old.enquiry.clone()
        };
        let new = self.sign(enquiry)?;
        let gone = Sent {
            state: State::Superseded,
            more: false,
            ..old.clone()
        };
        let entry = self.sent_entry(&new, new.enquiry.issued);
        let batch = Batch {
            entries: vec![entry],
            puts: [gone.puts()?, new.puts()?].concat(),
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        self.changed(&new.enquiry.case);
        Ok(new)
    }

    /// What is held of an enquiry, or of the one that was signed in its place: a batch of which the store
    /// gave no clear answer may have been kept.
    pub(super) fn sent_or_signed_again(&self, id: EnquiryId) -> Result<Sent, ExchangeError> {
        let held = self.sent(id)?;
        if held.state != State::Superseded {
            return Ok(held);
        }
        let mut all = self.sent_of(&held.enquiry.case)?.into_iter();
        let new = all.find(|one| is_signed_again(&held, one));
        Ok(new.unwrap_or(held))
    }

    async fn record_sent(&self, person: &Person, all: &[Sent]) -> Result<(), ExchangeError> {
        let now = self.clock.now();
        let actor = self.pseudonym(&person.user);
        let mut batch = Batch::default();
        for sent in all {
            let mut entry = self.sent_entry(sent, now);
            entry.entry.actor = Some(actor);
            batch.entries.push(entry);
            batch.puts.extend(sent.puts()?);
        }
        self.store.commit(batch).await?;
        if let Some(sent) = all.first() {
            self.changed(&sent.enquiry.case);
        }
        Ok(())
    }

    fn sent_entry(&self, sent: &Sent, now: Timestamp) -> PendingEntry {
        let enquiry = &sent.enquiry;
        let entry = Entry {
            member: Some(enquiry.to.clone()),
            recipients: [enquiry.to.clone()].into(),
            counts: counts(&[
                ("asks", enquiry.asks.len()),
                ("subjects", enquiry.subjects.len()),
            ]),
            digest: Some(Digest::of(sent.jws.as_bytes())),
            ..self
                .scribe()
                .of_enquiry(EntryKind::EnquirySent, enquiry, now)
        };
        pending(entry, sent.jws.clone().into_bytes(), enquiry)
    }
}

/// Is this the question that was signed in place of the old one, with an answer still to come? When it
/// expires, which is carried over, tells it from one that a person asked anew.
fn is_signed_again(old: &Sent, one: &Sent) -> bool {
    let as_before = Enquiry {
        id: old.enquiry.id,
        issued: old.enquiry.issued,
        ..one.enquiry.clone()
    };
    !one.is_finished() && as_before == old.enquiry
}

fn researcher() -> Code {
    #[expect(clippy::unwrap_used, reason = "a constant that is a valid code")]
    Code::new("researcher").unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::tests::sent;

    const NOON: &str = "2026-03-11T12:00:00Z";
    const LATER: &str = "2026-03-11T12:20:00Z";
    const THURSDAY: &str = "2026-03-12T12:00:00Z";

    #[test]
    fn the_question_that_was_signed_again_is_found_and_no_other() {
        let old = sent(1, NOON, THURSDAY, State::Superseded);
        let again = sent(2, LATER, THURSDAY, State::Waiting);
        assert!(is_signed_again(&old, &again));

        let anew = sent(3, LATER, "2026-03-12T12:20:00Z", State::Waiting);
        let ended = sent(4, LATER, THURSDAY, State::Answered);
        let mut elsewhere = again.clone();
        elsewhere.enquiry.to = MemberId::new("north-health").unwrap();
        for other in [&old, &anew, &ended, &elsewhere] {
            assert!(!is_signed_again(&old, other), "{}", other.enquiry.id);
        }
    }
}
