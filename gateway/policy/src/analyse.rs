//! Exact questions over everything that can be asked: what changes, who can see what, which rules
//! never matter.
//!
//! The space of questions is finite. [`sweep`] goes through all of it, once for each class of
//! questions that no rule tells apart; nothing is sampled, so "never" means never.

mod answer;
mod axes;
mod bits;
mod diff;
mod effect;
mod effort;
mod findings;
mod matrix;
mod rows;
mod settings;
mod study;
mod sweep;
#[cfg(test)]
mod tests;
mod who;
mod words;

pub use answer::Answer;
pub use diff::{Change, Diff, Fate, RuleChange, diff};
pub use effect::Effect;
pub(crate) use effect::{Told, effect};
pub use findings::{Analysis, analyse};
pub use matrix::{CellWord, FieldRange, Matrix, MatrixCell, MatrixRow, Narrowed, matrix};
pub use settings::Setting;
pub use study::Reach;
pub use who::{Access, WhoCan, who_can};
pub use words::Condition;
