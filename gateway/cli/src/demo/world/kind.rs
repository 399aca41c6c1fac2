//! The seven kinds of agency of the demo partnership.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of agency, by its word in the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Schools and nurseries.
    Education,
    /// NHS providers.
    Health,
    /// Council and social landlords.
    Housing,
    /// The police force.
    Police,
    /// The probation service.
    Probation,
    /// Children's social care.
    SocialCare,
    /// The youth offending team.
    YouthJustice,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Education,
        Self::Health,
        Self::Housing,
        Self::Police,
        Self::Probation,
        Self::SocialCare,
        Self::YouthJustice,
    ];

    /// The word in the vocabulary: `social_care`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Education => "education",
            Self::Health => "health",
            Self::Housing => "housing",
            Self::Police => "police",
            Self::Probation => "probation",
            Self::SocialCare => "social_care",
            Self::YouthJustice => "youth_justice",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
