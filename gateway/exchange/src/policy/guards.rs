//! Everything that must hold before a policy may serve. There is no other way to one.

use stile_model::id::{Code, MemberId};
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use stile_policy::{Cases, PolicyError, PolicySet};

/// The name of the rules in messages.
pub(super) const RULES: &str = "rules.toml";
/// The name of the cases in messages.
pub(super) const CASES: &str = "cases.toml";

/// The texts of a policy, with the names they go by in messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts<'a> {
    pub(super) name: &'a str,
    pub(super) rules: &'a str,
    pub(super) cases: Option<&'a str>,
}

/// Parses, compiles, proves against Casbin with a fresh `seed`, and puts every case.
///
/// # Errors
///
/// Every mistake, with its place. Whatever was in force stays so.
pub(super) fn pass(
    texts: Texts<'_>,
    vocabulary: &Vocabulary,
    (kind, member): (&Code, &MemberId),
    today: Date,
    seed: u64,
) -> Result<PolicySet, PolicyError> {
    let policy = PolicySet::activate_for(
        Some(member),
        texts.name,
        texts.rules,
        vocabulary,
        kind,
        today,
        seed,
    )?;
    if let Some(text) = texts.cases {
        let cases = Cases::parse(CASES, text, vocabulary)?;
        cases.check(&policy, vocabulary, today)?;
        // What officers expect is asked of Casbin itself, too, past both of our evaluators.
        policy.agrees_with_cases(&cases, vocabulary, today)?;
    }
    Ok(policy)
}
