//! The vocabulary and the rules that a gateway starts from, as they are in `policies/`.

use stile_model::id::Code;

use crate::run::Failure;

/// The partnership's words.
pub(super) const VOCABULARY: &str = include_str!("../../../../policies/vocabulary.toml");

/// Rules to start from, by kind of agency.
const RULES: &[(&str, &str)] = &[
    (
        "adult_social_care",
        include_str!("../../../../policies/adult_social_care/rules.toml"),
    ),
    (
        "domestic_abuse_service",
        include_str!("../../../../policies/domestic_abuse_service/rules.toml"),
    ),
    (
        "education",
        include_str!("../../../../policies/education/rules.toml"),
    ),
    (
        "health",
        include_str!("../../../../policies/health/rules.toml"),
    ),
    (
        "housing",
        include_str!("../../../../policies/housing/rules.toml"),
    ),
    (
        "police",
        include_str!("../../../../policies/police/rules.toml"),
    ),
    (
        "probation",
        include_str!("../../../../policies/probation/rules.toml"),
    ),
    (
        "social_care",
        include_str!("../../../../policies/social_care/rules.toml"),
    ),
    (
        "youth_justice",
        include_str!("../../../../policies/youth_justice/rules.toml"),
    ),
];

/// The rules to start from for agencies of this kind.
///
/// # Errors
///
/// Names the kinds that have some.
pub(super) fn rules(kind: &Code) -> Result<&'static str, Failure> {
    let found = RULES.iter().find(|(name, _)| *name == kind.as_str());
    found.map(|(_, rules)| *rules).ok_or_else(|| {
        let kinds: Vec<_> = RULES.iter().map(|(name, _)| *name).collect();
        let kinds = kinds.join("`, `");
        format!("there are no rules to start from for `{kind}`; allowed: `{kinds}`").into()
    })
}
