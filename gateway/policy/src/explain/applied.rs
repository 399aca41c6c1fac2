//! The rules that apply to a question, and what each contributes.

use stile_model::code::{FieldKind, Rung};

use super::{Applied, Asking};
use crate::decide::Decision;
use crate::ladder;
use crate::rules::{Rule, Verb};
use crate::{english, phrases};

impl Asking<'_> {
    /// The rules that apply, those that decide first.
    pub(super) fn applied(&self, decision: &Decision) -> Vec<Applied> {
        let kind = self.kind();
        let mut applied: Vec<Applied> = self
            .policy
            .evaluator()
            .rules_for(&self.point, self.on)
            .map(|rule| Applied {
                rule: rule.id.clone(),
                decides: decision.rules.contains(&rule.id),
                contributes: self.contribution(rule, decision, kind),
                says: english::sentence(self.policy.rules(), self.vocabulary, rule),
                why: rule.why.clone(),
            })
            .collect();
        applied.sort_by_key(|applied| !applied.decides);
        applied
    }

    /// The rules that speak of the field, with their places.
    pub(super) fn speaking(&self) -> impl Iterator<Item = (usize, &Rule)> {
        let places = self.ground.speaking(self.point.field).iter();
        places.filter_map(|place| {
            let rule = self.policy.rules().rules.get(*place)?;
            Some((*place, rule))
        })
    }

    pub(super) fn kind(&self) -> Option<FieldKind> {
        let field = self.policy.space().fields.get(self.point.field?);
        field.map(|field| field.kind)
    }

    fn contribution(&self, rule: &Rule, decision: &Decision, kind: Option<FieldKind>) -> String {
        let shows = |rung: Rung| format!("{} (`{rung}`)", ladder::meaning(rung, kind));
        let rung = shows(rule.rung);
        if self.policy.until().is_some_and(|until| self.on > until) && rule.verb != Verb::Seal {
            return "counts no more: the whole policy has passed its last day".to_owned();
        }
        if decision.sealed && rule.verb != Verb::Seal {
            return "counts for nothing, because the field is sealed".to_owned();
        }
        let (auto, approved) = (decision.auto, decision.approved);
        match rule.verb {
            Verb::Share if rule.rung == auto => format!("grants {rung} at once"),
            Verb::Share if rule.rung > auto => {
                format!(
                    "grants {rung}, held back to {} by what follows",
                    shows(auto)
                )
            }
            Verb::Share => format!("grants only {rung}; another grant goes further"),
            Verb::Ask if decision.asking.contains(&rule.id) && rule.rung > approved => format!(
                "grants {rung} once {}, held back to {}",
                phrases::agreeing(self.vocabulary, &rule.approvers),
                shows(approved)
            ),
            Verb::Ask if decision.asking.contains(&rule.id) => format!(
                "grants {rung} once {}",
                phrases::agreeing(self.vocabulary, &rule.approvers)
            ),
            Verb::Ask if rule.rung <= auto => {
                format!("would ask for {rung}, which is released at once already")
            }
            Verb::Ask => format!("would grant {rung} once somebody agrees; other rules decide"),
            Verb::AskAbove if rule.rung <= auto => format!(
                "holds it to {rung} unless {}",
                phrases::agreeing(self.vocabulary, &rule.approvers)
            ),
            Verb::NeverAbove if rule.rung <= approved => {
                format!("holds it to {rung}, whoever agrees")
            }
            Verb::AskAbove | Verb::NeverAbove => {
                format!("limits it to {rung}, which nothing here exceeds")
            }
            Verb::Seal => "hides even that anything is held".to_owned(),
        }
    }
}
