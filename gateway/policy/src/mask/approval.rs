//! Who must agree to what more there is, and under which grant it is then released.

use stile_model::code::Rung;
use stile_model::id::{Code, RuleId};

use super::{Compiled, Fold};
use crate::decide::Approvers;
use crate::rules::{Rule, Verb};

/// The rules whose approvers must agree before `approved` is released.
pub(super) fn asking<'a>(applying: &[&'a Compiled], fold: Fold) -> Vec<&'a Rule> {
    let (auto, approved) = (fold.auto(), fold.approved());
    if approved <= auto {
        return Vec::new();
    }
    let shared = fold.share.min(fold.hard);
    applying
        .iter()
        .map(|compiled| &compiled.rule)
        .filter(|rule| match rule.verb {
            // An `ask` is needed only where no plain grant reaches as far.
            Verb::Ask => shared < approved && rule.rung >= approved,
            Verb::AskAbove => rule.rung < approved,
            Verb::NeverAbove | Verb::Seal | Verb::Share => false,
        })
        .collect()
}

/// The plain grant that reaches furthest, the first by its id.
pub(super) fn best_share<'a>(applying: &[&'a Compiled], fold: Fold) -> Option<&'a RuleId> {
    let rules = applying.iter().map(|compiled| &compiled.rule);
    rules
        .filter(|rule| rule.verb == Verb::Share && rule.rung == fold.share)
        .map(|rule| &rule.id)
        .min()
}

/// The grant that permits `approved`: the best plain one where it reaches as far, otherwise the
/// first by its id among those that ask for as much. A cap permits nothing, whoever agrees.
pub(super) fn giving(best: Option<&RuleId>, asking: &[&Rule], fold: Fold) -> Option<RuleId> {
    let approved = fold.approved();
    if approved == Rung::None {
        return None;
    }
    if fold.share >= approved {
        return best.cloned();
    }
    let asks = asking.iter().filter(|rule| rule.verb == Verb::Ask);
    asks.map(|rule| &rule.id).min().cloned()
}

/// All of several rules' approvers must agree, unless each rule is content with any one of the
/// same roles.
pub(super) fn agreement(asking: &[&Rule]) -> Approvers {
    let mut roles: Vec<Code> = asking
        .iter()
        .flat_map(|rule| rule.approvers.roles.iter().cloned())
        .collect();
    roles.sort();
    roles.dedup();
    let any_of = !asking.is_empty()
        && asking
            .iter()
            .all(|rule| rule.approvers.any_of && rule.approvers.roles == roles);
    Approvers { roles, any_of }
}
