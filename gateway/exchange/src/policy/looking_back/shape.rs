//! What is asked for in looking back, and what is found.

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::EnquiryId;
use stile_model::time::{Date, Timestamp};
use stile_policy::{DecisionRecord, PastRuling, Replay, Review};
use utoipa::ToSchema;

use crate::audit::Reason;
use crate::error::{ExchangeError, refuse};

/// Most past enquiries looked at, and the number where none is given.
pub const LOG_MAX: u32 = 100_000;
const LOG_USUAL: u32 = 10_000;

/// How far back to look.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// From this day on; from the beginning when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// At most this many enquiries, the newest: 1 to 100,000; 10,000 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100_000)]
    pub limit: Option<u32>,
}

/// A request to replay past enquiries with other rules.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayAsked {
    /// Why the log is read: `audit`, `review`, ….
    pub reason: Reason,
    /// The text of the other `rules.toml`.
    pub rules: String,
    /// How far back.
    #[serde(default)]
    pub span: Span,
}

/// A request for an access review.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewAsked {
    /// Why the log is read.
    pub reason: Reason,
    /// How far back.
    #[serde(default)]
    pub span: Span,
}

/// A request about one past enquiry.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookAsked {
    /// Why the log is read.
    pub reason: Reason,
}

/// Which part of the log was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Covered {
    /// From this day on; from the beginning when none was given.
    pub since: Option<Date>,
    /// Older enquiries of that time, left out by the limit.
    pub left_out: u64,
    /// Enquiries of that time whose details were erased, so that nothing can be said of them.
    pub erased: u64,
    /// Older entries lie in an archive; what was erased before is not counted.
    pub archived: bool,
}

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Replayed {
    /// What would be different.
    pub replay: Replay,
    /// Enquiries ruled on by a version other than the one in force; each is held against the version
    /// that ruled it.
    pub by_earlier_versions: u64,
    /// Enquiries ruled on by rules whose text is not held, or not for this vocabulary: these are held
    /// against the rules in force.
    pub by_unknown_versions: u64,
    /// Which part of the log.
    pub covered: Covered,
}

/// What an access review found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reviewed {
    /// What each rule did.
    pub review: Review,
    /// Which part of the log.
    pub covered: Covered,
}

/// Why a past enquiry was answered as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PastExplained {
    /// The enquiry.
    pub enquiry: EnquiryId,
    /// When it was ruled on.
    pub ruled: Timestamp,
    /// The rules that ruled, by the digest of their text.
    pub policy: Digest,
    /// The version they are; none where their text is not held, or not for this vocabulary. Then
    /// nothing is explained.
    pub version: Option<u64>,
    /// Field by field.
    pub rulings: Vec<PastRuling>,
    /// The record of each decision, with who took it.
    pub decisions: Vec<DecisionRecord>,
}

/// The record of each decision on one enquiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionRecords {
    /// One for each return, in order.
    pub records: Vec<DecisionRecord>,
}

impl Span {
    pub(super) fn limit(&self) -> Result<usize, ExchangeError> {
        let limit = self.limit.unwrap_or(LOG_USUAL);
        if !(1..=LOG_MAX).contains(&limit) {
            return Err(refuse(
                "out_of_bounds",
                422,
                "`span.limit` must be 1 to 100000",
            ));
        }
        Ok(usize::try_from(limit).unwrap_or(usize::MAX))
    }
}
