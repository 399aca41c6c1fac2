//! How often this agency's people agree with this very subject by chance: the query-specific `u`.

use std::collections::BTreeMap;

use stile_model::subject::Born;

use crate::bits::ratio;
use crate::born::{self, BornLevel};
use crate::frequencies::Frequencies;
use crate::level::{Form, Level};
use crate::lexicon::{Agreeing, Lexicon, Tally};
use crate::person::{Named, Person};
use crate::weights;

/// Bits per level of agreement with one of the subject's names.
pub(crate) struct NameBits {
    given: Vec<(Level, f64)>,
    surname: Vec<(Level, f64)>,
    /// Bits of this forename standing in the surname's field and the reverse.
    pub(crate) swapped: f64,
    /// The first forename, and the held forenames that agree with it.
    pub(crate) first: Option<Agreeing>,
    /// The surname, and the held surnames that agree with it.
    pub(crate) last: Option<Agreeing>,
}

impl NameBits {
    fn new(named: &Named, f: &Frequencies) -> Self {
        let first = named.first().map(Form::new);
        let first = first.map(|form| f.forenames.agreeing(form));
        let last = (!named.surname.is_empty()).then(|| Form::new(named.surname.whole()));
        let last = last.map(|form| f.surnames.agreeing(form));
        let given = first
            .as_ref()
            .map(|name| given_tally(name, named, f))
            .unwrap_or_default();
        let surname = last
            .as_ref()
            .map(|name| surname_tally(name, named, f))
            .unwrap_or_default();
        let borne = |name: &Option<Agreeing>, lexicon: &Lexicon| {
            let name = name.as_ref();
            f.share(name.map_or(0, |name| lexicon.first(name.form.text())))
        };
        let as_surname = borne(&first, &f.surnames);
        let as_given = borne(&last, &f.forenames);
        let given = falling(&given, f, |level| f.weights.given(level).m);
        let surname = falling(&surname, f, |level| f.weights.surname(level).m);
        // Names in the wrong fields agree no better than in their own.
        let straight = at(&given, Level::Identical) + at(&surname, Level::Identical);
        Self {
            swapped: ratio(weights::SWAPPED.m, as_surname * as_given).min(straight),
            given,
            surname,
            first,
            last,
        }
    }

    /// Bits for a forename at `level`.
    pub(crate) fn given(&self, level: Level) -> f64 {
        at(&self.given, level)
    }

    /// Bits for a surname at `level`.
    pub(crate) fn surname(&self, level: Level) -> f64 {
        at(&self.surname, level)
    }
}

/// Bits per level of agreement with everything known of one subject.
pub(crate) struct Shares {
    /// One per name of the subject, in order.
    pub(crate) names: Vec<NameBits>,
    born: BTreeMap<BornLevel, f64>,
}

impl Shares {
    /// Compares the subject once with the agency's distinct names and dates.
    pub(crate) fn new(subject: &Person, f: &Frequencies) -> Self {
        Self {
            names: subject
                .names
                .iter()
                .map(|named| NameBits::new(named, f))
                .collect(),
            born: subject
                .born
                .map(|known| born_bits(known, f))
                .unwrap_or_default(),
        }
    }

    /// Bits for a date of birth at `level`.
    pub(crate) fn born(&self, level: BornLevel) -> f64 {
        self.born.get(&level).copied().unwrap_or(0.0)
    }
}

fn given_tally(name: &Agreeing, named: &Named, f: &Frequencies) -> Tally {
    let mut tally = f.forenames.tally(name);
    let later: u64 = named
        .later()
        .iter()
        .map(|word| f.forenames.first(word))
        .sum();
    tally.add(
        Level::Part,
        f.forenames.later(name.form.text()).saturating_add(later),
    );
    tally
}

fn surname_tally(name: &Agreeing, named: &Named, f: &Frequencies) -> Tally {
    let mut tally = f.surnames.tally(name);
    let parts = named.surname.parts();
    let mut people = 0_u64;
    for part in parts {
        people = people.saturating_add(f.surnames.later(part));
        if parts.len() > 1 {
            people = people.saturating_add(f.surnames.first(part));
        }
    }
    tally.add(Level::Part, people);
    tally
}

/// Bits per level, best first, never rising: less agreement never weighs more, however rare the
/// slip and common the name.
fn falling(tally: &Tally, f: &Frequencies, m: impl Fn(Level) -> f64) -> Vec<(Level, f64)> {
    let agreeing: f64 = Level::ALL
        .iter()
        .map(|level| f.share(tally.at(*level)))
        .sum();
    let mut ceiling = f64::INFINITY;
    Level::ALL
        .iter()
        .map(|level| {
            let u = match level {
                Level::Different => (1.0 - agreeing).max(0.5),
                _ => f.share_of_others(tally.at(*level)),
            };
            ceiling = ceiling.min(ratio(m(*level), u));
            (*level, ceiling)
        })
        .collect()
}

fn born_bits(known: Born, f: &Frequencies) -> BTreeMap<BornLevel, f64> {
    let tally = born::tally(known, &f.born);
    let mut ceiling = f64::INFINITY;
    let mut bits = BTreeMap::new();
    for level in possible_levels(known) {
        let u = match level {
            BornLevel::Different => 1.0,
            _ => f
                .share_of_others(tally.get(level).copied().unwrap_or(0))
                .max(least_share(*level)),
        };
        ceiling = ceiling.min(ratio(f.weights.born(*level, false).m, u));
        bits.insert(*level, ceiling);
    }
    bits
}

/// What a date of birth agrees by chance where people are spread over eighty years: that nobody held
/// has this birthday must not make it a proof among a million.
fn least_share(level: BornLevel) -> f64 {
    const DAY: f64 = 1.0 / 30_000.0;
    match level {
        BornLevel::Same | BornLevel::Swapped => DAY,
        // Some thirty dates are one digit away, and a hundred differ in one part.
        BornLevel::Digit | BornLevel::Month => 30.0 * DAY,
        BornLevel::TwoOfThree => 100.0 * DAY,
        BornLevel::Year | BornLevel::Range => 365.0 * DAY,
        BornLevel::Different => 1.0,
    }
}

const fn possible_levels(known: Born) -> &'static [BornLevel] {
    match known {
        Born::Approximate { .. } | Born::Expected(_) => &[BornLevel::Range, BornLevel::Different],
        Born::Exact(_) => &BornLevel::WHOLE,
        Born::Month { .. } => &[BornLevel::Month, BornLevel::Different],
        Born::Year(_) => &[BornLevel::Year, BornLevel::Different],
    }
}

fn at(bits: &[(Level, f64)], level: Level) -> f64 {
    bits.iter()
        .find(|(each, _)| *each == level)
        .map_or(0.0, |(_, bits)| *bits)
}
