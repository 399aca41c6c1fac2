//! How a request is kept, and changed together with the entry that says so.

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::{MemberId, UserId};
use stile_model::time::Timestamp;
use stile_store::{Batch, Put, StoreError, Tree};
use stile_trust::authority::describe;
use stile_trust::serial::Serial;

use super::token::KeptToken;
use super::{EnrolmentId, EnrolmentLine, EnrolmentState, GatewayRole};
use crate::error::{ExchangeError, refuse};
use crate::evidence::reason;
use crate::hub::Hub;

/// A refused renewal may be asked for again after this long.
const REFUSED_S: i64 = 86_400;
/// A token that was never used is forgotten after this long.
const UNUSED_S: i64 = 30 * 86_400;
/// What was settled is forgotten after this long: more than any certificate lasts.
const SETTLED_S: i64 = 400 * 86_400;

/// One request, from the invitation on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Enrolment {
    pub(super) id: EnrolmentId,
    pub(super) member: MemberId,
    pub(super) role: GatewayRole,
    pub(super) names: Vec<String>,
    /// When it came to be in its state.
    pub(super) since: Timestamp,
    /// Of an invitation.
    pub(super) token: Option<Given>,
    /// Of a renewal.
    pub(super) renews: Option<Renewed>,
    pub(super) asked: Option<Asked>,
    pub(super) settled: Option<Settled>,
}

/// A token that was given out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    pub(super) kept: KeptToken,
    pub(super) expires: Timestamp,
}

/// The certificate that is to be renewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Renewed {
    pub(super) serial: Serial,
    pub(super) pin: Digest,
}

/// What was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    pub(super) request: String,
    pub(super) pin: Digest,
}

/// What became of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Settled {
    /// The chain, PEM.
    Issued(String),
    Refused,
}

impl Enrolment {
    pub(super) const fn state(&self) -> EnrolmentState {
        match (&self.settled, &self.asked) {
            (Some(Settled::Issued(_)), _) => EnrolmentState::Issued,
            (Some(Settled::Refused), _) => EnrolmentState::Refused,
            (None, Some(_)) => EnrolmentState::Waiting,
            (None, None) => EnrolmentState::Invited,
        }
    }

    pub(super) fn line(self) -> EnrolmentLine {
        let state = self.state();
        let pin = self.asked.as_ref().map(|asked| asked.pin);
        let waits = state == EnrolmentState::Waiting;
        let invited = state == EnrolmentState::Invited;
        let renewed = self.renews.as_ref();
        EnrolmentLine {
            other_key: renewed.is_some_and(|renewed| Some(renewed.pin) != pin),
            renews: renewed.map(|renewed| renewed.serial.to_string()),
            expires: self.token.filter(|_| invited).map(|token| token.expires),
            request: self.asked.filter(|_| waits).map(|asked| asked.request),
            id: self.id,
            member: self.member,
            role: self.role,
            state,
            since: self.since,
            names: self.names,
            pin,
        }
    }

    /// Is it what a gateway asks that wants this certificate renewed, or its key changed for the one
    /// with this pin? A change of keys may outlast the certificate under which it was begun, and is not
    /// put before the operator again.
    pub(super) fn is_again(&self, renewed: &Renewed, pin: Digest, now: Timestamp) -> bool {
        let under =
            |begun: &Renewed| begun == renewed || (begun.pin == renewed.pin && pin != begun.pin);
        let stands = match &self.settled {
            Some(Settled::Issued(chain)) => {
                describe(chain).is_ok_and(|issued| now < issued.not_after)
            }
            Some(Settled::Refused) => now < self.since.plus_s(REFUSED_S),
            None => true,
        };
        let asked = self.asked.as_ref().map(|asked| asked.pin);
        self.renews.as_ref().is_some_and(under) && asked == Some(pin) && stands
    }

    /// May nobody need it any more?
    fn is_past(&self, now: Timestamp) -> bool {
        let kept_s = match self.state() {
            EnrolmentState::Invited => UNUSED_S,
            EnrolmentState::Waiting | EnrolmentState::Issued | EnrolmentState::Refused => SETTLED_S,
        };
        self.since.plus_s(kept_s) < now
    }
}

/// What happened, as the ledger says it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Applied,
    Invited,
    Issued,
    Refused,
    RenewalApplied,
}

impl Step {
    const fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Invited => "invited",
            Self::Issued => "issued",
            Self::Refused => "refused",
            Self::RenewalApplied => "renewal_applied",
        }
    }
}

impl Hub {
    pub(super) fn read_enrolment(
        &self,
        id: &EnrolmentId,
    ) -> Result<Option<Enrolment>, ExchangeError> {
        let bytes = self.store.get(Tree::Meta, &key(id))?;
        bytes.map(|bytes| parse(&bytes)).transpose()
    }

    pub(super) fn every_enrolment(&self) -> Result<Vec<Enrolment>, ExchangeError> {
        let rows = crate::stored::every(&self.store, Tree::Meta, ENROLMENT)?;
        rows.iter().map(|(_, bytes)| parse(bytes)).collect()
    }

    /// Keeps a request with the entry of what happened. No other gateway of this store can have taken
    /// the same step of the same request: the key of the step must be free.
    pub(super) async fn keep_enrolment(
        &self,
        enrolment: &Enrolment,
        step: Step,
        by: Option<&UserId>,
    ) -> Result<(), ExchangeError> {
        let now = self.clock.now();
        let value =
            serde_json::to_vec(enrolment).map_err(|_| ExchangeError::Stored("enrolment"))?;
        let taken = step_key(&enrolment.id, step);
        let mut batch = Batch {
            puts: vec![
                put(key(&enrolment.id), Some(value)),
                put(taken.clone(), Some(vec![1])),
            ],
            require_absent: vec![(Tree::Meta, taken)],
            ..Batch::entry(self.entry(enrolment, step, by), body(enrolment, by)?, None)
        };
        for past in self.every_enrolment()? {
            if past.is_past(now) {
                batch.puts.push(put(key(&past.id), None));
                batch
                    .puts
                    .extend(STEPS.map(|step| put(step_key(&past.id, step), None)));
            }
        }
        match self.store.commit(batch).await {
            Ok(_) => Ok(()),
            Err(StoreError::AlreadyThere(_)) => Err(settled()),
            Err(error) => Err(error.into()),
        }
    }

    fn entry(&self, enrolment: &Enrolment, step: Step, by: Option<&UserId>) -> Entry {
        Entry {
            actor: by.map(|user| self.scribe().pseudonym(user)),
            member: Some(enrolment.member.clone()),
            digest: enrolment.asked.as_ref().map(|asked| asked.pin),
            reason: reason(step.word()),
            ..Entry::new(EntryKind::Enrolment, self.clock.now())
        }
    }
}

/// The request was settled meanwhile, or never waited.
pub(super) fn settled() -> ExchangeError {
    refuse(
        "enrolment_settled",
        409,
        "the request does not wait, or somebody settled it meanwhile",
    )
}

fn body(enrolment: &Enrolment, by: Option<&UserId>) -> Result<Vec<u8>, ExchangeError> {
    #[derive(Serialize)]
    struct Body<'a> {
        enrolment: &'a EnrolmentId,
        role: GatewayRole,
        #[serde(skip_serializing_if = "Option::is_none")]
        user: Option<&'a UserId>,
    }
    serde_json::to_vec(&Body {
        enrolment: &enrolment.id,
        role: enrolment.role,
        user: by,
    })
    .map_err(|_| ExchangeError::Stored("enrolment"))
}

const STEPS: [Step; 3] = [Step::Applied, Step::Invited, Step::Issued];
const ENROLMENT: &[u8] = b"enrolment/";

fn key(id: &EnrolmentId) -> Vec<u8> {
    [ENROLMENT, id.as_str().as_bytes()].concat()
}

/// One key for each step that must happen once: invited, asked, settled.
fn step_key(id: &EnrolmentId, step: Step) -> Vec<u8> {
    let word = match step {
        Step::Applied | Step::RenewalApplied => "asked",
        Step::Invited => "invited",
        Step::Issued | Step::Refused => "settled",
    };
    format!("enrolment-step/{id}/{word}").into_bytes()
}

const fn put(key: Vec<u8>, value: Option<Vec<u8>>) -> Put {
    Put {
        tree: Tree::Meta,
        key,
        value,
        case: None,
    }
}

fn parse(bytes: &[u8]) -> Result<Enrolment, ExchangeError> {
    serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("enrolment"))
}
