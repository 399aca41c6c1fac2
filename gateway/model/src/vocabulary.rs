//! The vocabulary: every word a partnership uses, in one signed file that all members share.
//!
//! ```text
//! version = 1
//! [[purpose]] [[agency]] [[category]] [[subject_role]] [[officer_role]] [[approver]]
//! [[withhold]] [[override]] [[case_kind]] [[clock]] [[outcome]] [[handling]] [[clause]]
//! ```
//!
//! A partnership adds purposes, categories or kinds of agency by adding tables; the closed sets of
//! [`crate::code`] are what the program itself branches on.

mod bands;
mod file;
mod ground;

use std::collections::BTreeMap;

pub use bands::{AgeBand, Recency};
pub use file::VocabularyError;
pub use ground::{LegalGround, Regime, Unconfirmed};

use crate::code::{About, ConsentRule, Existence, FieldKind, Handling, Priority};
use crate::digest::Digest;
use crate::id::{CategoryId, ClauseId, Code, FieldId};

/// A purpose: the coded legal gateway under which information is asked for.
#[derive(Debug, Clone)]
pub struct Purpose {
    /// `s47_enquiry`.
    pub code: Code,
    /// Its name in plain English.
    pub name: String,
    /// Statutes and sections.
    pub legal_gateway: Vec<String>,
    /// What it asks of consent.
    pub consent: ConsentRule,
    /// Ground under the UK GDPR and DPA 2018 Part 2, for every agency.
    pub general: Option<LegalGround>,
    /// Ground under DPA 2018 Part 3, for competent authorities; it goes before the general one.
    pub law_enforcement: Option<LegalGround>,
    /// How long what is shared for it is kept; empty when the vocabulary does not say.
    pub retention: String,
    /// What counsel has still to confirm before live use.
    pub to_confirm: Vec<Unconfirmed>,
}

impl Purpose {
    /// The first of its legal gateways as a code, for records that hold no text:
    /// `Children Act 1989 s.47(9)` is `children_act_1989_s_47_9`. At most 40 characters.
    pub fn gateway_code(&self) -> Option<Code> {
        let first = self
            .legal_gateway
            .iter()
            .find(|gateway| !gateway.trim().is_empty())?;
        let lower = first.to_ascii_lowercase();
        let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let code: String = words.join("_").chars().take(40).collect();
        Code::new(code.trim_end_matches('_')).ok()
    }
}

/// A kind of agency.
#[derive(Debug, Clone)]
pub struct AgencyKind {
    /// `police`.
    pub kind: Code,
    /// Its name in plain English.
    pub name: String,
    /// Why it is a competent authority (DPA 2018 s.30); none where it is not.
    pub competent_authority: Option<String>,
    /// Counsel has still to confirm that.
    pub to_confirm: Vec<Unconfirmed>,
}

/// A part of a category.
#[derive(Debug, Clone)]
pub struct Field {
    /// Full name.
    pub id: FieldId,
    /// Its name in plain English.
    pub title: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Whom it is about.
    pub about: About,
    /// For codes and texts: the coarse word for each held code (`headline` rung); empty if none.
    pub groups: BTreeMap<String, String>,
}

/// A kind of information an agency holds.
#[derive(Debug, Clone)]
pub struct Category {
    /// Full name.
    pub id: CategoryId,
    /// Its name in plain English.
    pub title: String,
    /// Default handling (`domain` table b).
    pub handling: Handling,
    /// Whether "no record" may be said.
    pub existence: Existence,
    /// The field that dates the event, if any.
    pub event: Option<String>,
    /// Its parts, in the order of the file.
    pub fields: Vec<Field>,
}

impl Category {
    /// The field whose last word is `name`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.id.name() == name)
    }
}

/// A coded word with its meaning.
#[derive(Debug, Clone)]
pub struct Term {
    /// The code.
    pub code: Code,
    /// Its meaning in plain English.
    pub name: String,
    /// Further explanation: for withhold codes, what would change it.
    pub note: String,
}

/// A clause of the partnership's information-sharing agreement, which rules refer to.
#[derive(Debug, Clone)]
pub struct Clause {
    /// Its number: `4.2`.
    pub code: ClauseId,
    /// What it is about, in plain English.
    pub name: String,
    /// Further explanation.
    pub note: String,
}

/// A kind of case.
#[derive(Debug, Clone)]
pub struct CaseKind {
    /// `significant_harm`.
    pub code: Code,
    /// Its name in plain English.
    pub name: String,
    /// Usual rating.
    pub priority: Priority,
    /// Purpose proposed.
    pub purpose: Code,
    /// Categories proposed.
    pub categories: Vec<CategoryId>,
}

/// How long a priority allows.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// The priority.
    pub priority: Priority,
    /// Hours allowed.
    pub hours: u32,
    /// Count only the partnership's working hours.
    pub working_hours: bool,
}

/// The whole shared vocabulary.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    /// SHA-256 of the file's bytes.
    pub digest: Digest,
    /// Version number, only ever increased.
    pub version: u32,
    /// Purposes.
    pub purposes: Vec<Purpose>,
    /// Kinds of agency.
    pub agencies: Vec<AgencyKind>,
    /// Categories.
    pub categories: Vec<Category>,
    /// Roles of people in a case.
    pub subject_roles: Vec<Term>,
    /// Roles of hub officers who ask.
    pub officer_roles: Vec<Term>,
    /// Roles of agency people who may approve.
    pub approvers: Vec<Term>,
    /// Reasons for withholding; `note` says what would change it.
    pub withhold_codes: Vec<Term>,
    /// Coded reasons for going ahead without consent.
    pub overrides: Vec<Term>,
    /// Coded statements about telling parents.
    pub parents_informed: Vec<Term>,
    /// Handling marks.
    pub handling_marks: Vec<Term>,
    /// Outcomes of a case.
    pub outcomes: Vec<Term>,
    /// Kinds of case.
    pub case_kinds: Vec<CaseKind>,
    /// Clocks of the priorities.
    pub clocks: Vec<Clock>,
    /// Clauses of the agreement; empty where the partnership lists none.
    pub clauses: Vec<Clause>,
}

impl Vocabulary {
    /// Reads the file's text; `name` appears in errors.
    ///
    /// # Errors
    ///
    /// Every mistake found, each with file, line and column.
    pub fn parse(name: &str, text: &str) -> Result<Self, VocabularyError> {
        file::parse(name, text)
    }

    /// The purpose with this code.
    pub fn purpose(&self, code: &Code) -> Option<&Purpose> {
        self.purposes.iter().find(|purpose| &purpose.code == code)
    }

    /// The kind of agency with this code.
    pub fn agency(&self, kind: &Code) -> Option<&AgencyKind> {
        self.agencies.iter().find(|agency| &agency.kind == kind)
    }

    /// The category with this name.
    pub fn category(&self, id: &CategoryId) -> Option<&Category> {
        self.categories.iter().find(|category| &category.id == id)
    }

    /// The field with this full name.
    pub fn field(&self, id: &FieldId) -> Option<&Field> {
        self.category(&id.category())?.field(id.name())
    }

    /// The clause with this number.
    pub fn clause(&self, code: &ClauseId) -> Option<&Clause> {
        self.clauses.iter().find(|clause| &clause.code == code)
    }

    /// The kind of case with this code.
    pub fn case_kind(&self, code: &Code) -> Option<&CaseKind> {
        self.case_kinds.iter().find(|kind| &kind.code == code)
    }

    /// The clock of a priority.
    pub fn clock(&self, priority: Priority) -> Option<Clock> {
        self.clocks
            .iter()
            .copied()
            .find(|clock| clock.priority == priority)
    }

    /// Is `code` one of `terms`?
    pub fn has(terms: &[Term], code: &Code) -> bool {
        terms.iter().any(|term| &term.code == code)
    }
}
