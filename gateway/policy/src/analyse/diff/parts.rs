//! The parts of the space of questions in which two policies answer differently.

use std::collections::{BTreeSet, HashMap};

use stile_model::id::{FieldId, RuleId};

use super::super::answer::{Cell, Sum};
use super::super::axes::{Axes, Cube};
use super::super::bits::Bits;
use super::super::effect::effect;
use super::super::rows::{Group, Table};
use super::super::sweep::{Ground, PARTS_MAX, Part, size};
use super::super::words::Words;
use super::Change;
use crate::space::RECENCY;

type Label = (Cell, Cell);

/// Parts found so far, over all groups of fields.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub parts: Vec<FoundPart>,
    known: HashMap<(Part<Label>, bool), usize>,
}

#[derive(Debug)]
pub(crate) struct FoundPart {
    pub part: Part<Label>,
    whole: Cube,
    pub fields: Vec<FieldId>,
    pub rules: BTreeSet<RuleId>,
    pub in_part: bool,
}

impl Found {
    pub(super) fn with(mut self, table: &Table, group: &Group, axes: &Axes) -> Self {
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

    pub(super) fn told(self, table: &Table, words: &Words<'_>) -> Vec<Change> {
        self.parts
            .into_iter()
            .map(|found| found.told(table, words))
            .collect()
    }
}

impl FoundPart {
    fn told(self, table: &Table, words: &Words<'_>) -> Change {
        let (before, after) = &self.part.label;
        let effect = effect(before.into(), after.into());
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
