//! The rates between two records of one person as a value: the shipped ones, or an agency's own.

use super::{Rate, born, given, middle_initial, middle_name, phone, place, sex, surname};
use crate::born::BornLevel;
use crate::level::Level;
use crate::place::PlaceLevel;

/// Identical, one slip apart, …: how often each is seen between two records of one person.
///
/// Only of what may be learned. Identifiers and swapped names keep their shipped rates: pairs are
/// known by the first, and the second is too rare to count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    forename: [f64; Level::ALL.len()],
    surname: [f64; Level::ALL.len()],
    born: [f64; BornLevel::WHOLE.len()],
    sex: [f64; 2],
    address: [f64; PlaceLevel::ALL.len()],
    middle_name: [f64; 2],
    middle_initial: [f64; 2],
    telephone: [f64; 2],
}

impl Default for Weights {
    /// The shipped rates.
    fn default() -> Self {
        Self {
            forename: Level::ALL.map(|level| given(level).m),
            surname: Level::ALL.map(|level| surname(level).m),
            born: BornLevel::WHOLE.map(|level| born(level, false).m),
            sex: BOTH.map(|same| sex(same).m),
            address: PlaceLevel::ALL.map(|level| place(level).m),
            middle_name: BOTH.map(|same| middle_name(same).m),
            middle_initial: BOTH.map(|same| middle_initial(same).m),
            telephone: BOTH.map(|same| phone(same).m),
        }
    }
}

/// Agreeing first.
const BOTH: [bool; 2] = [true, false];

/// How often strangers agree on a place, in round figures: only how closer agreement must weigh
/// more is held to it, and the true share is counted.
const STRANGERS: [f64; PlaceLevel::ALL.len()] = [0.000_5, 0.002, 0.004, 0.05, 1.0];

impl Weights {
    /// First forename.
    pub(crate) fn given(&self, level: Level) -> Rate {
        at(&Level::ALL, &self.forename, level, given(level))
    }

    /// Surname.
    pub(crate) fn surname(&self, level: Level) -> Rate {
        at(&Level::ALL, &self.surname, level, surname(level))
    }

    /// Date of birth; of partial dates the shipped rate.
    pub(crate) fn born(&self, level: BornLevel, namesake: bool) -> Rate {
        let shipped = born(level, namesake);
        at(&BornLevel::WHOLE, &self.born, level, shipped)
    }

    /// Sex, agreeing or not.
    pub(crate) fn sex(&self, same: bool) -> Rate {
        at(&BOTH, &self.sex, same, sex(same))
    }

    /// Address; it tells nothing between members of a family.
    pub(crate) fn place(&self, level: PlaceLevel) -> Rate {
        let Rate { m, .. } = at(&PlaceLevel::ALL, &self.address, level, place(level));
        Rate { m, kin: m }
    }

    /// Further forenames, both written out: agreeing or not.
    pub(crate) fn middle_name(&self, same: bool) -> Rate {
        at(&BOTH, &self.middle_name, same, middle_name(same))
    }

    /// Further forenames, one of them an initial: agreeing or not.
    pub(crate) fn middle_initial(&self, same: bool) -> Rate {
        at(&BOTH, &self.middle_initial, same, middle_initial(same))
    }

    /// Telephone, agreeing or not.
    pub(crate) fn phone(&self, same: bool) -> Rate {
        at(&BOTH, &self.telephone, same, phone(same))
    }
}

fn at<L: PartialEq + Copy>(levels: &[L], m: &[f64], level: L, shipped: Rate) -> Rate {
    let own = levels.iter().zip(m).find(|(each, _)| **each == level);
    Rate {
        m: own.map_or(shipped.m, |(_, m)| *m),
        kin: shipped.kin,
    }
}

/// What is compared and may be learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Forename,
    Surname,
    Born,
    Sex,
    Address,
    MiddleName,
    MiddleInitial,
    Telephone,
}

impl Part {
    /// In the order of the file.
    pub(crate) const ALL: [Self; 8] = [
        Self::Forename,
        Self::Surname,
        Self::Born,
        Self::Sex,
        Self::Address,
        Self::MiddleName,
        Self::MiddleInitial,
        Self::Telephone,
    ];

    /// The word of the file, and of the waterfall but for the middle initial.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Forename => "forename",
            Self::Surname => "surname",
            Self::Born => "date of birth",
            Self::Sex => "sex",
            Self::Address => "address",
            Self::MiddleName => "middle name",
            Self::MiddleInitial => "middle initial",
            Self::Telephone => "telephone",
        }
    }

    /// Words of the levels, best first.
    pub(crate) fn levels(self) -> Vec<&'static str> {
        match self {
            Self::Forename | Self::Surname => Level::ALL.map(Level::word).to_vec(),
            Self::Born => BornLevel::WHOLE.map(BornLevel::word).to_vec(),
            Self::Address => PlaceLevel::ALL.map(PlaceLevel::word).to_vec(),
            Self::Sex | Self::Telephone => vec!["same", "different"],
            Self::MiddleName => vec!["identical", "different"],
            Self::MiddleInitial => vec!["initial agrees", "initial differs"],
        }
    }

    /// What `m` is weighed against, best level first: divided by it, `m` must never rise.
    pub(crate) fn against(self) -> Vec<f64> {
        let kin = |rates: &[Rate]| rates.iter().map(|rate| rate.kin).collect();
        match self {
            Self::Forename => kin(&Level::ALL.map(given)),
            Self::Surname => kin(&Level::ALL.map(surname)),
            Self::Born => kin(&BornLevel::WHOLE.map(|level| born(level, false))),
            Self::Sex => kin(&BOTH.map(sex)),
            Self::Address => STRANGERS.to_vec(),
            Self::MiddleName => kin(&BOTH.map(middle_name)),
            Self::MiddleInitial => kin(&BOTH.map(middle_initial)),
            Self::Telephone => kin(&BOTH.map(phone)),
        }
    }

    /// The part of which a line of a waterfall speaks.
    pub(crate) fn of_line(part: &str, level: &str) -> Option<Self> {
        let fits = |each: &Self| {
            let word = match each {
                Self::MiddleInitial => "middle name",
                other => other.word(),
            };
            word == part && each.levels().contains(&level)
        };
        Self::ALL.into_iter().find(fits)
    }
}

impl Weights {
    /// The rates of a part, best level first.
    pub(crate) fn of(&self, part: Part) -> &[f64] {
        match part {
            Part::Forename => &self.forename,
            Part::Surname => &self.surname,
            Part::Born => &self.born,
            Part::Sex => &self.sex,
            Part::Address => &self.address,
            Part::MiddleName => &self.middle_name,
            Part::MiddleInitial => &self.middle_initial,
            Part::Telephone => &self.telephone,
        }
    }

    /// These with other rates of one part; what is not of its length is not taken.
    pub(crate) fn with(mut self, part: Part, rates: &[f64]) -> Self {
        let slot: &mut [f64] = match part {
            Part::Forename => &mut self.forename,
            Part::Surname => &mut self.surname,
            Part::Born => &mut self.born,
            Part::Sex => &mut self.sex,
            Part::Address => &mut self.address,
            Part::MiddleName => &mut self.middle_name,
            Part::MiddleInitial => &mut self.middle_initial,
            Part::Telephone => &mut self.telephone,
        };
        if slot.len() == rates.len() {
            slot.copy_from_slice(rates);
        }
        self
    }
}
