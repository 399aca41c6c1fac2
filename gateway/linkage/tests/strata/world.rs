//! Made-up families, from a seed: parents, children, twins, sons named after their fathers.

#![expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::indexing_slicing,
    reason = "made-up people, from lists of fixed length"
)]

use std::collections::HashMap;

use stile_linkage::{Frequencies, Homes};
use stile_model::id::{Code, SubjectId};
use stile_model::redact::Redacted;
use stile_model::subject::{
    Address, Born, Identifier, Name, NameKind, PersonCounts, PersonRow, Sex, Subject,
};
use stile_model::time::Date;

use crate::names::{BOYS, ENDS, GIRLS, STEMS, STREETS, SURNAMES};

/// Steele's `SplitMix64`: the same numbers for the same seed, everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `of`.
    pub fn below(&mut self, of: usize) -> usize {
        (self.next() % of as u64) as usize
    }

    /// True in so many of a thousand throws.
    pub fn of_thousand(&mut self, chances: usize) -> bool {
        self.below(1_000) < chances
    }

    pub fn one<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    /// The first ones more often, as names are.
    fn ranked<'a>(&mut self, list: &[&'a str]) -> &'a str {
        let place = self.below(list.len()) * self.below(list.len()) / list.len();
        list[place]
    }

    fn surname(&mut self) -> String {
        if self.of_thousand(450) {
            self.ranked(SURNAMES).to_owned()
        } else {
            format!("{}{}", self.one(STEMS), self.one(ENDS))
        }
    }

    pub fn forename(&mut self, sex: Sex) -> &'static str {
        self.ranked(if sex == Sex::Female { GIRLS } else { BOYS })
    }

    fn day(&mut self, years: std::ops::Range<i16>) -> Date {
        let date = Date::new(years.start, 1, 2).expect("a date");
        let all = i64::from(years.end - years.start) * 365;
        date.saturating_add(jiff::Span::new().days(self.days(all)))
    }

    /// A number below `of`, to be used as days or years.
    pub fn days(&mut self, of: i64) -> i64 {
        (self.next() % of.unsigned_abs()) as i64
    }

    fn nhs_number(&mut self) -> String {
        loop {
            let body = format!("4{:08}", self.below(100_000_000));
            let sum: u32 = body
                .chars()
                .zip((2..=10).rev())
                .map(|(digit, weight)| digit.to_digit(10).unwrap_or(0) * weight)
                .sum();
            match (11 - sum % 11) % 11 {
                10 => {}
                check => return format!("{body}{check}"),
            }
        }
    }
}

/// One made-up person.
#[derive(Clone)]
pub struct Human {
    pub given: String,
    pub middle: String,
    pub surname: String,
    pub born: Date,
    pub sex: Sex,
    pub line: String,
    pub postcode: String,
    pub nhs: String,
}

impl Human {
    pub fn forenames(&self) -> String {
        format!("{} {}", self.given, self.middle).trim().to_owned()
    }

    /// As an agency holds them, without identifier.
    pub fn row(&self) -> PersonRow {
        PersonRow {
            source: "base".to_owned(),
            forenames: self.forenames().into(),
            surname: self.surname.as_str().into(),
            born: Some(self.born),
            sex: Some(if self.sex == Sex::Female { "F" } else { "M" }.into()),
            address: self.line.as_str().into(),
            postcode: self.postcode.as_str().into(),
            ..PersonRow::default()
        }
    }

    /// As a hub asks, without identifier.
    pub fn subject(&self) -> Subject {
        Subject {
            id: SubjectId::new("s1").expect("id"),
            role: Code::new("child").expect("code"),
            names: vec![Name {
                forenames: self.forenames().into(),
                surname: self.surname.as_str().into(),
                kind: NameKind::Current,
            }],
            born: Some(Born::Exact(self.born)),
            sex: Some(self.sex),
            addresses: vec![Address {
                line: self.line.as_str().into(),
                postcode: self.postcode.as_str().into(),
            }],
            phones: Vec::new(),
            identifiers: Vec::new(),
        }
    }
}

pub fn numbered(mut row: PersonRow, nhs: &str) -> PersonRow {
    row.identifiers = vec![(Code::new("nhs_number").expect("code"), nhs.into())];
    row
}

pub fn asking(mut subject: Subject, nhs: &str) -> Subject {
    subject.identifiers = vec![Identifier {
        scheme: Code::new("nhs_number").expect("code"),
        value: nhs.into(),
    }];
    subject
}

/// A family under one roof; the parents first.
pub fn family(dice: &mut Dice) -> Vec<Human> {
    let surname = dice.surname();
    let street = dice.one(STREETS);
    let line = format!("{} {street}", 1 + dice.below(180));
    let postcode = format!(
        "LS{} {}{}{}",
        1 + dice.below(29),
        1 + dice.below(9),
        char::from(b'A' + dice.below(20) as u8),
        char::from(b'A' + dice.below(20) as u8)
    );
    let mut members: Vec<Human> = Vec::new();
    let add = |dice: &mut Dice, sex: Sex, born: Date, members: &mut Vec<Human>| {
        let mut given = dice.forename(sex);
        while members.iter().any(|other| other.given == given) {
            given = dice.forename(sex);
        }
        let middle = dice.of_thousand(700).then(|| dice.forename(sex));
        members.push(Human {
            given: given.to_owned(),
            middle: middle.unwrap_or_default().to_owned(),
            surname: surname.clone(),
            born,
            sex,
            line: line.clone(),
            postcode: postcode.clone(),
            nhs: dice.nhs_number(),
        });
    };
    for sex in [Sex::Female, Sex::Male] {
        let born = dice.day(1965..2000);
        add(dice, sex, born, &mut members);
    }
    for _ in 0..dice.below(4) {
        let born = dice.day(2007..2026);
        let births = 1 + usize::from(dice.of_thousand(16));
        for _ in 0..births {
            let sex = if dice.of_thousand(500) {
                Sex::Female
            } else {
                Sex::Male
            };
            add(dice, sex, born, &mut members);
        }
    }
    if dice.of_thousand(80) && members.last().is_some_and(|last| last.sex == Sex::Male) {
        let (given, middle) = (members[1].given.clone(), members[1].middle.clone());
        if let Some(son) = members.last_mut().filter(|son| son.born.year() >= 2007) {
            (son.given, son.middle) = (given, middle);
        }
    }
    members
}

/// What an agency counts over its people; `times` as many people with the same frequencies.
pub fn frequencies(rows: &[PersonRow], times: u64) -> Frequencies {
    let count = |of: &dyn Fn(&PersonRow) -> &Redacted<String>| {
        let mut counts: HashMap<Redacted<String>, u64> = HashMap::new();
        for row in rows {
            *counts.entry(of(row).clone()).or_default() += times;
        }
        counts.into_iter().collect::<Vec<_>>()
    };
    let mut born: HashMap<Date, u64> = HashMap::new();
    let mut homes = Homes::default();
    for row in rows {
        homes.add(row);
        *born.entry(row.born.unwrap_or(Date::MIN)).or_default() += times;
    }
    Frequencies::new(&[PersonCounts {
        people: rows.len() as u64 * times,
        surnames: count(&|row| &row.surname),
        forenames: count(&|row| &row.forenames),
        postcodes: count(&|row| &row.postcode),
        born: born.into_iter().collect(),
        kin: homes.counts(),
    }])
}
