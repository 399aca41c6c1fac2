//! Agreeing on more never lowers the weight, whoever is asked about and whatever else is held.

use super::*;
use crate::compare::{NameLevels, name_levels};

/// What is compared; the forename with the further ones, the address with the postcode.
#[derive(Debug, Clone)]
struct Facts {
    forenames: &'static str,
    surname: &'static str,
    born: Option<Date>,
    sex: &'static str,
    place: (&'static str, &'static str),
    phone: &'static str,
    number: &'static str,
}

const FORENAMES: &[&str] = &[
    "Jack",
    "Jakc",
    "Jack Paul",
    "Jack P",
    "Jack Ali",
    "J",
    "Jackie",
    "Alfie",
    "Alfred",
    "Alfred Thomas",
    "Mohammed",
    "Muhammad",
    "Mohamad Ali",
    "Mo",
    "Sarah",
    "Sara Jane",
    "Thomas",
    "Thomas Jack",
    "Kezia",
    "Kezia Wren",
    "Keziah",
    "Paul",
    "Baby",
    "",
];

const SURNAMES: &[&str] = &[
    "Smith",
    "Smyth",
    "Smiht",
    "Smith-Jones",
    "Jones",
    "Lively",
    "Livley",
    "McDonald",
    "MacDonald",
    "Khan",
    "Kahn",
    "Ali",
    "al-Ali",
    "Thomas",
    "Jack",
    "Unknown",
    "",
];

const PLACES: &[(&str, &str)] = &[
    ("14 Elm Road", "LS1 2AB"),
    ("16 Elm Road", "LS1 2AB"),
    ("14 Elm Road", "LS1 2AA"),
    ("3 Oak Way", "LS1 3CD"),
    ("14 Elm Road", ""),
    ("3 Oak Way", "M1 1AE"),
    ("3 Oak Way", ""),
    ("", "LS1 2AB"),
    ("", ""),
];

fn born() -> impl Strategy<Value = Option<Date>> {
    let slips = [
        (2009, 3, 7),
        (2009, 7, 3),
        (2009, 3, 8),
        (2009, 4, 7),
        (2010, 3, 7),
        (2019, 3, 7),
        (1984, 3, 7),
        (2009, 1, 1),
        (1970, 1, 1),
        (1999, 12, 23),
    ];
    let slips = slips.map(|(year, month, day)| Date::new(year, month, day).ok());
    prop_oneof![
        5 => prop::sample::select(slips.to_vec()),
        1 => Just(None),
        1 => (1960_i16..2014, 1_i8..=12, 1_i8..=28)
            .prop_map(|(year, month, day)| Date::new(year, month, day).ok()),
    ]
}

fn facts() -> impl Strategy<Value = Facts> {
    let from = |list: &'static [&'static str]| prop::sample::select(list);
    (
        from(FORENAMES),
        from(SURNAMES),
        born(),
        from(&["f", "m", ""]),
        prop::sample::select(PLACES),
        from(&["07700 900123", "07700 900456", ""]),
        from(&[NHS, OTHER_NHS, ""]),
    )
        .prop_map(
            |(forenames, surname, born, sex, place, phone, number)| Facts {
                forenames,
                surname,
                born,
                sex,
                place,
                phone,
                number,
            },
        )
}

impl Facts {
    /// These, with what `other` says of the parts marked.
    fn with(&self, other: &Self, parts: [bool; 6]) -> Self {
        let [name, born, sex, place, phone, number] = parts;
        Self {
            forenames: if name {
                other.forenames
            } else {
                self.forenames
            },
            surname: if name { other.surname } else { self.surname },
            born: if born { other.born } else { self.born },
            sex: if sex { other.sex } else { self.sex },
            place: if place { other.place } else { self.place },
            phone: if phone { other.phone } else { self.phone },
            number: if number { other.number } else { self.number },
        }
    }

    fn asked(&self) -> Subject {
        let mut all = asking_nhs(
            subject(self.forenames, self.surname, self.born),
            self.number,
        );
        all.sex = match self.sex {
            "f" => Some(Sex::Female),
            "m" => Some(Sex::Male),
            _ => None,
        };
        all.addresses = vec![Address {
            line: self.place.0.into(),
            postcode: self.place.1.into(),
        }];
        all.phones = vec![self.phone.into()];
        all
    }

    fn held(&self) -> PersonRow {
        PersonRow {
            sex: Some(self.sex.into()),
            address: self.place.0.into(),
            postcode: self.place.1.into(),
            phone: self.phone.into(),
            ..with_nhs(row(self.forenames, self.surname, self.born), self.number)
        }
    }

    /// The parts that both have; what is missing on one side is no agreement that could grow.
    fn shared(&self, other: &Self) -> [bool; 6] {
        let both = |a: &str, b: &str| !a.is_empty() && !b.is_empty();
        // What one letter stands for depends on the other side.
        let named = |of: &Self| {
            !matches!(of.forenames, "" | "Baby" | "J") && !matches!(of.surname, "" | "Unknown")
        };
        let dated = |of: &Self| of.born.is_some_and(|born| !crate::born::is_filler(born));
        let placed = |of: &Self| !of.place.0.is_empty() && !of.place.1.is_empty();
        [
            named(self) && named(other),
            dated(self) && dated(other),
            both(self.sex, other.sex),
            placed(self) && placed(other),
            both(self.phone, other.phone),
            both(self.number, other.number),
        ]
    }
}

/// Bits for the one row, whatever the outcome is.
fn bits(asked: &Facts, held: &Facts, f: &Frequencies) -> f64 {
    let subject = Person::from(&asked.asked());
    let shares = Shares::new(&subject, f);
    Comparison::new(&subject, &shares, &Person::from(&held.held()), f).odds_bits(f)
}

/// The people of [`counts`] as some more or fewer, with families that share more or less.
fn agency() -> impl Strategy<Value = Frequencies> {
    let share = || 0_u64..=1_000;
    (1_u64..=2_000, share(), share(), share(), 0_u64..3_000).prop_map(
        |(scale, forenames, born, sexes, pairs)| {
            let mut all = counts();
            all.born = all.born.into_iter().step_by(97).collect();
            let scaled = |people: u64| (people * scale / 1_000).max(1);
            all.people = scaled(all.people);
            for list in [&mut all.surnames, &mut all.forenames, &mut all.postcodes] {
                for (_, people) in list.iter_mut() {
                    *people = scaled(*people);
                }
            }
            let part = |share: u64| PairCount {
                known: pairs,
                same: pairs * share / 1_000,
            };
            all.kin = KinCounts {
                people: 1_500,
                pairs,
                forenames: part(forenames),
                born: part(born),
                sexes: part(sexes),
                twice: 0,
            };
            Frequencies::new(&[all])
        },
    )
}

fn levels(a: &Facts, b: &Facts, f: &Frequencies) -> Option<NameLevels> {
    let (one, other) = (Person::from(&a.asked()), Person::from(&b.held()));
    let shares = Shares::new(&one, f);
    let (named, held) = (one.names.first()?, other.names.first()?);
    Some(name_levels(named, shares.names.first()?, held, f).0)
}

proptest! {
    #[test]
    fn agreeing_on_more_never_lowers_the_weight(
        asked in facts(), held in facts(), parts in any::<[bool; 6]>()
    ) {
        let f = frequencies();
        let shared = asked.shared(&held);
        let parts = [0, 1, 2, 3, 4, 5].map(|part| parts[part] && shared[part]);
        let closer = held.with(&asked, parts);
        let (before, after) = (bits(&asked, &held, f), bits(&asked, &closer, f));

        prop_assert!(after >= before - 1e-9, "{before} fell to {after}: {closer:?}");
    }

    #[test]
    fn agreeing_on_more_never_lowers_the_weight_at_any_agency(
        asked in facts(), held in facts(), parts in any::<[bool; 6]>(), f in agency()
    ) {
        let shared = asked.shared(&held);
        let parts = [0, 1, 2, 3, 4, 5].map(|part| parts[part] && shared[part]);
        let closer = held.with(&asked, parts);
        let (before, after) = (bits(&asked, &held, &f), bits(&asked, &closer, &f));

        prop_assert!(after >= before - 1e-9, "{before} fell to {after}: {closer:?}");
    }

    #[test]
    fn names_agree_alike_whichever_is_asked(a in facts(), b in facts()) {
        let f = frequencies();
        let (one, other) = (levels(&a, &b, f), levels(&b, &a, f));
        let told = |all: NameLevels| (all.given, all.surname, all.swapped, all.later, all.generation);

        prop_assert_eq!(one.map(told), other.map(told));
    }
}
