//! What differs between two policies beside their rules.

use std::collections::BTreeSet;

use serde::Serialize;
use stile_model::code::Existence;
use stile_model::id::Code;
use stile_model::time::Date;
use stile_model::vocabulary::{Category, Vocabulary};
use utoipa::ToSchema;

use super::effect::Effect;
use super::rows::shared;
use crate::phrases::named;
use crate::rules::Rule;
use crate::set::PolicySet;

/// One thing that differs for the whole file, for a category or for a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Setting {
    /// What it does to what is disclosed.
    pub effect: Effect,
    /// What it is, in one sentence.
    pub text: String,
}

impl Setting {
    fn new(effect: Effect, text: String) -> Self {
        Self { effect, text }
    }
}

/// Every setting that differs.
pub(crate) fn settings(old: &PolicySet, new: &PolicySet, vocabulary: &Vocabulary) -> Vec<Setting> {
    let mut settings = Vec::new();
    let (was, is) = (&old.rules().agency, &new.rules().agency);
    if was != is {
        settings.push(Setting::new(
            Effect::Both,
            format!("the rules are for another kind of agency: `{is}` instead of `{was}`"),
        ));
    }
    if !shared(old, new) {
        settings.push(Setting::new(
            // A word both have may mean another thing in each, which no comparison of rules shows.
            Effect::Both,
            "the rules were read against different vocabularies; where one lacks a word of the \
             other, the word counts there as not known, and a field as not held"
                .to_owned(),
        ));
    }
    settings.extend(last_day(old.until(), new.until()));
    settings.extend(existence(old, new, vocabulary));
    settings.extend(hours(old, new, vocabulary));
    settings.extend(contacts(old, new, vocabulary));
    settings
}

/// The last day of the whole file: a later one is more.
fn last_day(was: Option<Date>, is: Option<Date>) -> Option<Setting> {
    let effect = match (was, is) {
        (Some(was), Some(is)) if is > was => Effect::More,
        (Some(was), Some(is)) if is < was => Effect::Less,
        (Some(_), None) => Effect::More,
        (None, Some(_)) => Effect::Less,
        _ => return None,
    };
    let day = |day: Option<Date>| day.map_or("no last day".to_owned(), |day| day.to_string());
    Some(Setting::new(
        effect,
        format!(
            "the last day on which anything is shared: {} instead of {}",
            day(is),
            day(was)
        ),
    ))
}

/// Categories of which "no record" may now be said, or no longer.
fn existence(old: &PolicySet, new: &PolicySet, vocabulary: &Vocabulary) -> Vec<Setting> {
    let own = |category: &&Category| {
        let kind = category.id.agency_kind();
        kind == old.rules().agency.as_str() || kind == new.rules().agency.as_str()
    };
    vocabulary
        .categories
        .iter()
        .filter(own)
        .filter_map(|category| {
            let id = &category.id;
            match (old.existence(id), new.existence(id)) {
                (Existence::Closed, Existence::Open) => Some(Setting::new(
                    Effect::More,
                    format!("`{id}` is opened: that nothing is held, or something withheld, is said of it again"),
                )),
                (Existence::Open, Existence::Closed) => Some(Setting::new(
                    Effect::Less,
                    format!("`{id}` is closed: no record, withheld and sealed look alike in it"),
                )),
                (Existence::Closed, Existence::Closed) | (Existence::Open, Existence::Open) => None,
            }
        })
        .collect()
}

fn hours(old: &PolicySet, new: &PolicySet, vocabulary: &Vocabulary) -> Vec<Setting> {
    let asked = |policy: &PolicySet| -> BTreeSet<Code> {
        let asking = policy.rules().rules.iter().filter(|rule| rule.verb.asks());
        asking
            .flat_map(|rule| rule.approvers.roles.clone())
            .collect()
    };
    let both = asked(old)
        .intersection(&asked(new))
        .cloned()
        .collect::<Vec<_>>();
    both.iter()
        .filter_map(|role| {
            let (was, is) = (old.approval_hours(role), new.approval_hours(role));
            (was != is).then(|| {
                Setting::new(
                    Effect::Same,
                    format!(
                        "the {} has {is} hours to decide instead of {was}",
                        named(&vocabulary.approvers, role.as_str())
                    ),
                )
            })
        })
        .collect()
}

/// What the removal of `rule` does to the time that approvers have, where it does anything: hours
/// are counted by role, over every rule that names it.
pub(crate) fn hours_without(policy: &PolicySet, vocabulary: &Vocabulary, rule: &Rule) -> String {
    let rules = policy.rules();
    let of = |rule: &Rule| rule.approval_hours.unwrap_or(rules.approval_hours);
    let own = of(rule);
    let longer = rule.approvers.roles.iter().filter_map(|role| {
        let asks = |other: &&Rule| {
            other.id != rule.id && other.verb.asks() && other.approvers.roles.contains(role)
        };
        let others = rules.rules.iter().filter(asks).map(of).min()?;
        (rule.verb.asks() && others > own).then(|| {
            format!(
                "; without it the {} has {others} hours to decide instead of {own}, in every case",
                named(&vocabulary.approvers, role.as_str())
            )
        })
    });
    longer.collect()
}

fn contacts(old: &PolicySet, new: &PolicySet, vocabulary: &Vocabulary) -> Vec<Setting> {
    let told = |role: Option<&Code>| {
        role.map_or("nobody".to_owned(), |role| {
            format!("the {}", named(&vocabulary.approvers, role.as_str()))
        })
    };
    let mut settings: Vec<(String, String, Vec<String>)> = Vec::new();
    for category in &vocabulary.categories {
        let (was, is) = (
            old.sealed_contact(&category.id),
            new.sealed_contact(&category.id),
        );
        if was == is {
            continue;
        }
        let (was, is, id) = (told(was), told(is), format!("`{}`", category.id));
        match settings.iter_mut().find(|(a, b, _)| *a == was && *b == is) {
            Some((_, _, categories)) => categories.push(id),
            None => settings.push((was, is, vec![id])),
        }
    }
    settings
        .into_iter()
        .map(|(was, is, categories)| {
            Setting::new(
                Effect::Same,
                format!(
                    "a hit that must not be shown to exist in {} is told to {is} instead of {was}",
                    categories.join(", ")
                ),
            )
        })
        .collect()
}
