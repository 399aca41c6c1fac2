//! A proposal to erase: what it says, and where it stands.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use stile_model::id::{CaseId, Code, EnquiryId, UserId};
use stile_model::time::Timestamp;
use utoipa::ToSchema;

use super::code;
use crate::error::ExchangeError;

/// Why cases are erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErasureReason {
    /// A court or the Information Commissioner ordered it.
    CourtOrder,
    /// Somebody has the right to it (UK GDPR Art. 17, DPA 2018 s.47).
    ErasureRight,
    /// It should never have been recorded.
    RecordedInError,
    /// The period of the schedule is over; refused before that day.
    RetentionExpired,
}

impl ErasureReason {
    /// The word of each, in alphabetical order.
    pub const WORDS: [&'static str; 4] = [
        "court_order",
        "erasure_right",
        "recorded_in_error",
        "retention_expired",
    ];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CourtOrder => "court_order",
            Self::ErasureRight => "erasure_right",
            Self::RecordedInError => "recorded_in_error",
            Self::RetentionExpired => "retention_expired",
        }
    }

    /// The one with this word.
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "court_order" => Some(Self::CourtOrder),
            "erasure_right" => Some(Self::ErasureRight),
            "recorded_in_error" => Some(Self::RecordedInError),
            "retention_expired" => Some(Self::RetentionExpired),
            _ => None,
        }
    }

    pub(super) fn code(self) -> Result<Code, ExchangeError> {
        code(self.word())
    }
}

/// What an officer proposes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    /// The cases, 1 to 500.
    #[schema(min_items = 1, max_items = 500)]
    pub cases: BTreeSet<CaseId>,
    /// Why.
    pub reason: ErasureReason,
}

/// Where a proposal stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ProposalState {
    /// Another officer agreed; the erasure is under way.
    Approved {
        /// Who agreed.
        by: UserId,
        /// When.
        at: Timestamp,
    },
    /// The keys are gone.
    Done {
        /// Who agreed.
        by: UserId,
        /// When.
        at: Timestamp,
        /// Keys nothing opens any more; none when a restart finished it.
        erased_keys: Option<u32>,
        /// The old epoch key is a credential that must be taken away before the erasure is complete.
        remove_credential: bool,
    },
    /// Waits for another officer.
    Open,
    /// Another officer, or the same one, said no.
    Refused {
        /// Who.
        by: UserId,
        /// When.
        at: Timestamp,
    },
}

/// A proposal to erase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Proposal {
    /// Names it.
    pub id: EnquiryId,
    /// The cases; none once they are erased.
    pub cases: BTreeSet<CaseId>,
    /// How many there were.
    pub count: u32,
    /// Why.
    pub reason: ErasureReason,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// When.
    pub proposed_at: Timestamp,
    /// Index of its first entry in the ledger; each case has one, in the order of the numbers.
    pub entry: u64,
    /// Where it stands.
    #[serde(flatten)]
    pub state: ProposalState,
}

/// Proposals, newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProposalList {
    /// The proposals.
    pub proposals: Vec<Proposal>,
    /// An erasure has begun and its old epoch key is not destroyed yet.
    pub unfinished: bool,
}
