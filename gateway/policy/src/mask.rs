//! The evaluator that gives the grounds: per field the rules that speak of it, per rule a bit mask of
//! each dimension, gone through one by one.
//!
//! It knows nothing of Casbin nor of [`crate::bitset`], which serves; that all three agree is proved
//! at every activation ([`crate::agree`]).

mod approval;
mod reasons;

pub(crate) use reasons::Reasons;

use approval::{agreement, asking, best_share, giving};
use reasons::reason_of;
use stile_model::code::Rung;
use stile_model::id::{Code, RuleId};
use stile_model::time::Date;

use crate::decide::{Approvers, Decision};
use crate::rules::{Rule, Rules, Target, Verb};
use crate::space::{DIMENSIONS, Place, Point, RECENCY, Space, bit_of};

/// One rule, ready to match.
#[derive(Debug, Clone)]
struct Compiled {
    rule: Rule,
    masks: [u64; DIMENSIONS],
    code: Code,
}

/// The rules of one agency, ready to serve.
#[derive(Debug, Clone)]
pub(crate) struct Evaluator {
    reasons: Reasons,
    until: Option<Date>,
    compiled: Vec<Compiled>,
    /// For each field of the space, the places in `compiled` of the rules that speak of it.
    by_field: Vec<Vec<usize>>,
}

/// The ladder algebra over the rules that apply.
#[derive(Debug, Clone, Copy)]
struct Fold {
    share: Rung,
    ask: Rung,
    hard: Rung,
    soft: Rung,
    sealed: bool,
}

impl Fold {
    const START: Self = Self {
        share: Rung::None,
        ask: Rung::None,
        hard: Rung::Detail,
        soft: Rung::Detail,
        sealed: false,
    };

    fn with(self, rule: &Rule) -> Self {
        self.with_verb(rule.verb, rule.rung)
    }

    fn with_verb(mut self, verb: Verb, rung: Rung) -> Self {
        match verb {
            Verb::Ask => self.ask = self.ask.max(rung),
            Verb::AskAbove => self.soft = self.soft.min(rung),
            Verb::NeverAbove => self.hard = self.hard.min(rung),
            Verb::Seal => {
                self.hard = Rung::None;
                self.sealed = true;
            }
            Verb::Share => self.share = self.share.max(rung),
        }
        self
    }

    fn auto(self) -> Rung {
        self.share.min(self.hard).min(self.soft)
    }

    fn approved(self) -> Rung {
        self.share.max(self.ask).min(self.hard)
    }
}

impl Evaluator {
    pub fn new(rules: &Rules, space: &Space, reasons: Reasons) -> Self {
        let compiled: Vec<Compiled> = rules
            .rules
            .iter()
            .map(|rule| Compiled {
                masks: space.masks(rule),
                code: reason_of(rule, space, &reasons),
                rule: rule.clone(),
            })
            .collect();
        let by_field = space
            .fields
            .iter()
            .map(|field| {
                compiled
                    .iter()
                    .enumerate()
                    .filter(|(_, compiled)| fits(&compiled.rule, field))
                    .map(|(place, _)| place)
                    .collect()
            })
            .collect();
        Self {
            reasons,
            until: rules.until,
            compiled,
            by_field,
        }
    }

    /// The same with other rules: what a change of policy would rule.
    pub fn altered(&self, rules: &Rules, space: &Space) -> Self {
        Self::new(rules, space, self.reasons.clone())
    }

    /// The codes that the evaluator itself gives.
    pub const fn reasons(&self) -> &Reasons {
        &self.reasons
    }

    /// The code that each rule gives as a cap, in the order of the rules.
    pub fn codes(&self) -> impl Iterator<Item = &Code> {
        self.compiled.iter().map(|compiled| &compiled.code)
    }

    /// `(auto, approved)` if the rule at this place of the file had another rung, or were not there.
    pub fn rungs_if(
        &self,
        place: usize,
        rung: Option<Rung>,
        point: &Point,
        on: Date,
    ) -> (Rung, Rung) {
        let meant = self.compiled.get(place).map(|compiled| &compiled.rule.id);
        let fold = self
            .applying(point, on, false)
            .fold(Fold::START, |fold, compiled| {
                if Some(&compiled.rule.id) == meant {
                    rung.map_or(fold, |rung| fold.with_verb(compiled.rule.verb, rung))
                } else {
                    fold.with(&compiled.rule)
                }
            });
        (fold.auto(), fold.approved())
    }

    /// The reasons for withholding that these rules can give.
    pub fn reasons_given(&self) -> Vec<Code> {
        let caps = self
            .compiled
            .iter()
            .filter(|compiled| matches!(compiled.rule.verb, Verb::AskAbove | Verb::NeverAbove));
        let mut codes: Vec<Code> = caps.map(|compiled| compiled.code.clone()).collect();
        codes.push(self.reasons.no_rule.clone());
        let windowed = |compiled: &Compiled| compiled.rule.when.within.is_some();
        if self.compiled.iter().any(windowed) {
            codes.push(self.reasons.outside_window.clone());
        }
        codes.sort();
        codes.dedup();
        codes
    }

    /// `(auto, approved)` by the rules in force on `on`, whatever the file's own last day.
    pub fn rungs(&self, point: &Point, on: Date) -> (Rung, Rung) {
        let fold = self
            .applying(point, on, false)
            .fold(Fold::START, |fold, compiled| fold.with(&compiled.rule));
        (fold.auto(), fold.approved())
    }

    /// The whole decision.
    pub fn decide(&self, point: &Point, on: Date) -> Decision {
        let applying: Vec<&Compiled> = self.applying(point, on, false).collect();
        let fold = applying
            .iter()
            .fold(Fold::START, |fold, compiled| fold.with(&compiled.rule));
        if self.until.is_some_and(|until| on > until) {
            // Seals outlive the file: an expired policy must not reveal what a live one hid.
            return nothing(fold.sealed, self.reasons.policy_expired.clone(), &applying);
        }
        if fold.sealed {
            return nothing(true, self.reasons.no_rule.clone(), &applying);
        }
        let (auto, approved) = (fold.auto(), fold.approved());
        let asking = asking(&applying, fold);
        let best = best_share(&applying, fold);
        let granting = best.filter(|_| auto > Rung::None).cloned();
        let giving = giving(best, &asking, fold);
        let binding = binding(&applying, fold);
        let mut rules: Vec<RuleId> = granting.iter().chain(&giving).cloned().collect();
        rules.extend(asking.iter().map(|rule| rule.id.clone()));
        rules.extend(binding.iter().map(|c| c.rule.id.clone()));
        rules.sort();
        rules.dedup();
        Decision {
            auto,
            approved,
            approvers: agreement(&asking),
            sealed: false,
            granting,
            giving,
            asking: ids(asking.iter().copied()),
            withhold: self.reason(point, on, auto, &binding),
            rules,
        }
    }

    /// Every rule that serves decisions, with the withhold code it gives and that code's weight
    /// (the lower is told).
    pub fn served(&self) -> impl Iterator<Item = (&Rule, &Code, usize)> {
        self.compiled
            .iter()
            .map(|compiled| (&compiled.rule, &compiled.code, self.weight(&compiled.code)))
    }

    /// The withhold codes where no rule says anything, and where only newer events would be told.
    pub const fn defaults(&self) -> (&Code, &Code) {
        (&self.reasons.no_rule, &self.reasons.outside_window)
    }

    /// The places in the file of the rules that speak of a field of the space.
    pub fn speaking(&self, field: Option<usize>) -> &[usize] {
        let places = field.and_then(|field| self.by_field.get(field));
        places.map_or(&[], Vec::as_slice)
    }

    /// The bits on which the rule at this place of the file applies.
    pub fn masks_of(&self, place: usize) -> Option<&[u64; DIMENSIONS]> {
        self.compiled.get(place).map(|compiled| &compiled.masks)
    }

    /// The rules that apply to a question on `on`.
    pub fn rules_for<'a>(&'a self, point: &'a Point, on: Date) -> impl Iterator<Item = &'a Rule> {
        let applying = self.applying(point, on, false);
        applying.map(|compiled| &compiled.rule)
    }

    /// The rules that apply; with `any_time`, whatever the age of the event.
    fn applying<'a>(
        &'a self,
        point: &'a Point,
        on: Date,
        any_time: bool,
    ) -> impl Iterator<Item = &'a Compiled> {
        self.speaking(point.field)
            .iter()
            .filter_map(|place| self.compiled.get(*place))
            .filter(move |compiled| compiled.rule.in_force(on))
            .filter(move |compiled| {
                compiled
                    .masks
                    .iter()
                    .zip(point.words)
                    .enumerate()
                    .all(|(n, (mask, word))| (any_time && n == RECENCY) || mask & bit_of(word) != 0)
            })
    }

    /// Why no more than `auto` is said: the cap that binds, the window, or that no rule gives more.
    fn reason(&self, point: &Point, on: Date, auto: Rung, binding: &[&Compiled]) -> Code {
        let first = binding
            .iter()
            .filter(|compiled| compiled.rule.rung <= auto)
            .map(|compiled| {
                (
                    self.weight(&compiled.code),
                    &compiled.rule.id,
                    &compiled.code,
                )
            })
            .min();
        if let Some((_, _, code)) = first {
            return code.clone();
        }
        let newer = self
            .applying(point, on, true)
            .fold(Fold::START, |fold, compiled| fold.with(&compiled.rule));
        if newer.auto() > auto {
            self.reasons.outside_window.clone()
        } else {
            self.reasons.no_rule.clone()
        }
    }

    /// Which of several reasons is told: the law first, then the person, then the agency's choice.
    pub fn weight(&self, code: &Code) -> usize {
        let reasons = &self.reasons;
        [
            &reasons.statutory_bar,
            &reasons.consent_refused,
            &reasons.third_party,
        ]
        .iter()
        .position(|known| *known == code)
        .unwrap_or(if code == &reasons.capped { 4 } else { 3 })
    }
}

/// Does the rule speak of this field?
pub(crate) fn fits(rule: &Rule, field: &Place) -> bool {
    let covers = match &rule.target {
        Target::Agency(kind) => field.category.agency_kind() == kind.as_str(),
        Target::Category(category) => *category == field.category,
        Target::Field(own) => *own == field.id,
    };
    covers
        && (rule.kinds.is_empty() || rule.kinds.contains(&field.kind))
        && (rule.abouts.is_empty() || rule.abouts.contains(&field.about))
}

/// The decision where nothing may leave.
fn nothing(sealed: bool, withhold: Code, applying: &[&Compiled]) -> Decision {
    Decision {
        auto: Rung::None,
        approved: Rung::None,
        approvers: Approvers::default(),
        sealed,
        granting: None,
        giving: None,
        asking: Vec::new(),
        withhold,
        rules: ids(applying
            .iter()
            .map(|compiled| &compiled.rule)
            .filter(|rule| rule.verb == Verb::Seal)),
    }
}

/// The caps that hold `auto` or `approved` where it is.
fn binding<'a>(applying: &[&'a Compiled], fold: Fold) -> Vec<&'a Compiled> {
    applying
        .iter()
        .copied()
        .filter(|compiled| match compiled.rule.verb {
            Verb::AskAbove => compiled.rule.rung <= fold.auto(),
            Verb::NeverAbove => compiled.rule.rung <= fold.approved(),
            Verb::Seal => true,
            Verb::Ask | Verb::Share => false,
        })
        .collect()
}

fn ids<'a>(rules: impl Iterator<Item = &'a Rule>) -> Vec<RuleId> {
    let mut ids: Vec<RuleId> = rules.map(|rule| rule.id.clone()).collect();
    ids.sort();
    ids.dedup();
    ids
}
