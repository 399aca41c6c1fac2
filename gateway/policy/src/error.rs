//! Why a policy cannot be used.

/// Why a policy is not in force. Whatever was in force before stays so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The rules are written for another kind of agency than this gateway serves.
    #[error("`{name}` holds rules for `{written}`, but this agency is of kind `{wanted}`")]
    Agency {
        /// The file.
        name: String,
        /// The kind this gateway serves.
        wanted: String,
        /// The kind the file names.
        written: String,
    },
    /// A file of scenario cases cannot be read, or a ruling is not the one expected.
    #[error("{}", .problems.join("\n"))]
    Cases {
        /// One line each.
        problems: Vec<String>,
    },
    /// Casbin answers otherwise than the evaluator; the policy must not be activated.
    #[error(
        "casbin and the evaluator disagree on {question}: casbin says {casbin}; do not activate, report it"
    )]
    Disagreement {
        /// The question, in coded words.
        question: String,
        /// Casbin's answer.
        casbin: String,
    },
    /// Casbin could not load or evaluate the published text.
    #[error("casbin cannot use the published policy: {reason}")]
    Engine {
        /// What Casbin said.
        reason: String,
    },
    /// The published policy text is not in the one form that every Casbin reads alike.
    #[error("policy.csv:{line}: {reason}; publish it again from rules.toml")]
    Published {
        /// Line in the text, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// An imagined question uses words that the vocabulary does not have.
    #[error("{}", .problems.join("\n"))]
    Question {
        /// One line each: what is wrong and what is allowed.
        problems: Vec<String>,
    },
    /// The rules file is wrong; every mistake found is listed.
    #[error("{}", .problems.join("\n"))]
    Rules {
        /// One line each: `file:line:column: what is wrong and what is allowed`.
        problems: Vec<String>,
    },
}
