//! What a proposal does, compared with the policy in force: the checks whose result people read.

use std::sync::Arc;

use stile_model::time::Date;
use stile_policy::{PolicyError, PolicySet};

use super::bundle::Effect;
use super::founding::Ground;
use super::guards::Texts;
use super::proposal::Remark;
use crate::error::ExchangeError;

/// A policy that has passed every guard, and what it changes.
pub(super) struct Compared {
    pub(super) policy: PolicySet,
    pub(super) effect: Effect,
    /// A category is closed or opened.
    pub(super) existence: bool,
    /// What changes, in words.
    pub(super) differences: Vec<String>,
    pub(super) remarks: Vec<Remark>,
}

/// Passes `texts` through every guard and compares with `before`.
///
/// # Errors
///
/// The remarks that stop it; or that the gateway itself could not go on.
pub(super) fn compare(
    ground: &Ground,
    before: &Arc<PolicySet>,
    texts: Texts<'_>,
    today: Date,
) -> Result<Result<Compared, Vec<Remark>>, ExchangeError> {
    let policy = match ground.pass(texts, today) {
        Ok(policy) => policy,
        Err(ExchangeError::Policy(error)) => return Ok(Err(stopping(&error))),
        Err(error) => return Err(error),
    };
    let (effect, differences) = difference(before, &policy);
    Ok(Ok(Compared {
        effect,
        existence: existence(ground, before, &policy),
        differences,
        remarks: Vec::new(),
        policy,
    }))
}

/// What `after` does, and whether it closes or opens a category.
pub(super) fn effect(
    ground: &Ground,
    before: &PolicySet,
    after: &PolicySet,
    _: Date,
) -> (Effect, bool) {
    (
        difference(before, after).0,
        existence(ground, before, after),
    )
}

fn existence(ground: &Ground, before: &PolicySet, after: &PolicySet) -> bool {
    let categories = ground.vocabulary.categories.iter();
    let mut own = categories.filter(|one| one.id.agency_kind() == ground.kind.as_str());
    own.any(|one| before.existence(&one.id) != after.existence(&one.id))
}

/// Whatever is not known to be the same counts as more and less.
fn difference(before: &PolicySet, after: &PolicySet) -> (Effect, Vec<String>) {
    if before.digest() == after.digest() {
        (Effect::Same, Vec::new())
    } else {
        (Effect::Both, vec!["the rules differ".to_owned()])
    }
}

/// Every mistake as a remark of its own.
fn stopping(error: &PolicyError) -> Vec<Remark> {
    let (code, problems) = match error {
        PolicyError::Cases { problems } => ("case_fails", problems.clone()),
        PolicyError::Rules { problems } => ("rules_wrong", problems.clone()),
        PolicyError::Question { problems } => ("question_wrong", problems.clone()),
        PolicyError::Agency { .. } => ("other_agency", vec![error.to_string()]),
        PolicyError::Disagreement { .. }
        | PolicyError::Engine { .. }
        | PolicyError::Published { .. } => ("not_proved", vec![error.to_string()]),
    };
    let remark = |message| Remark {
        severity: "error".to_owned(),
        code: code.to_owned(),
        message,
    };
    problems.into_iter().map(remark).collect()
}
