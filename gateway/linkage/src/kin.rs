//! How members of one family agree, counted from the agency's own homes.
//!
//! ```text
//! rate = (same pairs + PAIRS * shipped rate) / (known pairs + PAIRS)
//! kin  = (pairs + PEOPLE * shipped kin) / (people + PEOPLE), never below LEAST
//! ```
//!
//! PEOPLE rises by those of sources whose homes are not counted, and PAIRS by their family members.
//!
//! Rows equal in forename and date of birth are one person twice and no pair. What the counts do
//! not tell, such as slips in dates, keeps its shipped rate.

use stile_model::subject::{KinCounts, PairCount};

use crate::bits::{ratio, real};
use crate::born::BornLevel;
use crate::level::Level;
use crate::weights::{self, Rate, Weights};

/// Pairs that the shipped rates count for.
const PAIRS: f64 = 100.0;

/// People that the shipped number of family members counts for.
const PEOPLE: f64 = 10.0;

/// Least family members held per person: some live apart, and some homes are written in two ways.
const LEAST: f64 = 0.02;

/// The same where forename or date of birth is missing: nothing else tells a relative apart then.
const LEAST_MISSING: f64 = 0.5;

/// How often two of one family who share the first forename share the others too: sons get the
/// whole name of their fathers.
const NAMESAKE_MIDDLE: f64 = 0.5;

/// Rates between members of one family at this agency.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Kin {
    /// Family members held per person.
    held: f64,
    forename: f64,
    born: f64,
    sex: f64,
}

impl Kin {
    /// The shipped rates, moved by what was counted.
    ///
    /// `uncounted` people are of sources whose homes are not counted; for them the shipped rates
    /// stand, however many homes another source counts.
    pub(crate) fn new(counts: &KinCounts, uncounted: u64) -> Self {
        let twice = counts.twice;
        let pairs = real(counts.pairs.saturating_sub(twice));
        let people = PEOPLE + real(uncounted);
        let held = (pairs + people * weights::KIN_HELD) / (real(counts.people) + people);
        let prior = PAIRS + weights::KIN_HELD * real(uncounted);
        let rate = |count, twice, shipped| shrunk(count, twice, shipped, prior);
        Self {
            held: held.max(LEAST),
            forename: rate(counts.forenames, twice, weights::given(Level::Identical)),
            born: rate(counts.born, twice, weights::born(BornLevel::Same, false)),
            // Of one person twice the sex is known no oftener than of others.
            sex: rate(counts.sexes, part(twice, counts), weights::sex(true)),
        }
    }

    /// These, but nowhere laxer than the shipped rates: for an agency that holds one generation,
    /// among whose own people no father meets his son.
    pub(crate) fn careful(self) -> Self {
        let shipped = Self::new(&KinCounts::default(), 0);
        Self {
            held: self.held.max(shipped.held),
            forename: self.forename.max(shipped.forename),
            born: self.born.max(shipped.born),
            sex: self.sex.max(shipped.sex),
        }
    }

    /// Family members held per person, of whom `missing` says that forename or date is not compared.
    ///
    /// A register of one person a home counts no pairs, yet that person may be the relative.
    pub(crate) fn held(&self, missing: bool) -> f64 {
        if missing {
            self.held.max(LEAST_MISSING)
        } else {
            self.held
        }
    }

    /// Bits of the first forename for the subject and against a family member.
    pub(crate) fn given(&self, level: Level, own: &Weights) -> f64 {
        falling(Level::ALL.into_iter(), level, |level| {
            let rate = own.given(level);
            let kin = spread(
                level == Level::Identical,
                self.forename,
                weights::given(Level::Identical).kin,
                rate.kin,
            );
            ratio(rate.m, kin)
        })
    }

    /// Bits of the date of birth for the subject and against a family member.
    ///
    /// `namesake` says that the forenames agree: two of one family with one name are a generation
    /// apart and not twins, and with equal dates they would be one person twice.
    pub(crate) fn born(&self, level: BornLevel, namesake: bool, own: &Weights) -> f64 {
        let bits = |level| {
            let rate = own.born(level, namesake);
            let shipped = weights::born(BornLevel::Same, false).kin;
            let kin = if level == BornLevel::Same && !namesake {
                self.born
            } else if namesake {
                rate.kin
            } else {
                spread(false, self.born, shipped, rate.kin)
            };
            ratio(rate.m, kin)
        };
        match level {
            // Partial dates have levels of their own.
            BornLevel::Month | BornLevel::Year | BornLevel::Range => bits(level),
            whole => falling(BornLevel::WHOLE.into_iter(), whole, bits),
        }
    }

    /// Bits of the recorded sex for the subject and against a family member.
    pub(crate) fn sex(&self, same: bool, own: &Weights) -> f64 {
        let kin = if same { self.sex } else { 1.0 - self.sex };
        ratio(own.sex(same).m, kin)
    }
}

/// Bits of further forenames for the subject and against a family member.
pub(crate) fn middle(rate: Rate, agrees: bool, namesake: bool) -> f64 {
    let kin = match (namesake, agrees) {
        (false, _) => rate.kin,
        (true, true) => rate.kin.max(NAMESAKE_MIDDLE),
        (true, false) => rate.kin.min(1.0 - NAMESAKE_MIDDLE),
    };
    ratio(rate.m, kin)
}

/// The rate of equal pairs that are not one person twice.
fn shrunk(count: PairCount, twice: u64, shipped: Rate, prior: f64) -> f64 {
    let same = real(count.same.saturating_sub(twice));
    let known = real(count.known.saturating_sub(twice));
    (same + prior * shipped.kin) / (known + prior)
}

/// How many of the pairs that are one person twice have their sex known, if as many as of others.
fn part(twice: u64, counts: &KinCounts) -> u64 {
    let known = u128::from(twice) * u128::from(counts.sexes.known);
    let part = known.checked_div(u128::from(counts.pairs)).unwrap_or(0);
    u64::try_from(part).unwrap_or(u64::MAX).min(twice)
}

/// The rate of a level: the counted one, or the shipped one's part of what equality leaves.
fn spread(equal: bool, counted: f64, shipped_equal: f64, shipped: f64) -> f64 {
    if equal {
        counted
    } else {
        shipped * (1.0 - counted) / (1.0 - shipped_equal)
    }
}

/// Bits of `level`, never above those of any better one.
fn falling<L: PartialEq + Copy>(
    best_first: impl Iterator<Item = L>,
    level: L,
    bits: impl Fn(L) -> f64,
) -> f64 {
    let mut ceiling = f64::INFINITY;
    for each in best_first {
        ceiling = ceiling.min(bits(each));
        if each == level {
            break;
        }
    }
    ceiling
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn pairs(known: u64, same: u64) -> PairCount {
        PairCount { known, same }
    }

    #[test]
    fn without_homes_the_shipped_rates_hold() {
        let kin = Kin::new(&KinCounts::default(), 0);

        assert!((kin.held - weights::KIN_HELD).abs() < 1e-12);
        for level in Level::ALL {
            let rate = weights::given(level);
            assert!((kin.given(level, &Weights::default()) - ratio(rate.m, rate.kin)).abs() < 1e-9);
        }
    }

    #[test]
    fn namesakes_counted_here_speak_against_an_equal_forename() {
        let of = |same| {
            Kin::new(
                &KinCounts {
                    people: 1_000,
                    pairs: 2_000,
                    forenames: pairs(2_000, same),
                    ..KinCounts::default()
                },
                0,
            )
        };

        assert!(
            of(200).given(Level::Identical, &Weights::default())
                < of(20).given(Level::Identical, &Weights::default())
        );
    }

    #[test]
    fn one_person_twice_is_no_twin_and_no_namesake() {
        let once = KinCounts {
            people: 1_000,
            pairs: 900,
            forenames: pairs(900, 10),
            born: pairs(900, 10),
            ..KinCounts::default()
        };
        let doubled = KinCounts {
            pairs: 1_000,
            forenames: pairs(1_000, 110),
            born: pairs(1_000, 110),
            twice: 100,
            ..once
        };

        assert_eq!(Kin::new(&once, 0), Kin::new(&doubled, 0));
    }

    #[test]
    fn equal_further_forenames_hardly_tell_a_son_from_his_namesake_father() {
        let rate = weights::middle_name(true);

        assert!(middle(rate, true, true) < 1.0);
        assert!(middle(rate, true, false) > 4.0);
        assert!(middle(rate, true, true) > middle(weights::middle_name(false), false, true));
    }

    #[test]
    fn scattered_addresses_never_make_families_impossible() {
        let kin = Kin::new(
            &KinCounts {
                people: 5_000_000,
                ..KinCounts::default()
            },
            0,
        );

        assert!((kin.held - LEAST).abs() < 1e-12);
    }

    #[test]
    fn homes_counted_in_one_source_say_nothing_of_another_whose_homes_are_not() {
        let tenants = KinCounts {
            people: 100_000,
            ..KinCounts::default()
        };

        assert!(Kin::new(&tenants, 0).held < 0.03);
        assert!(Kin::new(&tenants, 100_000).held > 0.7);
    }

    #[test]
    fn one_generation_is_never_laxer_than_shipped() {
        let pupils = KinCounts {
            people: 10_000,
            pairs: 5_000,
            forenames: pairs(5_000, 0),
            born: pairs(5_000, 400),
            ..KinCounts::default()
        };
        let (counted, careful) = (Kin::new(&pupils, 0), Kin::new(&pupils, 0).careful());
        let bits = |kin: &Kin| kin.given(Level::Identical, &Weights::default());

        assert!(bits(&counted) > bits(&careful) + 5.0);
        assert!(careful.held >= weights::KIN_HELD && careful.born >= counted.born);
    }

    #[test]
    fn people_held_twice_without_sex_leave_its_rate_alone() {
        let doubled = KinCounts {
            people: 5_000,
            pairs: 3_000,
            sexes: pairs(1_500, 750),
            twice: 1_000,
            ..KinCounts::default()
        };

        assert!(Kin::new(&doubled, 0).sex > 0.2);
    }

    proptest! {
        #[test]
        fn closer_agreement_never_speaks_more_for_a_family_member(
            people in 0_u64..1_000_000, known in 0_u64..1_000_000, forename in 0_u64..1_000_000,
            born in 0_u64..1_000_000, sex in 0_u64..1_000_000, twice in 0_u64..1_000_000,
            uncounted in 0_u64..1_000_000,
        ) {
            let kin = Kin::new(&KinCounts {
                people,
                pairs: known,
                forenames: pairs(known, forename.min(known)),
                born: pairs(known, born.min(known)),
                sexes: pairs(known, sex.min(known)),
                twice: twice.min(known),
            }, uncounted);
            let given = Level::ALL.map(|level| kin.given(level, &Weights::default()));
            prop_assert!(given.is_sorted_by(|a, b| a >= b), "{given:?}");
            for namesake in [true, false] {
                let born = BornLevel::WHOLE.map(|level| kin.born(level, namesake, &Weights::default()));
                prop_assert!(born.is_sorted_by(|a, b| a >= b), "{born:?}");
            }
            let sexes = [true, false].map(|same| kin.sex(same, &Weights::default()));
            prop_assert!(kin.held.is_finite() && sexes.iter().all(|bits| bits.is_finite()));
        }
    }
}
