//! The product: what a case's returns say, for one audience.
//!
//! Personal data is [`Redacted`] in `Debug`; serialising gives it, which is what a product is for.

mod lines;

use serde::{Deserialize, Serialize};
use stile_model::code::{CategoryStatus, ConsentState, MatchStatus, Nature, Priority, Rung};
use stile_model::digest::Digest;
use stile_model::id::{CaseId, CategoryId, MemberId, RuleId, SubjectId};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use utoipa::ToSchema;

use crate::sheet::Audience;
pub use lines::{Contact, Gap, NoRecordLine, ReferredLine, WithheldLine};

/// A code and its meaning in plain English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// The code.
    pub code: String,
    /// Its meaning.
    pub words: String,
}

/// A person of the case, as the hub's own sheet names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductSubject {
    /// Place in the case.
    pub id: SubjectId,
    /// Name in use now.
    pub name: Redacted<String>,
    /// Role in the case; left out where the audience does not need it.
    pub role: Option<Word>,
    /// When born, in words; left out where the audience does not need it.
    pub born: Option<Redacted<String>>,
}

/// What was said about consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentLine {
    /// What the person said.
    pub state: ConsentState,
    /// Why the hub went ahead without it.
    pub override_reason: Option<Word>,
    /// Whether parents were told, or why not.
    pub parents_informed: Option<Word>,
}

/// How finely an event is dated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Only the year was shared; sorted at its start.
    Year,
    /// Only the month was shared; sorted at its start.
    Month,
    /// The day.
    Day,
    /// No date was shared; sorted last.
    Undated,
}

/// One field of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldLine {
    /// Last word of the field.
    pub field: String,
    /// Its name in plain English.
    pub title: String,
    /// The rung at which the agency showed it.
    pub rung: Rung,
    /// The minimised value.
    pub value: Redacted<String>,
    /// The rule that released it; empty where the audience does not need it.
    pub rule: Option<RuleId>,
}

/// Where an item comes from, how far to trust it and what may be done with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenanced {
    /// The agency's name for the system.
    pub system: String,
    /// Kind of author, in words.
    pub author: String,
    /// Fact, opinion or allegation.
    pub nature: Nature,
    /// Whether and how it was checked, in words.
    pub verification: String,
    /// Grading of intelligence.
    pub grading: Option<String>,
    /// Date recorded, as finely as the event.
    pub recorded: Option<String>,
    /// Handling marks.
    pub handling: Vec<Word>,
    /// The agency's reference.
    pub reference: String,
}

/// One item in the chronology.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// `2026-02-24`, `2026-02`, `2026`; nothing when undated.
    pub when: Option<String>,
    /// How finely.
    pub precision: Precision,
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
    /// What is said.
    pub fields: Vec<FieldLine>,
    /// Where it comes from.
    pub provenance: Provenanced,
}

/// Whether an agency knows a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchLine {
    /// The subject.
    pub subject: SubjectId,
    /// Their name, from the hub's sheet.
    pub subject_name: Redacted<String>,
    /// Found, perhaps, or not.
    pub status: MatchStatus,
    /// What that means.
    pub words: String,
    /// Why "not found" says little.
    pub weak: Option<Word>,
}

/// What became of one category for one subject at one agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingLine {
    /// The subject.
    pub subject: SubjectId,
    /// Their name, from the hub's sheet.
    pub subject_name: Redacted<String>,
    /// The category.
    pub category: CategoryId,
    /// Its name.
    pub title: String,
    /// What became of it.
    pub status: CategoryStatus,
    /// What that means.
    pub words: String,
    /// Items shown.
    pub items: usize,
    /// More exist than the agency may send at once.
    pub capped: bool,
}

/// One agency's part of the product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgencySection {
    /// The agency.
    pub agency: MemberId,
    /// Its name.
    pub name: String,
    /// Kind of agency.
    pub kind: String,
    /// `answered`, `answered_in_part`, `match_to_confirm`, `pending`, `refused` or `unreachable`.
    pub status: Word,
    /// Number of the last return; nothing before the first.
    pub last_return: Option<u32>,
    /// The agency will send more.
    pub more: bool,
    /// The policy that ruled.
    pub policy: Option<Digest>,
    /// Who was found.
    pub matches: Vec<MatchLine>,
    /// What became of each category.
    pub findings: Vec<FindingLine>,
}

/// Two or more agencies on one point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The subject.
    pub subject: SubjectId,
    /// Their name, from the hub's sheet.
    pub subject_name: Redacted<String>,
    /// The point, in words.
    pub point: Redacted<String>,
    /// Each agency and what it says.
    pub says: Vec<(String, Redacted<String>)>,
}

/// How much there is of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Agencies asked.
    pub agencies: usize,
    /// Agencies that sent a return.
    pub answered: usize,
    /// Items shown.
    pub items: usize,
    /// Lines withheld.
    pub withheld: usize,
    /// Questions with a person.
    pub referred: usize,
    /// Gaps.
    pub gaps: usize,
    /// Categories checked with nothing to show.
    pub no_record: usize,
    /// Findings set aside because nobody asked for them.
    pub set_aside: usize,
}

/// Everything that may be said of a case to one audience.
///
/// What an audience may not have is absent, not blank: lists are empty and options are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Format version: 1.
    pub v: u8,
    /// Protective marking.
    pub marking: String,
    /// For whom.
    pub audience: Audience,
    /// The case.
    pub case: CaseId,
    /// When it was made.
    pub made: Timestamp,
    /// When the hub received the matter.
    pub opened: Timestamp,
    /// When the decision is due.
    pub due: Option<Timestamp>,
    /// Kind of case.
    pub kind: Option<Word>,
    /// The hub's rating.
    pub priority: Option<Priority>,
    /// Purpose of the enquiries.
    pub purpose: Option<Word>,
    /// Statutes and sections of the purpose.
    pub legal_gateway: Vec<String>,
    /// How far back was asked, in months.
    pub look_back_months: Option<u16>,
    /// Consent.
    pub consent: Option<ConsentLine>,
    /// Outcome, once decided.
    pub outcome: Option<Word>,
    /// The people.
    pub subjects: Vec<ProductSubject>,
    /// Fixed sentences the reader must see.
    pub notices: Vec<String>,
    /// How much there is of everything.
    pub counts: Option<Counts>,
    /// All items, oldest first.
    pub chronology: Vec<Event>,
    /// Agency by agency.
    pub agencies: Vec<AgencySection>,
    /// Where agencies say the same.
    pub agreements: Vec<Comparison>,
    /// Where agencies differ: for a person to judge.
    pub contradictions: Vec<Comparison>,
    /// What did not come and why.
    pub withheld: Vec<WithheldLine>,
    /// What people must still decide.
    pub referred: Vec<ReferredLine>,
    /// What was not checked.
    pub gaps: Vec<Gap>,
    /// What was checked with nothing to show.
    pub no_record: Vec<NoRecordLine>,
    /// Whom to ring.
    pub contacts: Vec<Contact>,
}

impl Product {
    /// The JSON bytes; the same product always gives the same bytes.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "strings, numbers and lists always serialise"
    )]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a product serialises")
    }

    /// SHA-256 of [`Product::to_bytes`].
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// Must a person in the agency still decide about fields of the category that this item is of?
    /// Then an item of which nothing is shown is not one in which nothing is recorded.
    pub fn waits_for_more(&self, event: &Event) -> bool {
        self.referred.iter().any(|line| {
            (&line.agency, &line.subject, &line.category)
                == (&event.agency, &event.subject, &event.category)
        })
    }
}

#[cfg(test)]
mod tests {
    use stile_model::returns::Referred;

    use super::*;
    use crate::assemble::assemble;
    use crate::sample::{self, finding, item, received, returned, sheet, vocabulary};
    use crate::sheet::Answer;

    #[test]
    fn an_item_waits_for_more_where_a_person_decides_about_its_own_category() {
        let bare = |subject, category| {
            let items = vec![item("N-1", Vec::new())];
            finding(subject, category, CategoryStatus::PartlyShared, items)
        };
        let mut referred = bare("s2", "housing.noise");
        referred.referred = Some(Referred {
            fields: vec!["text".to_owned()],
            approvers: vec![sample::code("duty_sergeant")],
            due: sample::at("2026-03-11T13:00:00Z"),
        });
        let findings = vec![
            referred,
            bare("s1", "housing.noise"),
            bare("s2", "housing.tenancy"),
        ];
        let answer = Answer::Returned(vec![returned("housing", 1, findings)]);
        let mut sheet = sheet();
        let asked = ["housing.tenancy", "housing.noise"];
        sheet.asks = vec![sample::ask("housing", &asked)];
        let (all, now) = (vocabulary(), sample::at("2026-03-11T12:00:00Z"));
        let housing = [received("housing", answer)];

        let product = assemble(&sheet, &housing, &all, Audience::DecisionMaker, now);

        assert_eq!(product.chronology.len(), 3);
        for event in &product.chronology {
            let of = (event.subject.as_str(), event.category.as_str());
            let expected = of == ("s2", "housing.noise");
            assert_eq!(product.waits_for_more(event), expected, "{of:?}");
        }
    }
}
