//! One case put to policy: passed, or what was said instead.

use std::fmt::Write as _;

use serde::Serialize;
use stile_model::code::FieldKind;
use stile_model::id::{Code, RuleId};
use stile_model::place::Lines;
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use utoipa::ToSchema;

use super::{Case, Choice, Expected};
use crate::cells::{Cells, Ground};
use crate::decide::Decision;
use crate::mask::Evaluator;
use crate::phrases;
use crate::set::PolicySet;
use crate::space::{DIMENSIONS, Point, bit_of};

/// Most questions of one case, counting those that no rule tells apart once.
const QUESTIONS_MAX: usize = 1_000_000;

/// How one case went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CaseResult {
    /// The case's name.
    pub name: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
    /// Every question of it was ruled on as expected.
    pub passed: bool,
    /// How many questions it asks, counting those that no rule tells apart once.
    pub questions: usize,
    /// The first question ruled on otherwise, in plain English; of a passed case the first.
    pub asked: String,
    /// What was expected, in plain English.
    pub expected: String,
    /// What policy says to that question, in plain English.
    pub got: String,
    /// The rules by which it says so.
    pub rules: Vec<RuleId>,
    /// Of a failed case: single changes of a rule that would make it pass and break no other case.
    pub fixes: Vec<String>,
}

impl CaseResult {
    /// The result in plain English, ending in a line break.
    pub fn plain_english(&self) -> String {
        if self.passed {
            return format!("pass  {}\n", self.name);
        }
        let by: Vec<&str> = self.rules.iter().map(RuleId::as_str).collect();
        let mut text = format!(
            "FAIL  {} (line {})\n      asked:    {}\n      expected: {}\n      got:      {}\n      by:       {}\n",
            self.name,
            self.line,
            self.asked,
            self.expected,
            self.got,
            if by.is_empty() {
                "no rule".to_owned()
            } else {
                by.join(", ")
            }
        );
        for fix in &self.fixes {
            let _ = writeln!(
                text,
                "      it would pass, and no other case fail, if {fix}"
            );
        }
        if self.fixes.is_empty() {
            text.push_str(
                "      no small change of one rule would make it pass without breaking another case\n",
            );
        }
        text
    }

    /// The line of an error message.
    pub(super) fn problem(&self, file: &str) -> String {
        let by: Vec<&str> = self.rules.iter().map(RuleId::as_str).collect();
        let by = if by.is_empty() {
            "no rule".to_owned()
        } else {
            format!("rules {}", by.join(", "))
        };
        format!(
            "{file}:{}:{}: case `{}`: expected {}, but policy says {} by {by}, asked {}",
            self.line, self.column, self.name, self.expected, self.got, self.asked
        )
    }
}

/// Puts cases to a policy, or to what a change would make of it.
pub(crate) struct Judge<'a> {
    pub set: &'a PolicySet,
    pub ground: Ground<'a>,
    vocabulary: &'a Vocabulary,
    today: Date,
}

impl<'a> Judge<'a> {
    pub fn new(set: &'a PolicySet, vocabulary: &'a Vocabulary, today: Date) -> Self {
        Self {
            ground: Ground::of(set),
            set,
            vocabulary,
            today,
        }
    }

    pub fn on(&self, case: &Case) -> Date {
        case.on.unwrap_or(self.today)
    }

    pub const fn today(&self) -> Date {
        self.today
    }

    pub const fn vocabulary(&self) -> &'a Vocabulary {
        self.vocabulary
    }

    /// The questions of a case, field by field, told apart by the rules and by `extra`.
    pub fn cells(
        &self,
        case: &Case,
        extra: Option<&[u64; DIMENSIONS]>,
    ) -> impl Iterator<Item = Cells> {
        let space = self.ground.space();
        let (within, first) = self.asked(case);
        case.fields.iter().map(move |field| {
            self.ground
                .cells(space.place(field), extra, &within, &first)
        })
    }

    /// The words a case asks about as bits, and the first of each dimension.
    pub fn asked(&self, case: &Case) -> ([u64; DIMENSIONS], [usize; DIMENSIONS]) {
        let space = self.ground.space();
        let mut within = [0_u64; DIMENSIONS];
        let mut first = [0_usize; DIMENSIONS];
        for (n, ((mask, first), choice)) in within
            .iter_mut()
            .zip(&mut first)
            .zip(&case.choices)
            .enumerate()
        {
            match choice {
                Choice::Any => *mask = u64::MAX,
                Choice::Words(words) => {
                    let places = words.iter().map(|word| space.word(n, word));
                    *first = places.clone().next().unwrap_or_default();
                    *mask = places.fold(0, |mask, place| mask | bit_of(place));
                }
            }
        }
        (within, first)
    }

    /// The first question of the case that policy does not rule on as expected.
    fn failing(&self, case: &Case) -> Option<(Point, Decision)> {
        let evaluator = self.set.evaluator();
        self.cells(case, None)
            .find_map(|cells| self.unmet(case, &cells, evaluator))
    }

    /// The first of `cells` that `evaluator` does not rule on as the case expects.
    pub fn unmet(
        &self,
        case: &Case,
        cells: &Cells,
        evaluator: &Evaluator,
    ) -> Option<(Point, Decision)> {
        let on = self.on(case);
        cells.points().find_map(|point| {
            let decision = evaluator.decide(&point, on);
            (!case.expected.is_met(&decision)).then_some((point, decision))
        })
    }

    pub fn result(&self, case: &Case, lines: &Lines<'_>) -> CaseResult {
        let evaluator = self.set.evaluator();
        let questions = self
            .cells(case, None)
            .fold(0_usize, |sum, cells| sum.saturating_add(cells.count()));
        let place = lines.place(case.at);
        let mut result = CaseResult {
            name: case.name.clone(),
            line: place.line,
            column: place.column,
            passed: false,
            questions,
            asked: String::new(),
            expected: self.expected(case),
            got: String::new(),
            rules: Vec::new(),
            fixes: Vec::new(),
        };
        if questions > QUESTIONS_MAX {
            result.got = format!(
                "nothing: the case asks {questions} different questions, more than {QUESTIONS_MAX}; name fewer fields or words"
            );
            return result;
        }
        let failing = self.failing(case);
        result.passed = failing.is_none();
        let first = || {
            let point = self
                .cells(case, None)
                .find_map(|cells| cells.points().next())?;
            Some((point, evaluator.decide(&point, self.on(case))))
        };
        if let Some((point, decision)) = failing.or_else(first) {
            result.asked = self.question(case, &point);
            result.got = phrases::ruling(self.vocabulary, self.kind(&point), &decision);
            result.rules = decision.rules;
        }
        result
    }

    pub fn kind(&self, point: &Point) -> Option<FieldKind> {
        let place = point.field?;
        self.ground
            .space()
            .fields
            .get(place)
            .map(|field| field.kind)
    }

    fn question(&self, case: &Case, point: &Point) -> String {
        let text = phrases::question(self.vocabulary, self.ground.space(), point);
        match case.on {
            Some(on) => format!("{text}, on {on}"),
            None => text,
        }
    }

    fn expected(&self, case: &Case) -> String {
        let field = case.fields.first();
        let kind = field
            .and_then(|field| self.vocabulary.field(field))
            .map(|field| field.kind)
            .filter(|_| case.fields.len() == 1);
        match &case.expected {
            Expected::AtMost(rung) => format!(
                "at most {} (`{rung}`), whoever agrees",
                crate::ladder::meaning(*rung, kind)
            ),
            Expected::Exactly { sealed: true, .. } => {
                "sealed: not even that it exists may be shown".to_owned()
            }
            Expected::Exactly {
                auto,
                approved,
                approvers,
                withhold,
                ..
            } => {
                let text = phrases::outcome(self.vocabulary, kind, *auto, *approved, approvers);
                match withhold {
                    Some(code) => format!("{text}; no more because: `{code}`"),
                    None => text,
                }
            }
        }
    }
}

impl Expected {
    /// Is the decision the one expected?
    pub fn is_met(&self, decision: &Decision) -> bool {
        match self {
            Self::AtMost(rung) => decision.auto <= *rung && decision.approved <= *rung,
            Self::Exactly {
                auto,
                approved,
                approvers,
                sealed,
                withhold,
            } => {
                decision.auto == *auto
                    && decision.approved == *approved
                    && decision.approvers == *approvers
                    && decision.sealed == *sealed
                    && withhold
                        .as_ref()
                        .is_none_or(|code: &Code| code == &decision.withhold)
            }
        }
    }
}
