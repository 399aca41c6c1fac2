//! Everything that must hold before a policy may serve. There is no other way to one.

use stile_model::id::{Code, MemberId};
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use stile_policy::{Cases, Finding, PolicyError, PolicySet, Severity, lint};

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

impl<'a> Texts<'a> {
    /// Rules that questions are asked of, without cases.
    pub(super) const fn of(rules: &'a str) -> Self {
        Self {
            name: RULES,
            rules,
            cases: None,
        }
    }
}

/// What a policy was measured against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bench<'a> {
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) kind: &'a Code,
    pub(super) member: &'a MemberId,
    pub(super) today: Date,
    /// Varies the random questions.
    pub(super) seed: u64,
}

/// Parses, compiles and proves against Casbin.
///
/// # Errors
///
/// Every mistake, with its place. Whatever was in force stays so.
pub(super) fn prove(texts: Texts<'_>, bench: Bench<'_>) -> Result<PolicySet, PolicyError> {
    PolicySet::activate_for(
        Some(bench.member),
        texts.name,
        texts.rules,
        bench.vocabulary,
        bench.kind,
        bench.today,
        bench.seed,
    )
}

/// All that must hold of a policy that is to come into force: proof, lints without an error, and
/// every case. What is in force already must only be proved again: a rule that has lapsed since
/// then gives less, and must not keep a gateway from starting.
///
/// # Errors
///
/// Every mistake, with its place. Whatever was in force stays so.
pub(super) fn pass(
    texts: Texts<'_>,
    bench: Bench<'_>,
) -> Result<(PolicySet, Vec<Finding>), PolicyError> {
    let policy = prove(texts, bench)?;
    let findings = lint(policy.rules(), bench.vocabulary, bench.today);
    let errors = findings
        .iter()
        .filter(|one| one.severity == Severity::Error);
    let problems: Vec<_> = errors.map(|one| one.line(texts.name)).collect();
    if !problems.is_empty() {
        return Err(PolicyError::Rules { problems });
    }
    if let Some(text) = texts.cases {
        let cases = Cases::parse(CASES, text, bench.vocabulary)?;
        cases.check(&policy, bench.vocabulary, bench.today)?;
        // What officers expect is asked of Casbin itself, too, past both of our evaluators.
        policy.agrees_with_cases(&cases, bench.vocabulary, bench.today)?;
    }
    Ok((policy, findings))
}
