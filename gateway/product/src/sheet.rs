//! What the hub knows of a case, and what came back from each agency.

use serde::{Deserialize, Serialize};
use stile_model::code::Priority;
use stile_model::enquiry::{Ask, Consent};
use stile_model::id::{CaseId, Code, MemberId};
use stile_model::returns::Return;
use stile_model::subject::Subject;
use stile_model::time::Timestamp;
use utoipa::ToSchema;

/// What one agency was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyAsk {
    /// The agency.
    pub agency: MemberId,
    /// The categories, each with the reason it is needed.
    pub asks: Vec<Ask>,
}

/// The hub's own sheet of a case: the only source of names in a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseSheet {
    /// The case.
    pub case: CaseId,
    /// Kind of case from the vocabulary.
    pub kind: Code,
    /// The hub's rating.
    pub priority: Priority,
    /// Coded legal gateway of the enquiries.
    pub purpose: Code,
    /// When the hub received the matter.
    pub opened: Timestamp,
    /// When the decision is due, where the priority has a clock.
    pub due: Option<Timestamp>,
    /// The people of the case.
    pub subjects: Vec<Subject>,
    /// What each agency was asked; a return to anything else is set aside.
    pub asks: Vec<AgencyAsk>,
    /// Consent or the coded reason for going ahead without it.
    pub consent: Consent,
    /// How far back was asked, in months.
    pub look_back_months: u16,
    /// Outcome, once the hub has decided; the only thing besides receipt that a referrer is told.
    pub outcome: Option<Code>,
}

/// One agency and how far its answer has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The agency.
    pub agency: MemberId,
    /// Its name for people.
    pub agency_name: String,
    /// Whom to ring, as the directory says.
    pub contact: String,
    /// Kind of agency.
    pub kind: Code,
    /// What came.
    pub answer: Answer,
}

/// How far an agency's answer has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    Pending {
        /// When an answer is due.
        due: Timestamp,
    },
    /// The agency did not admit the enquiry.
    Refused {
        /// Stable code of the problem.
        code: String,
        /// One line for people.
        title: String,
    },
    /// One or more verified returns; a later finding replaces an earlier one for the same subject
    /// and category.
    Returned(Vec<Return>),
    /// The gateway could not be reached.
    Unreachable {
        /// Stable code of the fault.
        code: String,
        /// Last attempt.
        last_tried: Timestamp,
        /// Next attempt, if one is planned.
        next_try: Option<Timestamp>,
    },
}

/// For whom a product is made.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The social care decision-maker in the hub: everything that was released.
    DecisionMaker,
    /// A plan or letter that may reach a family: nothing about adults, others or intelligence.
    FamilySafe,
    /// The team that takes the case on: no intelligence and no gradings.
    ReceivingTeam,
    /// Whoever raised the concern: no partner data at all.
    ReferrerFeedback,
}

impl Audience {
    /// Every audience.
    pub const ALL: [Self; 4] = [
        Self::DecisionMaker,
        Self::FamilySafe,
        Self::ReceivingTeam,
        Self::ReferrerFeedback,
    ];

    /// Its name in plain English.
    pub const fn words(self) -> &'static str {
        match self {
            Self::DecisionMaker => "Decision-maker",
            Self::FamilySafe => "Safe for the family",
            Self::ReceivingTeam => "Receiving team",
            Self::ReferrerFeedback => "Feedback to the referrer",
        }
    }
}
