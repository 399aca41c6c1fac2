//! One agency's answer to one enquiry.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::code::{CategoryStatus, MatchStatus};
use crate::digest::Digest;
use crate::id::{CaseId, CategoryId, Code, EnquiryId, MemberId, SubjectId};
use crate::subject::{Provenance, Shown};
use crate::time::Timestamp;

/// The JWS `typ` of a return.
pub const RETURN_TYP: &str = "stile-return+jws";

/// Whether one subject was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectFinding {
    /// The subject, by place.
    pub subject: SubjectId,
    /// Found, perhaps, or not.
    pub status: MatchStatus,
    /// Why a "none" says little: what the query lacked (`name_only`, `no_date_of_birth`), or that
    /// some or none of the agency's systems could be asked, or looked through to the end
    /// (`partly_looked_for`, `not_looked_for`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weak: Option<Code>,
}

/// One minimised record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Opaque, keyed reference by which the agency finds the record again.
    pub reference: String,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Date recorded, at no finer rung than the event date is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<String>,
    /// Grading of intelligence, where it may be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grading: Option<String>,
    /// Handling marks: `no_onward_disclosure` and the like.
    pub handling: Vec<Code>,
    /// The fields that may be shown.
    pub fields: Vec<Shown>,
}

/// A field, or a whole category, that did not come, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withheld {
    /// Last word of the field; `*` for the whole category.
    pub field: String,
    /// Withhold code from the vocabulary.
    pub code: Code,
}

/// A question put to a named role in the agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Referred {
    /// Fields (last words) that depend on the answer.
    pub fields: Vec<String>,
    /// Approver roles, all of whom must agree.
    pub approvers: Vec<Code>,
    /// When an answer is due.
    pub due: Timestamp,
}

/// What became of one category for one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The subject, by place.
    pub subject: SubjectId,
    /// The category.
    pub category: CategoryId,
    /// What became of it.
    pub status: CategoryStatus,
    /// Minimised records, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// What did not come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
    /// What a person must still decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referred: Option<Referred>,
    /// More records exist than the row cap let through.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub capped: bool,
}

/// One agency's answer; the payload of a JWS of type `stile-return+jws`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Return {
    /// Format version: 1.
    pub v: u8,
    /// The enquiry it answers.
    pub enquiry: EnquiryId,
    /// SHA-256 of the enquiry's compact JWS: which question exactly.
    pub enquiry_digest: Digest,
    /// The agency that answers.
    pub from: MemberId,
    /// The hub that asked.
    pub to: MemberId,
    /// The case.
    pub case: CaseId,
    /// 1 for the first answer, then 2, 3 … as people decide.
    pub n: u32,
    /// When it was made.
    pub issued: Timestamp,
    /// The policy that ruled.
    pub policy: Digest,
    /// The vocabulary it was written in.
    pub vocabulary: Digest,
    /// Who was found.
    pub subjects: Vec<SubjectFinding>,
    /// What became of each category asked, for each subject. A later return repeats only what changed.
    pub findings: Vec<Finding>,
    /// Categories asked whose existence this agency closes, besides those that the vocabulary
    /// closes: from policy alone, the same with and without a record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<CategoryId>,
    /// Further returns will follow.
    pub more: bool,
}

impl Return {
    /// Does it tell anything of anybody, be it that nothing is held? One that only says what is
    /// withheld, or could not be looked up, does not.
    pub fn tells(&self) -> bool {
        let told = |finding: &Finding| match finding.status {
            CategoryStatus::NoRecord
            | CategoryStatus::PartlyShared
            | CategoryStatus::Referred
            | CategoryStatus::Shared => true,
            CategoryStatus::NotChecked | CategoryStatus::Withheld => !finding.items.is_empty(),
        };
        !self.subjects.is_empty() || self.findings.iter().any(told)
    }
}
