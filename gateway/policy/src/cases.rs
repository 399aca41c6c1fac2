//! Scenario cases: questions with the rulings an officer expects, kept beside the rules.
//!
//! ```toml
//! [given]                       # what the cases below share, unless they say otherwise
//! purpose = "s47_enquiry"
//!
//! [[case]]
//! name = "the date of an incident comes at once"
//! field = "police.domestic_incident.date"       # or fields = [...]; a category: "police.x.*"
//! auto = "exact"                # approved = auto unless written; then `approvers` are listed
//!
//! [[case]]
//! name = "who complained is never shown, whoever asks for whatever"
//! field = "police.allegation.complainant_name"
//! purpose = ["s47_enquiry", "marac"]            # one word, a list, or "any"
//! otherwise = "any"             # what is not written here ranges over every value
//! at_most = "none"              # neither at once nor with approval more than this
//! ```
//!
//! Words are those of the vocabulary, and `unknown` for what is not known; anything else is refused
//! when the file is read. What neither the case nor `[given]` writes is not known.

mod expect;
mod judge;
mod lost;
mod read;

use stile_model::code::Rung;
use stile_model::id::{Code, FieldId};
use stile_model::place::Lines;
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;

use crate::decide::Approvers;
use crate::error::PolicyError;
use crate::set::PolicySet;
use crate::space::DIMENSIONS;

pub use judge::CaseResult;
pub(crate) use judge::Judge;
pub use lost::{CaseChanges, case_changes};

/// What a case asks in one dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Every word there is, and not known.
    Any,
    /// Each of these.
    Words(Vec<String>),
}

impl Default for Choice {
    fn default() -> Self {
        Self::Words(Vec::new())
    }
}

/// The ruling a case expects on every question it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Neither at once nor with approval more than this.
    AtMost(Rung),
    /// This, to the letter.
    Exactly {
        auto: Rung,
        approved: Rung,
        approvers: Approvers,
        sealed: bool,
        /// Checked where it is written.
        withhold: Option<Code>,
    },
}

/// One `[[case]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    /// Where its name stands in the text.
    pub at: usize,
    pub name: String,
    pub fields: Vec<FieldId>,
    pub choices: [Choice; DIMENSIONS],
    /// The day of the question, where a rule's last day matters.
    pub on: Option<Date>,
    pub expected: Expected,
}

/// The cases of one `cases.toml`.
#[derive(Debug, Clone)]
pub struct Cases {
    name: String,
    text: String,
    given: [Option<Choice>; DIMENSIONS],
    list: Vec<Case>,
}

impl Cases {
    /// Reads the text of a `cases.toml`; `name` appears in errors.
    ///
    /// # Errors
    ///
    /// Every mistake, with line and column, the allowed words and the nearest spelling; or that
    /// there is no case.
    pub fn parse(name: &str, text: &str, vocabulary: &Vocabulary) -> Result<Self, PolicyError> {
        let (given, list) = read::read(name, text, vocabulary)
            .map_err(|problems| PolicyError::Cases { problems })?;
        Ok(Self {
            name: name.to_owned(),
            text: text.to_owned(),
            given,
            list,
        })
    }

    /// How many cases there are.
    pub const fn count(&self) -> usize {
        self.list.len()
    }

    /// Puts every case to `policy` as of `today`; one result each, in the order of the file.
    pub fn run(&self, policy: &PolicySet, vocabulary: &Vocabulary, today: Date) -> Vec<CaseResult> {
        let judge = Judge::new(policy, vocabulary, today);
        let lines = Lines::of(&self.text);
        self.list
            .iter()
            .map(|case| judge.result(case, &lines))
            .collect()
    }

    /// Puts every case to `policy` as of `today`.
    ///
    /// # Errors
    ///
    /// Every case whose ruling is not the one expected, with its line and what policy says.
    pub fn check(
        &self,
        policy: &PolicySet,
        vocabulary: &Vocabulary,
        today: Date,
    ) -> Result<(), PolicyError> {
        let problems: Vec<String> = self
            .run(policy, vocabulary, today)
            .iter()
            .filter(|result| !result.passed)
            .map(|result| result.problem(&self.name))
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(PolicyError::Cases { problems })
        }
    }

    pub(crate) const fn given(&self) -> &[Option<Choice>; DIMENSIONS] {
        &self.given
    }

    pub(crate) fn all(&self) -> &[Case] {
        &self.list
    }
}

#[cfg(test)]
mod tests;
