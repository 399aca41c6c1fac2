//! What is shared, and for what, as an officer looks at it; a draft beside it, where one is asked for.

use std::sync::Arc;

use stile_model::code::Priority;
use stile_model::id::Code;
use stile_model::time::{Date, Timestamp};
use stile_model::vocabulary::Vocabulary;
use stile_policy::{Matrix, Narrowed, PolicySet, RuleSays, matrix};

use super::turns::in_turn;
use crate::agency::Agency;
use crate::error::{ExchangeError, refuse};
use crate::people::Person;

/// Which matrix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MatrixAsked {
    /// A version that is, was or is proposed to be in force; the one in force when left out.
    pub version: Option<u64>,
    /// Only enquiries rated so.
    pub priority: Option<Priority>,
    /// Only people of this role in the case.
    pub subject: Option<Code>,
    /// Rules that are not in force, to be shown beside.
    pub beside: Option<Beside>,
}

/// Rules that are not in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Those of a proposal, by its version.
    Proposal(u64),
    /// Those that whoever asks is still writing.
    Sketch,
}

/// The matrix of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyMatrix {
    /// The version.
    pub version: u64,
    /// The version in force.
    pub in_force: u64,
    /// Since when it is in force; none for another version.
    pub since: Option<Timestamp>,
    /// Last day of the whole file; past it everything is withheld.
    pub until: Option<Date>,
    /// The cells.
    pub cells: Cells,
    /// The same of the rules beside, where they were asked for.
    pub beside: Option<Drafted>,
}

/// Cells, and the rules behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    /// The cells.
    pub matrix: Matrix,
    /// Every rule as a sentence, in the order of the text.
    pub says: Vec<RuleSays>,
}

impl Cells {
    fn of(policy: &PolicySet, vocabulary: &Vocabulary, narrowed: &Narrowed, today: Date) -> Self {
        Self {
            matrix: matrix(policy, narrowed, today),
            says: policy.sentences(vocabulary),
        }
    }
}

/// What became of rules that are not in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drafted {
    /// Their cells.
    Cells(Cells),
    /// They cannot serve yet: every mistake, in words.
    Wrong(Vec<String>),
}

impl Agency {
    /// What a version shares, and for what, today, with its rules as sentences; and the same of rules
    /// that are not in force.
    ///
    /// # Errors
    ///
    /// `role_missing`; `unknown_word` for a role that the vocabulary does not have; what reading a
    /// version refuses.
    pub async fn policy_matrix(
        &self,
        person: &Person,
        asked: MatrixAsked,
    ) -> Result<PolicyMatrix, ExchangeError> {
        person.must_read_policy()?;
        let known = |code: &Code| {
            let roles = &self.vocabulary.subject_roles;
            roles.iter().any(|role| &role.code == code)
        };
        if asked.subject.as_ref().is_some_and(|code| !known(code)) {
            let unknown = "the vocabulary has no such role of a person in a case";
            return Err(refuse("unknown_word", 422, unknown));
        }
        let today = self.clock.now().date();
        let standing = self.governing.standing();
        let in_force = standing.bundle.version;
        let version = asked.version.unwrap_or(in_force);
        let policy = if version == in_force {
            Arc::clone(&standing.policy)
        } else {
            let text = self.text_of(Some(version))?;
            self.policy_asked(Some(text.rules), today).await?
        };
        let drafted = match asked.beside {
            Some(beside) => Some(self.drafted(person, beside, today).await?),
            None => None,
        };
        let until = policy.until();
        let narrowed = Narrowed {
            priority: asked.priority.map(|priority| priority.to_string()),
            subject: asked.subject.map(|code| code.to_string()),
        };
        let vocabulary = self.governing.ground.vocabulary.clone();
        let worked_out = in_turn(move || {
            let cells = |policy: &PolicySet| Cells::of(policy, &vocabulary, &narrowed, today);
            let beside = drafted.map(|draft| match draft {
                Ok(policy) => Drafted::Cells(cells(&policy)),
                Err(wrong) => Drafted::Wrong(wrong),
            });
            (cells(&policy), beside)
        });
        let (cells, beside) = worked_out.await?;
        Ok(PolicyMatrix {
            version,
            in_force,
            since: (version == in_force).then_some(standing.since),
            until,
            cells,
            beside,
        })
    }

    /// The policy of rules that are not in force, or every mistake in them.
    async fn drafted(
        &self,
        person: &Person,
        beside: Beside,
        today: Date,
    ) -> Result<Result<Arc<PolicySet>, Vec<String>>, ExchangeError> {
        let rules = match beside {
            Beside::Proposal(version) => self.text_of(Some(version))?.rules,
            Beside::Sketch => self.policy_sketch(person)?.rules,
        };
        match self.policy_asked(Some(rules), today).await {
            Ok(policy) => Ok(Ok(policy)),
            Err(ExchangeError::Policy(error)) => {
                Ok(Err(error.to_string().lines().map(str::to_owned).collect()))
            }
            Err(error) => Err(error),
        }
    }
}
