//! How far two addresses agree, as one comparison of postcode, house and street.

use rapidfuzz::distance::osa;

use crate::normalise::address::{AddressLine, address};
use crate::normalise::postcode::{Postcode, postcode};

/// How far two addresses agree; best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum PlaceLevel {
    /// The same house in the same street.
    House,
    /// The same postcode, house unknown or another.
    Postcode,
    /// The same street, house unknown or another.
    Street,
    /// The same postcode district.
    District,
    /// None of these.
    Different,
}

impl PlaceLevel {
    /// Every level, best first.
    pub(crate) const ALL: [Self; 5] = [
        Self::House,
        Self::Postcode,
        Self::Street,
        Self::District,
        Self::Different,
    ];

    /// The word shown in a waterfall.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Different => "different",
            Self::District => "same postcode district",
            Self::House => "same house and street",
            Self::Postcode => "same postcode",
            Self::Street => "same street",
        }
    }
}

/// An address in comparable form.
pub(crate) struct Place {
    line: AddressLine,
    code: Option<Postcode>,
    key: Option<String>,
}

impl Place {
    /// Reads an address; `None` when nothing comparable is in it.
    pub(crate) fn new(line: &str, code: &str) -> Option<Self> {
        let place = Self {
            line: address(line),
            code: postcode(code),
            key: postal_key(code),
        };
        (place.key.is_some() || !place.line.is_empty()).then_some(place)
    }

    /// The comparable postcode.
    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The postcode district, of a UK postcode.
    pub(crate) fn district(&self) -> Option<&str> {
        self.code.as_ref().map(Postcode::outward)
    }

    /// House number and street run together; `None` unless both are known.
    pub(crate) fn house(&self) -> Option<(&str, String)> {
        let number = self.line.numbers().last()?;
        let street = self.line.street().concat();
        (!street.is_empty()).then_some((number, street))
    }

    /// How far the two agree, whichever is asked first; `None` when no part is known on both sides.
    pub(crate) fn level(&self, other: &Self) -> Option<PlaceLevel> {
        let (a, b) = (&self.line, &other.line);
        let numbers = !a.numbers().is_empty() && !b.numbers().is_empty();
        let streets = !a.street().is_empty() && !b.street().is_empty();
        let codes = self.key.is_some() && other.key.is_some();
        let same_number = numbers && same_numbers(a.numbers(), b.numbers());
        let same_street = streets && same_street(a.street(), b.street());
        let same_code = codes && self.key == other.key;
        let districts = self.code.as_ref().zip(other.code.as_ref());
        let same_district = districts.map(|(a, b)| a.outward() == b.outward());
        if same_number && (same_street || (same_code && !streets)) {
            // There is a 1 High Street in every town; but a postcode may be outdated or wrong.
            return Some(if same_district == Some(false) {
                PlaceLevel::Street
            } else {
                PlaceLevel::House
            });
        }
        if same_code {
            // A house without a number is its street words.
            return Some(if same_street && !numbers {
                PlaceLevel::House
            } else {
                PlaceLevel::Postcode
            });
        }
        if same_street && same_district != Some(false) {
            return Some(PlaceLevel::Street);
        }
        if !streets && !codes {
            return None;
        }
        Some(if same_district == Some(true) {
            PlaceLevel::District
        } else {
            PlaceLevel::Different
        })
    }
}

/// A postcode as compared: the UK spelling, or the bare letters and digits of a foreign one.
pub(crate) fn postal_key(text: &str) -> Option<String> {
    if let Some(code) = postcode(text) {
        return Some(code.full());
    }
    let bare: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(10)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    let dummy = ["ZZ99", "BF1", "BFPO"]
        .iter()
        .any(|start| bare.starts_with(start));
    (!dummy && bare.len() >= 4 && digits >= 3).then_some(bare)
}

/// The same numbers; a flat number that only one side has is no difference.
fn same_numbers(a: &[String], b: &[String]) -> bool {
    let (fewer, more) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if fewer.len() == more.len() {
        fewer == more
    } else {
        fewer.last() == more.last()
    }
}

fn same_street(a: &[String], b: &[String]) -> bool {
    let (joined_a, joined_b) = (a.concat(), b.concat());
    let longer = joined_a.len().max(joined_b.len());
    if osa::distance(joined_a.bytes(), joined_b.bytes()) * 5 <= longer {
        return true;
    }
    let (fewer, more) = if (joined_a.len(), &joined_a) <= (joined_b.len(), &joined_b) {
        (a, b)
    } else {
        (b, a)
    };
    let letters: usize = fewer.iter().map(String::len).sum();
    let shared: usize = fewer
        .iter()
        .filter(|word| more.iter().any(|other| same_word(word, other)))
        .map(String::len)
        .sum();
    shared * 5 >= letters * 4 && letters >= 3
}

fn same_word(a: &str, b: &str) -> bool {
    let (shorter, longer) = (a.len().min(b.len()), a.len().max(b.len()));
    a == b
        || (shorter >= 5 && (a.starts_with(b) || b.starts_with(a)))
        || (shorter >= 4 && longer - shorter <= 1 && osa::distance(a.bytes(), b.bytes()) <= 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn level(a: (&str, &str), b: (&str, &str)) -> Option<PlaceLevel> {
        Place::new(a.0, a.1)?.level(&Place::new(b.0, b.1)?)
    }

    #[test]
    fn finds_the_same_house_however_written() {
        for (a, b) in [
            (("14 Elm Road, Leeds", "LS1 2AB"), ("14 ELM RD", "ls12ab")),
            (("Flat 2, 14 Elm Road", ""), ("14 Elm Rd, Leeds", "")),
            (
                ("177 pridham street, marsden", "3165"),
                ("177 pridhamstreet", "3165"),
            ),
            (("14", "LS1 2AB"), ("14 Elm Road", "LS1 2AB")),
            (("14 Elm Road", "LS1 2AB"), ("14 Elm Road", "LS1 3CD")),
        ] {
            assert_eq!(level(a, b), Some(PlaceLevel::House), "{a:?}");
        }
    }

    #[test]
    fn refuses_to_call_neighbours_and_namesake_towns_one_house() {
        assert_eq!(
            level(("14 Elm Road, Leeds", ""), ("16 Elm Road, Leeds", "")),
            Some(PlaceLevel::Street)
        );
        assert_eq!(
            level(("14 Elm Road, Leeds", ""), ("14 Oak Avenue, Leeds", "")),
            Some(PlaceLevel::Different)
        );
        assert_eq!(
            level(("1 Elm Road", "LS1 2AB"), ("9 Oak Way", "LS1 3AB")),
            Some(PlaceLevel::District)
        );
        assert_eq!(
            level(("1 High Street", "LS1 2AB"), ("9 High Street", "M1 1AE")),
            Some(PlaceLevel::Different)
        );
        assert_eq!(
            level(("1 High Street", "LS1 2AB"), ("1 High Street", "M1 1AE")),
            Some(PlaceLevel::Street)
        );
    }

    #[test]
    fn no_fixed_abode_is_missing_and_never_different() {
        assert!(Place::new("", "ZZ99 3VZ").is_none());
        assert_eq!(level(("", "ZZ99 3VZ"), ("1 Elm Road", "LS1 2AB")), None);
    }

    proptest! {
        #[test]
        fn agreement_is_the_same_from_either_side(
            a in "[1-3]{0,2} [a-c]{0,6} [a-c]{0,6}(, x)?", b in "[1-3]{0,2} [a-c]{0,6} [a-c]{0,6}(, x)?",
            c in "(LS[12] [12]AA)?", d in "(LS[12] [12]AA)?"
        ) {
            prop_assert_eq!(level((&a, &c), (&b, &d)), level((&b, &d), (&a, &c)));
        }
    }
}
