//! The `when` of a rule: on which questions it applies.

use stile_model::code::{ConsentState, Priority};
use stile_model::id::MemberId;
use stile_model::vocabulary::{AgeBand, Recency, Term, Vocabulary};
use toml::de::{DeTable, DeValue};

use super::page::{Page, Value, kind, shown};
use crate::rules::When;

const KEYS: &[&str] = &[
    "purpose",
    "priority",
    "consent",
    "subject",
    "age",
    "within",
    "requester",
    "hub",
    "agency",
];
/// Look-backs as written, and the oldest band each includes.
const LOOK_BACKS: &[(&str, Recency)] = &[
    ("3 months", Recency::To3m),
    ("6 months", Recency::To6m),
    ("12 months", Recency::To12m),
    ("24 months", Recency::To24m),
    ("60 months", Recency::To60m),
    ("120 months", Recency::To120m),
    ("ever", Recency::Older),
];

/// Reads the conditions; without `when` the rule always applies.
pub(super) fn read(page: &mut Page<'_>, table: &DeTable<'_>, vocabulary: &Vocabulary) -> When {
    let mut when = When::default();
    let Some(value) = table.get("when") else {
        return when;
    };
    let DeValue::Table(table) = value.get_ref() else {
        page.report(
            value.span().start,
            format!(
                "`when` must be a table such as {{ priority = [\"red\"] }}, not {}",
                kind(value)
            ),
        );
        return when;
    };
    page.keys(table, KEYS);
    let purposes: Vec<&str> = vocabulary
        .purposes
        .iter()
        .map(|purpose| purpose.code.as_str())
        .collect();
    let priorities: Vec<&str> = Priority::ALL.iter().map(|word| word.as_str()).collect();
    let consents: Vec<&str> = ConsentState::ALL.iter().map(|word| word.as_str()).collect();
    // The last band is `unknown`, which is never written.
    let ages: Vec<&str> = AgeBand::ALL
        .iter()
        .filter(|band| **band != AgeBand::Unknown)
        .map(|band| band.as_str())
        .collect();
    let age = |text: &str| {
        AgeBand::ALL
            .iter()
            .copied()
            .find(|band| band.as_str() == text)
    };
    when.purpose = list(page, table, "purpose", &purposes, |text| text.parse().ok());
    when.priority = list(page, table, "priority", &priorities, |text| {
        text.parse().ok()
    });
    when.consent = list(page, table, "consent", &consents, |text| text.parse().ok());
    when.subject = list(
        page,
        table,
        "subject",
        &words_of(&vocabulary.subject_roles),
        |text| text.parse().ok(),
    );
    when.requester = list(
        page,
        table,
        "requester",
        &words_of(&vocabulary.officer_roles),
        |text| text.parse().ok(),
    );
    when.age = list(page, table, "age", &ages, age);
    when.within = table.get("within").and_then(|value| within(page, value));
    when.hub = members(page, table, "hub");
    when.agency = members(page, table, "agency");
    when
}

fn list<T>(
    page: &mut Page<'_>,
    table: &DeTable<'_>,
    key: &str,
    allowed: &[&str],
    read: impl Fn(&str) -> Option<T>,
) -> Vec<T> {
    let Some(value) = table.get(key) else {
        return Vec::new();
    };
    let words = page.words(key, value);
    words
        .iter()
        .filter_map(|word| {
            if word.text == "unknown" {
                page.report(word.at, "`unknown` is not written: what is not known joins every cap and no conditioned grant");
                return None;
            }
            page.one_of(key, word, allowed, &read)
        })
        .collect()
}

/// Names of members. The directory, not the vocabulary, says which there are.
fn members(page: &mut Page<'_>, table: &DeTable<'_>, key: &str) -> Vec<MemberId> {
    let Some(value) = table.get(key) else {
        return Vec::new();
    };
    page.words(key, value)
        .into_iter()
        .filter_map(|word| {
            let member = MemberId::new(word.text.clone());
            member
                .map_err(|error| page.report(word.at, format!("`{}`: {error}", shown(&word.text))))
                .ok()
        })
        .collect()
}

fn within(page: &mut Page<'_>, value: &Value<'_>) -> Option<Recency> {
    let word = page.string("within", value)?;
    page.one_of("look-back step", &word, &look_backs(), |text| {
        LOOK_BACKS
            .iter()
            .find(|(written, _)| *written == text)
            .map(|(_, band)| *band)
    })
}

pub(super) fn look_backs() -> Vec<&'static str> {
    LOOK_BACKS.iter().map(|(written, _)| *written).collect()
}

/// A look-back as written, by the oldest band it includes.
pub(crate) fn look_back(oldest: Recency) -> Option<&'static str> {
    let mut steps = LOOK_BACKS.iter();
    steps
        .find(|(_, band)| *band == oldest)
        .map(|(written, _)| *written)
}

pub(crate) fn words_of(terms: &[Term]) -> Vec<&str> {
    terms.iter().map(|term| term.code.as_str()).collect()
}
