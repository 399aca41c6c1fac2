//! Receive: nothing an agency says is believed, shown or kept as an answer until it is proved.

use serde::{Deserialize, Serialize};
use stile_ledger::tree::verify_consistency;
use stile_ledger::{Checkpoint, Entry, EntryKind, Leaf, Vkey, base64, proof};
use stile_model::digest::Digest;
use stile_model::id::MemberId;
use stile_model::returns::{RETURN_TYP, Return};
use stile_store::{Batch, Put, Tree};
use stile_trust::jws;

use super::Hub;
use super::progress::{Sent, State};
use crate::agency::returned;
use crate::error::ExchangeError;
use crate::evidence::{pending, reason};
use crate::wire::{ENVELOPE_MAX_BYTES, Envelope};
use crate::witness::Step;

/// How much of an agency's ledger this hub has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) size: u64,
    pub(super) root: Digest,
}

/// A return as kept: the exact envelope, so that it can be shown to anybody later.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) envelope: Envelope,
    pub(super) payload: String,
}

impl Kept {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ExchangeError> {
        serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("return"))
    }

    pub(super) fn answer(&self) -> Result<Return, ExchangeError> {
        serde_json::from_str(&self.payload).map_err(|_| ExchangeError::Stored("return"))
    }
}

/// Why an agency's answer is not believed. It is kept out of the product and recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Disbelief {
    pub(super) code: &'static str,
    pub(super) title: &'static str,
}

const fn disbelieve(code: &'static str, title: &'static str) -> Disbelief {
    Disbelief { code, title }
}

pub(super) const MALFORMED: Disbelief =
    disbelieve("answer_malformed", "the agency's answer cannot be read");
const UNSIGNED: Disbelief = disbelieve(
    "answer_unsigned",
    "the agency's answer is not signed by its key",
);
pub(super) const MISMATCH: Disbelief =
    disbelieve("answer_mismatch", "the answer belongs to another question");
const UNRECORDED: Disbelief = disbelieve(
    "answer_unrecorded",
    "the answer's receipt does not prove that it is in the agency's ledger",
);
pub(super) const INCONSISTENT: Disbelief = disbelieve(
    "ledger_inconsistent",
    "the agency's ledger no longer holds what it held before",
);

/// Whose answer it is said to be, and of what kind.
pub(super) struct Told<'a> {
    pub(super) agency: &'a MemberId,
    /// Type of the signed document.
    pub(super) typ: &'static str,
    /// Kind of the entry that let it out.
    pub(super) kind: EntryKind,
}

/// What holds of every answer that is believed, whatever it says.
pub(super) struct Proof {
    pub(super) payload: String,
    pub(super) envelope: Envelope,
    head: Checkpoint,
    /// The signed note of `head`.
    note: String,
    vkey: Vkey,
    /// What `head` was proved to extend.
    seen: Option<Seen>,
}

struct Proved {
    answer: Return,
    proof: Proof,
}

impl Hub {
    /// How much of this agency's ledger was seen last.
    pub(super) fn seen(&self, agency: &MemberId) -> Result<Option<Seen>, ExchangeError> {
        let held = self.witnessing.held(agency)?;
        Ok(held.map(|held| Seen {
            size: held.size,
            root: held.root,
        }))
    }

    /// Proves an answer and records its receipt durably; a disbelieved one is recorded as refused.
    ///
    /// # Errors
    ///
    /// When it could not be recorded; the agency is asked again.
    pub(super) async fn receive(
        &self,
        sent: Sent,
        body: &[u8],
        seen: Option<Seen>,
    ) -> Result<(Sent, Option<Digest>), ExchangeError> {
        match self.prove(&sent, body, seen) {
            Ok(proved) => {
                let digest = Digest::of(proved.proof.payload.as_bytes());
                Ok((self.keep(sent, proved).await?, Some(digest)))
            }
            Err(disbelief) => {
                tracing::error!(agency = %sent.enquiry.to, code = disbelief.code, "an answer is not believed");
                if disbelief == INCONSISTENT {
                    self.alarm(&sent.enquiry.to, body).await?;
                }
                Ok((self.reject(sent, disbelief, body).await?, None))
            }
        }
    }

    /// The agency's own key has signed what does not follow the head held of its ledger.
    pub(super) async fn alarm(&self, agency: &MemberId, body: &[u8]) -> Result<(), ExchangeError> {
        let envelope: Option<Envelope> = serde_json::from_slice(body).ok();
        let receipt = envelope.and_then(|one| proof::Receipt::parse(&one.receipt).ok());
        if let (Some(held), Some(receipt)) = (self.witnessing.held(agency)?, receipt) {
            let shown = &receipt.checkpoint;
            self.witnessing.suspect(agency, &held, shown).await;
        }
        Ok(())
    }

    fn prove(&self, sent: &Sent, body: &[u8], seen: Option<Seen>) -> Result<Proved, Disbelief> {
        let told = Told {
            agency: &sent.enquiry.to,
            typ: RETURN_TYP,
            kind: EntryKind::Permit,
        };
        let (answer, proof) = self.prove_bytes(&told, body, seen, |payload| {
            let answer: Return = serde_json::from_slice(payload).map_err(|_| MALFORMED)?;
            if belongs(&answer, sent) {
                Ok(answer)
            } else {
                Err(MISMATCH)
            }
        })?;
        Ok(Proved { answer, proof })
    }

    /// Proves that an agency signed and recorded exactly these bytes, in a ledger that only grew;
    /// `read` says what they are, or why they are not what was asked for.
    pub(super) fn prove_bytes<T>(
        &self,
        told: &Told<'_>,
        body: &[u8],
        seen: Option<Seen>,
        read: impl FnOnce(&[u8]) -> Result<T, Disbelief>,
    ) -> Result<(T, Proof), Disbelief> {
        let envelope: Envelope = serde_json::from_slice(body).map_err(|_| MALFORMED)?;
        let directory = self.directory.load();
        let member = directory.member(told.agency).ok_or(UNSIGNED)?;
        let payload = jws::verify(
            &envelope.answer,
            told.typ,
            &member.signing_key,
            ENVELOPE_MAX_BYTES,
        )
        .map_err(|_| UNSIGNED)?;
        let read = read(&payload)?;
        let vkey: Vkey = member.ledger_key.parse().map_err(|_| UNRECORDED)?;
        let head = recorded(&envelope, told.kind, &payload, &vkey)?;
        grown(&envelope, seen, &head)?;
        let payload = String::from_utf8(payload).map_err(|_| MALFORMED)?;
        let receipt = proof::Receipt::parse(&envelope.receipt).map_err(|_| UNRECORDED)?;
        let proof = Proof {
            payload,
            head,
            note: receipt.checkpoint,
            vkey,
            seen,
            envelope: Envelope {
                pad: String::new(),
                ..envelope
            },
        };
        Ok((read, proof))
    }

    /// Moves on the head held of the agency's ledger; none when another answer, or the agency's own
    /// submission, has moved it on meanwhile. The caller has the turn.
    pub(super) fn step(
        &self,
        agency: &MemberId,
        proof: &Proof,
    ) -> Result<Option<Step>, ExchangeError> {
        let Proof {
            head,
            note,
            vkey,
            seen,
            ..
        } = proof;
        if self.seen(agency)? != *seen || seen.is_some_and(|seen| seen.size >= head.size) {
            return Ok(None);
        }
        let from = seen.map_or(0, |seen| seen.size);
        let step = self.witnessing.hold(agency, from, (head, note), vkey)?;
        Ok(Some(step))
    }

    async fn keep(&self, sent: Sent, proved: Proved) -> Result<Sent, ExchangeError> {
        let now = self.clock.now();
        let state = if proved.answer.more {
            State::InPart
        } else {
            State::Answered
        };
        let sent = Sent {
            state,
            since: now,
            n: proved.answer.n,
            more: proved.answer.more,
            first: sent.first.or(Some(now)),
            ..sent
        };
        let entry = Entry {
            member: Some(sent.enquiry.to.clone()),
            counts: returned(&proved.answer),
            digest: Some(Digest::of(proved.proof.payload.as_bytes())),
            policy: Some(proved.answer.policy),
            ..self
                .scribe()
                .of_enquiry(EntryKind::ReturnReceived, &sent.enquiry, now)
        };
        let case = Some(sent.enquiry.case.clone());
        let key = [
            sent.enquiry.id.as_bytes().as_slice(),
            &proved.answer.n.to_be_bytes(),
        ]
        .concat();
        let kept = Kept {
            envelope: proved.proof.envelope.clone(),
            payload: proved.proof.payload.clone(),
        };
        let body = serde_json::to_vec(&kept).map_err(|_| ExchangeError::Stored("return"))?;
        let mut batch = Batch {
            entries: vec![pending(entry, body.clone(), &sent.enquiry)],
            puts: sent.puts()?.into(),
            ..Batch::default()
        };
        batch.puts.push(Put {
            tree: Tree::Returns,
            key,
            value: Some(body),
            case,
        });
        let _turn = self.witnessing.turn(&sent.enquiry.to).await;
        let step = self.step(&sent.enquiry.to, &proved.proof)?;
        Step::commit(&self.store, batch, step).await?;
        self.changed(&sent.enquiry.case);
        Ok(sent)
    }

    async fn reject(
        &self,
        sent: Sent,
        disbelief: Disbelief,
        body: &[u8],
    ) -> Result<Sent, ExchangeError> {
        let now = self.clock.now();
        let state = State::Refused {
            code: disbelief.code.to_owned(),
            title: disbelief.title.to_owned(),
        };
        let sent = Sent {
            state,
            since: now,
            more: false,
            ..sent
        };
        let entry = Entry {
            member: Some(sent.enquiry.to.clone()),
            digest: Some(Digest::of(body)),
            reason: reason(disbelief.code),
            ..self
                .scribe()
                .of_enquiry(EntryKind::Failed, &sent.enquiry, now)
        };
        let entry = pending(entry, disbelief.code.as_bytes().to_vec(), &sent.enquiry);
        let batch = Batch {
            entries: vec![entry],
            puts: sent.puts()?.into(),
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        self.changed(&sent.enquiry.case);
        Ok(sent)
    }
}

/// Is this the next answer to exactly the question that was sent?
fn belongs(answer: &Return, sent: &Sent) -> bool {
    answer.v == 1
        && answer.enquiry == sent.enquiry.id
        && answer.enquiry_digest == Digest::of(sent.jws.as_bytes())
        && answer.from == sent.enquiry.to
        && answer.to == sent.enquiry.from
        && answer.case == sent.enquiry.case
        && answer.n == sent.n + 1
}

/// Does the receipt prove that an entry that let out exactly these bytes is in the agency's ledger?
fn recorded(
    envelope: &Envelope,
    kind: EntryKind,
    payload: &[u8],
    vkey: &Vkey,
) -> Result<Checkpoint, Disbelief> {
    let leaf = base64::bytes(&envelope.leaf).ok_or(UNRECORDED)?;
    let entry = Leaf::parse(&leaf).map_err(|_| UNRECORDED)?.entry;
    if entry.kind != kind || entry.digest != Some(Digest::of(payload)) {
        return Err(UNRECORDED);
    }
    let receipt = proof::Receipt::parse(&envelope.receipt).map_err(|_| UNRECORDED)?;
    receipt.verify(&leaf, vkey).map_err(|_| UNRECORDED)
}

/// Has the ledger only grown since this hub last looked?
fn grown(envelope: &Envelope, seen: Option<Seen>, head: &Checkpoint) -> Result<(), Disbelief> {
    let Some(seen) = seen else { return Ok(()) };
    let proof = consistency(&envelope.consistency);
    let proof = proof.ok_or(INCONSISTENT)?;
    verify_consistency(seen.size, &seen.root, head.size, &head.root, &proof)
        .map_err(|_| INCONSISTENT)
}

/// The hashes of a consistency proof; `None` when one is no hash.
pub(super) fn consistency(texts: &[String]) -> Option<Vec<Digest>> {
    texts.iter().map(|text| base64::digest(text)).collect()
}
