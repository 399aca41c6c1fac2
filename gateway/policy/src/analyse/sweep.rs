//! Every question there is, without asking each: words that no rule tells apart are one class.
//!
//! The sweep goes dimension by dimension and carries the rules that still apply. Words that leave
//! the same rules form a class, and a set of rules met twice is followed once. The look-back comes
//! last, because the reason given for withholding may depend on what newer events would be told.
//! Nothing is sampled: every question falls in exactly one leaf.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::rc::Rc;

use super::axes::{AXES, Axes, Cube, DAYS, Mask, bit, places};
use super::bits::Bits;
use super::rows::{Group, Row, Table};
use crate::space::RECENCY;

/// The order in which dimensions are followed: those that part the rules most first.
const ORDER: [usize; AXES] = [DAYS, 0, 3, 2, 1, 6, 7, 4, RECENCY];
/// Sets of rules remembered for one group of fields; past it the memory is begun again, and the
/// answer stays exact.
const REMEMBERED_MAX: usize = 1 << 18;
/// Most parts listed for one group of fields; past it the caller must tell it more shortly.
pub(crate) const PARTS_MAX: usize = 20_000;
/// Parts remembered for one group of fields, some 200 bytes each.
const PARTS_REMEMBERED_MAX: usize = 1 << 18;

/// A part of the space whose questions all have the same label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Part<L> {
    pub cube: Cube,
    pub label: L,
}

/// The space of one group of fields.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    pub table: &'a Table,
    pub rows: &'a [usize],
    /// For each axis and word the rows that apply, by their place in `rows`.
    at: Vec<Vec<Bits>>,
    whole: Cube,
}

impl<'a> Ground<'a> {
    pub fn new(table: &'a Table, group: &'a Group, axes: &Axes) -> Self {
        let whole = axes.whole(group.dated);
        let counts =
            (0..AXES).map(|axis| axes.words.get(axis).map_or(axes.periods.len(), Vec::len));
        let at = counts
            .enumerate()
            .map(|(axis, count)| {
                let applies = |word: usize, place: usize| {
                    group
                        .rows
                        .get(place)
                        .and_then(|row| table.rows.get(*row))
                        .and_then(|row| row.cube.get(axis))
                        .is_some_and(|mask| mask & bit(word) != 0)
                };
                (0..count)
                    .map(|word| Bits::of(group.rows.len(), |place| applies(word, place)))
                    .collect()
            })
            .collect();
        Self {
            table,
            rows: &group.rows,
            at,
            whole,
        }
    }

    /// The same ground, with only the questions of a part of it.
    pub fn within(mut self, part: Cube) -> Self {
        for (mask, part) in self.whole.iter_mut().zip(part) {
            *mask &= part;
        }
        self
    }

    /// The row at a place of this ground's list.
    pub fn row(&self, place: usize) -> Option<&'a Row> {
        self.table.rows.get(*self.rows.get(place)?)
    }

    /// Every word of every axis that can be asked about these fields.
    pub const fn whole(&self) -> &Cube {
        &self.whole
    }

    /// Shows `leaf` every pair of sets of rules that any question meets: those that apply whatever
    /// the age of the event, and those of them that apply at its age. Skips what `idle` says of the
    /// first kind of set cannot matter.
    pub fn leaves(&self, idle: &dyn Fn(&Bits) -> bool, leaf: &mut dyn FnMut(&Bits, &Bits)) {
        let mut seen = HashSet::new();
        self.visit(0, &self.all(), idle, leaf, &mut seen);
    }

    fn visit(
        &self,
        depth: usize,
        rules: &Bits,
        idle: &dyn Fn(&Bits) -> bool,
        leaf: &mut dyn FnMut(&Bits, &Bits),
        seen: &mut HashSet<(usize, Bits)>,
    ) {
        if idle(rules) || !seen.insert((depth, rules.clone())) {
            return;
        }
        if seen.len() > REMEMBERED_MAX {
            seen.clear();
        }
        let axis = ORDER.get(depth).copied().unwrap_or(RECENCY);
        for (_, left) in self.classes(axis, rules) {
            if axis == RECENCY {
                leaf(rules, &left);
            } else {
                self.visit(depth + 1, &left, idle, leaf, seen);
            }
        }
    }

    /// The space in disjoint parts, each with the label `of` gives its questions; what it gives
    /// none, and what `idle` skips, is left out. `None` when there are more than `most` parts.
    pub fn parts<L: Clone + Eq + Hash>(
        &self,
        most: usize,
        idle: &dyn Fn(&Bits) -> bool,
        of: &mut dyn FnMut(&Bits, &Bits) -> Option<L>,
    ) -> Option<Vec<Part<L>>> {
        let mut known = Known {
            parts: HashMap::new(),
            held: 0,
            most,
        };
        let parts = self.partition(0, &self.all(), idle, of, &mut known)?;
        Some(merged(parts.to_vec()))
    }

    /// Every label that occurs, each once over the whole space: what is told where there are too
    /// many parts to list.
    pub fn labels<L: Clone + Eq + Hash>(
        &self,
        idle: &dyn Fn(&Bits) -> bool,
        of: &mut dyn FnMut(&Bits, &Bits) -> Option<L>,
    ) -> Vec<Part<L>> {
        let mut known = HashSet::new();
        let mut labels = Vec::new();
        self.leaves(idle, &mut |newer, now| {
            if let Some(label) = of(newer, now).filter(|label| known.insert(label.clone())) {
                let cube = self.whole;
                labels.push(Part { cube, label });
            }
        });
        labels
    }

    fn partition<L: Clone + Eq + Hash>(
        &self,
        depth: usize,
        rules: &Bits,
        idle: &dyn Fn(&Bits) -> bool,
        of: &mut dyn FnMut(&Bits, &Bits) -> Option<L>,
        known: &mut Known<L>,
    ) -> Option<Rc<[Part<L>]>> {
        if idle(rules) {
            return Some(Rc::from([]));
        }
        if let Some(parts) = known.parts.get(&(depth, rules.clone())) {
            return Some(Rc::clone(parts));
        }
        let axis = ORDER.get(depth).copied().unwrap_or(RECENCY);
        let mut gathered = Gathered::new(axis);
        for (words, left) in self.classes(axis, rules) {
            if axis == RECENCY {
                if let Some(label) = of(rules, &left) {
                    let cube = self.whole;
                    gathered.add(Part { cube, label }, words);
                }
            } else {
                for part in self.partition(depth + 1, &left, idle, of, known)?.iter() {
                    gathered.add(part.clone(), words);
                }
            }
            if gathered.parts.len() > known.most {
                return None;
            }
        }
        let parts: Rc<[Part<L>]> = gathered.parts.into();
        known.keep((depth, rules.clone()), &parts);
        Some(parts)
    }

    /// The words of an axis in classes that leave the same of `rules`.
    fn classes(&self, axis: usize, rules: &Bits) -> Vec<(Mask, Bits)> {
        let mut classes: Vec<(Mask, Bits)> = Vec::new();
        let (Some(whole), Some(at)) = (self.whole.get(axis), self.at.get(axis)) else {
            return classes;
        };
        for word in places(*whole) {
            let Some(applies) = at.get(word) else {
                continue;
            };
            let left = rules.and(applies);
            match classes.iter_mut().find(|(_, known)| *known == left) {
                Some((words, _)) => *words |= bit(word),
                None => classes.push((bit(word), left)),
            }
        }
        classes
    }

    fn all(&self) -> Bits {
        Bits::of(self.rows.len(), |_| true)
    }
}

/// What sets of rules met before came to, as far as memory allows.
struct Known<L> {
    parts: HashMap<(usize, Bits), Rc<[Part<L>]>>,
    held: usize,
    most: usize,
}

impl<L> Known<L> {
    fn keep(&mut self, rules: (usize, Bits), parts: &Rc<[Part<L>]>) {
        self.held += parts.len() + 1;
        if self.held > PARTS_REMEMBERED_MAX {
            self.parts.clear();
            self.held = parts.len() + 1;
        }
        self.parts.insert(rules, Rc::clone(parts));
    }
}

/// Parts that differ in one axis only, taken together as they come.
struct Gathered<L> {
    axis: usize,
    parts: Vec<Part<L>>,
    known: HashMap<Part<L>, usize>,
}

impl<L: Clone + Eq + Hash> Gathered<L> {
    fn new(axis: usize) -> Self {
        Self {
            axis,
            parts: Vec::new(),
            known: HashMap::new(),
        }
    }

    fn add(&mut self, mut part: Part<L>, words: Mask) {
        if let Some(mask) = part.cube.get_mut(self.axis) {
            *mask = 0;
        }
        let at = *self.known.entry(part.clone()).or_insert(self.parts.len());
        if at == self.parts.len() {
            self.parts.push(part);
        }
        if let Some(mask) = self
            .parts
            .get_mut(at)
            .and_then(|part| part.cube.get_mut(self.axis))
        {
            *mask |= words;
        }
    }
}

/// The same space in fewer parts: two that differ in one axis only become one, until none do.
pub(crate) fn merged<L: Clone + Eq + Hash>(mut parts: Vec<Part<L>>) -> Vec<Part<L>> {
    loop {
        let before = parts.len();
        for axis in ORDER.iter().rev().copied() {
            let mut gathered = Gathered::new(axis);
            for part in parts {
                let words = part.cube.get(axis).copied().unwrap_or(0);
                gathered.add(part, words);
            }
            parts = gathered.parts;
        }
        if parts.len() == before {
            return parts;
        }
    }
}

/// How many questions a part holds.
pub(crate) fn size(cube: &Cube) -> u64 {
    cube.iter()
        .map(|mask| u64::from(mask.count_ones()))
        .fold(1, u64::saturating_mul)
}
