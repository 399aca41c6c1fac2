//! Counts how people of one home agree, from rows: what a source counts by aggregate statements.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use stile_model::subject::{KinCounts, PairCount, PersonRow};
use stile_model::time::Date;

/// One person as far as homes are counted; texts are kept as hashes only.
struct Member {
    forename: Option<u64>,
    born: Option<Date>,
    sex: Option<u64>,
}

/// Gathers rows by surname and home, for [`KinCounts`].
#[derive(Default)]
pub struct Homes {
    people: u64,
    homes: HashMap<u64, Vec<Member>>,
}

impl Homes {
    /// Adds one row; a row without surname or home counts for nothing.
    pub fn add(&mut self, row: &PersonRow) {
        let Some(home) = home(row) else { return };
        self.people = self.people.saturating_add(1);
        let forenames = row.forenames.reveal().to_lowercase();
        let sex = row.sex.as_ref().map(|sex| sex.reveal().as_str());
        self.homes.entry(home).or_default().push(Member {
            forename: forenames.split_whitespace().next().map(hash),
            born: row.born,
            sex: sex.filter(|sex| !sex.is_empty()).map(hash),
        });
    }

    /// The counts of all rows added.
    pub fn counts(&self) -> KinCounts {
        let mut counts = KinCounts {
            people: self.people,
            ..KinCounts::default()
        };
        for members in self.homes.values() {
            // Flats without a number and care homes tell nothing of families.
            if u64::try_from(members.len()).is_ok_and(|people| people <= KinCounts::HOME_MAX) {
                for (i, a) in members.iter().enumerate() {
                    for b in members.iter().skip(i + 1) {
                        pair(&mut counts, a, b);
                    }
                }
            }
        }
        counts
    }
}

impl fmt::Debug for Homes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Homes")
            .field("people", &self.people)
            .finish_non_exhaustive()
    }
}

/// Counts a pair in both orders.
fn pair(counts: &mut KinCounts, a: &Member, b: &Member) {
    counts.pairs += 2;
    let forename = a.forename.zip(b.forename).map(|(a, b)| a == b);
    let born = a.born.zip(b.born).map(|(a, b)| a == b);
    let sex = a.sex.zip(b.sex).map(|(a, b)| a == b);
    let all = [
        (forename, &mut counts.forenames),
        (born, &mut counts.born),
        (sex, &mut counts.sexes),
    ];
    for (same, count) in all {
        add(count, same);
    }
    if forename == Some(true) && born == Some(true) {
        counts.twice += 2;
    }
}

fn add(count: &mut PairCount, same: Option<bool>) {
    count.known += 2 * u64::from(same.is_some());
    count.same += 2 * u64::from(same == Some(true));
}

/// The surname with the household's key, or else the postcode, or else the address.
fn home(row: &PersonRow) -> Option<u64> {
    let surname = row.surname.reveal().trim().to_uppercase();
    let code: String = row.postcode.reveal().to_uppercase().replace(' ', "");
    let household = row.household.as_ref().map(|key| key.reveal().trim());
    let address = row.address.reveal().trim();
    let place = [household.unwrap_or_default(), &code, address];
    let (tier, place) = place
        .iter()
        .enumerate()
        .find(|(_, text)| !text.is_empty())?;
    (!surname.is_empty()).then(|| hash((&row.source, surname, tier, place)))
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn row(given: &str, born: Option<Date>, sex: &str) -> PersonRow {
        PersonRow {
            forenames: given.into(),
            surname: "Quillfeather".into(),
            born,
            sex: Some(sex.into()),
            address: "4 Elm Row".into(),
            ..PersonRow::default()
        }
    }

    fn counts(rows: &[PersonRow]) -> KinCounts {
        let mut homes = Homes::default();
        for row in rows {
            homes.add(row);
        }
        homes.counts()
    }

    #[test]
    fn counts_both_orders_of_each_pair_and_what_is_equal() {
        let (old, young) = (Some(date(1980, 3, 7)), Some(date(2012, 5, 9)));

        let found = counts(&[
            row("Jack Ian", old, "M"),
            row("JACK", young, "M"),
            row("Ann", None, "F"),
        ]);

        assert_eq!((found.people, found.pairs, found.twice), (3, 6, 0));
        assert_eq!(found.forenames, PairCount { known: 6, same: 2 });
        assert_eq!(found.born, PairCount { known: 2, same: 0 });
        assert_eq!(found.sexes, PairCount { known: 6, same: 2 });
    }

    #[test]
    fn one_person_twice_is_told_apart_from_namesakes() {
        let born = Some(date(2012, 5, 9));

        let found = counts(&[row("Jack", born, "M"), row("Jack", born, "M")]);

        assert_eq!((found.pairs, found.twice), (2, 2));
    }

    #[test]
    fn refuses_to_take_a_crowd_or_strangers_for_a_family() {
        let crowd: Vec<PersonRow> = (0..13).map(|_| row("Jack", None, "M")).collect();
        let elsewhere = PersonRow {
            address: "5 Elm Row".into(),
            ..row("Ann", None, "F")
        };
        let homeless = PersonRow {
            address: "".into(),
            ..row("Eve", None, "F")
        };

        assert_eq!(counts(&crowd).pairs, 0);
        assert_eq!(counts(&crowd).people, 13);
        let apart = counts(&[row("Jack", None, "M"), elsewhere, homeless]);
        assert_eq!((apart.people, apart.pairs), (2, 0));
    }

    #[test]
    fn a_household_key_goes_before_the_postcode_and_that_before_the_address() {
        let of = |given, key: &str, code: &str, address: &str| PersonRow {
            household: Some(key.into()),
            postcode: code.into(),
            address: address.into(),
            ..row(given, None, "M")
        };
        let pairs = |a, b| counts(&[a, b]).pairs;

        assert_eq!(pairs(of("A", "H1", "p", "x"), of("B", "H1", "q", "y")), 2);
        assert_eq!(pairs(of("A", "H1", "p", "x"), of("B", "H2", "p", "x")), 0);
        assert_eq!(pairs(of("A", "", "p q", "x"), of("B", " ", "PQ", "y")), 2);
        assert_eq!(pairs(of("A", "", "p", "x"), of("B", "", "q", "x")), 0);
        assert_eq!(pairs(of("A", "", "", "x"), of("B", "", "", "x")), 2);
    }

    #[test]
    fn debug_withholds_everybody() {
        let mut homes = Homes::default();
        homes.add(&row("Zephyrine", None, "F"));

        assert_eq!(format!("{homes:?}"), "Homes { people: 1, .. }");
    }
}
