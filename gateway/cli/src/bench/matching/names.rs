//! Names as common as they are in life: a few that thousands bear, and a long tail of rare ones.
//!
//! The common ones are those of the made-up town; the rare ones are put together from sounds, so
//! that each has neighbours that look and sound like it, as real surnames have.

use crate::demo::world::{FORENAMES, Random, SURNAMES, Sex};

/// Ranks that the frequencies tell apart; the rarest are met once among many millions.
const RANKS: u32 = 180_000;

const ONSETS: [&str; 24] = [
    "B", "Br", "C", "Cl", "D", "Dr", "F", "G", "Gr", "H", "K", "L", "M", "N", "P", "Pr", "R", "S",
    "Sh", "St", "T", "Th", "W", "Wh",
];
const VOWELS: [&str; 10] = ["a", "e", "i", "o", "u", "ai", "ea", "ee", "oo", "ow"];
const CODAS: [&str; 19] = [
    "ck", "d", "ff", "g", "l", "ll", "m", "n", "nd", "ng", "r", "rd", "rn", "s", "sh", "st", "t",
    "tt", "v",
];
const SURNAME_ENDS: [&str; 40] = [
    "ley", "ton", "ford", "by", "ham", "worth", "well", "field", "er", "ing", "son", "man", "s",
    "wood", "den", "bury", "combe", "croft", "dale", "gate", "hurst", "ington", "kin", "land",
    "low", "mer", "more", "ridge", "shaw", "side", "stead", "thorpe", "wick", "yard", "ett",
    "gill", "holm", "house", "stone", "water",
];
const WOMEN_ENDS: [&str; 20] = [
    "a", "ia", "ella", "ette", "ie", "ina", "elle", "y", "anne", "issa", "ora", "lyn", "een",
    "ena", "isha", "eya", "ita", "ana", "ira", "esa",
];
const MEN_ENDS: [&str; 20] = [
    "an", "en", "o", "on", "ard", "ie", "el", "us", "is", "ul", "eem", "aj", "or", "ick", "in",
    "ert", "ish", "ov", "ek", "ad",
];

/// Draws ranks so that few are common and many are rare.
struct Frequencies(Vec<f64>);

impl Frequencies {
    /// A rank `r` is as common as `1 / ((r + flat) (1 + r / knee))`: Zipf's law with a flat start,
    /// and rarer than Zipf's beyond the knee, as counted surnames are.
    fn new(flat: f64, knee: f64) -> Self {
        let mut sum = 0.0;
        let sums = (0..RANKS).map(|rank| {
            let rank = f64::from(rank);
            sum += 1.0 / ((rank + flat) * (1.0 + rank / knee));
            sum
        });
        Self(sums.collect())
    }

    fn draw(&self, random: &mut Random) -> usize {
        let high = u32::try_from(random.next() >> 32).unwrap_or(0);
        let all = self.0.last().copied().unwrap_or(0.0);
        let at = f64::from(high) / f64::from(u32::MAX) * all;
        self.0.partition_point(|sum| *sum < at)
    }
}

/// Every name with how common it is.
pub(super) struct Names {
    surnames: Frequencies,
    forenames: Frequencies,
    common_surnames: Vec<&'static str>,
    common_women: Vec<&'static str>,
    common_men: Vec<&'static str>,
}

impl Names {
    pub(super) fn new() -> Self {
        let given = |sex: Sex| {
            let fits = FORENAMES.iter().filter(move |name| name.sex == sex);
            fits.map(|name| name.name).collect()
        };
        Self {
            surnames: Frequencies::new(20.0, 6_000.0),
            forenames: Frequencies::new(15.0, 1_200.0),
            common_surnames: SURNAMES.iter().map(|name| name.name).collect(),
            common_women: given(Sex::Female),
            common_men: given(Sex::Male),
        }
    }

    /// A surname.
    pub(super) fn surname(&self, random: &mut Random) -> String {
        let rank = self.surnames.draw(random);
        named(rank, &self.common_surnames, &SURNAME_ENDS)
    }

    /// A forename of one sex.
    pub(super) fn forename(&self, sex: Sex, random: &mut Random) -> String {
        let rank = self.forenames.draw(random);
        match sex {
            Sex::Female => named(rank, &self.common_women, &WOMEN_ENDS),
            Sex::Male => named(rank, &self.common_men, &MEN_ENDS),
        }
    }
}

/// The name at `rank`: a common one, or one of our own making.
fn named(rank: usize, common: &[&str], ends: &[&str]) -> String {
    common.get(rank).map_or_else(
        || rare(rank - common.len(), ends),
        |name| (*name).to_owned(),
    )
}

fn rare(rank: usize, ends: &[&str]) -> String {
    let all = ONSETS.len() * VOWELS.len() * CODAS.len() * ends.len();
    // 7,919 is prime and divides no such count: names of neighbouring ranks look nothing alike.
    let mut at = rank % all * 7_919 % all;
    let mut pick = |parts: &[&'static str]| {
        let part = parts.get(at % parts.len()).copied().unwrap_or_default();
        at /= parts.len();
        part
    };
    let (onset, vowel, coda) = (pick(&ONSETS), pick(&VOWELS), pick(&CODAS));
    let end = ends.get(at % ends.len()).copied().unwrap_or_default();
    format!("{onset}{vowel}{coda}{end}")
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn rare_names_of_different_ranks_differ() {
        let names: HashSet<String> = (0..182_400).map(|rank| rare(rank, &SURNAME_ENDS)).collect();

        // A few are put together from other sounds and end up the same.
        assert!(names.len() > 170_000, "{}", names.len());
    }

    #[test]
    fn few_names_are_common_and_many_are_rare() {
        let (names, mut random) = (Names::new(), Random::new(1, 1));
        let mut counts: HashMap<String, u32> = HashMap::new();
        for _ in 0..100_000 {
            *counts.entry(names.surname(&mut random)).or_default() += 1;
        }

        let commonest = counts.values().max().copied().unwrap_or(0);
        let once = counts.values().filter(|count| **count == 1).count();

        assert!((400..1_600).contains(&commonest), "{commonest}");
        assert!((8_000..30_000).contains(&counts.len()), "{}", counts.len());
        assert!(once * 4 > counts.len(), "{once}");
    }
}
