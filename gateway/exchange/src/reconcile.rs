//! Reconciliation: two gateways compare what each has recorded of what went between them.
//!
//! ```text
//! hub                                         agency
//!  │  GET /v1/reconciliation/releases?from=N   │
//!  ├──────────────────────────────────────────►│  permits for this hub, refusals, signed head
//!  │◄──────────────────────────────────────────┤  … until there is no `next`
//!  │  compares with returns, questions, acknowledgements and the head it saw last
//!  │  POST /v1/receipts   (what was not acknowledged, again)
//!  │  POST /v1/reconciliation  (the outcome)   │
//!  ├──────────────────────────────────────────►│  an entry on both sides, of the same digest
//! ```
//!
//! Nothing here holds personal data: ids, indexes, digests, counts.

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::{EnquiryId, MemberId};
use stile_model::time::Timestamp;
use utoipa::ToSchema;

/// Longest list of differences that is kept and shown; the counts go on.
pub const DIFFERENCES_MAX: usize = 500;

/// One release, as the agency's ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Index of its permit.
    pub permit: u64,
    /// Digest of the return.
    pub digest: Digest,
    /// The enquiry, and the number of the return; none once the case has been erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<(EnquiryId, u32)>,
    /// The hub has said that it holds it.
    pub acknowledged: bool,
}

/// A page of what an agency's ledger has about one hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleasePage {
    /// The signed head: a C2SP checkpoint.
    pub checkpoint: String,
    /// Hashes, base64, that prove the ledger only grew since the size the hub last confirmed.
    pub consistency: Vec<String>,
    /// Entries before this index lie in the agency's archive and are on no page.
    #[serde(default)]
    pub archived: u64,
    /// Releases to this hub, oldest first.
    pub releases: Vec<Release>,
    /// Digests of this hub's enquiries that were refused, as compact JWS.
    pub refusals: Vec<Digest>,
    /// Index from which to go on; none at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// What one side has and the other lacks.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// The hub's acknowledgement was taken, and the agency no longer has it.
    AcknowledgementLost,
    /// The hub received this return and no longer holds it.
    LostHere,
    /// The hub holds a return that is not in the agency's ledger.
    NotInTheirLedger,
    /// The agency released a return that the hub never received, and does not wait for.
    NotReceived,
    /// The hub could not make its acknowledgement heard.
    Unacknowledged,
    /// The hub sent an enquiry that the agency neither admitted nor refused.
    Unanswered,
}

impl Lack {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::AcknowledgementLost,
        Self::LostHere,
        Self::NotInTheirLedger,
        Self::NotReceived,
        Self::Unacknowledged,
        Self::Unanswered,
    ];

    /// Its word: `not_received`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AcknowledgementLost => "acknowledgement_lost",
            Self::LostHere => "lost_here",
            Self::NotInTheirLedger => "not_in_their_ledger",
            Self::NotReceived => "not_received",
            Self::Unacknowledged => "unacknowledged",
            Self::Unanswered => "unanswered",
        }
    }
}

/// One difference, and where to look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// What is lacking.
    pub what: Lack,
    /// The enquiry, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enquiry: Option<EnquiryId>,
    /// Number of the return, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u32>,
    /// Index of the permit in the agency's ledger, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permit: Option<u64>,
}

/// How a reconciliation came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Both sides have the same.
    Agrees,
    /// One side has what the other lacks.
    Differs,
    /// The agency's ledger does not hold what it held before: nothing it says is believed.
    LedgerInconsistent,
    /// The agency's ledger is shorter than it was: an older copy has been put in its place.
    LedgerRolledBack,
    /// The agency could not be asked, or gave no readable answer.
    Unreachable,
}

impl Outcome {
    /// Its word: `ledger_rolled_back`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Differs => "differs",
            Self::LedgerInconsistent => "ledger_inconsistent",
            Self::LedgerRolledBack => "ledger_rolled_back",
            Self::Unreachable => "unreachable",
        }
    }
}

/// A finished reconciliation of a hub with an agency, as both keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reconciliation {
    /// The hub.
    pub hub: MemberId,
    /// The agency.
    pub agency: MemberId,
    /// When, by the hub's clock.
    pub at: Timestamp,
    /// How it came out.
    pub outcome: Outcome,
    /// Entries of the agency's ledger that were compared against.
    pub size: u64,
    /// Releases in the agency's ledger.
    pub releases: u32,
    /// Returns that the hub holds.
    pub returns: u32,
    /// Releases on their way, and questions still asked.
    pub pending: u32,
    /// Acknowledgements that were missing and have been taken now.
    pub chased: u32,
    /// How many differences there are.
    pub differing: u32,
    /// The first 500 of them.
    pub differences: Vec<Difference>,
}

impl Reconciliation {
    /// How many differences of this kind there are. Those that the list has no room for count as of the
    /// kind with which it ends: what is unanswered is found last.
    pub(crate) fn many(&self, what: Lack) -> u32 {
        let listed = self.differences.iter().filter(|one| one.what == what);
        let listed = u32::try_from(listed.count()).unwrap_or(u32::MAX);
        if self.differences.last().is_none_or(|one| one.what != what) {
            return listed;
        }
        let shown = u32::try_from(self.differences.len()).unwrap_or(u32::MAX);
        listed.saturating_add(self.differing.saturating_sub(shown))
    }
}

/// Every last reconciliation of this gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reconciliations {
    /// One for each counterpart, by its id.
    pub reconciliations: Vec<Reconciliation>,
}
