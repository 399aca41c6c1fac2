//! How rules are laid out as bits: their order, their rows, places for their words, and how rows are read.

use std::cmp::Reverse;
use std::ops::Range;

use stile_model::code::Rung;
use stile_model::id::{Code, RuleId};

use crate::mask::{Evaluator, fits};
use crate::rules::{Rule, Rules, Verb};
use crate::space::{DIMENSIONS, Space, bit_of};

/// A verb's place in the order of the rules.
pub(super) const fn order(verb: Verb) -> u8 {
    match verb {
        Verb::Seal => 0,
        Verb::NeverAbove => 1,
        Verb::AskAbove => 2,
        Verb::Share => 3,
        Verb::Ask => 4,
    }
}

/// The rules with their withhold codes and weights, so sorted that within each verb the one that
/// decides is first: the highest grant, the lowest cap, then the weightiest reason, then the id.
pub(super) fn sorted<'a>(
    rules: &'a Rules,
    evaluator: &'a Evaluator,
) -> Vec<(&'a Rule, &'a Code, u32)> {
    let mut sorted: Vec<_> = rules
        .rules
        .iter()
        .zip(evaluator.codes())
        .map(|(rule, code)| {
            let weight = u32::try_from(evaluator.weight(code)).unwrap_or(u32::MAX);
            (rule, code, weight)
        })
        .collect();
    sorted.sort_by_key(|(rule, _, weight)| {
        let (highest, lowest, weight) = if rule.verb.grants() {
            (Reverse(rule.rung), Rung::None, 0)
        } else {
            (Reverse(Rung::None), rule.rung, *weight)
        };
        (order(rule.verb), highest, lowest, weight, &rule.id)
    });
    sorted
}

pub(super) fn rows(
    sorted: &[(&Rule, &Code, u32)],
    space: &Space,
    starts: &[usize; DIMENSIONS],
    every: usize,
    width: usize,
) -> Vec<u64> {
    let mut rows = vec![0; every.saturating_add(1).saturating_mul(width)];
    for (place, (rule, ..)) in sorted.iter().enumerate() {
        let mut set = |row: usize| {
            let word = row.saturating_mul(width).saturating_add(place / 64);
            if let Some(word) = rows.get_mut(word) {
                *word |= bit_of(place % 64);
            }
        };
        set(every);
        for (row, field) in space.fields.iter().enumerate() {
            if fits(rule, field) {
                set(row);
            }
        }
        for ((start, mask), dimension) in
            starts.iter().zip(space.masks(rule)).zip(&space.dimensions)
        {
            for word in (0..dimension.len()).filter(|word| mask & bit_of(*word) != 0) {
                set(start.saturating_add(word));
            }
        }
    }
    rows
}

/// The roles the rules name, in alphabetical order.
pub(super) fn roles(rules: &Rules) -> Vec<Code> {
    let named = rules.rules.iter().flat_map(|rule| &rule.approvers.roles);
    let mut known: Vec<Code> = named.cloned().collect();
    known.sort();
    known.dedup();
    known
}

pub(super) fn bits_of(roles: &[Code], named: &[Code]) -> u64 {
    roles
        .iter()
        .enumerate()
        .filter(|(_, role)| named.contains(role))
        .fold(0, |bits, (place, _)| bits | bit_of(place))
}

pub(super) fn ranks(rules: &Rules) -> Vec<&RuleId> {
    let mut ranks: Vec<&RuleId> = rules.rules.iter().map(|rule| &rule.id).collect();
    ranks.sort();
    ranks
}

pub(super) fn rank(ranks: &[&RuleId], id: &RuleId) -> u32 {
    let place = ranks.partition_point(|known| *known < id);
    u32::try_from(place).unwrap_or(u32::MAX)
}

pub(super) fn place_of(codes: &mut Vec<Code>, code: &Code) -> u16 {
    let place = codes
        .iter()
        .position(|known| known == code)
        .unwrap_or_else(|| {
            codes.push(code.clone());
            codes.len().saturating_sub(1)
        });
    u16::try_from(place).unwrap_or(u16::MAX)
}

/// The places of the bits set in both rows, within a span, in order.
pub(super) fn set_bits<'a>(
    one: &'a [u64],
    other: &'a [u64],
    span: &Range<usize>,
) -> impl Iterator<Item = usize> + use<'a> {
    let (from, to) = (span.start, span.end);
    let first = from / 64;
    one.iter()
        .zip(other)
        .enumerate()
        .take(to.div_ceil(64))
        .skip(first)
        .flat_map(move |(n, (one, other))| {
            let base = n.saturating_mul(64);
            let mut bits = one
                & other
                & from_bit(from.saturating_sub(base))
                & !from_bit(to.saturating_sub(base));
            std::iter::from_fn(move || {
                let place = bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
                (place < 64).then(|| base.saturating_add(usize::try_from(place).unwrap_or(64)))
            })
        })
}

/// Every bit from this one on.
fn from_bit(place: usize) -> u64 {
    u32::try_from(place)
        .ok()
        .and_then(|place| u64::MAX.checked_shl(place))
        .unwrap_or(0)
}
