//! The demo's synthetic world: families of a town that does not exist, as seven agencies hold them.
//!
//! Nothing here is about anybody. Names are common ones put together by chance, the town and its
//! postcodes are invented, telephone numbers come from Ofcom's ranges for drama, NHS numbers from
//! the test range `999`, e-mail addresses from `example.org`. The same seed and day give the same
//! bytes; no clock and no other randomness is read.

mod agency;
mod canary;
mod cast;
mod dirt;
mod dump;
mod events;
mod family;
mod identifiers;
mod kind;
mod layout;
mod mapping;
mod names;
mod places;
mod random;
mod sqlite;
mod story;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use stile_model::time::Date;

pub use self::agency::{Agency, Cell, RecordRow};
pub use self::canary::NEVER_ASKED;
pub use self::cast::{CAST, FORMER_HOME, Member, REFUGE_LINE, REFUGE_PHONE, REFUGE_POSTCODE, Who};
pub use self::dirt::Held;
pub(crate) use self::dirt::slip;
pub use self::dump::{Dialect, sql_dump, sql_statements};
pub use self::kind::Kind;
pub use self::layout::Layout;
pub use self::mapping::{Backend, mapping_toml};
pub(crate) use self::names::{FORENAMES, SURNAMES, Sex, forename_variants, surname_variants};
pub(crate) use self::places::STREETS;
pub(crate) use self::random::Random;
pub use self::sqlite::{fill_sqlite, schema};
pub use self::story::{Story, stories, story};

use self::family::{Families, Person};

/// The day on which [`World::generate`] takes place.
pub const WORLD_DAY: Date = jiff::civil::date(2026, 3, 11);

/// All seven agencies.
#[derive(Debug, Clone)]
pub struct World {
    /// The seed that made it.
    pub seed: u64,
    /// The day on which it takes place: no record is later.
    pub today: Date,
    agencies: BTreeMap<Kind, Agency>,
}

impl World {
    /// The world of `seed` on [`WORLD_DAY`], with `people_per_agency` person rows in each agency.
    ///
    /// The story's people are always among them, so fewer than fifteen become fifteen or so.
    pub fn generate(seed: u64, people_per_agency: usize) -> Self {
        Self::generate_on(seed, people_per_agency, WORLD_DAY)
    }

    /// The world of `seed` on `today`, so that its records fall into today's look-back windows.
    pub fn generate_on(seed: u64, people_per_agency: usize, today: Date) -> Self {
        let mut intakes: Vec<Intake> = Kind::ALL
            .into_iter()
            .map(|kind| Intake::new(seed, kind, people_per_agency))
            .collect();
        let mut families = Families::new(seed, today);
        // Youth justice takes one person in six; forty times the quota is far beyond that.
        for _ in 0..people_per_agency.saturating_mul(40) {
            if intakes.iter().all(Intake::is_full) {
                break;
            }
            let family = families.next_family();
            for intake in &mut intakes {
                intake.take(&family, today);
            }
        }
        let agencies = intakes
            .into_iter()
            .map(|intake| (intake.kind, intake.agency(today)))
            .collect();
        Self {
            seed,
            today,
            agencies,
        }
    }

    /// One agency.
    pub fn agency(&self, kind: Kind) -> Option<&Agency> {
        self.agencies.get(&kind)
    }

    /// Every agency, in the order of their kinds.
    pub fn agencies(&self) -> impl Iterator<Item = &Agency> {
        self.agencies.values()
    }
}

/// An agency while people are still coming to its notice.
struct Intake {
    kind: Kind,
    quota: usize,
    people: Vec<Held>,
    random: Random,
}

impl Intake {
    fn new(seed: u64, kind: Kind, quota: usize) -> Self {
        let stream = Kind::ALL
            .iter()
            .position(|known| *known == kind)
            .unwrap_or(0);
        let random = Random::new(seed, 10 + u64::try_from(stream).unwrap_or(0));
        let mut intake = Self {
            kind,
            quota,
            people: Vec::with_capacity(quota),
            random,
        };
        for member in CAST.iter().filter(|member| member.held_by.contains(&kind)) {
            let key = intake.next_key();
            intake.people.push(dirt::of_cast(member, kind, key));
        }
        intake
    }

    fn is_full(&self) -> bool {
        self.people.len() >= self.quota
    }

    fn take(&mut self, family: &[Person], today: Date) {
        for person in family {
            let known = !self.is_full() && self.random.chance(share(self.kind, person.age(today)));
            if known {
                self.write_down(person);
                // One person in sixty-six is on the system twice.
                if self.random.chance(15) && !self.is_full() {
                    self.write_down(person);
                }
            }
        }
    }

    fn write_down(&mut self, person: &Person) {
        let key = self.next_key();
        self.people
            .push(dirt::dirty(person, self.kind, key, &mut self.random));
    }

    /// Keys rise with gaps, as those of a system do from which rows were once deleted.
    fn next_key(&mut self) -> String {
        let number = self.people.len().saturating_mul(7).saturating_add(100_000);
        let number = u64::try_from(number).unwrap_or(0) + u64::from(self.random.below(7));
        format!("{}{number}", Layout::of(self.kind).key_prefix)
    }

    fn agency(mut self, today: Date) -> Agency {
        Agency::new(self.kind, self.people, today, &mut self.random)
    }
}

/// How many people of `age` in a thousand this kind of agency knows.
const fn share(kind: Kind, age: u32) -> u32 {
    match (kind, age) {
        (Kind::Education, 4..=17) => 900,
        (Kind::Health, _) => 700,
        (Kind::Housing | Kind::Probation, 18..) | (Kind::SocialCare, 0..=17) => 600,
        (Kind::Housing, _) => 350,
        (Kind::Police, 10..) => 380,
        (Kind::Police, _) => 100,
        (Kind::SocialCare, _) => 300,
        (Kind::YouthJustice, 10..=20) => 950,
        (Kind::Education | Kind::Probation | Kind::YouthJustice, _) => 0,
    }
}
