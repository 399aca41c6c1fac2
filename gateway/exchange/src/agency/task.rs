//! What waits for a person in the agency: an approval, a possible match, an alert.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stile_model::code::Rung;
use stile_model::enquiry::Enquiry;
use stile_model::id::{CaseId, CategoryId, Code, EnquiryId, MemberId, SubjectId, UserId};
use stile_model::returns::Finding;
use stile_model::time::{Date, Timestamp};
use stile_model::vocabulary::Recency;
use stile_policy::{PolicySet, RuleGround};
use utoipa::ToSchema;

use super::Agency;
use super::find::FoundSubject;
use super::side::MatchQuestion;
use crate::error::ExchangeError;
use crate::random;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Task {
    /// Names it.
    pub id: EnquiryId,
    /// The enquiry, or the presence request, it comes from.
    pub enquiry: EnquiryId,
    /// The hub's case number; of a presence request, the agency's own name for the case.
    pub case: CaseId,
    /// When it was made.
    pub made: Timestamp,
    /// When it lapses.
    pub due: Timestamp,
    /// What it asks.
    pub subject: TaskSubject,
    /// Where it stands.
    pub state: TaskState,
    /// How it ended; none while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// Who decided last; nobody where time ran out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
    /// Number of the return by which the hub was told; none where it was told nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<u32>,
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
    Match(Box<MatchQuestion>),
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
    /// How it was asked about.
    pub occasion: Occasion,
}

/// How somebody sealed was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// By an enquiry: the one of the task.
    Enquiry,
    /// By a presence request that named the person, before any enquiry. The task has the request's
    /// id in place of an enquiry's, and the agency's own name for the case: the request does not
    /// tell the hub's number.
    Presence {
        /// The hub that asked.
        hub: MemberId,
        /// The legal gateway under which it asked.
        purpose: Code,
    },
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

impl Alert {
    /// The task of the named person who must know of it; the hub hears nothing.
    pub(super) fn task(
        self,
        (asked, case): (EnquiryId, &CaseId),
        (policy, now): (&PolicySet, Timestamp),
    ) -> Result<Task, ExchangeError> {
        let hours = policy.approval_hours(&self.contact);
        Ok(Task {
            id: random::enquiry_id()?,
            enquiry: asked,
            case: case.clone(),
            made: now,
            due: now.plus_s(i64::from(hours) * 3_600),
            subject: TaskSubject::Alert(self),
            state: TaskState::Open,
            ended: None,
        })
    }
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
        let mut subjects = enquiry.subjects.iter();
        let asked = subjects.find(|subject| subject.id == who.finding.subject);
        let asked = asked.ok_or(ExchangeError::Stored("enquiry"))?;
        let candidates = who.possible.iter();
        let candidates = candidates.map(|one| (&one.weighed, one.rows.as_slice()));
        let question = MatchQuestion::of(asked, &candidates.collect::<Vec<_>>());
        Ok(Task {
            id: random::enquiry_id()?,
            enquiry: enquiry.id,
            case: enquiry.case.clone(),
            made: now,
            due: due.min(enquiry.expires),
            subject: TaskSubject::Match(Box::new(question)),
            state: TaskState::Open,
            ended: None,
        })
    }
}
