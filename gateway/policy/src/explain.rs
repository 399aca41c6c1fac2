//! Why policy says what it says to one question, and what would change it.
//!
//! For two readers. The holder of the information reads everything: the rules that apply, which of
//! them decide, which nearly apply, and which change of circumstances would release more or less.
//! The requester reads the purpose, and the reason for withholding as the vocabulary words it: the
//! same to the letter whether no rule speaks, the field is sealed, or its existence is closed.

mod applied;
mod change;
mod imagined;
mod nearly;
mod requester;

use std::fmt::Write as _;

use serde::Serialize;
use stile_model::code::{Existence, Rung};
use stile_model::id::{Code, FieldId, RuleId};
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use utoipa::ToSchema;

pub use self::change::{ExplainedChange, ExplainedEffect};
pub use self::imagined::{Imagined, Known};
pub use self::requester::ForRequester;
use crate::cells::Ground;
use crate::decide::Question;
use crate::phrases;
use crate::set::PolicySet;
use crate::space::Point;

/// A rule that applies to the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Applied {
    /// The rule.
    pub rule: RuleId,
    /// It is one of those that decide: the widest grant, what is asked, or a cap that binds.
    pub decides: bool,
    /// What it contributes here.
    pub contributes: String,
    /// The rule as a sentence.
    pub says: String,
    /// Its ground.
    pub why: String,
}

/// A rule that speaks of the field and does not apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Nearly {
    /// The rule.
    pub rule: RuleId,
    /// What would have to be otherwise: `the case were rated red or amber`.
    pub missing: Vec<String>,
    /// The rule as a sentence.
    pub says: String,
}

/// Everything the holder may read of one ruling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Trace {
    /// The field.
    pub field: FieldId,
    /// The question in plain English.
    pub asked: String,
    /// As of which day.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// Released at once.
    pub auto: Rung,
    /// Released once the approvers agree.
    pub approved: Rung,
    /// Who must agree.
    pub approvers: Vec<Code>,
    /// One of them is enough.
    pub any_of: bool,
    /// Not even its existence may be shown.
    pub sealed: bool,
    /// The category's existence is closed: no record, withheld and sealed look alike.
    pub closed: bool,
    /// Why no more than `auto` is said.
    pub withhold: Code,
    /// The ruling in plain English.
    pub ruling: String,
    /// The rules that apply, those that decide first.
    pub applied: Vec<Applied>,
    /// The grants that come nearest to applying, and the caps that one change would bring in.
    pub nearly: Vec<Nearly>,
    /// The smallest changes of circumstances that would release more or less.
    pub changes: Vec<ExplainedChange>,
    /// What the requester may be told.
    pub requester: ForRequester,
}

/// Explains the ruling on `question` as of `on`. The answer is for the holder of the information;
/// only its [`Trace::requester`] may be shown to whoever asks.
pub fn explain(
    policy: &PolicySet,
    vocabulary: &Vocabulary,
    question: &Question<'_>,
    on: Date,
) -> Trace {
    let point = policy.space().point(question);
    let decision = policy.evaluator().decide(&point, on);
    let asking = Asking {
        ground: Ground::of(policy),
        policy,
        vocabulary,
        point,
        on,
    };
    let kind = vocabulary.field(question.field).map(|field| field.kind);
    Trace {
        field: question.field.clone(),
        asked: phrases::question(vocabulary, policy.space(), &point),
        on,
        ruling: phrases::ruling(vocabulary, kind, &decision),
        applied: asking.applied(&decision),
        nearly: asking.nearly(),
        changes: asking.changes(&decision),
        requester: asking.requester(question),
        auto: decision.auto,
        approved: decision.approved,
        approvers: decision.approvers.roles,
        any_of: decision.approvers.any_of,
        sealed: decision.sealed,
        closed: policy.existence(&question.field.category()) == Existence::Closed,
        withhold: decision.withhold,
    }
}

/// One question to one policy.
struct Asking<'a> {
    policy: &'a PolicySet,
    ground: Ground<'a>,
    vocabulary: &'a Vocabulary,
    point: Point,
    on: Date,
}

impl Trace {
    /// The whole trace in plain English, for the holder only.
    pub fn plain_english(&self) -> String {
        let mut text = format!(
            "Asked:  {}, on {}.\nRuling: {}.\n",
            self.asked, self.on, self.ruling
        );
        if self.closed {
            text.push_str("Whether anything is held is closed: the hub is not told it from this category unless a rule releases something at once.\n");
        }
        text.push_str("\nRules that apply:\n");
        for applied in &self.applied {
            let mark = if applied.decides {
                "decides"
            } else {
                "applies"
            };
            let _ = writeln!(
                text,
                "  {mark}  {}: {}\n           {} ({})",
                applied.rule, applied.contributes, applied.says, applied.why
            );
        }
        if self.applied.is_empty() {
            text.push_str("  none; what no rule lets out is withheld\n");
        }
        if !self.nearly.is_empty() {
            text.push_str("\nRules that nearly apply:\n");
        }
        for nearly in &self.nearly {
            let _ = writeln!(
                text,
                "  {} would apply if {}.\n           {}",
                nearly.rule,
                nearly.missing.join(" and "),
                nearly.says
            );
        }
        text.push_str("\nWhat would change it:\n");
        for change in &self.changes {
            let _ = writeln!(
                text,
                "  {}: if {}: {}",
                change.effect.as_str(),
                change.conditions.join(" and "),
                change.ruling
            );
        }
        if !self
            .changes
            .iter()
            .any(|change| change.effect != ExplainedEffect::Less)
        {
            text.push_str(
                "  no change of one or two circumstances would release more; that takes a change of the rules\n",
            );
        }
        let _ = write!(
            text,
            "\nWhat the requester may be told:\n{}",
            self.requester.plain_english()
        );
        text
    }
}

#[cfg(test)]
mod tests;
