//! The true people of Riverside, in households, before any agency has written them down.

use jiff::Span;

use stile_model::time::Date;

use super::cast::Who;
use super::identifiers::{landline, mobile, nhs_number, pnc_id, upn};
use super::names::{self, Origin, Sex};
use super::places::{Place, SCHOOLS};
use super::random::Random;

/// A person as they really are.
#[derive(Debug, Clone)]
pub struct Person {
    /// Named when the person is one of the story's.
    pub who: Option<Who>,
    /// Forename at birth.
    pub forename: String,
    /// Surname now.
    pub surname: String,
    /// Surname before, if it changed.
    pub former: Option<String>,
    /// Date of birth.
    pub born: Date,
    /// Sex.
    pub sex: Sex,
    /// Home now.
    pub home: Place,
    /// Home before.
    pub previous: Place,
    /// Telephone.
    pub phone: String,
    /// NHS number.
    pub nhs: String,
    /// Unique pupil number, for those at school in the last years.
    pub upn: Option<String>,
    /// Police national identity, for those who have one.
    pub pnc: Option<String>,
    /// School or nursery; empty for adults.
    pub school: &'static str,
    /// Household, 1 upwards.
    pub household: u32,
    /// Where the person really lives, when that must stay secret, with the telephone there.
    pub refuge: Option<(Place, String)>,
    /// Must not be shown to exist.
    pub sealed: bool,
}

impl Person {
    /// Whole years of age.
    pub fn age(&self, today: Date) -> u32 {
        stile_model::time::age_on(self.born, today)
    }
}

/// Makes one household after another.
#[derive(Debug)]
pub struct Families {
    random: Random,
    today: Date,
    next_nhs: u32,
    next_person: u32,
    next_household: u32,
}

impl Families {
    /// The families of `seed`, with ages as on `today`.
    pub fn new(seed: u64, today: Date) -> Self {
        Self {
            random: Random::new(seed, 1),
            today,
            next_nhs: 1,
            next_person: 1,
            next_household: 100,
        }
    }

    /// The next household: one or two adults and up to four children.
    pub fn next_family(&mut self) -> Vec<Person> {
        let origin = Origin::random(&mut self.random);
        let mut family = Household {
            origin,
            surname: names::surname(&mut self.random, origin).to_owned(),
            home: Place::random(&mut self.random),
            previous: Place::random(&mut self.random),
            phone: landline(&mut self.random),
            number: self.next_household,
        };
        self.next_household += 1;
        let parent_age = self.random.between(22, 52);
        let mut people = vec![self.adult(&family, Sex::Female, parent_age)];
        if self.random.chance(680) {
            let age = (parent_age + self.random.between(-4, 8)).max(18);
            people.push(self.adult(&family, Sex::Male, age));
        }
        if self.random.chance(120) {
            let other = names::surname(&mut self.random, family.origin);
            family.surname = format!("{}-{other}", family.surname);
        }
        let oldest = (parent_age - 18).clamp(0, 20);
        for _ in 0..self.random.below(5) {
            let age = self.random.between(0, oldest);
            people.push(self.child(&family, age));
        }
        people
    }

    fn adult(&mut self, family: &Household, sex: Sex, age: i64) -> Person {
        let mut person = self.person(family, sex, age);
        if sex == Sex::Female && self.random.chance(450) {
            person.former = Some(names::surname(&mut self.random, family.origin).to_owned());
        }
        if self.random.chance(60) {
            // A partner of another background keeps their own name.
            let other = Origin::random(&mut self.random);
            names::surname(&mut self.random, other).clone_into(&mut person.surname);
        }
        person
    }

    fn child(&mut self, family: &Household, age: i64) -> Person {
        let sex = if self.random.chance(500) {
            Sex::Female
        } else {
            Sex::Male
        };
        let mut person = self.person(family, sex, age);
        if age <= 16 {
            person.school = match age {
                0..=3 => "Kiln Lane Nursery",
                4..=10 => self.random.pick(SCHOOLS.get(..3).unwrap_or_default()),
                _ => self.random.pick(SCHOOLS.get(4..).unwrap_or_default()),
            };
        }
        person
    }

    fn person(&mut self, family: &Household, sex: Sex, age: i64) -> Person {
        let number = self.next_person;
        self.next_person += 1;
        let (nhs, next_nhs) = nhs_number(self.next_nhs);
        self.next_nhs = next_nhs;
        let days = age * 365 + self.random.between(20, 380);
        let phone = if age >= 12 && self.random.chance(700) {
            mobile(&mut self.random)
        } else {
            family.phone.clone()
        };
        Person {
            who: None,
            forename: names::forename(&mut self.random, family.origin, sex).to_owned(),
            surname: family.surname.clone(),
            former: None,
            born: self.today.saturating_sub(Span::new().days(days)),
            sex,
            home: family.home.clone(),
            previous: family.previous.clone(),
            phone,
            nhs,
            upn: (3..=20).contains(&age).then(|| upn(number)),
            pnc: (age >= 10 && self.random.chance(400)).then(|| pnc_id(number)),
            school: "",
            household: family.number,
            refuge: None,
            sealed: false,
        }
    }
}

/// What the members of a household share.
struct Household {
    origin: Origin,
    surname: String,
    home: Place,
    previous: Place,
    phone: String,
    number: u32,
}
