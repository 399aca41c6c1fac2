//! Hard guards: what a person must look at however high the probability.

use crate::born::BornLevel;
use crate::compare::Comparison;
use crate::level::Level;
use crate::place::PlaceLevel;
use crate::weights::NumberLevel;

/// Why this comparison may not be answered automatically; `None` when nothing stands against it.
///
/// `flagged` says that the source protects or seals the row: only an exact fit may pass.
pub(crate) fn guard(found: &Comparison, flagged: bool) -> Option<&'static str> {
    let numbered = found.number == Some(NumberLevel::Same);
    numbers(found)
        .or_else(|| forename(found, numbered))
        .or_else(|| date(found, numbered))
        .or_else(|| others(found, numbered))
        .or_else(|| {
            (flagged && !exact(found, numbered)).then_some("protected record without an exact fit")
        })
}

fn numbers(found: &Comparison) -> Option<&'static str> {
    found.conflict.then_some("identifiers differ")
}

fn forename(found: &Comparison, numbered: bool) -> Option<&'static str> {
    if found.name.swapped {
        return None;
    }
    match found.name.given {
        // Not even an identifier lifts this one: siblings' numbers get copied.
        Some(Level::Different) => Some("forenames differ (twin or sibling)"),
        Some(Level::Initial) if !numbered => Some("only the initial of the forename agrees"),
        None if !(numbered && found.born == Some(BornLevel::Same)) => {
            Some("no forename to compare")
        }
        _ => None,
    }
}

fn date(found: &Comparison, numbered: bool) -> Option<&'static str> {
    if numbered {
        return None;
    }
    let settled = matches!(found.place, Some(PlaceLevel::House | PlaceLevel::Postcode));
    match found.born {
        None => Some("no date of birth to compare"),
        Some(BornLevel::Different) => Some("dates of birth differ (parent or namesake)"),
        Some(BornLevel::Year | BornLevel::Range) => Some("date of birth known only roughly"),
        Some(BornLevel::Month) if !settled => Some("date of birth known only roughly"),
        _ if found.weak_date && !settled && !found.same_phone => {
            Some("1 January without address or identifier")
        }
        _ => None,
    }
}

fn others(found: &Comparison, numbered: bool) -> Option<&'static str> {
    let identical = found.name.given == Some(Level::Identical);
    let near = matches!(
        found.place,
        Some(PlaceLevel::House | PlaceLevel::Postcode | PlaceLevel::Street)
    );
    if found.same_sex == Some(false) && !identical {
        return Some("sex differs and forenames are not identical");
    }
    let unlike = found
        .name
        .surname
        .is_none_or(|level| level >= Level::Initial)
        && !found.name.swapped;
    if unlike && !numbered && !near && !found.same_phone {
        return Some("surnames differ without address or identifier");
    }
    None
}

fn exact(found: &Comparison, numbered: bool) -> bool {
    let names =
        found.name.given == Some(Level::Identical) && found.name.surname == Some(Level::Identical);
    names && (numbered || found.born == Some(BornLevel::Same))
}
