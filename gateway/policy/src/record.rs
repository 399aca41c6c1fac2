//! The decision record: what the ICO's data sharing code (annex B, data sharing request and decision
//! forms) wants on record of each request and of each decision on it.
//!
//! It is made from the signed enquiry, the vocabulary's purpose, the agreement and the rules that
//! decided. An enquiry from which it cannot be made is not looked into.

mod gap;
mod words;

pub use gap::RecordGap;

use serde::{Deserialize, Serialize};
use stile_model::code::{CategoryStatus, ConsentState};
use stile_model::digest::Digest;
use stile_model::enquiry::Enquiry;
use stile_model::id::{
    CaseId, CategoryId, ClauseId, Code, EnquiryId, MemberId, RuleId, SubjectId, UserId,
};
use stile_model::redact::Redacted;
use stile_model::returns::{Return, Withheld};
use stile_model::time::Timestamp;
use stile_model::vocabulary::{AgencyKind, LegalGround, Purpose, Regime, Term, Vocabulary};
use utoipa::ToSchema;

use crate::rules::{Rule, Rules};

/// Who asks whom under what agreement, as the directory and the vocabulary name them.
#[derive(Debug, Clone, Copy)]
pub struct Parties<'a> {
    /// The organisation that asks.
    pub requester: &'a str,
    /// The organisation that holds the data.
    pub holder: &'a str,
    /// What kind of agency the holder is; none when the vocabulary does not know it.
    pub kind: Option<&'a AgencyKind>,
    /// Where the signed agreement is.
    pub agreement: &'a str,
}

/// An officer, by user name and position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfficerRole {
    /// The user.
    pub user: UserId,
    /// Their role.
    pub role: Code,
    /// The role in words.
    pub position: String,
}

/// What is asked for, and why it is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Holding {
    /// The category.
    pub category: CategoryId,
    /// Its name.
    pub title: String,
    /// Why it is necessary and what good it does.
    pub necessity: Redacted<String>,
}

/// One person asked about, by place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AskedAbout {
    /// The place.
    pub subject: SubjectId,
    /// Their role in the case.
    pub role: Code,
}

/// The request, as the form wants it; no person asked about is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionRequest {
    /// The enquiry.
    pub enquiry: EnquiryId,
    /// The case.
    pub case: CaseId,
    /// The organisation that asks.
    pub organisation: String,
    /// Its id in the directory.
    pub member: MemberId,
    /// Who asks.
    pub requester: OfficerRole,
    /// Who authorised it.
    pub authoriser: Option<OfficerRole>,
    /// When it was signed.
    pub requested: Timestamp,
    /// What is asked for.
    pub data: Vec<Holding>,
    /// About whom.
    pub about: Vec<AskedAbout>,
    /// How far back, in months.
    pub look_back_months: u16,
    /// The organisation that holds the data.
    pub held_by: String,
    /// The purpose.
    pub purpose: Code,
    /// The purpose in words.
    pub purpose_name: String,
    /// The lawful basis.
    pub lawful_basis: String,
    /// Statutes and sections that give the power to share.
    pub legal_power: Vec<String>,
    /// Condition for special-category data or sensitive processing.
    pub condition: String,
    /// It is law-enforcement processing under DPA 2018 Part 3.
    pub part_3: bool,
    /// Why the holder is a competent authority, where it is.
    pub competent_authority: Option<String>,
    /// What was said about consent.
    pub consent: ConsentState,
    /// Why it goes ahead without consent, in words.
    pub without_consent: Option<String>,
    /// How long it is kept.
    pub retention: String,
    /// Where the signed agreement is.
    pub agreement: String,
    /// What counsel has still to confirm.
    pub to_confirm: Vec<String>,
}

/// A rule that decided, and its ground.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuleGround {
    /// The rule.
    pub rule: RuleId,
    /// Its legal or professional ground.
    pub why: String,
    /// Clauses of the agreement.
    pub clauses: Vec<ClauseId>,
}

/// Who took a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decider {
    /// The agency's rules, by their digest.
    Policy(Digest),
    /// A person of the agency, and those who agreed with them.
    Person {
        /// Who decided.
        by: Vec<OfficerRole>,
        /// Why, in their words.
        why: Redacted<String>,
    },
    /// Nobody in time: what the rules say without approval stands.
    Time,
}

/// What became of one category for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Decided {
    /// The person, by place.
    pub subject: SubjectId,
    /// The category.
    pub category: CategoryId,
    /// What became of it.
    pub status: CategoryStatus,
    /// How many records were released.
    pub records: u32,
    /// The rules under which they were.
    pub rules: Vec<RuleId>,
    /// What was withheld, with the code of its reason.
    pub withheld: Vec<Withheld>,
    /// Whose agreement is still wanted.
    pub referred_to: Vec<Code>,
}

/// One decision on a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DecisionRecord {
    /// The request.
    pub request: DecisionRequest,
    /// Which return of the enquiry it led to, from 1.
    pub n: u32,
    /// When it was decided.
    pub at: Timestamp,
    /// What was decided.
    pub decided: Vec<Decided>,
    /// By whom.
    pub by: Decider,
    /// The policy in force.
    pub policy: Digest,
    /// The rules that let something out, with their grounds.
    pub reasons: Vec<RuleGround>,
}

impl DecisionRequest {
    /// Fills the form.
    ///
    /// # Errors
    ///
    /// Everything that is missing, each once, in the order of the form.
    pub fn of(
        enquiry: &Enquiry,
        vocabulary: &Vocabulary,
        parties: &Parties<'_>,
    ) -> Result<Self, Vec<RecordGap>> {
        let purpose = vocabulary.purpose(&enquiry.purpose);
        let ground = purpose
            .zip(parties.kind)
            .and_then(|(purpose, kind)| purpose.ground(kind));
        let gaps = gap::all(enquiry, purpose, ground, parties);
        match (purpose, ground) {
            (Some(purpose), Some(ground)) if gaps.is_empty() => {
                Ok(filled(enquiry, vocabulary, parties, purpose, ground))
            }
            _ => Err(gaps),
        }
    }
}

fn filled(
    enquiry: &Enquiry,
    vocabulary: &Vocabulary,
    parties: &Parties<'_>,
    purpose: &Purpose,
    (regime, ground): (Regime, &LegalGround),
) -> DecisionRequest {
    let officer = |officer: &stile_model::enquiry::Officer| OfficerRole {
        user: officer.user.clone(),
        role: officer.role.clone(),
        position: named(&vocabulary.officer_roles, &officer.role),
    };
    let holding = |ask: &stile_model::enquiry::Ask| Holding {
        category: ask.category.clone(),
        title: vocabulary
            .category(&ask.category)
            .map_or_else(|| ask.category.to_string(), |found| found.title.clone()),
        necessity: ask.necessity.clone(),
    };
    let about = enquiry.subjects.iter().map(|subject| AskedAbout {
        subject: subject.id.clone(),
        role: subject.role.clone(),
    });
    let reason = enquiry.consent.override_reason.as_ref();
    let part_3 = regime == Regime::LawEnforcement;
    let kind = parties.kind.filter(|_| part_3);
    let of_kind = kind.map_or(&[][..], |kind| &kind.to_confirm);
    DecisionRequest {
        enquiry: enquiry.id,
        case: enquiry.case.clone(),
        organisation: parties.requester.to_owned(),
        member: enquiry.from.clone(),
        requester: officer(&enquiry.requester),
        authoriser: enquiry.authoriser.as_ref().map(officer),
        requested: enquiry.issued,
        data: enquiry.asks.iter().map(holding).collect(),
        about: about.collect(),
        look_back_months: enquiry.look_back_months,
        held_by: parties.holder.to_owned(),
        purpose: purpose.code.clone(),
        purpose_name: purpose.name.clone(),
        lawful_basis: ground.lawful_basis.clone(),
        legal_power: purpose.legal_gateway.clone(),
        condition: ground.condition.clone(),
        part_3,
        competent_authority: kind.and_then(|kind| kind.competent_authority.clone()),
        consent: enquiry.consent.state,
        without_consent: reason.map(|code| named(&vocabulary.overrides, code)),
        retention: purpose.retention.clone(),
        agreement: parties.agreement.to_owned(),
        to_confirm: purpose
            .to_confirm
            .iter()
            .chain(of_kind)
            .map(ToString::to_string)
            .collect(),
    }
}

impl DecisionRecord {
    /// The record of one return: what it says, by whom, under which of these rules.
    pub fn of(request: DecisionRequest, answer: &Return, by: Decider, rules: &Rules) -> Self {
        let decided: Vec<Decided> = answer.findings.iter().map(Decided::of).collect();
        let mut named: Vec<&RuleId> = decided.iter().flat_map(|one| &one.rules).collect();
        named.sort();
        named.dedup();
        let grounds = named.into_iter().filter_map(|id| rules.rule(id));
        Self {
            n: answer.n,
            at: answer.issued,
            policy: answer.policy,
            reasons: grounds.map(RuleGround::of).collect(),
            request,
            decided,
            by,
        }
    }
}

impl RuleGround {
    /// The ground of a rule.
    pub fn of(rule: &Rule) -> Self {
        Self {
            rule: rule.id.clone(),
            why: rule.why.clone(),
            clauses: rule.clauses.clone(),
        }
    }
}

impl Decided {
    fn of(finding: &stile_model::returns::Finding) -> Self {
        let fields = finding.items.iter().flat_map(|item| &item.fields);
        let mut rules: Vec<RuleId> = fields.map(|shown| shown.rule.clone()).collect();
        rules.sort();
        rules.dedup();
        Self {
            subject: finding.subject.clone(),
            category: finding.category.clone(),
            status: finding.status,
            records: u32::try_from(finding.items.len()).unwrap_or(u32::MAX),
            rules,
            withheld: finding.withheld.clone(),
            referred_to: finding
                .referred
                .as_ref()
                .map(|referred| referred.approvers.clone())
                .unwrap_or_default(),
        }
    }
}

/// A coded word in plain English.
fn named(terms: &[Term], code: &Code) -> String {
    let term = terms.iter().find(|term| &term.code == code);
    term.map_or_else(|| code.to_string(), |term| term.name.clone())
}

#[cfg(test)]
mod tests;
