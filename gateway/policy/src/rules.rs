//! Rules as read: every word checked against the vocabulary.

use std::collections::BTreeMap;

use stile_model::code::{About, ConsentState, FieldKind, Priority, Rung};
use stile_model::digest::Digest;
use stile_model::id::{CategoryId, ClauseId, Code, FieldId, MemberId, RuleId};
use stile_model::place::Place;
use stile_model::time::Date;
use stile_model::vocabulary::{AgeBand, Field, Recency, Vocabulary};

use crate::decide::Approvers;

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Grants once the approvers agree.
    Ask,
    /// Caps unless the approvers agree.
    AskAbove,
    /// Caps, whoever agrees.
    NeverAbove,
    /// Hides even that anything is held.
    Seal,
    /// Grants.
    Share,
}

impl Verb {
    /// Every verb.
    pub const ALL: &[Self] = &[
        Self::Ask,
        Self::AskAbove,
        Self::NeverAbove,
        Self::Seal,
        Self::Share,
    ];

    /// The key that writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::AskAbove => "ask_above",
            Self::NeverAbove => "never_above",
            Self::Seal => "seal",
            Self::Share => "share",
        }
    }

    /// Does it let something out, rather than hold it back?
    pub const fn grants(self) -> bool {
        match self {
            Self::Ask | Self::Share => true,
            Self::AskAbove | Self::NeverAbove | Self::Seal => false,
        }
    }

    /// Does it name people who decide?
    pub const fn asks(self) -> bool {
        match self {
            Self::Ask | Self::AskAbove => true,
            Self::NeverAbove | Self::Seal | Self::Share => false,
        }
    }
}

/// The fields a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `police.*`
    Agency(Code),
    /// `police.domestic_incident.*`
    Category(CategoryId),
    /// `police.domestic_incident.date`
    Field(FieldId),
}

impl Target {
    /// Does it name more than one field?
    pub const fn is_wide(&self) -> bool {
        match self {
            Self::Agency(_) | Self::Category(_) => true,
            Self::Field(_) => false,
        }
    }

    /// Does it cover `field`?
    pub fn covers(&self, field: &FieldId) -> bool {
        match self {
            Self::Agency(kind) => field.category().agency_kind() == kind.as_str(),
            Self::Category(category) => &field.category() == category,
            Self::Field(own) => own == field,
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Agency(kind) => write!(f, "{kind}.*"),
            Self::Category(category) => write!(f, "{category}.*"),
            Self::Field(field) => write!(f, "{field}"),
        }
    }
}

/// When a rule applies; an empty list is "always".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// Purposes of the enquiry.
    pub purpose: Vec<Code>,
    /// Ratings of the case.
    pub priority: Vec<Priority>,
    /// What was said about consent.
    pub consent: Vec<ConsentState>,
    /// Roles of the subject.
    pub subject: Vec<Code>,
    /// Bands of the subject's age.
    pub age: Vec<AgeBand>,
    /// The oldest band of event included; [`Recency::Older`] for any dated event.
    pub within: Option<Recency>,
    /// Roles of the officer who asks.
    pub requester: Vec<Code>,
    /// Hubs that ask.
    pub hub: Vec<MemberId>,
    /// Members of this kind that the rule binds; empty for all. See [`Rules::of_member`].
    pub agency: Vec<MemberId>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub id: RuleId,
    /// What it does.
    pub verb: Verb,
    /// The fields it speaks of.
    pub target: Target,
    /// The rung it grants or caps at; `none` for a seal.
    pub rung: Rung,
    /// Only fields of these kinds; empty for all.
    pub kinds: Vec<FieldKind>,
    /// Only fields about these; empty for all.
    pub abouts: Vec<About>,
    /// When it applies.
    pub when: When,
    /// Who must agree (`ask`, `ask_above`) or is alerted (`seal`).
    pub approvers: Approvers,
    /// Hours an approver has, where not the file's.
    pub approval_hours: Option<u32>,
    /// The withhold code a cap gives.
    pub code: Option<Code>,
    /// Its legal or professional ground.
    pub why: String,
    /// Clauses of the partnership's agreement it rests on.
    pub clauses: Vec<ClauseId>,
    /// Who looks after it.
    pub owner: Option<String>,
    /// Last day a grant is in force; a cap stays.
    pub until: Option<Date>,
}

impl Rule {
    /// Does the rule speak of this field?
    pub fn covers(&self, field: &Field) -> bool {
        self.target.covers(&field.id)
            && (self.kinds.is_empty() || self.kinds.contains(&field.kind))
            && (self.abouts.is_empty() || self.abouts.contains(&field.about))
    }

    /// Is the rule in force on `on`? A cap always is: time never discloses more.
    pub fn in_force(&self, on: Date) -> bool {
        !self.verb.grants() || self.until.is_none_or(|until| on <= until)
    }
}

/// One agency's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The kind of agency.
    pub agency: Code,
    /// SHA-256 of the file's bytes.
    pub digest: Digest,
    /// Last day on which anything may be released.
    pub until: Option<Date>,
    /// Hours an approver has to decide.
    pub approval_hours: u32,
    /// The role alerted on a hit that must not be shown to exist.
    pub sealed_contact: Option<Code>,
    /// Categories whose existence this agency closes, besides those the vocabulary closes.
    pub closed: Vec<CategoryId>,
    /// The rules, in the order of the file.
    pub rules: Vec<Rule>,
    /// Where each rule is written: the place of its id.
    pub places: BTreeMap<RuleId, Place>,
}

impl Rules {
    /// The rule of this name.
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| &rule.id == id)
    }

    /// Where the rule of this name is written.
    pub fn place(&self, id: &RuleId) -> Option<Place> {
        self.places.get(id).copied()
    }

    /// The rules that bind `member`, in the order of the file.
    ///
    /// A rule whose `when` names other members is left out. Where the member is not known (a
    /// template, a file checked on a desk) the same holds as for every value that is not known: a
    /// cap that names members stays, a grant that names members goes. So nothing is disclosed by
    /// forgetting to say who serves the policy.
    #[must_use]
    pub fn of_member(&self, member: Option<&MemberId>) -> Self {
        let binds = |rule: &&Rule| match member {
            _ if rule.when.agency.is_empty() => true,
            Some(member) => rule.when.agency.contains(member),
            None => !rule.verb.grants(),
        };
        Self {
            rules: self.rules.iter().filter(binds).cloned().collect(),
            ..self.clone()
        }
    }
}

/// The fields of one kind of agency, in the order of the vocabulary.
pub(crate) fn fields_of<'a>(
    vocabulary: &'a Vocabulary,
    agency: &'a Code,
) -> impl Iterator<Item = &'a Field> {
    vocabulary
        .categories
        .iter()
        .filter(move |category| category.id.agency_kind() == agency.as_str())
        .flat_map(|category| category.fields.iter())
}
