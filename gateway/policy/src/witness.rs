//! Questions on the edges of rules: those that notice when a rule says something else.
//!
//! For each rule up to three questions are looked for in which it decides: without it, or with a rung
//! more or less, the ruling would be another. From each, every condition of the rule is stepped over
//! each of its words, and from the first every other dimension and the fields beside the rule's own.
//! Random questions hardly ever stand on such an edge, so they notice far fewer mistakes.

use std::collections::HashSet;

use stile_model::code::Rung;
use stile_model::time::Date;

use crate::mask::{Evaluator, fits};
use crate::rules::{Rule, Rules, Target};
use crate::space::{DIMENSIONS, Point, Space, bit_of};

/// Questions from which the edges of a rule are stepped over.
const BASES: usize = 3;
/// Questions drawn for each rule in search of those.
const DRAWS: usize = 32;

/// The rules whose edges are looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edges<'a> {
    pub rules: &'a Rules,
    pub space: &'a Space,
    pub evaluator: &'a Evaluator,
    /// The day as of which rules are in force.
    pub on: Date,
}

impl Edges<'_> {
    /// The questions on the edges of every rule, each once, in the order of the rules.
    pub fn all(&self) -> Vec<Point> {
        let mut known = HashSet::new();
        let mut points = Vec::new();
        for place in 0..self.rules.rules.len() {
            let edges = self.of(place).into_iter();
            points.extend(edges.filter(|point| known.insert(*point)));
        }
        points
    }

    /// The questions on the edges of the rule at this place of the file.
    pub fn of(&self, place: usize) -> Vec<Point> {
        let Some(rule) = self.rules.rules.get(place) else {
            return Vec::new();
        };
        let mut points = Vec::new();
        for (n, base) in self.bases(place).into_iter().enumerate() {
            if n == 0 {
                points.extend(self.fields(rule, base));
            }
            points.extend(self.steps(rule, base, n == 0));
        }
        points
    }

    /// Up to three questions that the rule speaks of, the ones it decides most in first.
    pub fn bases(&self, place: usize) -> Vec<Point> {
        let Some(rule) = self.rules.rules.get(place) else {
            return Vec::new();
        };
        let mut dice = Dice::new(u64::try_from(place).unwrap_or(u64::MAX));
        let mut drawn: Vec<(usize, Point)> = Vec::with_capacity(DRAWS);
        for draw in 0..DRAWS {
            let Some(point) = self.draw(rule, draw, &mut dice) else {
                break;
            };
            drawn.push((self.decides(place, rule, &point), point));
        }
        drawn.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        let mut bases: Vec<Point> = Vec::with_capacity(BASES);
        for (_, point) in drawn {
            if bases.len() < BASES && !bases.contains(&point) {
                bases.push(point);
            }
        }
        bases
    }

    /// In how many ways a change of the rule would show here.
    fn decides(&self, place: usize, rule: &Rule, point: &Point) -> usize {
        let now = self.evaluator.rungs(point, self.on);
        let other = |rung: Option<Rung>| self.evaluator.rungs_if(place, rung, point, self.on);
        let step = |up: bool| {
            let mut rungs = Rung::ALL.iter().copied();
            if up {
                rungs.find(|rung| *rung > rule.rung)
            } else {
                rungs.rfind(|rung| *rung < rule.rung)
            }
        };
        let changed = |rung: Option<Rung>| usize::from(rung.is_some() && other(rung) != now);
        usize::from(other(None) != now)
            .saturating_mul(2)
            .saturating_add(changed(step(true)))
            .saturating_add(changed(step(false)))
    }

    /// A question that the rule speaks of: the first with everything else known, the second with
    /// nothing else known, then any.
    fn draw(&self, rule: &Rule, draw: usize, dice: &mut Dice) -> Option<Point> {
        let fields: Vec<usize> = (0..self.space.fields.len())
            .filter(|place| {
                self.space
                    .fields
                    .get(*place)
                    .is_some_and(|field| fits(rule, field))
            })
            .collect();
        let mut point = self.unknown();
        point.field = Some(*fields.get(if draw < 2 {
            0
        } else {
            dice.below(fields.len())
        })?);
        let masks = self.space.masks(rule);
        for ((word, mask), dimension) in point
            .words
            .iter_mut()
            .zip(masks)
            .zip(&self.space.dimensions)
        {
            let free = mask == u64::MAX;
            let fitting: Vec<usize> = (0..dimension.len())
                .filter(|place| mask & bit_of(*place) != 0)
                .collect();
            let chosen = match (draw, free) {
                (0, _) | (1, false) => 0,
                (1, true) => fitting.len().saturating_sub(1),
                _ => dice.below(fitting.len()),
            };
            *word = *fitting.get(chosen)?;
        }
        Some(point)
    }

    /// The base in every field on the edge of the rule's target.
    fn fields(&self, rule: &Rule, base: Point) -> impl Iterator<Item = Point> {
        let fields = self.space.fields.iter().enumerate();
        let near: Vec<usize> = fields
            .filter(|(_, field)| match &rule.target {
                Target::Agency(_) => true,
                Target::Category(category) => field.category == *category,
                // The category's other fields are beside it.
                Target::Field(own) => field.category == own.category(),
            })
            .map(|(place, _)| place)
            .collect();
        let words = base.words;
        near.into_iter().map(move |place| Point {
            field: Some(place),
            words,
        })
    }

    /// The base with each dimension stepped over its words; where `whole` those on which the rule
    /// sets no condition, too.
    fn steps(&self, rule: &Rule, base: Point, whole: bool) -> Vec<Point> {
        let mut points = Vec::new();
        let masks = self.space.masks(rule);
        for (n, (dimension, mask)) in self.space.dimensions.iter().zip(masks).enumerate() {
            if !whole && mask == u64::MAX {
                continue;
            }
            points.extend((0..dimension.len()).map(|word| stepped(base, n, word)));
        }
        points
    }

    /// A question of which nothing is known, not even the field.
    pub fn unknown(&self) -> Point {
        let mut point = Point {
            field: None,
            words: [0; DIMENSIONS],
        };
        for (word, dimension) in point.words.iter_mut().zip(&self.space.dimensions) {
            *word = dimension.len().saturating_sub(1);
        }
        point
    }

    /// Any questions, the same for the same seed.
    pub fn random(&self, seed: u64, count: usize) -> impl Iterator<Item = Point> {
        let mut dice = Dice::new(seed);
        (0..count).map(move |_| {
            let mut point = self.unknown();
            point.field = Some(dice.below(self.space.fields.len()));
            for (word, dimension) in point.words.iter_mut().zip(&self.space.dimensions) {
                *word = dice.below(dimension.len());
            }
            point
        })
    }
}

/// The point with one dimension at another word.
fn stepped(mut point: Point, dimension: usize, word: usize) -> Point {
    if let Some(place) = point.words.get_mut(dimension) {
        *place = word;
    }
    point
}

/// `SplitMix64` (Steele, Lea and Flood, 2014): reproducible questions from a seed, not secrets.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`; 0 where the bound is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(z % bound).unwrap_or_default()
    }

    /// One of several; none of none.
    pub fn pick<'a, T>(&mut self, among: &'a [T]) -> Option<&'a T> {
        among.get(self.below(among.len()))
    }
}

#[cfg(test)]
mod tests;
