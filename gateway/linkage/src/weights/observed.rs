//! Learning `m` from pairs that are known to be one person, and from nothing else.
//!
//! ```text
//! m(level) = (seen(level) + PRIOR * shipped m(level)) / (seen + PRIOR)
//! ```
//!
//! Known means that a person of the agency decided it, or that an identifier with check digits
//! agrees and nobody decided otherwise. Never from unlabelled rows: households look like duplicates,
//! and learning from them makes a brother count as his sister.
//!
//! A pair that came before a person *because of* a part says nothing of how often that part
//! disagrees, so that part of it is not counted, unless an identifier shows the pair to be one
//! person: of those, every one is seen, asked about or not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::file::bounds;
use super::value::{Part, Weights};
use crate::bits::real;

/// Two records that are known to be one person, by how their parts agree. No personal data.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// Part and level of each line of the waterfall.
    pub levels: &'a [(String, String)],
    /// Why a person was asked.
    pub guard: Option<&'a str>,
    /// A person of the agency decided it.
    pub decided: bool,
}

/// How often each level was seen between records known to be of one person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// Pairs known by an identifier with check digits.
    pub by_identifier: u64,
    /// Pairs known by a person's decision alone.
    pub by_person: u64,
    /// Pairs seen, per part and level.
    pub seen: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Parts of a waterfall that are an identifier with check digits.
const CHECKED: [&str; 2] = ["NHS number", "unique pupil number"];

impl Observed {
    /// Pairs that the shipped rates count for, in each part.
    pub const PRIOR: f64 = 200.0;

    /// Counts one pair; one that is not known to be one person is not counted.
    ///
    /// Says whether it was.
    pub fn add(&mut self, pair: Pair<'_>) -> bool {
        let line = |part: &str, level: &str| {
            let mut lines = pair.levels.iter();
            lines.any(|(one, other)| one == part && (level.is_empty() || other == level))
        };
        let numbered = CHECKED.iter().any(|part| line(part, "same"))
            && !CHECKED.iter().any(|part| line(part, "different"));
        match (numbered, pair.decided) {
            (true, _) => self.by_identifier = self.by_identifier.saturating_add(1),
            (false, true) => self.by_person = self.by_person.saturating_add(1),
            (false, false) => return false,
        }
        // The best of several names was taken: its levels are no sample of one name.
        let several = line("which name", "");
        for (word, level) in pair.levels {
            let Some(part) = Part::of_line(word, level) else {
                continue;
            };
            let named = matches!(part, Part::Forename | Part::Surname);
            let asked_for = !numbered && pair.guard.is_some_and(|guard| concerns(guard, part));
            if asked_for || (several && named) {
                continue;
            }
            let levels = self.seen.entry(part.word().to_owned()).or_default();
            let count = levels.entry(level.clone()).or_default();
            *count = count.saturating_add(1);
        }
        true
    }

    /// The rates that these pairs and the shipped rates make together; they pass
    /// [`Weights::check`].
    pub fn weights(&self) -> Weights {
        let shipped = Weights::default();
        Part::ALL.into_iter().fold(shipped, |weights, part| {
            let usual = shipped.of(part);
            let seen = self.counts(part);
            let rates = within(usual, &falling(&shrunk(&seen, usual), &part.against()));
            weights.with(part, &rounded(&rates))
        })
    }

    /// Pairs seen per level of a part, best first.
    fn counts(&self, part: Part) -> Vec<u64> {
        let seen = self.seen.get(part.word());
        let of = |level: &&str| seen.and_then(|seen| seen.get(*level)).copied().unwrap_or(0);
        part.levels().iter().map(of).collect()
    }
}

/// Of the guard over protected records: names and date of birth would have lifted it.
const EXACT: &str = "without an exact fit";

/// Does the guard stand, or fall, with this part?
fn concerns(guard: &str, part: Part) -> bool {
    let guard = guard.to_lowercase();
    let words: &[&str] = match part {
        // Of somebody else of the surname and birthday is spoken only where forenames are not equal.
        Part::Forename => &["forename", "is held too", EXACT],
        Part::Surname => &["surname", EXACT],
        Part::Born => &["date", "january", "two generations", EXACT],
        Part::Sex => &["sex"],
        Part::Address => &["address"],
        Part::MiddleName | Part::MiddleInitial => &["middle", "further"],
        // An equal telephone would have lifted every guard that misses an address.
        Part::Telephone => &["telephone", "without address"],
    };
    words.iter().any(|word| guard.contains(word))
}

/// Counts under the prior.
fn shrunk(seen: &[u64], shipped: &[f64]) -> Vec<f64> {
    let all: f64 = seen.iter().map(|count| real(*count)).sum();
    let one = |(count, shipped): (&u64, &f64)| {
        (real(*count) + Observed::PRIOR * shipped) / (all + Observed::PRIOR)
    };
    seen.iter().zip(shipped).map(one).collect()
}

/// The nearest rates with the same sum that never rise against `against`: neighbours that do are
/// pooled (Ayer et al., "An empirical distribution function for sampling with incomplete
/// information", 1955).
fn falling(rates: &[f64], against: &[f64]) -> Vec<f64> {
    // Sum of rates, sum of what they are weighed against, levels pooled.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (m, against) in rates.iter().zip(against) {
        let mut pool = (*m, *against, 1);
        while let Some(last) = pools.pop() {
            if last.0 / last.1 >= pool.0 / pool.1 {
                pools.push(last);
                break;
            }
            pool = (last.0 + pool.0, last.1 + pool.1, last.2 + pool.2);
        }
        pools.push(pool);
    }
    let ratios = pools
        .into_iter()
        .flat_map(|(m, against, levels)| std::iter::repeat_n(m / against, levels));
    ratios
        .zip(against)
        .map(|(ratio, against)| ratio * against)
        .collect()
}

/// As far from the shipped rates towards `rates` as the bounds of every level allow.
fn within(shipped: &[f64], rates: &[f64]) -> Vec<f64> {
    let mut part = 1.0_f64;
    for (usual, rate) in shipped.iter().zip(rates) {
        let (least, most) = bounds(*usual);
        let room = if rate > usual {
            most - usual
        } else {
            usual - least
        };
        let step = (rate - usual).abs();
        if step > room {
            part = part.min(room / step);
        }
    }
    let one = |(usual, rate): (&f64, &f64)| usual + part * (rate - usual);
    shipped.iter().zip(rates).map(one).collect()
}

/// As the file writes them.
fn rounded(rates: &[f64]) -> Vec<f64> {
    let one = |rate: &f64| (rate * 1e9).round() / 1e9;
    rates.iter().map(one).collect()
}

#[cfg(test)]
mod tests;
