//! Hear one agency: prove its answer, record it, then look its tokens up.

use hyper::{Method, StatusCode};
use stile_ledger::{Entry, EntryKind};
use stile_linkage::presence::{Blinding, Found};
use stile_model::digest::Digest;
use stile_model::presence::{PRESENCE_ANSWER_TYP, PresenceAnswer, PresenceAnswerForm};
use stile_store::{Batch, PendingEntry};

use super::super::pursue::problem;
use super::super::receive::{
    Disbelief, INCONSISTENT, Kept, MALFORMED, MISMATCH, Proof, Seen, Told,
};
use super::super::{Hub, Lane};
use super::VERSION;
use super::ahead::code_of;
use super::outcome::PresenceStatus;
use super::prepare::{Form, Prepared, Question};
use super::set::HeldSet;
use crate::agency::routes::CONFIRMED_HEADER;
use crate::client::Reply;
use crate::error::ExchangeError;
use crate::evidence::reason;
use crate::trace;
use crate::witness::Step;

/// Problems by which an agency says that what is held of it is no longer in force.
const OUTDATED: [&str; 3] = ["presence_epoch", "presence_not_offered", "presence_recipe"];

/// What came of asking one agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// An answer that was proved.
    Found(PresenceStatus),
    /// No answer that counts; the code says why.
    Nothing(String),
}

impl Hub {
    /// Sends one request, and hears the answer.
    ///
    /// # Errors
    ///
    /// When the answer could not be recorded; it is not shown then.
    pub(super) async fn hear(
        &self,
        question: &Question,
        asked: Prepared,
    ) -> Result<Heard, ExchangeError> {
        let seen = self.seen(&asked.agency)?;
        let reply = match self.send(&asked, seen).await {
            Ok(reply) => reply,
            Err(code) => return Ok(Heard::Nothing(code)),
        };
        if reply.status != StatusCode::OK {
            return Ok(self.refused_presence(&reply));
        }
        match self.prove_presence(&asked, &reply.body, seen) {
            Ok((answer, proof)) => {
                self.keep_answer(question, &asked, proof).await?;
                Ok(found(question, asked.form, answer).await)
            }
            Err(disbelief) => {
                tracing::error!(agency = %asked.agency, code = disbelief.code, "an answer of presence is not believed");
                if disbelief == INCONSISTENT {
                    self.alarm(&asked.agency, &reply.body).await?;
                }
                self.keep_disbelief(question, &asked, disbelief, &reply.body)
                    .await?;
                Ok(Heard::Nothing(disbelief.code.to_owned()))
            }
        }
    }

    async fn send(&self, asked: &Prepared, seen: Option<Seen>) -> Result<Reply, String> {
        let client = self
            .client(&asked.agency, Lane::Ask)
            .await
            .map_err(|error| code_of(&error))?;
        let confirmed = seen.map_or(0, |seen| seen.size).to_string();
        let headers = [
            (CONFIRMED_HEADER, confirmed),
            ("content-type", "application/jose".to_owned()),
        ];
        let span = self
            .traces
            .begin(trace::Step::AskPresence)
            .with(&asked.agency);
        // No `traceparent`: agencies could find out by it that they are asked about the same case.
        let body = asked.jws.clone().into_bytes();
        let deadline = self.settings.agency_deadline;
        let reply = client.call(Method::POST, "/v1/presence", &headers, body, deadline);
        let reply = reply.await;
        span.heard(&reply);
        reply.map_err(|error| error.code().to_owned())
    }

    fn refused_presence(&self, reply: &Reply) -> Heard {
        let (code, _) = problem(reply);
        if OUTDATED.contains(&code.as_str()) {
            self.live.presence.look_soon();
        }
        if code == "presence_not_offered" {
            Heard::Found(PresenceStatus::NotOffered)
        } else {
            Heard::Nothing(code)
        }
    }

    fn prove_presence(
        &self,
        asked: &Prepared,
        body: &[u8],
        seen: Option<Seen>,
    ) -> Result<(PresenceAnswer, Proof), Disbelief> {
        let told = Told {
            agency: &asked.agency,
            typ: PRESENCE_ANSWER_TYP,
            kind: EntryKind::Presence,
        };
        self.prove_bytes(&told, body, seen, |payload| {
            let answer: PresenceAnswer = serde_json::from_slice(payload).map_err(|_| MALFORMED)?;
            if belongs(&answer, asked) {
                Ok(answer)
            } else {
                Err(MISMATCH)
            }
        })
    }

    async fn keep_answer(
        &self,
        question: &Question,
        asked: &Prepared,
        proof: Proof,
    ) -> Result<(), ExchangeError> {
        let entry = Entry {
            reason: reason("answered"),
            digest: Some(Digest::of(proof.payload.as_bytes())),
            ..self.heard_entry(EntryKind::Presence, question, asked)
        };
        let kept = Kept {
            envelope: proof.envelope.clone(),
            payload: proof.payload.clone(),
        };
        let body = serde_json::to_vec(&kept).map_err(|_| ExchangeError::Stored("presence"))?;
        let batch = Batch {
            entries: vec![pending(entry, body, question)],
            ..Batch::default()
        };
        let _turn = self.witnessing.turn(&asked.agency).await;
        let step = self.step(&asked.agency, &proof)?;
        Step::commit(&self.store, batch, step).await?;
        Ok(())
    }

    async fn keep_disbelief(
        &self,
        question: &Question,
        asked: &Prepared,
        disbelief: Disbelief,
        body: &[u8],
    ) -> Result<(), ExchangeError> {
        let entry = Entry {
            reason: reason(disbelief.code),
            digest: Some(Digest::of(body)),
            ..self.heard_entry(EntryKind::Failed, question, asked)
        };
        let batch = Batch {
            entries: vec![pending(entry, disbelief.code.as_bytes().to_vec(), question)],
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        Ok(())
    }

    fn heard_entry(&self, kind: EntryKind, question: &Question, asked: &Prepared) -> Entry {
        Entry {
            member: Some(asked.agency.clone()),
            ..self
                .scribe()
                .of_case(kind, &question.case, &question.purpose, self.clock.now())
        }
    }
}

fn pending(entry: Entry, body: Vec<u8>, question: &Question) -> PendingEntry {
    PendingEntry {
        entry,
        body,
        case: Some(question.case.clone()),
        subjects: crate::subjects::keys(&question.subject),
    }
}

/// Is this the answer to exactly the request that was sent?
fn belongs(answer: &PresenceAnswer, asked: &Prepared) -> bool {
    let form = match (&answer.form, &asked.form) {
        (PresenceAnswerForm::Asked { .. }, Form::Asked) => true,
        (PresenceAnswerForm::Blind { epoch, .. }, Form::Blind { set, .. }) => {
            *epoch == set.statement.epoch
        }
        _ => false,
    };
    form && answer.version == VERSION
        && answer.id == asked.id
        && answer.request_digest == asked.digest()
        && answer.agency == asked.agency
}

async fn found(question: &Question, form: Form, answer: PresenceAnswer) -> Heard {
    match (form, answer.form) {
        (Form::Asked, PresenceAnswerForm::Asked { may_know: true }) => {
            Heard::Found(PresenceStatus::MayKnow)
        }
        (Form::Asked, PresenceAnswerForm::Asked { may_know: false }) => {
            Heard::Found(PresenceStatus::NoMatch)
        }
        (Form::Blind { blinding, set }, PresenceAnswerForm::Blind { evaluated, .. }) => {
            let purpose = question.purpose.clone();
            let evaluated: Vec<_> = evaluated.iter().map(|one| *one.as_bytes()).collect();
            let looked_up = move || look_up(&blinding, &set, &evaluated, &purpose);
            tokio::task::spawn_blocking(looked_up)
                .await
                .unwrap_or_else(|_| Heard::Nothing(MALFORMED.code.to_owned()))
        }
        _ => Heard::Nothing(MISMATCH.code.to_owned()),
    }
}

fn look_up(
    blinding: &Blinding,
    set: &HeldSet,
    evaluated: &[[u8; 32]],
    purpose: &stile_model::id::Code,
) -> Heard {
    match blinding.finalise(evaluated) {
        Ok(tokens) => Heard::Found(match tokens.find(&set.sets, purpose) {
            Found::Known => PresenceStatus::Known,
            Found::Possibly => PresenceStatus::Possibly,
            Found::Nothing => PresenceStatus::NoMatch,
        }),
        Err(_) => Heard::Nothing(MALFORMED.code.to_owned()),
    }
}
