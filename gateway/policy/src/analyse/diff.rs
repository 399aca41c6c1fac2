//! What a change of rules changes: every question whose answer differs, in few parts.
//!
//! Only what changed rules reach is swept: a question that none of them applies to has the rules
//! it had before, and so the answer it had before.

mod parts;
mod told;

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use stile_model::digest::Digest;
use stile_model::id::{FieldId, RuleId};
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use utoipa::ToSchema;

use self::parts::Found;
use super::answer::Answer;
use super::axes::Axes;
use super::effect::Effect;
use super::rows::{Spot, Table, same_effect, shared, spots};
use super::settings::{Setting, settings};
use super::words::{Condition, Words};
use crate::mask::fits;
use crate::rules::Rule;
use crate::set::PolicySet;

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// New.
    Added,
    /// It says something else.
    Changed,
    /// Gone.
    Removed,
    /// Only its reason, owner, hours or clauses differ.
    Reworded,
}

/// A rule that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleChange {
    /// The rule.
    pub id: RuleId,
    /// What became of it.
    pub fate: Fate,
    /// Some answer differs because of it.
    pub matters: bool,
}

/// Questions whose answer differs in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Change {
    /// What it does to what is disclosed.
    pub effect: Effect,
    /// The fields asked for.
    pub fields: Vec<FieldId>,
    /// When; always, where there is no condition.
    pub when: Vec<Condition>,
    /// `when` is too long to list: the answer differs in some of the questions about these fields.
    pub in_part: bool,
    /// The answer before.
    pub before: Answer,
    /// The answer after.
    pub after: Answer,
    /// The changed rules that decide it.
    pub rules: Vec<RuleId>,
    /// How many questions it holds (a count of combinations, not of cases).
    pub questions: u64,
    /// All of it in one sentence.
    pub text: String,
}

/// The whole difference between two policies, from one day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Diff {
    /// SHA-256 of the rules before.
    pub old: Digest,
    /// SHA-256 of the rules after.
    pub new: Digest,
    /// The day from which answers are compared.
    #[schema(value_type = String, format = Date)]
    pub on: Date,
    /// All changes together.
    pub effect: Effect,
    /// The two were compiled against different vocabularies: words that one lacks count there as
    /// not known.
    pub other_vocabulary: bool,
    /// What differs beside the rules.
    pub settings: Vec<Setting>,
    /// The rules that are not as they were.
    pub rules: Vec<RuleChange>,
    /// Where the answers differ: those that disclose more first.
    pub changes: Vec<Change>,
}

impl Diff {
    /// What the change does to what is disclosed; decides how many must approve it.
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// Does any question have another answer, or any setting another value?
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.settings.is_empty()
    }
}

/// Compares two policies in every question that can be put from `on`, for as long as either lasts.
///
/// Exact: an answer is what is released at once, what after approval, by whom, whether anything may
/// be shown to exist, and the reason told. The last day of a whole file is compared as a setting,
/// so that a renewal shows which rules it changes and not every answer there is. `vocabulary` gives
/// the words of the text.
pub fn diff(old: &PolicySet, new: &PolicySet, vocabulary: &Vocabulary, on: Date) -> Diff {
    let spots = affected(old, new);
    let mut changes = Vec::new();
    for axes in Axes::spanning(&[old, new], on) {
        let words = Words {
            axes: &axes,
            vocabulary,
        };
        let (table, found) = found(old, new, &spots, &axes);
        changes.extend(found.told(&table, &words));
    }
    changes.sort_by_key(|change: &Change| {
        let rank = match change.effect {
            Effect::More => 0,
            Effect::Both => 1,
            Effect::Less => 2,
            Effect::Same => 3,
        };
        (rank, std::cmp::Reverse(change.questions))
    });
    let settings = settings(old, new, vocabulary);
    let all = changes.iter().map(|change| change.effect);
    let effect = all
        .chain(settings.iter().map(|setting| setting.effect))
        .fold(Effect::Same, Effect::and);
    Diff {
        old: old.digest(),
        new: new.digest(),
        on,
        effect,
        other_vocabulary: !shared(old, new),
        rules: rules(old, new, &changes),
        settings,
        changes,
    }
}

/// Every part of the space of `spots` in which the answers differ.
pub(super) fn found(
    old: &PolicySet,
    new: &PolicySet,
    spots: &[Spot],
    axes: &Axes,
) -> (Table, Found) {
    let table = Table::new(old, Some(new), spots, axes);
    let found = table
        .groups(spots)
        .iter()
        .fold(Found::default(), |found, group| {
            found.with(&table, group, axes)
        });
    (table, found)
}

/// The fields that some changed rule speaks of; every field where the vocabularies differ.
fn affected(old: &PolicySet, new: &PolicySet) -> Vec<Spot> {
    let all = spots(&[old, new]);
    if !shared(old, new) {
        return all;
    }
    let before = by_id(old);
    let after = by_id(new);
    let differs = |own: &Rule, others: &HashMap<&RuleId, &Rule>| {
        others
            .get(&own.id)
            .is_none_or(|other| !same_effect(own, other))
    };
    let changed: Vec<&Rule> = before
        .values()
        .filter(|rule| differs(rule, &after))
        .chain(after.values().filter(|rule| differs(rule, &before)))
        .copied()
        .collect();
    all.into_iter()
        .filter(|spot| {
            spot.known()
                .any(|place| changed.iter().any(|rule| fits(rule, place)))
        })
        .collect()
}

fn by_id(policy: &PolicySet) -> HashMap<&RuleId, &Rule> {
    policy
        .evaluator()
        .served()
        .map(|(rule, _, _)| (&rule.id, rule))
        .collect()
}

/// What became of each rule, in alphabetical order.
fn rules(old: &PolicySet, new: &PolicySet, changes: &[Change]) -> Vec<RuleChange> {
    let (before, after) = (by_id(old), by_id(new));
    let deciding: BTreeSet<&RuleId> = changes.iter().flat_map(|change| &change.rules).collect();
    let ids: BTreeSet<&RuleId> = before.keys().chain(after.keys()).copied().collect();
    ids.into_iter()
        .filter_map(|id| {
            let fate = match (before.get(id), after.get(id)) {
                (None, _) => Fate::Added,
                (_, None) => Fate::Removed,
                (Some(old), Some(new)) if !same_effect(old, new) => Fate::Changed,
                (Some(old), Some(new)) if !same_words(old, new) => Fate::Reworded,
                _ => return None,
            };
            Some(RuleChange {
                id: id.clone(),
                fate,
                matters: deciding.contains(id),
            })
        })
        .collect()
}

fn same_words(old: &Rule, new: &Rule) -> bool {
    old.why == new.why
        && old.owner == new.owner
        && old.clauses == new.clauses
        && old.approval_hours == new.approval_hours
        && old.until == new.until
}
