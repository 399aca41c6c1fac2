//! The bench on which changes of a rule are tried against the cases that pass.

use stile_model::time::Date;

use crate::cases::{Case, CaseResult, Cases, Choice, Judge};
use crate::decide::Decision;
use crate::mask::{Evaluator, fits};
use crate::mutate::{Mutant, Reach, mutants};
use crate::rules::{Rule, Rules};
use crate::space::{DIMENSIONS, Point, RECENCY};

/// Most ways to mend a case that are told.
const FIXES_MAX: usize = 3;

/// A policy, its cases, and which of them pass.
pub(super) struct Bench<'a> {
    pub judge: &'a Judge<'a>,
    /// The cases that pass: only these can notice anything.
    pub passing: Vec<&'a Case>,
    failing: Vec<(usize, &'a Case)>,
    /// What the file's `[given]` writes.
    pub given: &'a [Option<Choice>; DIMENSIONS],
    /// The policy's own settings, without its rules.
    head: Rules,
    /// The day on which changes are compared: today, or the last day the policy is in force.
    pub on: Date,
}

/// A policy with one rule changed, on the fields that the change can reach.
pub(super) struct Trial {
    evaluator: Evaluator,
    /// Where the changed rule applies; told apart besides what the rules tell apart.
    masks: [u64; DIMENSIONS],
    /// Where the rule applies before or after the change.
    within: [u64; DIMENSIONS],
    fields: Vec<usize>,
    /// Of the fields, those that the rule as changed speaks of.
    spoken: Vec<usize>,
}

impl Trial {
    /// What policy would say after the change; asked only about fields that it can reach.
    pub fn decide(&self, point: &Point, on: Date) -> Decision {
        self.evaluator.decide(point, on)
    }

    /// Can the change reach this field?
    pub fn reaches(&self, field: usize) -> bool {
        self.fields.contains(&field)
    }
}

/// Are two decisions the same in everything an officer sees?
pub(super) fn same(one: &Decision, other: &Decision) -> bool {
    one.auto == other.auto
        && one.approved == other.approved
        && one.approvers == other.approvers
        && one.sealed == other.sealed
        && one.withhold == other.withhold
}

impl<'a> Bench<'a> {
    pub fn new(judge: &'a Judge<'a>, cases: &'a Cases, results: &[CaseResult]) -> Self {
        let all = || cases.all().iter().zip(results).enumerate();
        let mut head = judge.set.rules().clone();
        head.rules.clear();
        Self {
            judge,
            head,
            given: cases.given(),
            passing: all()
                .filter(|(_, (_, result))| result.passed)
                .map(|(_, (case, _))| case)
                .collect(),
            failing: all()
                .filter(|(_, (_, result))| !result.passed)
                .map(|(n, (case, _))| (n, case))
                .collect(),
            on: judge.set.last_served(judge.today()),
        }
    }

    /// The policy with the mutant in place of its rule.
    pub fn trial(&self, mutant: &Mutant) -> Trial {
        let set = self.judge.set;
        let space = self.judge.ground.space();
        let rules = set.rules();
        let old = rules.rules.get(mutant.place);
        let both: Vec<&Rule> = old.into_iter().chain(&mutant.rule).collect();
        let spoken_by = |rules: &[&Rule]| -> Vec<usize> {
            let places = space.fields.iter().enumerate();
            places
                .filter(|(_, field)| rules.iter().any(|rule| fits(rule, field)))
                .map(|(place, _)| place)
                .collect()
        };
        let fields = spoken_by(&both);
        let spoken = mutant
            .rule
            .as_ref()
            .map_or(Vec::new(), |rule| spoken_by(&[rule]));
        let mut changed: Vec<Rule> = Vec::new();
        for (place, rule) in rules.rules.iter().enumerate() {
            if place == mutant.place {
                changed.extend(mutant.rule.clone());
            } else if fields.iter().any(|field| self.speaks(*field, place)) {
                changed.push(rule.clone());
            }
        }
        let masks_of = |rule: &&Rule| space.masks(rule);
        let mut within = [0; DIMENSIONS];
        for masks in both.iter().map(masks_of) {
            for (sum, mask) in within.iter_mut().zip(masks) {
                *sum |= mask;
            }
        }
        // A grant also says why an older event is withheld: the window is looked at as a whole.
        if let Some(recency) = within.get_mut(RECENCY) {
            *recency = u64::MAX;
        }
        let altered = Rules {
            rules: changed,
            ..self.head.clone()
        };
        Trial {
            evaluator: set.evaluator().altered(&altered, space),
            masks: both.last().map_or([u64::MAX; DIMENSIONS], masks_of),
            within,
            fields,
            spoken,
        }
    }

    fn speaks(&self, field: usize, rule: usize) -> bool {
        self.judge.ground.speaking(Some(field)).contains(&rule)
    }

    /// The first question on which the change makes a difference, exactly: `None` means that it
    /// makes none on any question. The words of `first` are tried first.
    pub fn difference(
        &self,
        trial: &Trial,
        first: &[usize; DIMENSIONS],
    ) -> Option<(Point, Decision, Decision)> {
        let ground = &self.judge.ground;
        // Fields that the same rules speak of are ruled on alike.
        let mut seen: Vec<(&[usize], bool)> = Vec::new();
        trial.fields.iter().find_map(|field| {
            let rules = ground.speaking(Some(*field));
            let class = (rules, trial.spoken.contains(field));
            if seen.contains(&class) {
                return None;
            }
            seen.push(class);
            let cells = ground.cells(Some(*field), Some(&trial.masks), &trial.within, first);
            cells.points().find_map(|point| self.differs(trial, &point))
        })
    }

    /// Both decisions on a question, where the change makes a difference to it.
    pub fn differs(&self, trial: &Trial, point: &Point) -> Option<(Point, Decision, Decision)> {
        let now = self.judge.set.evaluator().decide(point, self.on);
        let then = trial.evaluator.decide(point, self.on);
        (!same(&now, &then)).then_some((*point, now, then))
    }

    /// Does one of the cases that pass fail after the change?
    pub fn notices(&self, trial: &Trial) -> bool {
        self.passing.iter().any(|case| !self.holds(case, trial))
    }

    /// Does the case hold after the change, on the fields that the change can reach?
    fn holds(&self, case: &Case, trial: &Trial) -> bool {
        let (within, first) = self.judge.asked(case);
        let ground = &self.judge.ground;
        let mut reached = case
            .fields
            .iter()
            .filter_map(|field| ground.space().place(field))
            .filter(|place| trial.fields.contains(place));
        reached.all(|place| {
            let cells = ground.cells(Some(place), Some(&trial.masks), &within, &first);
            self.judge.unmet(case, &cells, &trial.evaluator).is_none()
        })
    }

    /// Does the case, failing now, pass after the change?
    fn mends(&self, case: &Case, trial: &Trial) -> bool {
        let space = self.judge.ground.space();
        let reached = |field| {
            let place = space.place(field);
            place.is_some_and(|place| trial.fields.contains(&place))
        };
        // A change that reaches only some of the fields must mend the whole case to be told.
        case.fields.iter().all(reached) && self.holds(case, trial)
    }

    /// Tells each failing case the single changes that would mend it and break no other.
    pub fn mend(&self, results: &mut [CaseResult]) {
        if self.failing.is_empty() {
            return;
        }
        let rules = self.judge.set.rules();
        for place in 0..rules.rules.len() {
            for mutant in mutants(rules, place, self.judge.vocabulary(), Reach::Every) {
                let trial = self.trial(&mutant);
                for (n, case) in &self.failing {
                    let Some(result) = results.get_mut(*n) else {
                        continue;
                    };
                    if result.fixes.len() < FIXES_MAX
                        && self.mends(case, &trial)
                        && !self.notices(&trial)
                    {
                        result.fixes.push(format!("{} {}", mutant.id, mutant.words));
                    }
                }
            }
        }
    }
}
