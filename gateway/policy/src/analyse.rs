//! Exact questions over everything that can be asked: what changes, who can see what, which rules
//! never matter.
//!
//! The space of questions is finite. [`sweep`] goes through all of it, once for each class of
//! questions that no rule tells apart; nothing is sampled, so "never" means never.

mod axes;
mod bits;
mod diff;
mod effect;
mod outcome;
mod rows;
mod settings;
mod sweep;
#[cfg(test)]
mod tests;
mod words;

pub use diff::{Change, Diff, Fate, RuleChange, diff};
pub use effect::Effect;
pub use outcome::Outcome;
pub use settings::Setting;
pub use words::Condition;
