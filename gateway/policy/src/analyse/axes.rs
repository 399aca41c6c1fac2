//! The dimensions of the swept space: the eight of a question, and the days from the asked one on.
//!
//! Two policies are laid over one space: the words of both. A word that one of them does not know
//! is to it what its own evaluator would make of it: another hub, or not known.

use stile_model::time::Date;

use crate::rules::{Rule, Rules};
use crate::set::PolicySet;
use crate::space::{ANOTHER_HUB, DIMENSIONS, RECENCY, Space, UNKNOWN, conditions};

/// Dimensions besides the field.
pub(crate) const AXES: usize = DIMENSIONS + 1;
/// The place of the days among them.
pub(crate) const DAYS: usize = DIMENSIONS;
/// The place of the hub.
const HUB: usize = DIMENSIONS - 1;
/// Most periods in one sweep: the bits of a mask.
const PERIODS_MAX: usize = 128;

/// One bit for each word of an axis.
pub(crate) type Mask = u128;

/// A part of the space: one mask for each axis.
pub(crate) type Cube = [Mask; AXES];

/// Days on which the same rules are in force, first and last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub first: Date,
    pub last: Option<Date>,
}

/// The words of every axis.
#[derive(Debug, Clone)]
pub(crate) struct Axes {
    pub words: [Vec<String>; DIMENSIONS],
    pub periods: Vec<Period>,
}

impl Axes {
    /// The spaces from `on` for as long as one of the policies lasts, each with at most 128 periods.
    ///
    /// A space has more than 128 words of one dimension only where two vocabularies are compared;
    /// the reader allows 64 to each.
    pub fn spanning(policies: &[&PolicySet], on: Date) -> Vec<Self> {
        let spaces: Vec<&Space> = policies.iter().map(|policy| policy.space()).collect();
        let mut words: [Vec<String>; DIMENSIONS] = Default::default();
        for (place, words) in words.iter_mut().enumerate() {
            *words = together(&spaces, place);
        }
        periods(policies, on)
            .chunks(PERIODS_MAX)
            .map(|periods| Self {
                words: words.clone(),
                periods: periods.to_vec(),
            })
            .collect()
    }

    /// The same words on one day only.
    pub fn on_day(policy: &PolicySet, on: Date) -> Self {
        let mut words: [Vec<String>; DIMENSIONS] = Default::default();
        for (place, words) in words.iter_mut().enumerate() {
            *words = together(&[policy.space()], place);
        }
        Self {
            words,
            periods: vec![Period {
                first: on,
                last: None,
            }],
        }
    }

    /// Every word of every axis; where events are undated the look-back is never known.
    pub fn whole(&self, dated: bool) -> Cube {
        let mut cube = [0; AXES];
        for (axis, mask) in cube.iter_mut().enumerate() {
            *mask = match self.words.get(axis) {
                Some(words) if axis == RECENCY && !dated => bit(words.len().saturating_sub(1)),
                Some(words) => below(words.len()),
                None => below(self.periods.len()),
            };
        }
        cube
    }

    /// How the policy of `space` reads the words.
    pub fn reader<'a>(&'a self, space: &'a Space) -> Reader<'a> {
        Reader {
            axes: self,
            whole: self.whole(true),
            read: self
                .words
                .iter()
                .zip(&space.dimensions)
                .enumerate()
                .map(|(axis, (words, known))| {
                    words
                        .iter()
                        .map(|word| as_read(word, known, axis))
                        .collect()
                })
                .collect(),
        }
    }
}

/// The words as one policy reads them.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    axes: &'a Axes,
    whole: Cube,
    read: Vec<Vec<&'a str>>,
}

impl Reader<'_> {
    /// The part of the space in which `rule` applies.
    pub fn cube(&self, rule: &Rule) -> Cube {
        let mut cube = self.whole;
        for ((mask, words), listed) in cube.iter_mut().zip(&self.read).zip(conditions(rule)) {
            if let Some(listed) = listed {
                *mask = mask_of(words, |word| listed.iter().any(|own| own == word));
            }
        }
        if let Some(days) = cube.get_mut(DAYS)
            && rule.until.is_some()
        {
            *days = mask_of(&self.axes.periods, |period| rule.in_force(period.first));
        }
        cube
    }
}

/// How a policy that knows `known` reads `word`.
fn as_read<'a>(word: &'a str, known: &[String], axis: usize) -> &'a str {
    if known.iter().any(|own| own == word) {
        word
    } else if axis == HUB {
        ANOTHER_HUB
    } else {
        UNKNOWN
    }
}

/// The words of one dimension in all spaces; what stands for the others comes last, as in each.
fn together(spaces: &[&Space], place: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let each = spaces
        .iter()
        .filter_map(|space| space.dimensions.get(place))
        .flatten();
    for word in each {
        let last = word == UNKNOWN || word == ANOTHER_HUB;
        if !last && !words.contains(word) {
            words.push(word.clone());
        }
    }
    if place == HUB {
        words.push(ANOTHER_HUB.to_owned());
    }
    words.push(UNKNOWN.to_owned());
    words
}

/// The periods from `on`: a new one begins on the day after a grant's last.
fn periods(policies: &[&PolicySet], on: Date) -> Vec<Period> {
    let rules = || policies.iter().map(|policy| policy.rules());
    let end = rules()
        .map(|rules: &Rules| rules.until)
        .max_by_key(|until| until.unwrap_or(Date::MAX))
        .flatten();
    let mut firsts: Vec<Date> = rules()
        .flat_map(|rules| &rules.rules)
        .filter(|rule| rule.verb.grants())
        .filter_map(|rule| rule.until?.tomorrow().ok())
        .filter(|first| *first > on && end.is_none_or(|end| *first <= end))
        .collect();
    firsts.push(on);
    firsts.sort_unstable();
    firsts.dedup();
    let lasts = firsts
        .iter()
        .skip(1)
        .map(|next| next.yesterday().ok())
        .chain([end.filter(|end| *end >= on)]);
    firsts
        .iter()
        .zip(lasts)
        .map(|(first, last)| Period {
            first: *first,
            last,
        })
        .collect()
}

/// The bit of a place.
pub(crate) fn bit(place: usize) -> Mask {
    u32::try_from(place)
        .ok()
        .and_then(|place| Mask::from(1_u8).checked_shl(place))
        .unwrap_or(0)
}

/// The places of a mask, lowest first.
pub(crate) fn places(mask: Mask) -> impl Iterator<Item = usize> {
    (0..128).filter(move |place| mask & bit(*place) != 0)
}

fn below(count: usize) -> Mask {
    (0..count).fold(0, |mask, place| mask | bit(place))
}

fn mask_of<T>(items: &[T], holds: impl Fn(&T) -> bool) -> Mask {
    items
        .iter()
        .enumerate()
        .filter(|(_, item)| holds(item))
        .fold(0, |mask, (place, _)| mask | bit(place))
}
