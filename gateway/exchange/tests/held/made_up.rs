//! Made-up people in households, and subjects who are some of them with slips, or nobody.

use std::fmt::Write as _;

use stile_model::id::{Code, SubjectId};
use stile_model::subject::{Address, Born, Identifier, Name, NameKind, Sex, Subject};

/// Throws that are the same in every run.
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn one_in(&mut self, most: usize) -> bool {
        self.below(most) == 0
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

#[derive(Clone)]
pub struct Somebody {
    key: String,
    given: String,
    family: String,
    born: Option<(i16, i8, i8)>,
    sex: &'static str,
    address: String,
    postcode: String,
    phone: Option<String>,
    pub household: String,
    nhs: Option<String>,
    other: Option<(String, String)>,
}

const GIVEN: &[&str] = &[
    "Mali",
    "Rhys",
    "Dilys",
    "Jack",
    "Olivia",
    "Mohammed",
    "Aisha",
    "Zofia",
    "Catherine",
    "Kate",
    "William",
    "Bill",
    "Siân",
    "Tomos",
    "Elizabeth",
    "Beth",
    "Muhammad",
    "Agnieszka",
    "Ava",
    "Noah",
];

const FAMILY: &[&str] = &[
    "Testwood",
    "O'Neil",
    "Ó Dálaigh",
    "Smith-Jones",
    "Smith",
    "Jones",
    "Khan",
    "Kowalska",
    "MacDonald",
    "McDonald",
    "Begum",
    "Davies",
    "Davis",
    "Thompson",
    "Thomson",
    "Okafor",
    "Nguyen",
    "Quillfeather",
    "ap Rhys",
    "de la Mare",
];

pub fn people(count: usize, dice: &mut Dice) -> Vec<Somebody> {
    let mut people: Vec<Somebody> = Vec::new();
    let mut home = 0;
    while people.len() < count {
        home += 1;
        let family = dice.of(FAMILY).to_owned();
        let address = format!("{} Elm Row, Merton", 1 + dice.below(90));
        let postcode = format!("SW{} {}AB", 1 + dice.below(20), 1 + dice.below(9));
        for _ in 0..=dice.below(4) {
            let n = people.len();
            let other = dice
                .one_in(6)
                .then(|| (dice.of(GIVEN).to_owned(), dice.of(FAMILY).to_owned()));
            people.push(Somebody {
                key: format!("P{n:05}"),
                given: if dice.one_in(3) {
                    format!("{} {}", dice.of(GIVEN), dice.of(GIVEN))
                } else {
                    dice.of(GIVEN).to_owned()
                },
                family: if dice.one_in(8) {
                    dice.of(FAMILY).to_owned()
                } else {
                    family.clone()
                },
                born: (!dice.one_in(12)).then(|| date(dice)),
                sex: dice.of(&["F", "M"]),
                address: address.clone(),
                postcode: postcode.clone(),
                phone: dice.one_in(2).then(|| format!("07700 9{n:05}")),
                household: format!("H{home}"),
                nhs: if dice.one_in(2) { nhs(n) } else { None },
                other,
            });
        }
    }
    people
}

fn date(dice: &mut Dice) -> (i16, i8, i8) {
    let number = |of: usize| i8::try_from(of).unwrap();
    let year = 1950 + i16::try_from(dice.below(70)).unwrap();
    (year, number(1 + dice.below(12)), number(1 + dice.below(28)))
}

/// A number with its check digit; some have none.
fn nhs(n: usize) -> Option<String> {
    let digits = format!("943{n:06}");
    let sum: usize = digits
        .bytes()
        .zip((2..=10).rev())
        .map(|(digit, weight)| usize::from(digit - b'0') * weight)
        .sum();
    match 11 - sum % 11 {
        11 => Some(format!("{digits}0")),
        10 => None,
        check => Some(format!("{digits}{check}")),
    }
}

/// The statements that put `people` into the tables.
pub fn inserts(people: &[Somebody]) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let maybe = |text: Option<&String>| text.map_or("NULL".to_owned(), |text| quoted(text));
    let mut sql = String::new();
    for one in people {
        let born = one
            .born
            .map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"));
        writeln!(
            sql,
            "INSERT INTO person VALUES ({}, {}, {}, {}, '{}', {}, '{}', {}, NULL, '{}', 0, 0, {}, '2026-01-01');",
            quoted(&one.key),
            quoted(&one.given),
            quoted(&one.family),
            maybe(born.as_ref()),
            one.sex,
            quoted(&one.address),
            one.postcode,
            maybe(one.phone.as_ref()),
            one.household,
            maybe(one.nhs.as_ref()),
        )
        .unwrap();
        if let Some((given, family)) = &one.other {
            writeln!(
                sql,
                "INSERT INTO alias VALUES ('{}', {}, {});",
                one.key,
                quoted(given),
                quoted(family)
            )
            .unwrap();
        }
    }
    sql
}

/// Subjects: two in three are somebody held, with slips and gaps; the others are nobody.
pub fn subjects(people: &[Somebody], count: usize, dice: &mut Dice) -> Vec<Subject> {
    let strangers = self::people(count, &mut Dice::new(99));
    (0..count)
        .map(|n| {
            let one = if dice.one_in(3) {
                &strangers[n]
            } else {
                &people[dice.below(people.len())]
            };
            subject(one, dice)
        })
        .collect()
}

fn subject(one: &Somebody, dice: &mut Dice) -> Subject {
    let (mut given, mut family) = (one.given.clone(), one.family.clone());
    if let Some((other, former)) = one.other.clone().filter(|_| dice.one_in(3)) {
        (given, family) = (other, former);
    }
    match dice.below(6) {
        0 => given = slip(&given, dice),
        1 => family = slip(&family, dice),
        2 => std::mem::swap(&mut given, &mut family),
        _ => {}
    }
    let born = one.born.map(|(year, month, day)| match dice.below(6) {
        0 if day <= 12 => born(year, day, month),
        1 => Born::Month { year, month },
        2 => Born::Year(year),
        3 => Born::Approximate {
            date: jiff::civil::date(year, month, day),
            years: 1,
        },
        _ => born(year, month, day),
    });
    let moved = dice.one_in(4);
    Subject {
        id: SubjectId::new("s1").unwrap(),
        role: Code::new("child").unwrap(),
        names: vec![Name {
            forenames: given.into(),
            surname: family.into(),
            kind: NameKind::Current,
        }],
        born: born.filter(|_| !dice.one_in(6)),
        sex: Some(if one.sex == "F" {
            Sex::Female
        } else {
            Sex::Male
        }),
        addresses: vec![Address {
            line: one.address.as_str().into(),
            postcode: if moved { "CR4 2BB" } else { &one.postcode }.into(),
        }],
        phones: one
            .phone
            .iter()
            .filter(|_| dice.one_in(3))
            .map(|phone| phone.as_str().into())
            .collect(),
        identifiers: one
            .nhs
            .iter()
            .filter(|_| dice.one_in(3))
            .map(|number| Identifier {
                scheme: Code::new("nhs_number").unwrap(),
                value: number.as_str().into(),
            })
            .collect(),
    }
}

const fn born(year: i16, month: i8, day: i8) -> Born {
    Born::Exact(jiff::civil::date(year, month, day))
}

/// Two letters that stand side by side change places, or one is lost.
fn slip(text: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = dice.below(letters.len() - 1);
    if dice.one_in(2) {
        letters.swap(at, at + 1);
    } else {
        letters.remove(at);
    }
    letters.into_iter().collect()
}
