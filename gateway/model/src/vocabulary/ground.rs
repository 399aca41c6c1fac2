//! On what ground in data-protection law a purpose is pursued: the ICO's data sharing code, annex B.
//!
//! The same purpose may rest on two grounds: an agency that is a competent authority works for it
//! under DPA 2018 Part 3, every other one under the UK GDPR and DPA 2018 Part 2.

use std::fmt;

use serde::Deserialize;

use super::{AgencyKind, Purpose};

/// A lawful basis, and what sensitive data needs besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalGround {
    /// UK GDPR Article 6(1) and words, or DPA 2018 s.35.
    pub lawful_basis: String,
    /// Condition for special-category data (UK GDPR Art 9, DPA 2018 Sch 1) or for sensitive
    /// processing (DPA 2018 Sch 8).
    pub condition: String,
    /// Without consent the condition is met only for a coded reason (DPA 2018 Sch 1 para 18(2),
    /// Sch 8 para 4(2)).
    pub reason_without_consent: bool,
}

/// A part of a purpose, or of a kind of agency, that counsel has still to confirm before live use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unconfirmed {
    /// Whether a kind of agency is a competent authority (DPA 2018 s.30, Sch 7).
    CompetentAuthority,
    /// Condition for special-category or sensitive data.
    Condition,
    /// The lawful basis.
    LawfulBasis,
    /// Statutes and sections.
    LegalGateway,
    /// Whether DPA 2018 Part 3 applies.
    #[serde(rename = "part_3")]
    PartThree,
    /// How long it is kept.
    Retention,
}

impl Unconfirmed {
    /// The word as written in the vocabulary.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CompetentAuthority => "competent_authority",
            Self::Condition => "condition",
            Self::LawfulBasis => "lawful_basis",
            Self::LegalGateway => "legal_gateway",
            Self::PartThree => "part_3",
            Self::Retention => "retention",
        }
    }
}

impl fmt::Display for Unconfirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which law an agency works under for a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regime {
    /// UK GDPR and DPA 2018 Part 2.
    General,
    /// DPA 2018 Part 3: law-enforcement processing by a competent authority.
    LawEnforcement,
}

impl Purpose {
    /// The ground on which an agency of this kind works for the purpose; none where the vocabulary
    /// names none, or only one that is for competent authorities and this is not one.
    pub fn ground(&self, kind: &AgencyKind) -> Option<(Regime, &LegalGround)> {
        let law_enforcement = || {
            kind.competent_authority.as_ref()?;
            Some((Regime::LawEnforcement, self.law_enforcement.as_ref()?))
        };
        law_enforcement().or_else(|| Some((Regime::General, self.general.as_ref()?)))
    }
}
