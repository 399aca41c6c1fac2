//! Whom is asked about: people of the town as a hub knows them, with what goes wrong on the way.

use stile_model::id::{Code, SubjectId};
use stile_model::subject::{Address, Born, Name, NameKind, Subject};
use stile_model::time::Date;

use super::town::{Person, Town};
use crate::demo::world::{self, Random, forename_variants, slip, surname_variants};
use crate::run::Failure;

/// What is wrong with what the hub knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Nothing.
    Clean,
    /// Day and month swapped, or one digit of the date.
    Date,
    /// Address of before.
    Moved,
    /// Short form or another spelling of the forename or surname.
    Nickname,
    /// Month or year of birth only.
    Partial,
    /// No address, and a slip in a name.
    Poor,
    /// Another surname.
    Renamed,
    /// A slip in forename or surname.
    Typo,
}

impl Flaw {
    /// Every flaw with how often it is met, in a hundred.
    pub(super) const ALL: [(Self, u32); 8] = [
        (Self::Clean, 35),
        (Self::Date, 8),
        (Self::Moved, 15),
        (Self::Nickname, 10),
        (Self::Partial, 7),
        (Self::Poor, 5),
        (Self::Renamed, 5),
        (Self::Typo, 15),
    ];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Date => "slip in the date",
            Self::Moved => "moved",
            Self::Nickname => "short form or spelling",
            Self::Partial => "month or year of birth only",
            Self::Poor => "no address, slip in a name",
            Self::Renamed => "another surname",
            Self::Typo => "slip in a name",
        }
    }

    fn any(random: &mut Random) -> Self {
        let mut at = random.below(100);
        for (flaw, share) in Self::ALL {
            if at < share {
                return flaw;
            }
            at -= share;
        }
        Self::Clean
    }
}

/// One person asked about.
pub(super) struct Asked {
    pub(super) flaw: Flaw,
    /// Who they are.
    pub(super) person: u32,
    /// The agency holds them.
    pub(super) held: bool,
    pub(super) subject: Subject,
}

impl Asked {
    /// `person` as a hub asks about them.
    pub(super) fn new(
        person: &Person,
        held: bool,
        town: &Town,
        random: &mut Random,
    ) -> Result<Self, Failure> {
        let flaw = Flaw::any(random);
        let mut forename = person.forename.clone();
        let mut surname = person.surname.clone();
        let mut born = Born::Exact(person.born);
        let mut home = Some((person.line.clone(), person.postcode.clone()));
        match flaw {
            Flaw::Clean => {}
            Flaw::Date => born = Born::Exact(misdated(person.born, random)),
            Flaw::Moved => home = Some(town.home(random)),
            Flaw::Nickname => respell(&mut forename, &mut surname, random),
            Flaw::Partial => born = partly(person.born, random),
            Flaw::Poor => {
                home = None;
                mistype(&mut forename, &mut surname, random);
            }
            Flaw::Renamed => surname = town.surname(random),
            Flaw::Typo => mistype(&mut forename, &mut surname, random),
        }
        let addresses = home.into_iter().map(|(line, postcode)| Address {
            line: line.into(),
            postcode: postcode.into(),
        });
        Ok(Self {
            flaw,
            person: person.number,
            held,
            subject: Subject {
                id: SubjectId::new("s1")?,
                role: Code::new("child")?,
                names: vec![Name {
                    forenames: forename.into(),
                    surname: surname.into(),
                    kind: NameKind::Current,
                }],
                born: Some(born),
                sex: Some(match person.sex {
                    world::Sex::Female => stile_model::subject::Sex::Female,
                    world::Sex::Male => stile_model::subject::Sex::Male,
                }),
                addresses: addresses.collect(),
                phones: Vec::new(),
                identifiers: Vec::new(),
            },
        })
    }
}

fn mistype(forename: &mut String, surname: &mut String, random: &mut Random) {
    let name = if random.chance(500) {
        forename
    } else {
        surname
    };
    *name = slip(name, random);
}

/// Another spelling, where one is known; else a slip.
fn respell(forename: &mut String, surname: &mut String, random: &mut Random) {
    let given = forename_variants(forename);
    let family = surname_variants(surname);
    if !given.is_empty() {
        random.pick(given).clone_into(forename);
    } else if !family.is_empty() {
        random.pick(family).clone_into(surname);
    } else {
        mistype(forename, surname, random);
    }
}

fn misdated(date: Date, random: &mut Random) -> Date {
    let swapped = Date::new(date.year(), date.day(), date.month());
    let other = 1 + (date.day() + 9) % 28;
    match swapped {
        Ok(swapped) if swapped != date && random.chance(500) => swapped,
        _ => Date::new(date.year(), date.month(), other).unwrap_or(date),
    }
}

fn partly(date: Date, random: &mut Random) -> Born {
    if random.chance(500) {
        Born::Year(date.year())
    } else {
        Born::Month {
            year: date.year(),
            month: date.month(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_make_a_hundred_and_each_is_met() {
        assert_eq!(Flaw::ALL.iter().map(|(_, share)| share).sum::<u32>(), 100);

        let mut random = Random::new(3, 3);
        let met: Vec<Flaw> = (0..2_000).map(|_| Flaw::any(&mut random)).collect();
        for (flaw, _) in Flaw::ALL {
            assert!(met.contains(&flaw), "{flaw:?}");
        }
    }

    #[test]
    fn a_slip_in_the_date_is_always_another_date() {
        let mut random = Random::new(3, 4);
        let mut day = jiff::civil::date(2009, 1, 1);

        for _ in 0..365 {
            assert_ne!(misdated(day, &mut random), day);
            day = day.tomorrow().unwrap();
        }
    }
}
