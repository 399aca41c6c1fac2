//! Forenames and surnames of a mixed British town, with the ways in which each gets written down.
//!
//! Our own short tables: common names of each community and spellings that officers really meet.

mod forenames;
mod surnames;

pub use forenames::FORENAMES;
pub use surnames::SURNAMES;

use super::random::Random;

/// Where a family's names come from; decides which names go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// English and Scots.
    #[default]
    English,
    /// Indian.
    Indian,
    /// Irish.
    Irish,
    /// Nigerian.
    Nigerian,
    /// Pakistani and Bangladeshi.
    Pakistani,
    /// Polish.
    Polish,
    /// Romanian.
    Romanian,
    /// Somali.
    Somali,
    /// Welsh.
    Welsh,
}

impl Origin {
    /// An origin, in about the shares of an English port town.
    pub fn random(random: &mut Random) -> Self {
        match random.below(100) {
            0..52 => Self::English,
            52..60 => Self::Welsh,
            60..66 => Self::Irish,
            66..74 => Self::Pakistani,
            74..80 => Self::Polish,
            80..85 => Self::Indian,
            85..90 => Self::Romanian,
            90..95 => Self::Nigerian,
            _ => Self::Somali,
        }
    }
}

/// Recorded sex, as the tables need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sex {
    /// Female.
    #[default]
    Female,
    /// Male.
    Male,
}

/// One forename.
#[derive(Debug, Clone, Copy, Default)]
pub struct Forename {
    /// As on the birth certificate.
    pub name: &'static str,
    /// Whose name it is.
    pub sex: Sex,
    /// Whose families use it.
    pub origin: Origin,
    /// Nicknames and other spellings.
    pub variants: &'static [&'static str],
}

/// One surname.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surname {
    /// As on the birth certificate.
    pub name: &'static str,
    /// Whose families use it.
    pub origin: Origin,
    /// Other spellings.
    pub variants: &'static [&'static str],
}

/// A forename that fits.
pub fn forename(random: &mut Random, origin: Origin, sex: Sex) -> &'static str {
    let fits = |name: &&Forename| name.origin == origin && name.sex == sex;
    let count = u32::try_from(FORENAMES.iter().filter(fits).count()).unwrap_or(1);
    let at = usize::try_from(random.below(count)).unwrap_or(0);
    FORENAMES
        .iter()
        .filter(fits)
        .nth(at)
        .map_or("Alex", |name| name.name)
}

/// A surname that fits.
pub fn surname(random: &mut Random, origin: Origin) -> &'static str {
    let fits = |name: &&Surname| name.origin == origin;
    let count = u32::try_from(SURNAMES.iter().filter(fits).count()).unwrap_or(1);
    let at = usize::try_from(random.below(count)).unwrap_or(0);
    SURNAMES
        .iter()
        .filter(fits)
        .nth(at)
        .map_or("Smith", |name| name.name)
}

/// Other ways to write this forename; empty when none is known.
pub fn forename_variants(name: &str) -> &'static [&'static str] {
    FORENAMES
        .iter()
        .find(|known| known.name == name)
        .map_or(&[], |known| known.variants)
}

/// Other ways to write this surname; empty when none is known.
pub fn surname_variants(name: &str) -> &'static [&'static str] {
    SURNAMES
        .iter()
        .find(|known| known.name == name)
        .map_or(&[], |known| known.variants)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_origin_has_names_for_everybody() {
        for origin in [
            Origin::English,
            Origin::Indian,
            Origin::Irish,
            Origin::Nigerian,
            Origin::Pakistani,
            Origin::Polish,
            Origin::Romanian,
            Origin::Somali,
            Origin::Welsh,
        ] {
            for sex in [Sex::Female, Sex::Male] {
                let count = FORENAMES
                    .iter()
                    .filter(|n| n.origin == origin && n.sex == sex)
                    .count();
                assert!(count >= 5, "{origin:?} {sex:?}");
            }
            assert!(
                SURNAMES.iter().filter(|n| n.origin == origin).count() >= 12,
                "{origin:?}"
            );
        }
    }

    #[test]
    fn no_table_lists_a_name_twice() {
        let mut seen = std::collections::BTreeSet::new();
        assert!(
            FORENAMES
                .iter()
                .all(|n| seen.insert((n.name, format!("{:?} {:?}", n.origin, n.sex))))
        );

        let mut seen = std::collections::BTreeSet::new();
        for surname in SURNAMES {
            assert!(
                seen.insert((surname.name, format!("{:?}", surname.origin))),
                "{}",
                surname.name
            );
        }
    }
}
