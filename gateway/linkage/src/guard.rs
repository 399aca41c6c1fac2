//! Guards: what a person must look at although the probability is high.
//!
//! Most hold whatever the probability. Some stand where a fact is missing or slightly off; these
//! lift when everything else that tells a relative or a stranger apart agrees *and* the probability
//! reaches [`SURE`], because the rates counted from the agency's own homes then say that a twin or a
//! namesake is not to be expected.

use crate::born::{BornLevel, GENERATION};
use crate::compare::Comparison;
use crate::level::Level;
use crate::place::PlaceLevel;
use crate::weights::NumberLevel;

/// Probability from which a missing fact no longer calls for a person. Names go with birth years
/// and places, which the sum takes for independent; five times the odds make up for it.
pub(crate) const SURE: f64 = 0.999;

const SLIP: &str = "dates of birth differ by a slip, without address or identifier";

/// Why a comparison may not be answered automatically.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Guard {
    /// In words, without personal data.
    pub(crate) reason: &'static str,
    /// Probability from which it does not hold; `None` when it always holds.
    lifts: Option<f64>,
}

impl Guard {
    /// A guard that holds whatever the probability.
    pub(crate) const fn hard(reason: &'static str) -> Self {
        Self {
            reason,
            lifts: None,
        }
    }

    const fn lifting(reason: &'static str, supported: bool) -> Self {
        Self {
            reason,
            lifts: if supported { Some(SURE) } else { None },
        }
    }

    /// Does it hold whatever the probability?
    pub(crate) const fn is_hard(self) -> bool {
        self.lifts.is_none()
    }

    /// Does it hold at this probability?
    pub(crate) fn holds(self, probability: f64) -> bool {
        self.lifts.is_none_or(|from| probability < from)
    }
}

/// Why this comparison may not be answered automatically; `None` when nothing stands against it.
///
/// `flagged` says that the source protects or seals the row: only an exact fit may pass.
pub(crate) fn guard(found: &Comparison, flagged: bool) -> Option<Guard> {
    let numbered = found.number == Some(NumberLevel::Same);
    let all = [
        found.conflict.then_some(Guard::hard("identifiers differ")),
        forename(found, numbered),
        generation(found, numbered),
        date(found, numbered),
        sex(found),
        surname(found, numbered),
        (flagged && !exact(found, numbered))
            .then_some(Guard::hard("protected record without an exact fit")),
    ];
    let raised = || all.iter().flatten().copied();
    raised()
        .find(|guard| guard.is_hard())
        .or_else(|| raised().next())
}

fn forename(found: &Comparison, numbered: bool) -> Option<Guard> {
    if found.name.swapped {
        return None;
    }
    match found.name.given {
        // Not even an identifier lifts this one: siblings' numbers get copied.
        Some(Level::Different) => Some(Guard::hard("forenames differ (twin or sibling)")),
        // Twins are called Kate and Katie, too.
        Some(level) if level > Level::Identical && found.name.later == Some(false) && !numbered => {
            Some(Guard::hard(
                "forenames are only alike and further ones differ",
            ))
        }
        Some(Level::Initial) if !numbered => {
            Some(Guard::hard("only the initial of the forename agrees"))
        }
        None if !(numbered && found.born == Some(BornLevel::Same)) => {
            // A newborn's row says `Baby`, and so does its twin's.
            let supported = found.born == Some(BornLevel::Same)
                && !found.weak_date
                && !found.name.placeholder
                && (is_at_home(found) || (found.name.later == Some(true) && is_same_family(found)));
            Some(Guard::lifting("no forename to compare", supported))
        }
        _ => None,
    }
}

/// `John Smith Jnr` is not `John Smith Snr`, and need not be `John Smith`.
fn generation(found: &Comparison, numbered: bool) -> Option<Guard> {
    let other = found.name.generation && found.born != Some(BornLevel::Same) && !numbered;
    other.then_some(Guard::hard(
        "names differ in which of two generations is meant",
    ))
}

fn date(found: &Comparison, numbered: bool) -> Option<Guard> {
    if numbered {
        return None;
    }
    let settled = matches!(found.place, Some(PlaceLevel::House | PlaceLevel::Postcode));
    let near = settled || found.place == Some(PlaceLevel::Street) || found.same_phone;
    let named = found.name.given == Some(Level::Identical) && is_at_home(found);
    match found.born {
        None => Some(Guard::lifting("no date of birth to compare", named)),
        // A digit of the decade: a son may be born on his father's birthday.
        Some(level)
            if level == BornLevel::Different
                || (level == BornLevel::Digit && found.years_apart >= GENERATION) =>
        {
            Some(Guard::hard("dates of birth differ (parent or namesake)"))
        }
        Some(BornLevel::Year | BornLevel::Range) => {
            Some(Guard::lifting("date of birth known only roughly", named))
        }
        Some(BornLevel::Month) if !settled => {
            Some(Guard::lifting("date of birth known only roughly", named))
        }
        Some(level @ (BornLevel::Swapped | BornLevel::Digit | BornLevel::TwoOfThree)) if !near => {
            // Cousins get the same name in the same year, but seldom all of the name.
            let supported = level != BornLevel::TwoOfThree
                && found.name.given == Some(Level::Identical)
                && found.name.later == Some(true)
                && is_same_family(found);
            Some(Guard::lifting(SLIP, supported))
        }
        _ if found.weak_date && !settled && !found.same_phone => {
            Some(Guard::hard("1 January without address or identifier"))
        }
        _ => None,
    }
}

/// The surname and the very house agree, and the sex does not differ. There is a 1 High Street in
/// every town, and two postcodes, of one district at least, say that it is one house.
fn is_at_home(found: &Comparison) -> bool {
    found.place == Some(PlaceLevel::House)
        && found.both_coded == Some(true)
        && is_same_family(found)
}

/// The surname agrees, and the sex does not differ.
fn is_same_family(found: &Comparison) -> bool {
    found.same_sex != Some(false) && found.name.surname.is_some_and(|level| level <= Level::Near)
}

fn sex(found: &Comparison) -> Option<Guard> {
    let identical = found.name.given == Some(Level::Identical);
    (found.same_sex == Some(false) && !identical)
        .then_some(Guard::hard("sex differs and forenames are not identical"))
}

/// Surnames change by marriage and step-parents, often together with the address; and by adoption,
/// whose two identities are never joined by a machine. So only a surname that is missing may lift.
fn surname(found: &Comparison, numbered: bool) -> Option<Guard> {
    let near = matches!(
        found.place,
        Some(PlaceLevel::House | PlaceLevel::Postcode | PlaceLevel::Street)
    );
    let unlike = found
        .name
        .surname
        .is_none_or(|level| level >= Level::Initial)
        && !found.name.swapped;
    let supported = found.name.surname.is_none()
        && found.name.given == Some(Level::Identical)
        && found.born == Some(BornLevel::Same)
        && !found.weak_date
        && found.same_sex != Some(false);
    (unlike && !numbered && !near && !found.same_phone).then_some(Guard::lifting(
        "surnames differ without address or identifier",
        supported,
    ))
}

fn exact(found: &Comparison, numbered: bool) -> bool {
    let names =
        found.name.given == Some(Level::Identical) && found.name.surname == Some(Level::Identical);
    names && (numbered || found.born == Some(BornLevel::Same))
}
