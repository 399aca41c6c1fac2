//! A large made-up town, one household after another: the same people for the same seed.
//!
//! Households share a surname, a home and a telephone; there are twins, sons named after their
//! fathers, people held twice, and the gaps and slips that any system has.

use jiff::Span;
use stile_model::id::Code;
use stile_model::subject::PersonRow;
use stile_model::time::Date;

use super::names::Names;
use crate::demo::world::{Random, STREETS, Sex, slip};
use crate::run::Failure;

/// Neighbours of one postcode.
const HOMES_PER_POSTCODE: u32 = 16;

/// Somebody as they really are.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// 0 upwards.
    pub(super) number: u32,
    pub(super) forename: String,
    pub(super) middle: Option<String>,
    pub(super) surname: String,
    pub(super) born: Date,
    pub(super) sex: Sex,
    /// House and street.
    pub(super) line: String,
    pub(super) postcode: String,
    household: u32,
}

/// Makes households.
pub(super) struct Town {
    random: Random,
    names: Names,
    today: Date,
    homes: u32,
    scheme: Code,
    next_person: u32,
    next_household: u32,
}

impl Town {
    /// A town of about `people`; more people live at more postcodes.
    pub(super) fn new(seed: u64, people: u32, today: Date) -> Result<Self, Failure> {
        Ok(Self {
            random: Random::new(seed, 40),
            names: Names::new(),
            today,
            homes: (people / 2).max(100),
            scheme: Code::new("case_number")?,
            next_person: 0,
            next_household: 0,
        })
    }

    /// Any address of the town, with or without somebody else in it.
    pub(super) fn home(&self, random: &mut Random) -> (String, String) {
        address(random.below(self.homes))
    }

    /// Any surname.
    pub(super) fn surname(&self, random: &mut Random) -> String {
        self.names.surname(random)
    }

    /// The next household: one or two adults and up to four children.
    pub(super) fn household(&mut self) -> Vec<Person> {
        let mut random = self.random.clone();
        // 7,919 is prime: every household has a home of its own, far from the one before.
        let home = u64::from(self.next_household) * 7_919 % u64::from(self.homes);
        let (line, postcode) = address(u32::try_from(home).unwrap_or(0));
        let surname = self.surname(&mut random);
        let age = random.between(20, 85);
        let mut head = self.person(&surname, Sex::Female, age, &mut random);
        (head.line, head.postcode) = (line, postcode);
        let mut people = vec![head.clone()];
        if random.chance(550) {
            let age = (age + random.between(-5, 8)).max(18);
            people.push(self.relative(&head, Sex::Male, age, &mut random));
        }
        let young = age < 55;
        let children = if young { random.below(5) } else { 0 };
        for _ in 0..children {
            let sex = if random.chance(500) {
                Sex::Female
            } else {
                Sex::Male
            };
            let years = random.between(0, (age - 18).clamp(0, 20));
            let mut child = self.relative(&head, sex, years, &mut random);
            match people.last() {
                // Twins: one birthday, and never one name.
                Some(before) if people.len() > 2 && random.chance(25) => {
                    child.born = before.born;
                    while child.forename == before.forename {
                        child.forename = self.names.forename(sex, &mut random);
                    }
                }
                Some(father) if father.sex == sex && people.len() == 2 && random.chance(30) => {
                    child.forename.clone_from(&father.forename);
                }
                _ => {}
            }
            people.push(child);
        }
        for person in people.iter_mut().skip(1) {
            if random.chance(80) {
                person.surname = self.surname(&mut random);
            }
        }
        self.random = random;
        self.next_household += 1;
        people
    }

    fn relative(&mut self, head: &Person, sex: Sex, age: i64, random: &mut Random) -> Person {
        let mut person = self.person(&head.surname, sex, age, random);
        person.line.clone_from(&head.line);
        person.postcode.clone_from(&head.postcode);
        person
    }

    fn person(&mut self, surname: &str, sex: Sex, age: i64, random: &mut Random) -> Person {
        let number = self.next_person;
        self.next_person += 1;
        let days = age * 365 + random.between(0, 364);
        let middle = random.chance(100);
        Person {
            number,
            forename: self.names.forename(sex, random),
            middle: middle.then(|| self.names.forename(sex, random)),
            surname: surname.to_owned(),
            born: self.today.saturating_sub(Span::new().days(days)),
            sex,
            line: String::new(),
            postcode: String::new(),
            household: self.next_household,
        }
    }

    /// `person` as the agency holds them; `copy` tells rows of one person apart.
    pub(super) fn held(&self, person: &Person, copy: u32, random: &mut Random) -> PersonRow {
        let mut surname = person.surname.clone();
        let mut forename = person.forename.clone();
        if random.chance(10) {
            surname = slip(&surname, random);
        }
        if random.chance(10) {
            forename = slip(&forename, random);
        }
        if let Some(middle) = &person.middle {
            forename = format!("{forename} {middle}");
        }
        let (mut line, mut postcode) = (person.line.clone(), person.postcode.clone());
        if copy > 0 || random.chance(40) {
            (line, postcode) = self.home(random);
        }
        let sex = match person.sex {
            Sex::Female => "F",
            Sex::Male => "M",
        };
        PersonRow {
            source: "people".to_owned(),
            key: key(person.number, copy).into(),
            forenames: forename.into(),
            surname: surname.into(),
            born: Some(person.born).filter(|_| !random.chance(15)),
            sex: Some(sex.into()).filter(|_| !random.chance(20)),
            address: line.into(),
            postcode: if random.chance(30) {
                String::new().into()
            } else {
                postcode.into()
            },
            // Country code 999 belongs to nobody.
            phone: format!("+999 {:09}", random.below(1_000_000_000)).into(),
            identifiers: vec![(self.scheme.clone(), format!("C{:08}", person.number).into())],
            household: Some(person.household.to_string().into()),
            ..PersonRow::default()
        }
    }
}

/// The key of a row.
fn key(person: u32, copy: u32) -> String {
    format!("{person:08}-{copy}")
}

/// Whom the row with this key is about.
pub(super) fn person_of(key: &str) -> Option<u32> {
    key.split_once('-')?.0.parse().ok()
}

fn address(home: u32) -> (String, String) {
    (line_of(home), postcode_of(home / HOMES_PER_POSTCODE))
}

fn line_of(home: u32) -> String {
    let streets = u32::try_from(STREETS.len()).unwrap_or(1);
    let stretch = home / HOMES_PER_POSTCODE;
    let (street, quarter) = (stretch % streets, stretch / streets);
    let at = usize::try_from(street).unwrap_or(0);
    let name = STREETS.get(at).copied().unwrap_or("High Street");
    // Every quarter of the town has its streets.
    format!(
        "{} {name}, Riverside {}",
        1 + home % HOMES_PER_POSTCODE,
        1 + quarter
    )
}

/// Postcodes in the area `RV`, which Royal Mail has not allotted: 80 to a sector, ten sectors to a
/// district, about as many as real ones have.
fn postcode_of(at: u32) -> String {
    const LETTERS: &str = "ABDEFGHJLNPQRSTUWXYZ";
    const ALL_DISTRICTS: u32 = 99 * 800;
    let letter = |at: u32| {
        let at = usize::try_from(at % 20).unwrap_or(0);
        LETTERS.chars().nth(at).unwrap_or('A')
    };
    format!(
        "RV{} {}{}{}",
        1 + at / 800 % 99,
        at / 80 % 10,
        letter(at % 80 / 20 + 4 * (at / ALL_DISTRICTS)),
        letter(at)
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn town() -> Town {
        Town::new(7, 2_000, jiff::civil::date(2026, 3, 11)).unwrap()
    }

    #[test]
    fn the_same_seed_makes_the_same_people() {
        let (mut one, mut other) = (town(), town());

        for _ in 0..50 {
            let (a, b) = (one.household(), other.household());
            assert_eq!(format!("{a:?}"), format!("{b:?}"));
        }
    }

    #[test]
    fn a_household_shares_its_home_and_mostly_its_surname() {
        let mut town = town();
        let (mut same, mut all) = (0, 0);

        for _ in 0..400 {
            let people = town.household();
            assert!(people.iter().all(|one| one.line == people[0].line));
            same += people
                .iter()
                .filter(|one| one.surname == people[0].surname)
                .count();
            all += people.len();
        }

        assert!(same * 100 > all * 90 && same < all, "{same} of {all}");
    }

    #[test]
    fn postcodes_of_a_large_town_differ_and_are_well_formed() {
        let all: HashSet<String> = (0..156_250).map(postcode_of).collect();

        assert_eq!(all.len(), 156_250);
        assert!(all.contains("RV1 0AA") && all.contains("RV97 3FN"));
    }

    #[test]
    fn a_key_tells_whose_row_it_is() {
        assert_eq!(person_of(&key(4_711, 1)), Some(4_711));
        assert_eq!(person_of("4711"), None);
    }
}
