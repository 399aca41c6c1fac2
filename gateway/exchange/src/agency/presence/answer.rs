//! Answering a presence request: worked out, recorded, and only then released.

use std::sync::Arc;

use serde::Serialize;
use stile_ledger::{Entry, EntryKind, Pseudonym};
use stile_model::code::MatchStatus;
use stile_model::digest::Digest;
use stile_model::presence::{
    Element, PRESENCE_ANSWER_TYP, PresenceAnswer, PresenceAnswerForm, PresenceForm, PresenceRequest,
};
use stile_model::subject::{PersonRow, Subject};
use stile_model::time::Timestamp;
use stile_model::vocabulary::{AgeBand, Vocabulary};
use stile_store::{Batch, PendingEntry, Receipt, StoreError, Tree};
use stile_trust::peer::Peer;
use tokio::task::spawn_blocking;

use super::super::find::FoundSubject;
use super::super::footing::Footing;
use super::super::record::Recorded;
use super::super::refusal::Refused;
use super::super::release::Released;
use super::super::{Agency, TRIES, overtaken};
use super::admit::{Admission, Admitted};
use super::knowable::Asked;
use super::members::age;
use super::spend::spent_put;
use super::stored::{StoredPresence, answer_key, case_of};
use super::unavailable;
use crate::error::{ExchangeError, refuse};
use crate::evidence::counts;
use crate::subjects;
use crate::trace::Step;

/// What was worked out.
struct Worked {
    form: PresenceAnswerForm,
    /// A sealed person fits, which only the sealed body and the alert say.
    sealed_hit: bool,
}

/// What the entry's sealed body keeps: the request with its blinded elements, and the outcome.
#[derive(Serialize)]
struct Body<'a> {
    request: &'a str,
    answer: &'a PresenceAnswer,
    sealed_hit: bool,
}

impl Agency {
    /// Answers one presence request: admit, work out, record, release, in that order.
    ///
    /// A retry of the same bytes gets the same answer and makes no second entry.
    ///
    /// # Errors
    ///
    /// On any error nothing has left the agency; a refusal is in the ledger.
    pub(super) async fn answer_presence(
        self: &Arc<Self>,
        peer: &Peer,
        jws: &str,
        confirmed: u64,
    ) -> Result<Released, ExchangeError> {
        let now = self.clock.now();
        match self.try_presence(peer, jws, confirmed, now).await {
            Ok(released) => {
                let waited = self.wait_for_grid(now);
                self.traces.step(Step::Grid, waited).await;
                Ok(released)
            }
            Err(error @ ExchangeError::Unrecorded(_)) => Err(error),
            Err(error) => Err(self
                .record_refusal(error, peer, Refused::Text(jws), now)
                .await),
        }
    }

    async fn try_presence(
        self: &Arc<Self>,
        peer: &Peer,
        jws: &str,
        confirmed: u64,
        now: Timestamp,
    ) -> Result<Released, ExchangeError> {
        let traces = &self.traces;
        let claim = traces.within(Step::Authenticate, || self.authenticate_presence(peer, jws))?;
        let turn = self.live.turn(claim.request.id).await;
        let _held = turn.lock().await;
        let admission = traces.step(Step::Admit, self.admit_presence(claim, now));
        match admission.await? {
            Admission::Again(first) => self.presence_again(&first, confirmed),
            Admission::New(admitted) => {
                // Before anybody is looked for: nothing could leave.
                self.witnessing.may_release()?;
                match self.recorded_presence(&admitted).await {
                    Ok(recorded) => self.release_as(PRESENCE_ANSWER_TYP, recorded, confirmed),
                    // A replica on the same store was asked, too, and was first.
                    Err(ExchangeError::Unrecorded(StoreError::AlreadyThere(Tree::Replay))) => {
                        let first =
                            self.presence_answered(admitted.request.id, &admitted.digest)?;
                        let first = first.ok_or_else(unavailable)?;
                        self.presence_again(&first, confirmed)
                    }
                    Err(error) => Err(error),
                }
            }
        }
    }

    fn presence_again(
        &self,
        first: &StoredPresence,
        confirmed: u64,
    ) -> Result<Released, ExchangeError> {
        let payload = first.payload.clone().into_bytes();
        let receipt = self
            .store
            .permit_for(&Digest::of(&payload))?
            .ok_or(ExchangeError::Stored("receipt"))?;
        let recorded = Recorded { payload, receipt };
        self.release_as(PRESENCE_ANSWER_TYP, recorded, confirmed)
    }

    /// Works out and records under one policy; where another came into force meanwhile, all of it is
    /// done again, first whether that one lets the agency be asked.
    async fn recorded_presence(
        self: &Arc<Self>,
        admitted: &Admitted,
    ) -> Result<Recorded, ExchangeError> {
        let mut footing = admitted.footing.clone();
        let mut tries = 0;
        loop {
            let worked = self.work_out(&admitted.request, &footing, admitted.now);
            let worked = self.traces.step(Step::WorkOut, worked).await?;
            let recorded = self.record_presence(admitted, worked, &footing);
            match self.traces.step(Step::Record, recorded).await {
                Err(error) if overtaken(&error) && tries < TRIES => tries += 1,
                other => return other,
            }
            self.follow_policy().await?;
            footing = self.footing();
            self.offers(&admitted.request, &footing, admitted.now)
                .await?;
        }
    }

    async fn work_out(
        self: &Arc<Self>,
        request: &PresenceRequest,
        footing: &Footing,
        now: Timestamp,
    ) -> Result<Worked, ExchangeError> {
        match &request.form {
            PresenceForm::Asked { subject } => self.may_know(request, subject, footing, now).await,
            PresenceForm::Blind {
                epoch, elements, ..
            } => {
                let form = self.evaluate(*epoch, elements, now).await?;
                Ok(Worked {
                    form,
                    sealed_hit: false,
                })
            }
        }
    }

    /// The one bit, with the same work whoever is asked about.
    async fn may_know(
        self: &Arc<Self>,
        request: &PresenceRequest,
        subject: &Subject,
        footing: &Footing,
        now: Timestamp,
    ) -> Result<Worked, ExchangeError> {
        let today = now.date();
        let asked = Asked {
            hub: request.hub.clone(),
            purpose: request.purpose.clone(),
            consent: request.basis.state,
            role: Some(subject.role.clone()),
        };
        let let_known = self.ages_asked(footing, asked, today).await?;
        let by_question = let_known.contains(&AgeBand::of(subject.born, today));
        let found = self.look_for(subject).await;
        if found.is_partial() {
            // The question is put to every system about everybody of whom as much is known, so this
            // says nothing of anybody.
            return Err(unavailable());
        }
        // As old as the agency has them, too: a question must not choose its own rule.
        let all_let = |rows: &[PersonRow]| {
            let mut ages = rows.iter().map(|row| age(row, today));
            ages.all(|age| let_known.contains(&age))
        };
        Ok(Worked {
            form: PresenceAnswerForm::Asked {
                may_know: by_question && somebody(&found, all_let),
            },
            sealed_hit: found.sealed_hit,
        })
    }

    async fn evaluate(
        &self,
        epoch: u32,
        elements: &[Element],
        now: Timestamp,
    ) -> Result<PresenceAnswerForm, ExchangeError> {
        let keys = self.live.presence.keys.load_full();
        let key = keys.as_ref().and_then(|keys| keys.accepted(epoch, now));
        let secret = key.map(|key| Arc::clone(&key.secret));
        let secret = secret.ok_or_else(unavailable)?;
        let elements: Vec<_> = elements.iter().map(|element| *element.as_bytes()).collect();
        let evaluated = spawn_blocking(move || secret.evaluate(&elements)).await;
        let evaluated = evaluated
            .map_err(|_| unavailable())?
            .map_err(|error| refuse("presence_elements", 422, error.to_string()))?;
        Ok(PresenceAnswerForm::Blind {
            epoch,
            evaluated: evaluated.into_iter().map(Element::from_bytes).collect(),
        })
    }

    /// Writes the entry with the request and the answer, durably, and nothing leaves before.
    async fn record_presence(
        &self,
        admitted: &Admitted,
        worked: Worked,
        footing: &Footing,
    ) -> Result<Recorded, ExchangeError> {
        let Admitted {
            request,
            jws,
            digest,
            now,
            ..
        } = admitted;
        let answer = PresenceAnswer {
            version: 1,
            id: request.id,
            request_digest: *digest,
            agency: self.me.clone(),
            issued_at: *now,
            form: worked.form,
            pad: String::new(),
        };
        let payload = answer
            .to_padded_json()
            .ok_or(ExchangeError::Stored("presence answer"))?;
        let body = Body {
            request: jws,
            answer: &answer,
            sealed_hit: worked.sealed_hit,
        };
        let body = serde_json::to_vec(&body).map_err(|_| ExchangeError::Stored("entry body"))?;
        let stored = StoredPresence {
            digest: *digest,
            hub: request.hub.clone(),
            case: case_of(&request.hub, &request.case_tag)?,
            asked: request.issued_at,
            payload: String::from_utf8(payload.clone())
                .map_err(|_| ExchangeError::Stored("presence answer"))?,
        };
        let mut require_absent = vec![(Tree::Replay, answer_key(request.id))];
        require_absent.extend(self.must_be_absent(footing)?);
        let mut puts = vec![
            stored.put(request.id)?,
            spent_put(&request.hub, &request.case_tag, request.id, *now),
        ];
        if let PresenceForm::Asked { subject } = &request.form {
            let of = (&**subject, &stored.case);
            puts.extend(self.alert_puts(admitted, of, worked.sealed_hit, footing)?);
        }
        let batch = Batch {
            entries: vec![PendingEntry {
                entry: self.presence_entry(request, &payload, &stored, footing, *now),
                body,
                case: Some(stored.case.clone()),
                subjects: match &request.form {
                    PresenceForm::Asked { subject } => subjects::keys(subject),
                    PresenceForm::Blind { .. } => Vec::new(),
                },
            }],
            puts,
            require_absent,
            refusal_only: false,
        };
        let receipt = self.store.commit(batch).await?.receipts.into_iter().next();
        let receipt: Receipt = receipt.ok_or(ExchangeError::Stored("receipt"))?;
        Ok(Recorded { payload, receipt })
    }

    /// The leaf: the same whoever was asked about and whatever was found.
    fn presence_entry(
        &self,
        request: &PresenceRequest,
        payload: &[u8],
        stored: &StoredPresence,
        footing: &Footing,
        now: Timestamp,
    ) -> Entry {
        let many = match &request.form {
            PresenceForm::Asked { .. } => ("subjects", 1),
            PresenceForm::Blind { elements, .. } => ("elements", elements.len()),
        };
        let reason = request.basis.override_reason.as_ref();
        let known =
            |code: &&stile_model::id::Code| Vocabulary::has(&self.vocabulary.overrides, code);
        Entry {
            member: Some(request.hub.clone()),
            recipients: [request.hub.clone()].into(),
            counts: counts(&[many]),
            digest: Some(Digest::of(payload)),
            policy: Some(footing.policy.digest()),
            reason: reason.filter(known).cloned(),
            case: Some(Pseudonym::of_case(&self.pseudonym_key, &stored.case)),
            ..self
                .scribe()
                .of_purpose(EntryKind::Presence, &request.purpose, now)
        }
    }
}

/// Is there a match, sure or possible, all of whose rows may be known?
fn somebody(found: &FoundSubject, may_be_known: impl Fn(&[PersonRow]) -> bool) -> bool {
    match found.finding.status {
        MatchStatus::Confident => may_be_known(&found.rows),
        MatchStatus::Possible => found
            .possible
            .iter()
            .any(|candidate| may_be_known(&candidate.rows)),
        MatchStatus::None => false,
    }
}
