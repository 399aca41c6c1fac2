//! What a change of rules changes: every question whose answer differs, in few parts.
//!
//! Only what changed rules reach is swept: a question that none of them applies to has the rules
//! it had before, and so the answer it had before.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use stile_model::digest::Digest;
use stile_model::id::{FieldId, RuleId};
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use utoipa::ToSchema;

use super::answer::{Answer, Cell, Sum};
use super::axes::{Axes, Cube};
use super::bits::Bits;
use super::effect::{Effect, effect};
use super::rows::{Group, Spot, Table, same_effect, shared, spots};
use super::settings::{Setting, settings};
use super::sweep::{Ground, PARTS_MAX, Part, size};
use super::words::{Condition, Words};
use crate::mask::fits;
use crate::rules::Rule;
use crate::set::PolicySet;
use crate::space::RECENCY;

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

impl Diff {
    /// Each setting and each change in one sentence, what discloses more first.
    pub fn sentences(&self) -> Vec<String> {
        let settings = self
            .settings
            .iter()
            .map(|own| format!("{}: {}", own.effect, own.text));
        let changes = self
            .changes
            .iter()
            .map(|own| format!("{}: {}", own.effect, own.text));
        settings.chain(changes).collect()
    }

    /// The whole of it for a person to read.
    pub fn plain_english(&self) -> String {
        let mut lines = vec![
            match self.effect {
                Effect::Both => "The change discloses MORE of some things and LESS of others.",
                Effect::Less => "The change discloses LESS.",
                Effect::More => "The change discloses MORE.",
                Effect::Same if self.is_empty() => "The change alters no answer.",
                Effect::Same => "The change discloses THE SAME.",
            }
            .to_owned(),
        ];
        let fates = [
            (Fate::Added, "added"),
            (Fate::Changed, "changed"),
            (Fate::Removed, "removed"),
            (Fate::Reworded, "changed only in its grounds"),
        ];
        for (fate, word) in fates {
            let ids: Vec<String> = self
                .rules
                .iter()
                .filter(|rule| rule.fate == fate)
                .map(|rule| {
                    let idle = !rule.matters && fate != Fate::Reworded;
                    format!(
                        "{}{}",
                        rule.id,
                        if idle { " (alters no answer)" } else { "" }
                    )
                })
                .collect();
            if !ids.is_empty() {
                lines.push(format!("Rules {word}: {}.", ids.join(", ")));
            }
        }
        lines.extend(
            self.sentences()
                .iter()
                .map(|sentence| format!("* {sentence}")),
        );
        lines.join("\n")
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

type Label = (Cell, Cell);

/// Parts found so far, over all groups of fields.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub parts: Vec<FoundPart>,
    known: HashMap<(Part<Label>, bool), usize>,
}

#[derive(Debug)]
pub(super) struct FoundPart {
    pub part: Part<Label>,
    whole: Cube,
    pub fields: Vec<FieldId>,
    pub rules: BTreeSet<RuleId>,
    pub in_part: bool,
}

impl Found {
    fn with(mut self, table: &Table, group: &Group, axes: &Axes) -> Self {
        let ground = Ground::new(table, group, axes);
        let (old, new) = (
            table.of_policy(&group.rows, 0),
            table.of_policy(&group.rows, 1),
        );
        let changed = Bits::of(group.rows.len(), |place| old.has(place) != new.has(place));
        if changed.is_empty() {
            return self;
        }
        let mut causes: HashMap<Label, Bits> = HashMap::new();
        let idle = |rules: &Bits| !rules.meets(&changed);
        let mut label = |newer: &Bits, now: &Bits| {
            let (before, mut deciding) = decided(&ground, &newer.and(&old), &now.and(&old));
            let (after, others) = decided(&ground, &newer.and(&new), &now.and(&new));
            if before == after {
                return None;
            }
            deciding.add(&others);
            if before.code == table.outside_window || after.code == table.outside_window {
                deciding.add(newer);
            }
            let label = (before, after);
            causes
                .entry(label.clone())
                .or_insert_with(|| Bits::none(group.rows.len()))
                .add(&deciding.and(&changed));
            Some(label)
        };
        let parts = ground.parts(PARTS_MAX, &idle, &mut label);
        let in_part = parts.is_none();
        let parts = parts.unwrap_or_else(|| ground.labels(&idle, &mut label));
        for part in parts {
            // That newer events would be told is decided by rules that do not reach so far back.
            let (before, after) = &part.label;
            let dated = before.code != table.outside_window && after.code != table.outside_window;
            let reaching = |place: &usize| {
                ground
                    .row(*place)
                    .is_some_and(|row| meet(&row.cube, &part.cube, dated))
            };
            let decided: Vec<usize> = causes
                .get(&part.label)
                .map(|bits| bits.iter().filter(reaching).collect())
                .unwrap_or_default();
            let rules = decided
                .iter()
                .filter_map(|place| ground.row(*place))
                .map(|row| row.id.clone())
                .collect();
            self.add(part, *ground.whole(), &group.fields, rules, in_part);
        }
        self
    }

    fn add(
        &mut self,
        part: Part<Label>,
        whole: Cube,
        fields: &[FieldId],
        rules: BTreeSet<RuleId>,
        in_part: bool,
    ) {
        let key = (part.clone(), in_part);
        let at = *self.known.entry(key).or_insert(self.parts.len());
        match self.parts.get_mut(at) {
            Some(known) => {
                known.fields.extend_from_slice(fields);
                known.rules.extend(rules);
            }
            None => self.parts.push(FoundPart {
                part,
                whole,
                fields: fields.to_vec(),
                rules,
                in_part,
            }),
        }
    }

    fn told(self, table: &Table, words: &Words<'_>) -> Vec<Change> {
        self.parts
            .into_iter()
            .map(|found| found.told(table, words))
            .collect()
    }
}

impl FoundPart {
    fn told(self, table: &Table, words: &Words<'_>) -> Change {
        let (before, after) = &self.part.label;
        let effect = effect(before, after);
        let when = words.conditions(&self.part.cube, &self.whole);
        let (before, after) = (before.answer(table), after.answer(table));
        let fields = u64::try_from(self.fields.len()).unwrap_or(u64::MAX);
        let mut change = Change {
            effect,
            when,
            in_part: self.in_part,
            before,
            after,
            rules: self.rules.into_iter().collect(),
            questions: size(&self.part.cube).saturating_mul(fields),
            fields: self.fields,
            text: String::new(),
        };
        change.text = change.sentence(words);
        change
    }
}

impl Change {
    fn sentence(&self, words: &Words<'_>) -> String {
        let kind = words.kind(&self.fields);
        let conditions: Vec<&str> = self.when.iter().map(|own| own.text.as_str()).collect();
        let when = match (self.in_part, conditions.is_empty()) {
            (true, _) => ", in too many different circumstances to list".to_owned(),
            (false, true) => ", always".to_owned(),
            (false, false) => format!(", {}", conditions.join(", ")),
        };
        let (was, is) = (
            words.answer(&self.before, kind),
            words.answer(&self.after, kind),
        );
        let change = if was == is {
            format!(
                "still {is}, but the reason told is `{}` instead of `{}`",
                self.after.withhold, self.before.withhold
            )
        } else {
            format!("was {was}; becomes {is}")
        };
        let rules: Vec<&str> = self.rules.iter().map(RuleId::as_str).collect();
        let by = if rules.is_empty() {
            String::new()
        } else {
            format!(" ({})", rules.join(", "))
        };
        format!("{}{when}: {change}{by}", words.fields(&self.fields))
    }
}

/// The answer where these rules apply, and the rules that decide it.
fn decided(ground: &Ground<'_>, newer: &Bits, now: &Bits) -> (Cell, Bits) {
    let sum = Sum::of(ground.table, ground.rows, now);
    let cell = sum.cell(ground.table, ground.rows, newer);
    let mut deciding = Bits::none(ground.rows.len());
    for (place, _) in sum
        .asking()
        .into_iter()
        .chain(sum.binding())
        .chain(sum.granting())
        .chain(sum.backing())
    {
        deciding.insert(place);
    }
    (cell, deciding)
}

/// Do the two have a question in common, the age of the event apart unless `dated`?
fn meet(one: &Cube, other: &Cube, dated: bool) -> bool {
    let mut axes = one.iter().zip(other).enumerate();
    axes.all(|(axis, (a, b))| a & b != 0 || (axis == RECENCY && !dated))
}
