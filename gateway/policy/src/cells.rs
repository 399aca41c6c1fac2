//! The questions that rules can tell apart, one for each class of questions ruled on alike.
//!
//! Two words of a dimension that every rule over a field treats alike are one word here, so going
//! through the cells is going through every question, exactly, in thousands of steps, not millions.

use crate::mask::Evaluator;
use crate::set::PolicySet;
use crate::space::{DIMENSIONS, Point, Space, bit_of};

/// Bits of every word of every dimension.
pub(crate) const EVERYTHING: [u64; DIMENSIONS] = [u64::MAX; DIMENSIONS];

/// The rules of a policy as masks, by the fields they speak of: those that its evaluator holds.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    space: &'a Space,
    evaluator: &'a Evaluator,
}

impl<'a> Ground<'a> {
    pub const fn of(set: &'a PolicySet) -> Self {
        Self {
            space: set.space(),
            evaluator: set.evaluator(),
        }
    }

    pub const fn space(&self) -> &'a Space {
        self.space
    }

    /// The places of the rules that speak of a field of the space.
    pub fn speaking(&self, field: Option<usize>) -> &'a [usize] {
        self.evaluator.speaking(field)
    }

    /// The bits on which the rule at `place` applies.
    pub fn masks_of(&self, place: usize) -> [u64; DIMENSIONS] {
        self.evaluator
            .masks_of(place)
            .copied()
            .unwrap_or(EVERYTHING)
    }

    /// Do all rules over the field treat these two words of dimension `n` alike?
    pub fn alike(&self, field: Option<usize>, n: usize, one: usize, other: usize) -> bool {
        self.speaking(field).iter().all(|place| {
            let mask = self.masks_of(*place).get(n).copied().unwrap_or_default();
            (mask & bit_of(one) == 0) == (mask & bit_of(other) == 0)
        })
    }

    /// The cells of one field within `within`, also told apart by `extra`; the word at `first` of
    /// each dimension comes first and stands for its class where it is within.
    pub fn cells(
        &self,
        field: Option<usize>,
        extra: Option<&[u64; DIMENSIONS]>,
        within: &[u64; DIMENSIONS],
        first: &[usize; DIMENSIONS],
    ) -> Cells {
        let masks: Vec<&[u64; DIMENSIONS]> = self
            .speaking(field)
            .iter()
            .filter_map(|place| self.evaluator.masks_of(*place))
            .chain(extra)
            .collect();
        let mut words: [Vec<usize>; DIMENSIONS] = Default::default();
        for (n, words) in words.iter_mut().enumerate() {
            let len = self.space.dimensions.get(n).map_or(0, Vec::len);
            let first = first.get(n).copied().unwrap_or_default();
            let inside = within.get(n).copied().unwrap_or_default();
            let mut seen: Vec<Vec<bool>> = Vec::new();
            for word in std::iter::once(first).chain((0..len).filter(|word| *word != first)) {
                let class: Vec<bool> = masks
                    .iter()
                    .map(|mask| mask.get(n).is_some_and(|mask| mask & bit_of(word) != 0))
                    .collect();
                if inside & bit_of(word) != 0 && !seen.contains(&class) {
                    seen.push(class);
                    words.push(word);
                }
            }
        }
        Cells { field, words }
    }
}

/// One question for each class, of one field.
pub(crate) struct Cells {
    field: Option<usize>,
    words: [Vec<usize>; DIMENSIONS],
}

impl Cells {
    /// The words that stand for the classes of dimension `n`.
    pub fn representatives(&self, n: usize) -> &[usize] {
        self.words.get(n).map_or(&[], Vec::as_slice)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.words.iter().fold(1, |product: usize, words| {
            product.saturating_mul(words.len())
        })
    }

    /// Every cell, the last dimension turning fastest.
    pub fn points(&self) -> impl Iterator<Item = Point> + '_ {
        (0..self.count()).map(|number| {
            let mut rest = number;
            let mut point = Point {
                field: self.field,
                words: [0; DIMENSIONS],
            };
            for (place, words) in point.words.iter_mut().zip(&self.words).rev() {
                let len = words.len().max(1);
                *place = words.get(rest % len).copied().unwrap_or_default();
                rest /= len;
            }
            point
        })
    }
}
