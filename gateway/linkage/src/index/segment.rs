//! People in columns: built once, then only read.

use stile_model::id::Code;
use stile_model::redact::Redacted;
use stile_model::subject::PersonRow;
use stile_model::time::Date;

use super::packed::{HAS_HOUSEHOLD, HAS_SEX, PROTECTED, Packed, SEALED, put_number, put_text};
use super::postings::Postings;
use super::wiped::{Wiped, number, place};
use super::words::{Words, bucket, hash};

/// One attribute of which people share values.
pub(super) struct Column {
    pub(super) words: Words,
    pub(super) ids: Wiped<u32>,
    pub(super) rows: Postings,
}

impl Column {
    fn new() -> Self {
        Self {
            words: Words::new(),
            ids: Wiped::new(),
            rows: Postings::new(&[], 0),
        }
    }

    fn push(&mut self, value: &[u8]) {
        let id = self.words.intern(value);
        self.ids.push(id);
    }

    fn finish(&mut self) {
        self.words.fit();
        self.ids.fit();
        self.rows = Postings::new(self.ids.all(), self.words.len());
    }

    pub(super) fn id(&self, row: u32) -> u32 {
        self.ids.at(place(row)).unwrap_or(0)
    }

    fn bytes(&self) -> usize {
        self.words.bytes() + self.ids.bytes() + self.rows.bytes()
    }
}

/// Other names: the row whose they are, and the numbers of surname and forenames.
pub(super) struct Aliases {
    pub(super) rows: Wiped<u32>,
    pub(super) surnames: Wiped<u32>,
    pub(super) forenames: Wiped<u32>,
    pub(super) by_surname: Postings,
    pub(super) by_forename: Postings,
}

/// What a person is found by exactly.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Exact {
    Household,
    /// By place in [`Segment::schemes`].
    Identifier(u32),
    Key,
    Phone,
}

impl Exact {
    const fn kind(self) -> u32 {
        match self {
            Self::Household => 0,
            Self::Key => 1,
            Self::Phone => 2,
            Self::Identifier(scheme) => 3_u32.saturating_add(scheme),
        }
    }
}

/// People in columns.
pub(super) struct Segment {
    pub(super) surnames: Column,
    pub(super) forenames: Column,
    pub(super) born: Column,
    pub(super) postcodes: Column,
    pub(super) aliases: Aliases,
    pub(super) schemes: Vec<Code>,
    /// Schools and words for sex.
    others: Words,
    packed: Wiped<u8>,
    /// Where each person's packed values begin.
    at: Wiped<u32>,
    /// Keys, phones, households and identifiers by hash.
    exact: Postings,
    /// Values among them.
    exact_values: usize,
}

impl Segment {
    pub(super) fn new() -> Self {
        Self {
            surnames: Column::new(),
            forenames: Column::new(),
            born: Column::new(),
            postcodes: Column::new(),
            aliases: Aliases {
                rows: Wiped::new(),
                surnames: Wiped::new(),
                forenames: Wiped::new(),
                by_surname: Postings::new(&[], 0),
                by_forename: Postings::new(&[], 0),
            },
            schemes: Vec::new(),
            others: Words::new(),
            packed: Wiped::new(),
            at: Wiped::new(),
            exact: Postings::new(&[], 0),
            exact_values: 0,
        }
    }

    /// How many people.
    pub(super) fn len(&self) -> usize {
        self.at.len()
    }

    pub(super) fn push(&mut self, row: &PersonRow) {
        let this = number(self.at.len());
        self.surnames.push(row.surname.reveal().as_bytes());
        self.forenames.push(row.forenames.reveal().as_bytes());
        self.postcodes.push(row.postcode.reveal().as_bytes());
        match row.born {
            Some(date) => self.born.push(&day(date)),
            None => self.born.push(b""),
        }
        self.at.push(number(self.packed.len()));
        self.pack(row);
        self.exact_values += exact_values(row);
        for alias in &row.aliases {
            let (given, family) = named(alias.reveal());
            let given = self.forenames.words.intern(given.as_bytes());
            let family = self.surnames.words.intern(family.as_bytes());
            put_number(&mut self.packed, given);
            put_number(&mut self.packed, family);
            self.aliases.rows.push(this);
            self.aliases.surnames.push(family);
            self.aliases.forenames.push(given);
        }
    }

    fn pack(&mut self, row: &PersonRow) {
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let out = &mut self.packed;
        out.push(
            flag(row.protected, PROTECTED)
                | flag(row.sealed, SEALED)
                | flag(row.sex.is_some(), HAS_SEX)
                | flag(row.household.is_some(), HAS_HOUSEHOLD),
        );
        put_text(out, row.key.reveal());
        put_text(out, row.address.reveal());
        put_text(out, row.phone.reveal());
        put_number(out, self.others.intern(row.school.reveal().as_bytes()));
        let sex = row.sex.as_ref().map_or("", |sex| sex.reveal());
        put_number(out, self.others.intern(sex.as_bytes()));
        if let Some(household) = &row.household {
            put_text(out, household.reveal());
        }
        put_number(out, number(row.identifiers.len()));
        for (scheme, value) in &row.identifiers {
            let known = self.schemes.iter().position(|known| known == scheme);
            let scheme = known.unwrap_or_else(|| {
                self.schemes.push(scheme.clone());
                self.schemes.len() - 1
            });
            put_number(out, number(scheme));
            put_text(out, value.reveal());
        }
        put_number(out, number(row.aliases.len()));
    }

    /// Sorts what was pushed, so that it can be found.
    pub(super) fn finish(mut self) -> Self {
        for column in [
            &mut self.surnames,
            &mut self.forenames,
            &mut self.born,
            &mut self.postcodes,
        ] {
            column.finish();
        }
        self.packed.fit();
        self.at.fit();
        self.others.fit();
        let aliases = &mut self.aliases;
        for list in [
            &mut aliases.rows,
            &mut aliases.surnames,
            &mut aliases.forenames,
        ] {
            list.fit();
        }
        aliases.by_surname = Postings::new(aliases.surnames.all(), self.surnames.words.len());
        aliases.by_forename = Postings::new(aliases.forenames.all(), self.forenames.words.len());
        let buckets = self.exact_values / 3 + 1;
        self.exact = Postings::sorted(buckets, |add| {
            for row in 0..number(self.len()) {
                self.values(row, |exact, value| {
                    add(bucket(hash(exact.kind(), value), buckets), row);
                });
            }
        });
        self
    }

    /// Calls `each` with everything that the person is found by exactly.
    fn values(&self, row: u32, mut each: impl FnMut(Exact, &[u8])) {
        let mut packed = self.packed_at(row);
        let flags = packed.byte();
        let mut found = |exact: Exact, value: &[u8]| {
            if !value.is_empty() || exact == Exact::Key {
                each(exact, value);
            }
        };
        found(Exact::Key, packed.text());
        packed.text();
        found(Exact::Phone, packed.text());
        packed.number();
        packed.number();
        if flags & HAS_HOUSEHOLD != 0 {
            found(Exact::Household, packed.text());
        }
        for _ in 0..packed.number() {
            let scheme = packed.number();
            found(Exact::Identifier(scheme), packed.text());
        }
    }

    fn packed_at(&self, row: u32) -> Packed<'_> {
        let start = self.at.at(place(row)).map_or(usize::MAX, place);
        Packed::new(self.packed.range(start, self.packed.len()))
    }

    /// The rows that hold exactly this value, in their order.
    pub(super) fn holding(&self, exact: Exact, value: &str) -> Vec<u32> {
        if value.is_empty() && exact != Exact::Key {
            return Vec::new();
        }
        let at = bucket(hash(exact.kind(), value.as_bytes()), self.exact.buckets());
        let holds = |row: u32| {
            let mut holds = false;
            self.values(row, |of, held| {
                holds |= of == exact && held == value.as_bytes();
            });
            holds
        };
        let rows = self.exact.rows(at).iter().copied();
        let mut rows: Vec<u32> = rows.filter(|row| holds(*row)).collect();
        rows.dedup();
        rows
    }

    /// The person of a row, of the source of this name.
    pub(super) fn person(&self, row: u32, source: &str) -> PersonRow {
        let mut packed = self.packed_at(row);
        let flags = packed.byte();
        let key = text(packed.text());
        let address = text(packed.text());
        let phone = text(packed.text());
        let school = text(self.others.value(packed.number()));
        let sex = self.others.value(packed.number());
        let household = (flags & HAS_HOUSEHOLD != 0).then(|| text(packed.text()));
        let identifiers = (0..packed.number())
            .filter_map(|_| {
                let (scheme, value) = (packed.number(), packed.text());
                Some((self.schemes.get(place(scheme))?.clone(), text(value)))
            })
            .collect();
        let aliases = (0..packed.number())
            .map(|_| {
                let given = text(self.forenames.words.value(packed.number()));
                let family = text(self.surnames.words.value(packed.number()));
                Redacted::new(format!("{}|{}", given.reveal(), family.reveal()))
            })
            .collect();
        let shared = |column: &Column| text(column.words.value(column.id(row)));
        PersonRow {
            source: source.to_owned(),
            key,
            forenames: shared(&self.forenames),
            surname: shared(&self.surnames),
            aliases,
            born: date(self.born.words.value(self.born.id(row))),
            sex: (flags & HAS_SEX != 0).then(|| text(sex)),
            address,
            postcode: shared(&self.postcodes),
            phone,
            school,
            identifiers,
            household,
            protected: flags & PROTECTED != 0,
            sealed: flags & SEALED != 0,
        }
    }

    /// Bytes of memory taken, and to be taken when it is finished.
    pub(super) fn bytes(&self) -> usize {
        let columns = [&self.surnames, &self.forenames, &self.born, &self.postcodes];
        let aliases = &self.aliases;
        let held: usize = columns.iter().map(|column| column.bytes()).sum();
        let others = aliases.rows.bytes() * 3 + self.others.bytes();
        let sorted = self.exact.bytes() + aliases.by_surname.bytes() + aliases.by_forename.bytes();
        let to_come = if self.exact.buckets() == 0 {
            let words: usize = columns.iter().map(|column| column.words.len() + 1).sum();
            let names = self.surnames.words.len() + self.forenames.words.len() + 2;
            let other_names = (aliases.rows.len() * 2 + names) * 4;
            let marks = self.len() / 8 + 8;
            (self.len() * columns.len() + words) * 4
                + (self.exact_values * 4 + 6) * 4 / 3
                + other_names
                + marks
        } else {
            0
        };
        held + others + sorted + to_come + self.packed.bytes() + self.at.bytes()
    }
}

fn exact_values(row: &PersonRow) -> usize {
    let others = [
        Some(row.phone.reveal()),
        row.household.as_ref().map(Redacted::reveal),
    ];
    let identifiers = row.identifiers.iter().map(|(_, value)| value.reveal());
    let all = others.into_iter().flatten().chain(identifiers);
    1 + all.filter(|value| !value.is_empty()).count()
}

fn text(bytes: &[u8]) -> Redacted<String> {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// Forenames and surname of another name as held.
pub(super) fn named(alias: &str) -> (&str, &str) {
    alias.split_once('|').unwrap_or(("", alias))
}

/// A date as the bytes of a value.
pub(super) fn day(date: Date) -> [u8; 4] {
    let [a, b] = date.year().to_be_bytes();
    let [month] = date.month().to_be_bytes();
    let [day] = date.day().to_be_bytes();
    [a, b, month, day]
}

fn date(value: &[u8]) -> Option<Date> {
    let [a, b, month, day] = *value else {
        return None;
    };
    let (month, day) = (i8::from_be_bytes([month]), i8::from_be_bytes([day]));
    Date::new(i16::from_be_bytes([a, b]), month, day).ok()
}
