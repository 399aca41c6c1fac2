//! What a proposal does, compared with the policy in force: the checks whose result people read.

use std::sync::Arc;

use stile_model::time::Date;
use stile_policy::{
    CaseChanges, Diff, Effect, Finding, PolicyError, PolicySet, Severity, analyse, case_changes,
    diff, locate,
};

use super::founding::Ground;
use super::guards::{RULES, Texts};
use super::proposal::Remark;
use crate::error::ExchangeError;

/// Most differences that are told in words.
const MOST: usize = 200;
/// Most cases that a remark names.
const FEW: usize = 20;

/// A policy that has passed every guard, and what it changes.
pub(super) struct Compared {
    pub(super) policy: Arc<PolicySet>,
    pub(super) effect: Effect,
    /// A category is closed or opened.
    pub(super) existence: bool,
    /// Cases of the policy in force are left out.
    pub(super) fewer_cases: bool,
    /// What changes, in words.
    pub(super) differences: Vec<String>,
    pub(super) remarks: Vec<Remark>,
}

/// Passes `texts` through every guard and compares with the policy `before` and its `cases`.
///
/// # Errors
///
/// The remarks that stop it; or that the gateway itself could not go on.
pub(super) fn compare(
    ground: &Ground,
    (before, cases): (&PolicySet, Option<&str>),
    texts: Texts<'_>,
    today: Date,
) -> Result<Result<Compared, Vec<Remark>>, ExchangeError> {
    let (policy, mut findings) = match ground.pass(texts, today) {
        Ok(passed) => passed,
        Err(ExchangeError::Policy(error)) => return Ok(Err(stopping(&error))),
        Err(error) => return Err(error),
    };
    findings.extend(analyse(&policy, &ground.vocabulary, today).findings);
    locate(&mut findings, texts.rules);
    let mut remarks: Vec<_> = findings.iter().map(remark).collect();
    if findings.iter().any(|one| one.severity == Severity::Error) {
        return Ok(Err(remarks));
    }
    let difference = diff(before, &policy, &ground.vocabulary, today);
    let changes = case_changes(cases.unwrap_or_default(), texts.cases.unwrap_or_default());
    remarks.extend(of_cases(&changes));
    Ok(Ok(Compared {
        fewer_cases: !changes.dropped.is_empty(),
        effect: difference.effect(),
        existence: existence(ground, before, &policy),
        differences: in_words(&difference),
        remarks,
        policy: Arc::new(policy),
    }))
}

/// What `after` does from `today`, and whether it closes or opens a category.
pub(super) fn effect(
    ground: &Ground,
    before: &PolicySet,
    after: &PolicySet,
    today: Date,
) -> (Effect, bool) {
    let difference = diff(before, after, &ground.vocabulary, today);
    (difference.effect(), existence(ground, before, after))
}

fn existence(ground: &Ground, before: &PolicySet, after: &PolicySet) -> bool {
    let categories = ground.vocabulary.categories.iter();
    let mut own = categories.filter(|one| one.id.agency_kind() == ground.kind.as_str());
    own.any(|one| before.existence(&one.id) != after.existence(&one.id))
}

/// What changes, in words: what is disclosed, then the settings; the longest lists are cut, and say
/// so.
fn in_words(difference: &Diff) -> Vec<String> {
    let changes = difference.changes.iter().map(|change| &change.text);
    let settings = difference.settings.iter().map(|setting| &setting.text);
    let all: Vec<_> = changes.chain(settings).collect();
    let mut words: Vec<String> = all.iter().copied().take(MOST).cloned().collect();
    if all.len() > MOST {
        words.push(format!(
            "and {} more; see `stile policy diff`",
            all.len() - MOST
        ));
    }
    words
}

fn remark(finding: &Finding) -> Remark {
    Remark {
        severity: finding.severity.as_str().to_owned(),
        code: finding.code.to_owned(),
        message: finding.line(RULES),
    }
}

/// What becomes of the cases in force. Nobody may lose a check without being told.
fn of_cases(changes: &CaseChanges) -> Vec<Remark> {
    let remark = |severity: &str, code: &str, what: &str, names: &[String]| Remark {
        severity: severity.to_owned(),
        code: code.to_owned(),
        message: format!("{what}: {}", few(names)),
    };
    let mut remarks = Vec::new();
    if !changes.dropped.is_empty() {
        let what = "cases of the policy in force are left out or named otherwise, and check nothing \
                    any more; an `ig_lead` must approve it";
        remarks.push(remark("warning", "cases_dropped", what, &changes.dropped));
    }
    if !changes.changed.is_empty() {
        let what = "cases of the policy in force ask or expect something else";
        remarks.push(remark("note", "cases_changed", what, &changes.changed));
    }
    remarks
}

/// The first of these names, and how many others there are.
fn few(names: &[String]) -> String {
    let mut told: Vec<_> = names
        .iter()
        .take(FEW)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.len() > FEW {
        told.push(format!("and {} more", names.len() - FEW));
    }
    told.join(", ")
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
