//! The shipped default weights: how often each level of agreement is seen between two records of
//! one person (`m`), and between a person and a member of their family (`kin`).
//!
//! One table for every agency, of which an agency may put its own `m` in force ([`Weights`]). How
//! often a *stranger* agrees (`u`) is not here: it is counted.

mod file;
mod observed;
mod value;

use crate::born::BornLevel;
use crate::level::Level;
use crate::place::PlaceLevel;

pub use file::{Shift, WeightsError, WeightsFile};
pub use observed::{Observed, Pair};
pub use value::Weights;

/// Family members held per person. Together with [`Rate::kin`] this is what keeps a father from
/// being taken for his son.
pub(crate) const KIN_HELD: f64 = 1.5;

/// People who share a house, for how often strangers agree on one.
pub(crate) const HOUSEHOLD: u64 = 4;

/// People who share a street.
pub(crate) const STREET: u64 = 40;

/// How often a level is seen.
#[derive(Clone, Copy)]
pub(crate) struct Rate {
    /// Between two records of one person.
    pub(crate) m: f64,
    /// Between a person and a member of their family.
    pub(crate) kin: f64,
}

const fn rate(m: f64, kin: f64) -> Rate {
    Rate { m, kin }
}

/// First forename.
pub(crate) const fn given(level: Level) -> Rate {
    match level {
        Level::Identical => rate(0.86, 0.012),
        Level::Nickname => rate(0.025, 0.006),
        Level::Variant => rate(0.01, 0.002_5),
        Level::Near => rate(0.03, 0.007_6),
        Level::Part => rate(0.015, 0.02),
        Level::Similar => rate(0.01, 0.02),
        Level::Initial => rate(0.02, 0.08),
        Level::Different => rate(0.03, 0.842),
    }
}

/// Surname. Marriage, adoption and step-parents make it differ between records of one person.
pub(crate) const fn surname(level: Level) -> Rate {
    match level {
        Level::Identical => rate(0.86, 0.78),
        Level::Nickname => rate(0.001, 0.000_93),
        Level::Variant => rate(0.002, 0.001_88),
        Level::Near => rate(0.033, 0.031_2),
        Level::Part => rate(0.03, 0.045),
        Level::Similar => rate(0.015, 0.023),
        Level::Initial => rate(0.004, 0.007),
        Level::Different => rate(0.055, 0.111),
    }
}

/// Forename and surname in each other's field; the rate of the pair.
pub(crate) const SWAPPED: Rate = rate(0.008, 0.000_2);

/// Date of birth. `namesake` says that the forenames agree: two of one family with one name are
/// a generation apart and not twins; and two dates a generation apart are never two of three.
pub(crate) const fn born(level: BornLevel, namesake: bool) -> Rate {
    match level {
        BornLevel::Same if namesake => rate(0.91, 0.001_5),
        BornLevel::Same => rate(0.91, 0.015),
        BornLevel::Month => rate(0.95, 0.02),
        BornLevel::Year => rate(0.95, 0.05),
        BornLevel::Range => rate(0.95, 0.30),
        BornLevel::Swapped => rate(0.012, 0.000_5),
        BornLevel::Digit => rate(0.045, 0.006),
        BornLevel::TwoOfThree if namesake => rate(0.023, 0.003_1),
        BornLevel::TwoOfThree => rate(0.023, 0.02),
        // Two of three parts are seldom wrong by slips; the date was another person's or invented.
        BornLevel::Different => rate(0.01, 0.957),
    }
}

/// Sex, agreeing or not.
pub(crate) const fn sex(same: bool) -> Rate {
    if same {
        rate(0.985, 0.5)
    } else {
        rate(0.015, 0.5)
    }
}

/// How often two strangers are of one sex, or of two; `called_alike` says that they have one
/// forename, which nearly tells the sex: it must not count twice.
pub(crate) const fn sex_of_strangers(same: bool, called_alike: bool) -> f64 {
    match (same, called_alike) {
        (true, true) => SEX_OF_A_NAME,
        (false, true) => 1.0 - SEX_OF_A_NAME,
        (_, false) => 0.5,
    }
}

/// Share of those of one forename who are of its usual sex.
pub(crate) const SEX_OF_A_NAME: f64 = 0.97;

/// Address. Families move together, and apart: it tells nothing between their members.
pub(crate) const fn place(level: PlaceLevel) -> Rate {
    match level {
        PlaceLevel::House => rate(0.58, 0.58),
        PlaceLevel::Postcode | PlaceLevel::Street => rate(0.05, 0.05),
        PlaceLevel::District => rate(0.10, 0.10),
        PlaceLevel::Different => rate(0.22, 0.22),
    }
}

/// Further forenames, both written out: agreeing or not.
pub(crate) const fn middle_name(same: bool) -> Rate {
    if same {
        rate(0.90, 0.05)
    } else {
        rate(0.10, 0.95)
    }
}

/// Further forenames, one of them an initial: agreeing or not.
pub(crate) const fn middle_initial(same: bool) -> Rate {
    if same {
        rate(0.94, 0.12)
    } else {
        rate(0.06, 0.88)
    }
}

/// How often a stranger's middle initial agrees, before any are counted.
pub(crate) const MIDDLE_INITIAL_U: f64 = 0.09;

/// Telephone, agreeing or not. Families share one.
pub(crate) const fn phone(same: bool) -> Rate {
    if same {
        rate(0.50, 0.35)
    } else {
        rate(0.50, 0.65)
    }
}

/// How far two identifiers of one scheme agree; best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NumberLevel {
    /// Equal.
    Same,
    /// Equal, but on one side it carries another date of birth or sex than is recorded.
    Doubted,
    /// One slip apart, in a scheme without check digits.
    Slip,
    /// Different, in a scheme without check digits.
    Different,
    /// Different although the check digits of both hold.
    Conflict,
}

/// Identifier.
pub(crate) const fn number(level: NumberLevel) -> Rate {
    match level {
        NumberLevel::Same => rate(0.93, 0.004),
        NumberLevel::Doubted | NumberLevel::Slip => rate(0.04, 0.001),
        NumberLevel::Different => rate(0.03, 0.995),
        NumberLevel::Conflict => rate(0.02, 0.995),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn falls(part: &str, rates: &[Rate]) {
        let ratios: Vec<f64> = rates.iter().map(|rate| rate.m / rate.kin).collect();
        assert!(ratios.is_sorted_by(|a, b| a >= b), "{part} {ratios:?}");
        let sum = |of: fn(&Rate) -> f64| rates.iter().map(of).sum::<f64>();
        assert!(
            sum(|rate| rate.m) <= 1.001 && sum(|rate| rate.kin) <= 1.001,
            "{part}"
        );
    }

    #[test]
    fn closer_agreement_never_speaks_more_for_a_family_member() {
        use BornLevel as B;
        use NumberLevel as N;
        use PlaceLevel as P;

        falls("forename", &Level::ALL.map(given));
        falls("surname", &Level::ALL.map(surname));
        falls(
            "address",
            &[
                place(P::House),
                place(P::Postcode),
                place(P::District),
                place(P::Different),
            ],
        );
        falls("sex", &[sex(true), sex(false)]);
        falls("telephone", &[phone(true), phone(false)]);
        falls("middle name", &[middle_name(true), middle_name(false)]);
        falls(
            "middle initial",
            &[middle_initial(true), middle_initial(false)],
        );
        falls(
            "number",
            &[number(N::Same), number(N::Slip), number(N::Different)],
        );
        falls(
            "number with check digits",
            &[number(N::Same), number(N::Conflict)],
        );
        for namesake in [true, false] {
            let dates = [B::Same, B::Swapped, B::Digit, B::TwoOfThree, B::Different];
            falls("date of birth", &dates.map(|level| born(level, namesake)));
        }
    }
}
