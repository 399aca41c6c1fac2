//! Where each agency has come with an enquiry, kept durably and shown live.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::enquiry::Enquiry;
use stile_model::id::{CaseId, EnquiryId, MemberId};
use stile_model::returns::Return;
use stile_model::time::Timestamp;
use stile_store::{Batch, Put, Tree};
use utoipa::ToSchema;

use super::Hub;
use crate::error::ExchangeError;
use crate::evidence::{pending, refusal_reason};
use crate::stored::every;

/// Longest a researcher's page may wait for a change, in seconds.
const WAIT_MAX_S: u64 = 60;

/// Where an agency has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
#[schema(as = AgencyState)]
pub enum State {
    /// It answered all it will.
    Answered,
    /// It has no room to look into the question now; it is asked again by itself.
    Busy {
        /// When it is asked next.
        next_try: Timestamp,
    },
    /// It answered in part; people there must still decide.
    InPart,
    /// It refused, or its answer could not be believed.
    Refused {
        /// Stable code.
        code: String,
        /// One line for people.
        title: String,
    },
    /// The question was signed again under a new id.
    Superseded,
    /// It cannot be reached; it is tried again.
    Unreachable {
        /// Stable code.
        code: String,
        /// When it was last tried.
        last_tried: Timestamp,
        /// When it is tried next; none once the question has expired.
        next_try: Option<Timestamp>,
    },
    /// Sent, no answer yet.
    Waiting,
}

/// An enquiry as sent, with where it stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sent {
    /// The question.
    pub(super) enquiry: Enquiry,
    /// The exact bytes sent; a retry sends the same.
    pub(super) jws: String,
    /// Where it stands.
    pub(super) state: State,
    /// Since when.
    pub(super) since: Timestamp,
    /// Newest return received.
    pub(super) n: u32,
    /// More returns may follow.
    pub(super) more: bool,
    /// When the first return was kept.
    #[serde(default)]
    pub(super) first: Option<Timestamp>,
}

/// One agency's line.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AgencyProgress {
    /// The agency.
    pub agency: MemberId,
    /// The enquiry.
    pub enquiry: EnquiryId,
    /// Where it stands.
    #[serde(flatten)]
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Newest return received.
    pub returns: u32,
}

/// The progress of a case.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CaseProgress {
    /// Give it back to hear of the next change.
    pub version: u64,
    /// One line for each agency asked.
    pub agencies: Vec<AgencyProgress>,
}

impl Hub {
    /// The progress of a case; waits up to `wait_s` seconds for a version after `after`.
    ///
    /// # Errors
    ///
    /// `unknown_case`.
    pub async fn progress(
        &self,
        case: &CaseId,
        after: u64,
        wait_s: u64,
    ) -> Result<CaseProgress, ExchangeError> {
        self.case(case)?;
        let mut version = self.live.changes.watch(case);
        let wait = Duration::from_secs(wait_s.min(WAIT_MAX_S));
        // No change in time is an answer too: the same progress again.
        let _ = tokio::time::timeout(wait, version.wait_for(|now| *now > after)).await;
        let version = *version.borrow();
        let mut agencies: Vec<_> = self
            .sent_of(case)?
            .into_iter()
            .filter(|sent| sent.state != State::Superseded)
            .map(|sent| AgencyProgress {
                agency: sent.enquiry.to,
                enquiry: sent.enquiry.id,
                state: sent.state,
                since: sent.since,
                returns: sent.n,
            })
            .collect();
        agencies
            .sort_by(|one, other| (&one.agency, one.enquiry).cmp(&(&other.agency, other.enquiry)));
        Ok(CaseProgress { version, agencies })
    }

    /// Every enquiry of a case.
    pub(super) fn sent_of(&self, case: &CaseId) -> Result<Vec<Sent>, ExchangeError> {
        let rows = every(&self.store, Tree::Events, &of_case(case))?;
        rows.iter()
            .map(|(_, id)| self.sent(stored_id(id)?))
            .collect()
    }

    /// Enquiries to which an answer may still come.
    pub(super) fn unfinished(&self) -> Result<Vec<EnquiryId>, ExchangeError> {
        every(&self.store, Tree::Progress, &[])?
            .iter()
            .map(|(key, _)| stored_id(key))
            .collect()
    }

    /// An enquiry that was sent from here.
    ///
    /// # Errors
    ///
    /// When there is none of this id, or it cannot be read back.
    pub(crate) fn enquiry(&self, id: EnquiryId) -> Result<Enquiry, ExchangeError> {
        Ok(self.sent(id)?.enquiry)
    }

    pub(super) fn sent(&self, id: EnquiryId) -> Result<Sent, ExchangeError> {
        let bytes = self.store.get(Tree::Enquiries, id.as_bytes())?;
        let bytes = bytes.ok_or(ExchangeError::Stored("enquiry"))?;
        serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("enquiry"))
    }

    /// Keeps where an enquiry stands, and tells those who watch.
    pub(super) async fn set_state(
        &self,
        mut sent: Sent,
        state: State,
    ) -> Result<Sent, ExchangeError> {
        sent.since = self.clock.now();
        sent.state = state;
        self.store
            .commit(Batch {
                puts: sent.puts()?.into(),
                ..Batch::default()
            })
            .await?;
        self.changed(&sent.enquiry.case);
        Ok(sent)
    }

    /// Keeps that an agency refused: evidence on this side as it is on the agency's.
    pub(super) async fn record_refused(
        &self,
        mut sent: Sent,
        code: String,
        title: String,
    ) -> Result<Sent, ExchangeError> {
        let now = self.clock.now();
        let entry = Entry {
            member: Some(sent.enquiry.to.clone()),
            digest: Some(Digest::of(sent.jws.as_bytes())),
            reason: refusal_reason(&code),
            ..self
                .scribe()
                .of_enquiry(EntryKind::Refusal, &sent.enquiry, now)
        };
        let entry = pending(entry, code.clone().into_bytes(), &sent.enquiry);
        sent.since = now;
        sent.state = State::Refused { code, title };
        let puts = sent.puts()?.into();
        self.store
            .commit(Batch {
                entries: vec![entry],
                puts,
                ..Batch::default()
            })
            .await?;
        self.changed(&sent.enquiry.case);
        Ok(sent)
    }

    /// A case changed: its line is read again, and those who watch are told.
    pub(crate) fn changed(&self, case: &CaseId) {
        self.live.board.touch(case);
        self.live.crowd.touch(case);
        self.live.changes.touch(case);
    }

    /// The returns of an enquiry, in order.
    pub(super) fn returns_of(&self, id: EnquiryId) -> Result<Vec<Return>, ExchangeError> {
        let rows = every(&self.store, Tree::Returns, id.as_bytes())?;
        rows.into_iter()
            .map(|(_, value)| super::receive::Kept::read(&value)?.answer())
            .collect()
    }
}

impl Sent {
    /// Nothing more can come of it.
    pub(super) fn is_finished(&self) -> bool {
        match self.state {
            State::Answered | State::Refused { .. } | State::Superseded => true,
            State::Busy { .. } | State::InPart | State::Unreachable { .. } | State::Waiting => {
                false
            }
        }
    }

    /// The enquiry, its place in the case, and a mark for as long as it is unfinished.
    pub(super) fn puts(&self) -> Result<[Put; 3], ExchangeError> {
        let id = self.enquiry.id.as_bytes().to_vec();
        let whole = serde_json::to_vec(self).map_err(|_| ExchangeError::Stored("enquiry"))?;
        let place = [of_case(&self.enquiry.case), id.clone()].concat();
        let mark = (!self.is_finished()).then(|| b"unfinished".to_vec());
        let case = || Some(self.enquiry.case.clone());
        Ok([
            Put {
                tree: Tree::Enquiries,
                key: id.clone(),
                value: Some(whole),
                case: case(),
            },
            Put {
                tree: Tree::Events,
                key: place,
                value: Some(id.clone()),
                case: case(),
            },
            Put {
                tree: Tree::Progress,
                key: id,
                value: mark,
                case: case(),
            },
        ])
    }
}

fn of_case(case: &CaseId) -> Vec<u8> {
    [case.as_str().as_bytes(), &[0]].concat()
}

fn stored_id(bytes: &[u8]) -> Result<EnquiryId, ExchangeError> {
    let bytes = bytes
        .try_into()
        .map_err(|_| ExchangeError::Stored("enquiry id"))?;
    Ok(EnquiryId::from_bytes(bytes))
}
