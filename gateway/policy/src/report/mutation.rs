//! How many small changes of the rules the cases would notice.

use std::fmt::Write as _;

use serde::Serialize;
use stile_model::id::RuleId;
use utoipa::ToSchema;

use super::boundary;
use super::suggest;
use super::trial::Bench;
use crate::cases::Choice;
use crate::decide::Decision;
use crate::mutate::{Mutant, Reach, mutants};
use crate::phrases;
use crate::space::{DIMENSIONS, Point};

/// How many small changes of single rules are noticed. Changes that make no difference to any
/// question are not counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mutation {
    /// Changes that make a difference to some question.
    pub changes: usize,
    /// Of them, those after which some case fails.
    pub noticed_by_cases: usize,
    /// Of them, those that show when the generated boundary questions are put to the rules before
    /// and after the change. Nothing puts them by itself: cases are what is tried at every proposal.
    pub noticed_at_boundaries: usize,
    /// Of them, those that cases or boundary questions notice.
    pub noticed_by_either: usize,
    /// How many boundary questions were generated.
    pub boundary_questions: usize,
    /// The changes that no case notices, by the case that would.
    pub unnoticed: Vec<Gap>,
}

/// A question that no case asks, and the changes that a case asking it would notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CaseGap)]
pub struct Gap {
    /// The question, in plain English.
    pub asked: String,
    /// What policy says to it now, in plain English.
    pub now: String,
    /// The case to paste, if what policy says now is right.
    pub case: String,
    /// What may go wrong unnoticed.
    pub changes: Vec<Survivor>,
}

/// A change that no case notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Survivor {
    /// The rule changed.
    pub rule: RuleId,
    /// The change, after the rule's name.
    pub change: String,
    /// What policy would say after the change, in plain English.
    pub then: String,
}

impl Mutation {
    pub(super) fn of(bench: &Bench<'_>, progress: &mut dyn FnMut(usize, usize)) -> Self {
        let rules = bench.judge.set.rules();
        let all = rules.rules.len();
        let boundary = boundary::Table::of(bench);
        let first = usual(bench);
        let mut points: Vec<Point> = Vec::new();
        let mut score = Self {
            changes: 0,
            noticed_by_cases: 0,
            noticed_at_boundaries: 0,
            noticed_by_either: 0,
            boundary_questions: boundary.count(),
            unnoticed: Vec::new(),
        };
        for place in 0..all {
            for mutant in mutants(rules, place, bench.judge.vocabulary(), Reach::Next) {
                let trial = bench.trial(&mutant);
                let Some((point, now, then)) = bench.difference(&trial, &first) else {
                    continue;
                };
                let by_cases = bench.notices(&trial);
                let at_boundary = boundary.notices(bench, &trial);
                score.changes += 1;
                score.noticed_by_cases += usize::from(by_cases);
                score.noticed_at_boundaries += usize::from(at_boundary);
                score.noticed_by_either += usize::from(by_cases || at_boundary);
                if !by_cases {
                    let mut known = points.iter().enumerate();
                    // A question already proposed may notice this change too.
                    let above = known.find_map(|(n, known)| {
                        known.field.filter(|field| trial.reaches(*field))?;
                        Some((n, bench.differs(&trial, known)?.2))
                    });
                    let (n, then) = above.unwrap_or_else(|| {
                        score.unnoticed.push(gap(bench, &mutant, &point, &now));
                        points.push(point);
                        (points.len() - 1, then)
                    });
                    let kind = points.get(n).and_then(|point| bench.judge.kind(point));
                    if let Some(gap) = score.unnoticed.get_mut(n) {
                        gap.changes.push(Survivor {
                            rule: mutant.id,
                            change: mutant.words,
                            then: phrases::ruling(bench.judge.vocabulary(), kind, &then),
                        });
                    }
                }
            }
            progress(place + 1, all);
        }
        score
    }

    /// Percentage of changes that the cases notice, from 0 to 100; 100 where there is none.
    pub fn by_cases(&self) -> f64 {
        percent(self.noticed_by_cases, self.changes)
    }

    /// Percentage of changes that cases or boundary questions notice, from 0 to 100; 100 where
    /// there is none.
    pub fn by_either(&self) -> f64 {
        percent(self.noticed_by_either, self.changes)
    }

    /// The cases that would notice what no case notices now, ready to paste; each states what
    /// policy says today, which a person must judge.
    pub fn suggested(&self) -> String {
        let cases: Vec<&str> = self.unnoticed.iter().map(|gap| gap.case.as_str()).collect();
        cases.join("\n")
    }

    /// The score in plain English, with every change that no case notices.
    pub fn plain_english(&self) -> String {
        let mut text = format!(
            "Of {} small changes to single rules, the cases notice {} ({:.1} %).\nWith {} generated boundary questions as well, {} are noticed ({:.1} %).\n",
            self.changes,
            self.noticed_by_cases,
            self.by_cases(),
            self.boundary_questions,
            self.noticed_by_either,
            self.by_either(),
        );
        for gap in &self.unnoticed {
            text.push('\n');
            for change in &gap.changes {
                let _ = writeln!(
                    text,
                    "No case notices when {} {}.",
                    change.rule, change.change
                );
            }
            let _ = write!(text, "  Asked: {}\n  Now:   {}\n", gap.asked, gap.now);
            if let Some(first) = gap.changes.first() {
                let _ = writeln!(text, "  Then:  {}", first.then);
            }
            let _ = write!(
                text,
                "  If what policy says now is right, add:\n\n{}",
                gap.case
            );
        }
        text
    }
}

fn gap(bench: &Bench<'_>, mutant: &Mutant, point: &Point, now: &Decision) -> Gap {
    let judge = bench.judge;
    Gap {
        asked: phrases::question(judge.vocabulary(), judge.ground.space(), point),
        now: phrases::ruling(judge.vocabulary(), judge.kind(point), now),
        case: suggest::case(bench, mutant, point, now),
        changes: Vec::new(),
    }
}

/// The words of most cases, so that a suggested case reads like those beside it.
fn usual(bench: &Bench<'_>) -> [usize; DIMENSIONS] {
    let space = bench.judge.ground.space();
    let mut usual = [0; DIMENSIONS];
    for (n, usual) in usual.iter_mut().enumerate() {
        let mut counts: Vec<usize> = vec![0; space.dimensions.get(n).map_or(0, Vec::len)];
        for case in &bench.passing {
            if let Some(Choice::Words(words)) = case.choices.get(n)
                && let [word] = words.as_slice()
                && let Some(count) = counts.get_mut(space.word(n, word))
            {
                *count += 1;
            }
        }
        *usual = counts
            .iter()
            .enumerate()
            .max_by_key(|(place, count)| (**count, usize::MAX - place))
            .map_or(0, |(place, _)| place);
    }
    usual
}

fn percent(part: usize, whole: usize) -> f64 {
    let number = |count: usize| u32::try_from(count).map_or(f64::from(u32::MAX), f64::from);
    if whole == 0 {
        100.0
    } else {
        100.0 * number(part) / number(whole)
    }
}
