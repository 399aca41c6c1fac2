//! The smallest changes of circumstances that would release more or less, found by trying them all.

use std::cmp::Ordering;

use serde::Serialize;
use stile_model::code::Rung;
use utoipa::ToSchema;

use super::Asking;
use crate::cells::EVERYTHING;
use crate::decide::Decision;
use crate::phrases;
use crate::space::{DIMENSIONS, NAMES, Point};

/// Most changes of two circumstances that are told, those that release most first.
const PAIRS_MAX: usize = 8;

/// What a change of circumstances does to what is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExplainedEffect {
    /// More is released, at once or after approval, and nothing less.
    More,
    /// More in one way, less in the other.
    Both,
    /// Less is released.
    Less,
}

impl ExplainedEffect {
    /// The word in front of a change.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Both => "more and less",
            Self::Less => "less",
            Self::More => "more",
        }
    }
}

/// A change of one or two circumstances, and what would be said then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExplainedChange {
    /// Whether more or less would be released.
    pub effect: ExplainedEffect,
    /// What would be otherwise, one clause each: `the case were rated red or amber`.
    pub conditions: Vec<String>,
    /// Released at once then.
    pub auto: Rung,
    /// Released once the approvers agree, then.
    pub approved: Rung,
    /// What would be said then, in plain English.
    pub ruling: String,
}

/// Words of some dimensions in place of those asked.
type Steps = Vec<(usize, Vec<usize>)>;

impl Asking<'_> {
    /// Every single change that releases more or less; if none releases more, pairs that do.
    pub(super) fn changes(&self, now: &Decision) -> Vec<ExplainedChange> {
        let mut changes = self.singles(now);
        if !changes
            .iter()
            .any(|change| change.effect == ExplainedEffect::More)
        {
            changes.extend(self.pairs(now));
        }
        changes.sort_by_key(|change| {
            let reach = std::cmp::Reverse((change.auto, change.approved));
            (change.effect, change.conditions.len(), reach)
        });
        changes
    }

    fn singles(&self, now: &Decision) -> Vec<ExplainedChange> {
        let mut changes = Vec::new();
        for (n, dimension) in self.policy.space().dimensions.iter().enumerate() {
            // Words with the same ruling are told together.
            let mut found: Vec<(Decision, Vec<usize>)> = Vec::new();
            for word in 0..dimension.len() {
                let then = self.decide(&[(n, word)]);
                if effect(now, &then).is_none() {
                    continue;
                }
                let alike = found.iter_mut().find(|(known, _)| {
                    (known.auto, known.approved, &known.approvers)
                        == (then.auto, then.approved, &then.approvers)
                });
                match alike {
                    Some((_, words)) => words.push(word),
                    None => found.push((then, vec![word])),
                }
            }
            let told = found
                .into_iter()
                .filter_map(|(then, words)| self.change(now, &then, &vec![(n, words)]));
            changes.extend(told);
        }
        changes
    }

    /// Pairs of changes that release more, by classes of words that no rule tells apart.
    fn pairs(&self, now: &Decision) -> Vec<ExplainedChange> {
        let classes: Vec<Vec<Vec<usize>>> = (0..DIMENSIONS).map(|n| self.classes(n)).collect();
        let mut changes = Vec::new();
        for (n, one) in classes.iter().enumerate() {
            for (m, other) in classes.iter().enumerate().skip(n + 1) {
                for (first, second) in one.iter().flat_map(|a| other.iter().map(move |b| (a, b))) {
                    let steps = [(n, first.first()), (m, second.first())];
                    let steps: Vec<(usize, usize)> = steps
                        .into_iter()
                        .filter_map(|(n, word)| Some((n, *word?)))
                        .collect();
                    let then = self.decide(&steps);
                    if effect(now, &then) == Some(ExplainedEffect::More) {
                        let steps = vec![(n, first.clone()), (m, second.clone())];
                        changes.extend(self.change(now, &then, &steps));
                    }
                }
            }
        }
        changes.sort_by_key(|change| std::cmp::Reverse((change.auto, change.approved)));
        changes.truncate(PAIRS_MAX);
        changes
    }

    /// The classes of words of dimension `n` that do not hold the word asked.
    fn classes(&self, n: usize) -> Vec<Vec<usize>> {
        let field = self.point.field;
        let cells = self
            .ground
            .cells(field, None, &EVERYTHING, &self.point.words);
        let len = self.policy.space().dimensions.get(n).map_or(0, Vec::len);
        let all: Vec<usize> = (0..len).collect();
        cells
            .representatives(n)
            .iter()
            .skip(1)
            .map(|stands| {
                let alike = |word: &&usize| self.ground.alike(field, n, *stands, **word);
                all.iter().filter(alike).copied().collect()
            })
            .collect()
    }

    fn decide(&self, steps: &[(usize, usize)]) -> Decision {
        let mut point: Point = self.point;
        for (n, word) in steps {
            if let Some(place) = point.words.get_mut(*n) {
                *place = *word;
            }
        }
        self.policy.evaluator().decide(&point, self.on)
    }

    fn change(&self, now: &Decision, then: &Decision, steps: &Steps) -> Option<ExplainedChange> {
        let dimensions = &self.policy.space().dimensions;
        let clause = |(n, words): &(usize, Vec<usize>)| {
            let dimension = dimensions.get(*n)?;
            let words: Vec<&str> = words
                .iter()
                .filter_map(|word| dimension.get(*word))
                .map(String::as_str)
                .collect();
            Some(phrases::clause(self.vocabulary, NAMES.get(*n)?, &words))
        };
        Some(ExplainedChange {
            effect: effect(now, then)?,
            conditions: steps.iter().filter_map(clause).collect(),
            auto: then.auto,
            approved: then.approved,
            ruling: phrases::ruling(self.vocabulary, self.kind(), then),
        })
    }
}

/// What moving from `now` to `then` does; `None` where as much is released.
fn effect(now: &Decision, then: &Decision) -> Option<ExplainedEffect> {
    match (then.auto.cmp(&now.auto), then.approved.cmp(&now.approved)) {
        (Ordering::Equal, Ordering::Equal) => None,
        (Ordering::Less, Ordering::Greater) | (Ordering::Greater, Ordering::Less) => {
            Some(ExplainedEffect::Both)
        }
        (Ordering::Greater, _) | (_, Ordering::Greater) => Some(ExplainedEffect::More),
        (Ordering::Less, _) | (_, Ordering::Less) => Some(ExplainedEffect::Less),
    }
}
