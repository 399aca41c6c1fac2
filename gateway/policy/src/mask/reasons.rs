//! Why something is withheld: the codes the evaluator gives, and which one a cap gives.

use stile_model::code::{About, ConsentState};
use stile_model::id::Code;

use crate::rules::Rule;
use crate::space::Space;

/// The withhold codes the evaluator itself gives, checked once against the vocabulary.
#[derive(Debug, Clone)]
pub(crate) struct Reasons {
    pub capped: Code,
    pub consent_refused: Code,
    pub no_rule: Code,
    pub outside_window: Code,
    pub policy_expired: Code,
    pub statutory_bar: Code,
    pub third_party: Code,
}

impl Reasons {
    /// The names of the codes, for the check that a vocabulary has them.
    pub const NAMES: [&'static str; 7] = [
        "capped",
        "consent_refused",
        "no_rule",
        "outside_window",
        "policy_expired",
        "statutory_bar",
        "third_party",
    ];

    /// The codes, if every one is among `known`.
    pub fn among(known: &[Code]) -> Option<Self> {
        let find = |name: &str| known.iter().find(|code| code.as_str() == name).cloned();
        Some(Self {
            capped: find("capped")?,
            consent_refused: find("consent_refused")?,
            no_rule: find("no_rule")?,
            outside_window: find("outside_window")?,
            policy_expired: find("policy_expired")?,
            statutory_bar: find("statutory_bar")?,
            third_party: find("third_party")?,
        })
    }
}

/// The code a cap gives: its own, or what its shape says.
pub(super) fn reason_of(rule: &Rule, space: &Space, reasons: &Reasons) -> Code {
    if let Some(code) = &rule.code {
        return code.clone();
    }
    let others = |about: &About| matches!(about, About::Complainant | About::ThirdParty);
    let refusals =
        |state: &ConsentState| matches!(state, ConsentState::Refused | ConsentState::Withdrawn);
    let barred = || {
        let mut covered = space
            .fields
            .iter()
            .filter(|field| rule.target.covers(&field.id))
            .peekable();
        covered.peek().is_some() && covered.all(|field| field.barred)
    };
    if !rule.when.consent.is_empty() && rule.when.consent.iter().all(refusals) {
        reasons.consent_refused.clone()
    } else if !rule.abouts.is_empty() && rule.abouts.iter().all(others) {
        reasons.third_party.clone()
    } else if barred() {
        reasons.statutory_bar.clone()
    } else {
        reasons.capped.clone()
    }
}
