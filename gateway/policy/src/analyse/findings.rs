//! What the study of every question has to say, in plain English.

mod names;

use std::collections::BTreeSet;

use serde::Serialize;
use stile_model::code::Rung;
use stile_model::id::{FieldId, RuleId};
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use utoipa::ToSchema;

use self::names::by_category;
use super::rows::Row;
use super::settings::hours_without;
use super::study::{Deeds, Reach, Study};
use crate::finding::{Finding, Severity};
use crate::phrases::named;
use crate::rules::{Rule, Verb};
use crate::set::PolicySet;

/// A grant that reaches this many of a thousand questions is called broad.
const BROAD: u128 = 50;

/// What is found over every question, and how far each field goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Analysis {
    /// What a person should know.
    pub findings: Vec<Finding>,
    /// Every field of the agency, in the order of the vocabulary, but those that the finding
    /// `not_all_looked_at` names.
    pub fields: Vec<Reach>,
}

/// Everything that the questions from `on` show about a policy, for as long as it lasts.
///
/// Exact: a rule is said never to matter only where no answer to any question would differ without
/// it. Findings have no place yet ([`crate::locate`]).
///
/// It takes a bounded number of steps. Where very many rules speak of the same fields that is not
/// enough for every question; then nothing is said of those fields, nor of what their rules do, but
/// what needs no question, and the finding `not_all_looked_at` says so.
pub fn analyse(policy: &PolicySet, vocabulary: &Vocabulary, on: Date) -> Analysis {
    told(policy, vocabulary, on, Study::of(policy, on))
}

/// What `study` has to say of `policy`.
pub(super) fn told(
    policy: &PolicySet,
    vocabulary: &Vocabulary,
    on: Date,
    study: Option<Study>,
) -> Analysis {
    let Some(study) = study else {
        return Analysis {
            findings: Vec::new(),
            fields: Vec::new(),
        };
    };
    let teller = Teller {
        policy,
        vocabulary,
        study: &study,
        on,
    };
    let mut findings = Vec::new();
    for (at, (row, deeds)) in study.table.rows.iter().zip(&study.deeds).enumerate() {
        findings.extend(teller.rule(at, row, deeds));
    }
    findings.extend(teller.approvers());
    findings.extend(teller.fields());
    findings.extend(teller.unseen());
    let mut fields = study.fields;
    fields.retain(|reach| !study.unseen.contains(&reach.field));
    Analysis { findings, fields }
}

struct Teller<'a> {
    policy: &'a PolicySet,
    vocabulary: &'a Vocabulary,
    study: &'a Study,
    on: Date,
}

impl Teller<'_> {
    fn rule(&self, at: usize, row: &Row, deeds: &Deeds) -> Vec<Finding> {
        let Some(rule) = self.rule_of(&row.id) else {
            return Vec::new();
        };
        // A grant past its last day is a finding of its own; nothing more is to be said of it.
        if !rule.in_force(self.on) {
            return Vec::new();
        }
        let whole = !self.study.untold.contains(&at);
        let mut findings = Vec::new();
        if rule.verb.grants() {
            findings.extend(whole.then(|| self.grant(rule, deeds)).flatten());
            findings.extend(self.broad(rule, deeds));
        } else if whole {
            findings.extend(Self::cap(rule, deeds));
        }
        findings
    }

    fn grant(&self, rule: &Rule, deeds: &Deeds) -> Option<Finding> {
        let id = &rule.id;
        let gives = deeds.gives.unwrap_or(Rung::None);
        if gives == Rung::None {
            let because = self.because(&deeds.held_by);
            return Some(finding(
                Severity::Warning,
                "dead_grant",
                rule,
                &self.ids(&deeds.held_by),
                format!(
                    "`{id}` can never let anything out{because}; remove it, or change what holds \
                     it{}",
                    hours_without(self.policy, self.vocabulary, rule)
                ),
            ));
        }
        if !deeds.matters {
            let (code, what) = if rule.verb == Verb::Ask {
                ("never_asks", "never asks anybody and changes nothing")
            } else {
                ("redundant_rule", "never changes what is disclosed")
            };
            let beside = if deeds.beside.is_empty() {
                String::new()
            } else {
                format!(
                    ": {} already let out as much wherever it applies",
                    self.list(&deeds.beside)
                )
            };
            return Some(finding(
                Severity::Warning,
                code,
                rule,
                &self.ids(&deeds.beside),
                format!(
                    "`{id}` {what}{beside}; remove it, one such rule at a time, because two that \
                     each change nothing may matter together{}",
                    hours_without(self.policy, self.vocabulary, rule)
                ),
            ));
        }
        if gives < rule.rung {
            let because = self.because(&deeds.held_by);
            return Some(finding(
                Severity::Warning,
                "promise_prevented",
                rule,
                &self.ids(&deeds.held_by),
                format!(
                    "`{id}` promises `{}` but can never give more than `{gives}`{because}; write \
                     `as` no higher than that, or change the limit",
                    rule.rung
                ),
            ));
        }
        if rule.verb == Verb::Ask && !deeds.asks {
            return Some(finding(
                Severity::Warning,
                "never_asks",
                rule,
                &[],
                format!(
                    "`{id}` never asks anybody; remove it, or lower what is shared without asking{}",
                    hours_without(self.policy, self.vocabulary, rule)
                ),
            ));
        }
        let at_once = deeds.at_once.unwrap_or(Rung::None);
        if rule.verb == Verb::Share && at_once < rule.rung {
            return Some(finding(
                Severity::Note,
                "never_at_once",
                rule,
                &self.ids(&deeds.slowed_by),
                format!(
                    "`{id}` shares `{}` but never at once: somebody always has to agree first{}",
                    rule.rung,
                    self.because(&deeds.slowed_by)
                ),
            ));
        }
        None
    }

    fn cap(rule: &Rule, deeds: &Deeds) -> Option<Finding> {
        let id = &rule.id;
        if deeds.matters {
            return (rule.verb == Verb::AskAbove && !deeds.asks).then(|| {
                finding(
                    Severity::Warning,
                    "never_asks",
                    rule,
                    &[],
                    format!("`{id}` limits, but never asks anybody: nothing above its limit could be released; use `never_above`, or grant what its approvers may agree to"),
                )
            });
        }
        let (code, message) = match rule.verb {
            Verb::Seal => (
                "seal_shadowed",
                format!(
                    "`{id}` hides nothing that another seal does not hide; it may still say who is told of a hit"
                ),
            ),
            _ if deeds.colours => (
                "only_the_reason",
                format!(
                    "`{id}` never changes what is disclosed today, only the reason told; it guards against later grants"
                ),
            ),
            _ => (
                "backstop_cap",
                format!(
                    "`{id}` never changes an answer today; it guards against later grants, so keep it unless you know why not"
                ),
            ),
        };
        Some(finding(Severity::Note, code, rule, &[], message))
    }

    fn broad(&self, rule: &Rule, deeds: &Deeds) -> Option<Finding> {
        let thousandths = (deeds.questions * 1_000).checked_div(self.study.questions)?;
        let unbounded = rule.target.is_wide() && rule.when.purpose.is_empty();
        if thousandths < BROAD && !unbounded {
            return None;
        }
        let purposes = if rule.when.purpose.is_empty() {
            "every purpose".to_owned()
        } else {
            format!(
                "{} of {} purposes",
                rule.when.purpose.len(),
                self.vocabulary.purposes.len()
            )
        };
        let covered = self
            .policy
            .space()
            .fields
            .iter()
            .filter(|field| crate::mask::fits(rule, field))
            .count();
        Some(finding(
            Severity::Note,
            "broad_grant",
            rule,
            &[],
            format!(
                "`{}` is broad: {covered} of {} fields for {purposes}, {}.{} % of all questions \
                 that can be put; check that each is necessary",
                rule.id,
                self.policy.space().fields.len(),
                thousandths / 10,
                thousandths % 10
            ),
        ))
    }

    /// Approvers whom rules name and no question ever reaches.
    fn approvers(&self) -> Vec<Finding> {
        let table = &self.study.table;
        let naming = |role: usize| {
            table
                .rows
                .iter()
                .enumerate()
                .filter(move |(_, row)| row.verb.asks() && row.roles.contains(&role))
        };
        let whole = |role: usize| naming(role).all(|(at, _)| !self.study.untold.contains(&at));
        table
            .roles
            .iter()
            .enumerate()
            .filter(|(place, _)| naming(*place).next().is_some() && !self.study.asked.contains(place))
            .filter(|(place, _)| whole(*place))
            .map(|(place, role)| {
                let rules: Vec<RuleId> = naming(place).map(|(_, row)| row.id.clone()).collect();
                Finding::new(
                    Severity::Warning,
                    "approver_never_asked",
                    rules,
                    format!(
                        "the {} is never asked anything, though rules name them; change those rules \
                         or remove the role from them",
                        named(&self.vocabulary.approvers, role.as_str())
                    ),
                )
            })
            .collect()
    }

    /// Fields that nothing is said of, and fields of which nothing ever leaves.
    fn fields(&self) -> Vec<Finding> {
        let places = self.policy.space().fields.iter();
        let ordinary: BTreeSet<&FieldId> = places
            .filter(|place| !place.barred)
            .map(|place| &place.id)
            .collect();
        let fields = || {
            self.study
                .fields
                .iter()
                .filter(|reach| ordinary.contains(&reach.field) && reach.approved == Rung::None)
                .filter(|reach| !self.study.unseen.contains(&reach.field))
        };
        let silent = fields().filter(|reach| reach.rules == 0);
        let kept = fields().filter(|reach| reach.rules > 0 && !reach.sealed);
        [
            (
                "field_without_rule",
                "no rule speaks of",
                silent.map(|reach| &reach.field).collect::<Vec<_>>(),
            ),
            (
                "field_never_released",
                "rules speak of these fields, but nothing of them is ever let out:",
                kept.map(|reach| &reach.field).collect(),
            ),
        ]
        .into_iter()
        .filter(|(_, _, fields)| !fields.is_empty())
        .map(|(code, what, fields)| {
            Finding::new(
                Severity::Note,
                code,
                Vec::new(),
                format!(
                    "{what} {}; each enquiry for them is answered that it is withheld",
                    by_category(&fields)
                ),
            )
        })
        .collect()
    }

    /// What was not looked at, because it would have taken too long.
    fn unseen(&self) -> Option<Finding> {
        let fields: Vec<&FieldId> = self.study.fields.iter().map(|reach| &reach.field).collect();
        let unseen: Vec<&FieldId> = fields
            .iter()
            .copied()
            .filter(|field| self.study.unseen.contains(*field))
            .collect();
        (!unseen.is_empty()).then(|| {
            Finding::new(
                Severity::Note,
                "not_all_looked_at",
                Vec::new(),
                format!(
                    "so many rules speak of the same fields that looking at every question would take \
                     too long. Not looked at: whether {} of {} rules ever change an answer, ask \
                     anybody or give what they promise; whether the approvers whom only they could \
                     reach are ever asked; and how far {} of {} fields are ever let out: {}. Fewer \
                     rules for each field let all of it be looked at",
                    self.study.untold.len(),
                    self.study.table.rows.len(),
                    unseen.len(),
                    fields.len(),
                    by_category(&unseen)
                ),
            )
        })
    }

    fn rule_of(&self, id: &RuleId) -> Option<&Rule> {
        self.policy.rules().rules.iter().find(|rule| &rule.id == id)
    }
}

fn finding(
    severity: Severity,
    code: &'static str,
    rule: &Rule,
    others: &[RuleId],
    message: String,
) -> Finding {
    let mut rules = vec![rule.id.clone()];
    rules.extend(others.iter().cloned());
    Finding::new(severity, code, rules, message)
}
