//! The hub's signed request: one case, one purpose, its subjects, and why each category is needed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::code::{ConsentState, Priority};
use crate::id::{CaseId, CategoryId, Code, EnquiryId, MemberId, PartnershipId, UserId};
use crate::redact::Redacted;
use crate::subject::Subject;
use crate::time::Timestamp;

/// The JWS `typ` of an enquiry.
pub const ENQUIRY_TYP: &str = "stile-enquiry+jws";
/// Longest enquiry accepted, in bytes of the compact JWS.
pub const ENQUIRY_MAX_BYTES: usize = 128 * 1024;
/// Most subjects in one enquiry: a family, never a list.
pub const SUBJECTS_MAX: usize = 12;
/// Most categories in one enquiry to one agency.
pub const ASKS_MAX: usize = 40;
/// Longest that a question may stand, in hours (90 days).
pub const EXPIRES_MAX_H: u32 = 24 * 90;
/// Longest look-back that may be asked, in months (a childhood).
pub const LOOK_BACK_MAX_MONTHS: u16 = 240;

/// What was said about consent, and the coded reason where it was not needed or not sought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// What the person said.
    pub state: ConsentState,
    /// Coded reason for going ahead without it (DPA 2018 Sch 1 para 18(2), Sch 8 para 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<Code>,
    /// Coded statement whether parents were told: `informed`, or the reason why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parents_informed: Option<Code>,
}

/// One category asked for, with the reason it is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// What is asked for.
    pub category: CategoryId,
    /// Why it is necessary for this purpose, 10 to 500 characters.
    pub necessity: Redacted<String>,
}

/// Who acts, by user name and role, as their certificate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// The user.
    pub user: UserId,
    /// The role in which they act: `researcher`, `hub_manager`, `decision_maker`.
    pub role: Code,
}

/// The hub's request to one agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Enquiry {
    /// Format version: 1.
    pub v: u8,
    /// Names this enquiry; the idempotency key.
    pub id: EnquiryId,
    /// The partnership whose agreement governs it.
    pub partnership: PartnershipId,
    /// The hub that asks.
    pub from: MemberId,
    /// The one agency it is for.
    pub to: MemberId,
    /// The case.
    pub case: CaseId,
    /// Kind of case from the vocabulary.
    pub case_kind: Code,
    /// The hub's rating.
    pub priority: Priority,
    /// Coded legal gateway under which it is made.
    pub purpose: Code,
    /// Consent or coded reason.
    pub consent: Consent,
    /// 1 to 12 people.
    #[schema(min_items = 1, max_items = 12)]
    pub subjects: Vec<Subject>,
    /// 1 to 40 categories, each with its reason.
    #[schema(min_items = 1, max_items = 40)]
    pub asks: Vec<Ask>,
    /// How far back, in months, 1 to 240.
    #[schema(minimum = 1, maximum = 240)]
    pub look_back_months: u16,
    /// Who asks.
    pub requester: Officer,
    /// Who authorised it; must not be the requester.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authoriser: Option<Officer>,
    /// When it was signed.
    pub issued: Timestamp,
    /// When the question lapses.
    pub expires: Timestamp,
}
