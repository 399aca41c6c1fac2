//! How common each name, date and postcode is among an agency's people.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use stile_model::redact::Redacted;
use stile_model::subject::{KinCounts, PairCount, PersonCounts};
use stile_model::time::Date;

use crate::bits::real;
use crate::born;
use crate::kin::Kin;
use crate::lexicon::{Lexicon, Reading};
use crate::normalise::name;
use crate::normalise::postcode::postcode;
use crate::place::postal_key;
use crate::weights::Weights;

/// Least share of people who are taken to live in any one postcode district.
const LEAST_DISTRICT: f64 = 0.05;

/// An agency's own frequencies, built once from its counts and kept in memory only.
pub struct Frequencies {
    people: u64,
    pub(crate) forenames: Lexicon,
    pub(crate) surnames: Lexicon,
    pub(crate) born: BTreeMap<Date, u64>,
    postcodes: HashMap<String, (u64, Vec<Redacted<String>>)>,
    /// People of each postcode district, and of any.
    districts: HashMap<String, u64>,
    in_districts: u64,
    /// How this agency's families agree.
    pub(crate) kin: Kin,
    /// How often each level is seen between two records of one person.
    pub(crate) weights: Weights,
}

impl Frequencies {
    /// Merges the counts of the agency's sources.
    pub fn new(counts: &[PersonCounts]) -> Self {
        let kin = counts.iter().fold(KinCounts::default(), |sum, source| {
            together(&sum, &source.kin)
        });
        let uncounted = counts
            .iter()
            .filter(|source| source.kin.people == 0)
            .fold(0_u64, |sum, source| sum.saturating_add(source.people));
        let mut all = Self {
            people: 0,
            forenames: Lexicon::default(),
            surnames: Lexicon::default(),
            born: BTreeMap::new(),
            postcodes: HashMap::new(),
            districts: HashMap::new(),
            in_districts: 0,
            kin: Kin::new(&kin, uncounted),
            weights: Weights::default(),
        };
        for source in counts {
            all.merge(source);
        }
        if !born::span_generations(&all.born) {
            all.kin = all.kin.careful();
        }
        all
    }

    /// These with an agency's own rates in the place of the shipped ones.
    #[must_use]
    pub fn with_weights(self, weights: Weights) -> Self {
        Self { weights, ..self }
    }

    /// People counted; somebody held by two sources counts twice.
    pub fn people(&self) -> u64 {
        self.people
    }

    fn merge(&mut self, source: &PersonCounts) {
        self.people = self.people.saturating_add(source.people);
        for (text, people) in &source.forenames {
            let mut words = name::forenames(text.reveal()).into_iter();
            let reading = Reading {
                first: words.next().unwrap_or_default(),
                later: words.collect(),
            };
            self.forenames.add(text, *people, &reading);
        }
        for (text, people) in &source.surnames {
            let surname = name::surname(text.reveal());
            let later = if surname.parts().len() > 1 {
                surname.parts().to_vec()
            } else {
                Vec::new()
            };
            self.surnames.add(
                text,
                *people,
                &Reading {
                    first: surname.whole().to_owned(),
                    later,
                },
            );
        }
        for (date, people) in &source.born {
            let held = self.born.entry(*date).or_default();
            *held = held.saturating_add(*people);
        }
        for (text, people) in &source.postcodes {
            if let Some(key) = postal_key(text.reveal()) {
                let (held, spellings) = self.postcodes.entry(key).or_default();
                *held = held.saturating_add(*people);
                if !spellings.contains(text) {
                    spellings.push(text.clone());
                }
            }
            if let Some(code) = postcode(text.reveal()) {
                let held = self.districts.entry(code.outward().to_owned()).or_default();
                *held = held.saturating_add(*people);
                self.in_districts = self.in_districts.saturating_add(*people);
            }
        }
    }

    /// The number of people as a real number, at least one.
    pub(crate) fn total(&self) -> f64 {
        real(self.people.max(1))
    }

    /// `people` as a share of all, never below what a third of one person would be.
    pub(crate) fn share(&self, people: u64) -> f64 {
        (real(people).max(0.3) / self.total()).min(1.0)
    }

    /// `people` without the one whose row is compared, as a share of all: that he is counted is no
    /// chance agreement.
    pub(crate) fn share_of_others(&self, people: u64) -> f64 {
        ((real(people) - 0.7).max(0.3) / self.total()).min(1.0)
    }

    /// People at a postcode, by its comparable key.
    pub(crate) fn at_postcode(&self, key: &str) -> u64 {
        self.postcodes.get(key).map_or(0, |(people, _)| *people)
    }

    /// Share of people who live in a postcode district, of those whose district is known; never
    /// below one in twenty, because those who move mostly stay near.
    pub(crate) fn in_district(&self, district: Option<&str>) -> f64 {
        let held = district.and_then(|district| self.districts.get(district));
        let share = real(held.copied().unwrap_or(0)) / real(self.in_districts.max(1));
        share.clamp(LEAST_DISTRICT, 1.0)
    }

    /// How the sources spell a postcode, by its comparable key.
    pub(crate) fn postcode_spellings(&self, key: &str) -> &[Redacted<String>] {
        self.postcodes
            .get(key)
            .map_or(&[], |(_, spellings)| spellings)
    }
}

fn together(a: &KinCounts, b: &KinCounts) -> KinCounts {
    let pairs = |a: PairCount, b: PairCount| PairCount {
        known: a.known.saturating_add(b.known),
        same: a.same.saturating_add(b.same),
    };
    KinCounts {
        people: a.people.saturating_add(b.people),
        pairs: a.pairs.saturating_add(b.pairs),
        forenames: pairs(a.forenames, b.forenames),
        born: pairs(a.born, b.born),
        sexes: pairs(a.sexes, b.sexes),
        twice: a.twice.saturating_add(b.twice),
    }
}

impl fmt::Debug for Frequencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frequencies")
            .field("people", &self.people)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_withholds_every_name() {
        let counts = PersonCounts {
            people: 1,
            surnames: vec![("Quillfeather".into(), 1)],
            forenames: vec![("Zephyrine".into(), 1)],
            ..PersonCounts::default()
        };

        let text = format!("{:?}", Frequencies::new(&[counts]));

        assert!(!text.to_lowercase().contains("quill") && !text.to_lowercase().contains("zeph"));
    }

    #[test]
    fn a_share_is_never_zero_nor_above_one() {
        let empty = Frequencies::new(&[]);

        assert!(empty.share(0) > 0.0);
        assert!(empty.share(u64::MAX) <= 1.0);
    }
}
