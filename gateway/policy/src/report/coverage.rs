//! What the cases exercise: rules, fields and reasons.

use std::fmt::Write as _;

use serde::Serialize;
use stile_model::id::{Code, FieldId, RuleId};
use utoipa::ToSchema;

use super::trial::Bench;
use crate::cases::Expected;
use crate::mutate::Mutant;

/// What the cases that pass exercise, and what they leave out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Coverage {
    /// Rules without which some case would fail.
    pub exercised: Vec<RuleId>,
    /// Rules that apply to a question of some case but without which every case still passes.
    pub applied_only: Vec<RuleId>,
    /// Rules that apply to no question of any case.
    pub untouched: Vec<RuleId>,
    /// Fields that some rule lets out and no case asks for.
    pub fields_without_case: Vec<FieldId>,
    /// Reasons for withholding that this policy can give and no case names.
    pub reasons_without_case: Vec<Code>,
}

impl Coverage {
    pub(super) fn of(bench: &Bench<'_>) -> Self {
        let rules = &bench.judge.set.rules().rules;
        let mut coverage = Self {
            exercised: Vec::new(),
            applied_only: Vec::new(),
            untouched: Vec::new(),
            fields_without_case: fields(bench),
            reasons_without_case: reasons(bench),
        };
        for (place, rule) in rules.iter().enumerate() {
            let dropped = Mutant {
                place,
                id: rule.id.clone(),
                rule: None,
                words: String::new(),
            };
            if bench.notices(&bench.trial(&dropped)) {
                coverage.exercised.push(rule.id.clone());
            } else if applies(bench, place) {
                coverage.applied_only.push(rule.id.clone());
            } else {
                coverage.untouched.push(rule.id.clone());
            }
        }
        coverage
    }

    /// The coverage in plain English.
    pub fn plain_english(&self) -> String {
        let (applied, untouched) = (self.applied_only.len(), self.untouched.len());
        let all = self.exercised.len() + applied + untouched;
        let mut text = format!(
            "{} of {all} rules are exercised: without them some case would fail.\n",
            self.exercised.len()
        );
        let mut list = |words: &str, names: Vec<&str>| {
            if !names.is_empty() {
                let _ = writeln!(text, "{words}: {}.", names.join(", "));
            }
        };
        list(
            "Applied in a case, but every case would pass without them",
            self.applied_only.iter().map(RuleId::as_str).collect(),
        );
        list(
            "No case touches",
            self.untouched.iter().map(RuleId::as_str).collect(),
        );
        let fields: Vec<String> = self
            .fields_without_case
            .iter()
            .map(ToString::to_string)
            .collect();
        list(
            "Some rule lets these fields out, but no case asks for them",
            fields.iter().map(String::as_str).collect(),
        );
        list(
            "No case names these reasons for withholding",
            self.reasons_without_case.iter().map(Code::as_str).collect(),
        );
        text
    }
}

/// Does the rule at `place` apply to a question of a case that passes?
fn applies(bench: &Bench<'_>, place: usize) -> bool {
    let ground = &bench.judge.ground;
    let masks = ground.masks_of(place);
    let rule = bench.judge.set.rules().rules.get(place);
    bench.passing.iter().any(|case| {
        let (within, _) = bench.judge.asked(case);
        rule.is_some_and(|rule| rule.in_force(bench.judge.on(case)))
            && within
                .iter()
                .zip(masks)
                .all(|(asked, mask)| asked & mask != 0)
            && case.fields.iter().any(|field| {
                let field = ground.space().place(field);
                ground.speaking(field).contains(&place)
            })
    })
}

fn fields(bench: &Bench<'_>) -> Vec<FieldId> {
    let ground = &bench.judge.ground;
    let rules = &bench.judge.set.rules().rules;
    let places = ground.space().fields.iter().enumerate();
    places
        .filter(|(field, _)| {
            let grants = |place: &usize| rules.get(*place).is_some_and(|rule| rule.verb.grants());
            ground.speaking(Some(*field)).iter().any(grants)
        })
        .map(|(_, field)| &field.id)
        .filter(|id| !bench.passing.iter().any(|case| case.fields.contains(id)))
        .cloned()
        .collect()
}

/// The reasons the policy can give, less those that a passing case names.
fn reasons(bench: &Bench<'_>) -> Vec<Code> {
    let mut codes = bench.judge.set.evaluator().reasons_given();
    codes.retain(|code| {
        !bench.passing.iter().any(|case| match &case.expected {
            Expected::AtMost(_) => false,
            Expected::Exactly { withhold, .. } => withhold.as_ref() == Some(code),
        })
    });
    codes
}
