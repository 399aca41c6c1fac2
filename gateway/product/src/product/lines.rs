//! What a product says of what did not come, what is awaited, and whom to ring.

use serde::{Deserialize, Serialize};
use stile_model::id::{CategoryId, MemberId, SubjectId};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use utoipa::ToSchema;

use super::Word;

/// A field or category that did not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithheldLine {
    /// The agency.
    pub agency: MemberId,
    /// Its name.
    pub agency_name: String,
    /// The subject.
    pub subject: SubjectId,
    /// Their name, from the hub's sheet.
    pub subject_name: Redacted<String>,
    /// The category.
    pub category: CategoryId,
    /// Its name.
    pub title: String,
    /// The field's name, or `everything`.
    pub what: String,
    /// Why.
    pub why: Word,
    /// What would change it.
    pub would_change: String,
}

/// A question that a person in the agency must decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferredLine {
    /// The agency.
    pub agency: MemberId,
    /// Its name.
    pub agency_name: String,
    /// The subject.
    pub subject: SubjectId,
    /// Their name, from the hub's sheet.
    pub subject_name: Redacted<String>,
    /// The category.
    pub category: CategoryId,
    /// Its name.
    pub title: String,
    /// Names of the fields.
    pub fields: Vec<String>,
    /// Who decides.
    pub approvers: Vec<Word>,
    /// When the answer is due.
    pub due: Timestamp,
    /// It was due before the product was made.
    pub overdue: bool,
}

/// Something that is not known because it was not checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// The agency.
    pub agency: MemberId,
    /// Its name.
    pub agency_name: String,
    /// What was not checked.
    pub what: String,
    /// The person, where it is about one.
    pub subject_name: Option<Redacted<String>>,
    /// Why.
    pub why: Word,
    /// When an answer or another attempt is due.
    pub next: Option<Timestamp>,
}

/// A category checked with nothing to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoRecordLine {
    /// The agency.
    pub agency: MemberId,
    /// Its name.
    pub agency_name: String,
    /// The subject.
    pub subject: SubjectId,
    /// Their name, from the hub's sheet.
    pub subject_name: Redacted<String>,
    /// The category.
    pub category: CategoryId,
    /// Its name.
    pub title: String,
    /// `no record`, or a sentence that neither confirms nor denies.
    pub words: String,
}

/// Whom to ring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The agency.
    pub agency: MemberId,
    /// Its name.
    pub agency_name: String,
    /// As the directory says.
    pub contact: String,
}
