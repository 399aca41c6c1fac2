//! One agency's sharing rules: what may be said, to whom, for which purpose, and who must agree.
//!
//! **Does:** reads `rules.toml` strictly, rules on one field of one question, publishes the same
//! rules as a Casbin model and policy and in plain English, and refuses to activate a policy unless
//! Casbin and the evaluator that serves decisions give the same answers.
//!
//! **Leaves to others:** signatures, agreements and dates of membership (`exchange`), the flags of
//! single records, turning a rung into a value (`product`), and recording (`ledger`).
//!
//! **Format:**
//!
//! ```text
//! auto     = min(max share,             never_above, ask_above, seal = none)
//! approved = min(max(share, ask),       never_above,            seal = none)
//! ```
//!
//! The order of rules never matters; adding a grant (`share`, `ask`) never reduces and adding a cap
//! (`never_above`, `ask_above`, `seal`) never increases what is disclosed; a value that is not known
//! joins every cap and no conditioned grant; no rule means nothing.
//!
//! **Source:** Casbin's PERM model with the stock allow-and-deny effect (`model.conf` beside each
//! `rules.toml`); Children Act 2004 s.16LA ("if and only so far as") for the default to withhold.

mod agree;
mod analyse;
mod bitset;
mod cases;
mod cells;
mod decide;
mod engine;
mod english;
mod error;
mod explain;
mod finding;
mod fmt;
mod ladder;
mod lint;
mod mask;
mod mutate;
mod opinion;
mod outcome;
mod panel;
mod past;
mod phrases;
mod publish;
mod read;
mod record;
mod replay;
mod report;
mod review;
mod rules;
mod set;
mod sheet;
mod space;
mod spelling;
mod withholding;
mod witness;
mod yardstick;

pub use analyse::{
    Access, Analysis, Answer, CellWord, Change, Condition, Diff, Effect, Fate, FieldRange, Matrix,
    MatrixCell, MatrixRow, Narrowed, Reach, RuleChange, Setting, WhoCan, analyse, diff, matrix,
    who_can,
};
pub use cases::{CaseChanges, CaseResult, Cases, case_changes};
pub use decide::{Approvers, Decision, Question};
pub use english::RuleSays;
pub use error::PolicyError;
pub use explain::{
    Applied, ExplainedChange, ExplainedEffect, ForRequester, Imagined, Known, Nearly, Trace,
    explain,
};
pub use finding::{Finding, Severity, locate};
pub use fmt::{format_cases, format_rules, is_cases};
pub use lint::lint;
pub use opinion::{Example, SecondOpinion, Spot};
pub use outcome::Outcome;
pub use past::{PastEnquiry, PastRuling, PastSubject, bands_asked, rulings};
pub use read::parse_rules;
pub use record::{
    AskedAbout, Decided, Decider, DecisionRecord, DecisionRequest, Holding, OfficerRole, Parties,
    RecordGap, RuleGround,
};
pub use replay::{ChangedEnquiry, ChangedExistence, ChangedField, Replay, Said, replay};
pub use report::{Coverage, Depth, Gap, Mutation, Survivor, TestReport};
pub use review::{ApprovalResult, Log, PastApproval, Review, RuleUse, Suggestion, review};
pub use rules::{Rule, Rules, Target, Verb, When};
pub use set::PolicySet;
pub use sheet::{Imported, export_rules, import_rules, read_table};
pub use withholding::withholding;
pub use yardstick::{Asked, Yardstick};

#[cfg(test)]
mod laws;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod traps;
