//! What waits for a person in the agency: an approval, a possible match, an alert.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stile_linkage::Weight;
use stile_model::code::Rung;
use stile_model::enquiry::Enquiry;
use stile_model::id::{CaseId, CategoryId, Code, EnquiryId, SubjectId, UserId};
use stile_model::redact::Redacted;
use stile_model::returns::Finding;
use stile_model::subject::PersonRow;
use stile_model::time::{Date, Timestamp};
use stile_model::vocabulary::Recency;
use stile_policy::RuleGround;
use utoipa::ToSchema;

use super::Agency;
use super::find::FoundSubject;
use crate::error::ExchangeError;
use crate::random;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Task {
    /// Names it.
    pub id: EnquiryId,
    /// The enquiry it comes from.
    pub enquiry: EnquiryId,
    /// The hub's case number.
    pub case: CaseId,
    /// When it was made.
    pub made: Timestamp,
    /// When it lapses.
    pub due: Timestamp,
    /// What it asks.
    pub subject: TaskSubject,
    /// Where it stands.
    pub state: TaskState,
}

/// What a task asks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskSubject {
    /// Know that something sealed was asked about.
    Alert(Alert),
    /// Agree, or not, to a release.
    Approval(Box<Approval>),
    /// Say which record, if any, is the subject.
    Match(MatchQuestion),
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Decided or acknowledged.
    Closed,
    /// Nobody decided in time.
    Lapsed,
    /// Waiting.
    Open,
}

/// A sealed record or person was asked about.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Alert {
    /// The subject, by place in the enquiry.
    pub subject: SubjectId,
    /// The category, or none when the whole person is sealed.
    pub category: Option<CategoryId>,
    /// The role that must know.
    pub contact: Code,
}

/// A release that policy lets out only when named people agree.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Approval {
    /// Fields that depend on it.
    pub fields: Vec<String>,
    /// Roles that must agree.
    pub roles: Vec<Code>,
    /// One of them is enough.
    pub any_of: bool,
    /// Who agreed so far, by role.
    pub agreed_by: BTreeMap<Code, UserId>,
    /// What the rules let out of each field when this was asked; where they let out less by the
    /// time of the decision, agreeing releases nothing.
    pub allowed: Vec<Allowed>,
    /// The rules named in what leaves, with their grounds on the day this was asked; where one is
    /// no longer there or stands on another ground, agreeing releases nothing.
    pub grounds: Vec<RuleGround>,
    /// By the age of their event when this was asked, the oldest event of the records shown: by the
    /// time of the decision they may be of an age of which the rules let out less.
    #[schema(value_type = BTreeMap<String, Date>)]
    pub oldest: BTreeMap<Recency, Date>,
    /// Exactly what leaves if they agree.
    pub if_agreed: Finding,
    /// What the hub is told if one refuses.
    pub if_refused: Finding,
    /// What the hub is told if time runs out.
    pub if_lapsed: Finding,
}

/// What the rules let out of one field of records of one age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Allowed {
    /// The field.
    pub field: String,
    /// How long ago: a word of the vocabulary's bands.
    #[schema(value_type = String)]
    pub recency: Recency,
    /// At once.
    pub auto: Rung,
    /// Once the approvers agree.
    pub approved: Rung,
}

/// Records that may be the subject, for the agency's own reviewer and nobody else.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MatchQuestion {
    /// The subject, by place in the enquiry.
    pub subject: SubjectId,
    /// At most ten, likeliest first.
    pub candidates: Vec<CandidateView>,
}

/// One candidate, side by side with the question, with the weights that speak for and against.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CandidateView {
    /// Its rows, as the source holds them.
    pub rows: Vec<RowView>,
    /// Probability that this is the subject.
    pub probability: f64,
    /// Weights in bits: part, level, bits.
    pub waterfall: Vec<(String, String, f64)>,
    /// Why it could not be answered automatically, where a guard stopped it.
    pub guard: Option<String>,
}

/// A person row as kept, sealed, for the reviewer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RowView {
    /// The source.
    pub source: String,
    /// The source's key.
    pub key: Redacted<String>,
    /// Forenames and surname.
    pub forenames: Redacted<String>,
    /// Surname.
    pub surname: Redacted<String>,
    /// Date of birth.
    pub born: Option<Date>,
    /// Address line.
    pub address: Redacted<String>,
    /// Postcode.
    pub postcode: Redacted<String>,
    /// Household key.
    pub household: Option<Redacted<String>>,
    /// Telephone.
    pub phone: Redacted<String>,
    /// School.
    pub school: Redacted<String>,
    /// Address, telephone and school must not be shown.
    pub protected: bool,
}

impl Agency {
    /// The task of the reviewer who can tell whether one of the candidates is the subject.
    pub(super) fn match_task(
        &self,
        enquiry: &Enquiry,
        who: &FoundSubject,
        now: Timestamp,
    ) -> Result<Task, ExchangeError> {
        let due = now.plus_s(i64::from(self.settings.match_hours) * 3_600);
        Ok(Task {
            id: random::enquiry_id()?,
            enquiry: enquiry.id,
            case: enquiry.case.clone(),
            made: now,
            due: due.min(enquiry.expires),
            subject: TaskSubject::Match(MatchQuestion {
                subject: who.finding.subject.clone(),
                candidates: who.possible.iter().map(CandidateView::of).collect(),
            }),
            state: TaskState::Open,
        })
    }
}

impl CandidateView {
    fn of(candidate: &super::find::Candidate) -> Self {
        let line = |weight: &Weight| (weight.part.to_owned(), weight.level.to_owned(), weight.bits);
        Self {
            rows: candidate.rows.iter().map(RowView::of).collect(),
            probability: candidate.weighed.probability,
            waterfall: candidate.weighed.waterfall.iter().map(line).collect(),
            guard: candidate.weighed.guard.map(ToOwned::to_owned),
        }
    }
}

impl RowView {
    fn of(row: &PersonRow) -> Self {
        Self {
            source: row.source.clone(),
            key: row.key.clone(),
            forenames: row.forenames.clone(),
            surname: row.surname.clone(),
            born: row.born,
            address: row.address.clone(),
            postcode: row.postcode.clone(),
            household: row.household.clone(),
            phone: row.phone.clone(),
            school: row.school.clone(),
            protected: row.protected,
        }
    }

    /// The row again, for the steps after a reviewer has chosen it.
    pub(super) fn row(&self) -> PersonRow {
        PersonRow {
            source: self.source.clone(),
            key: self.key.clone(),
            forenames: self.forenames.clone(),
            surname: self.surname.clone(),
            born: self.born,
            address: self.address.clone(),
            postcode: self.postcode.clone(),
            household: self.household.clone(),
            phone: self.phone.clone(),
            school: self.school.clone(),
            protected: self.protected,
            ..PersonRow::default()
        }
    }
}
