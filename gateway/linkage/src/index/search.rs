//! Finds the rows that fit a query: what the candidate statement of a source would find.
//!
//! ```text
//! rank 0  own born, own surname   rank 4  born + surname or forename
//!         and own forename        rank 5  born + postcode, postcode + surname
//! rank 1  identifier equal        rank 6  postcode + forename
//! rank 2  phone equal             rank 7  surname + forename
//! rank 3  own born + own surname
//!         or own forename
//! ```
//!
//! *Own* is what is known of the person in whatever spelling; without it, what is near counts, too.
//! Another name stands for the surname or for the forename, as the table of other names does there.

use std::collections::HashMap;

use stile_model::redact::Redacted;
use stile_model::subject::CandidateQuery;
use stile_model::time::Date;

use super::segment::{Column, Exact, Segment, day};
use super::wiped::{number, place};

/// Most values of one list that are looked up, and the longest of them in bytes; as in a source.
const VALUES: usize = 1_000;
const VALUE_BYTES: usize = 1_000;

/// The best rank of each row that fits.
pub(super) fn search(segment: &Segment, query: &CandidateQuery) -> HashMap<u32, u8> {
    let mut hits = Hits(HashMap::new());
    identities(segment, query, &mut hits);
    let wanted = Wanted {
        segment,
        surnames: Wants::texts(&segment.surnames, &query.surnames),
        forenames: Wants::texts(&segment.forenames, &query.forenames),
        born: Wants::dates(&segment.born, &query.born),
        postcodes: Wants::texts(&segment.postcodes, &query.postcodes),
        own_surnames: Wants::texts(&segment.surnames, query.own_surnames()),
        own_forenames: Wants::texts(&segment.forenames, query.own_forenames()),
        own_born: Wants::dates(&segment.born, query.own_born()),
    };
    wanted.own(&mut hits);
    wanted.pairs(&mut hits);
    wanted.other_names(&mut hits);
    hits.0
}

struct Hits(HashMap<u32, u8>);

impl Hits {
    fn add(&mut self, row: u32, rank: u8) {
        let best = self.0.entry(row).or_insert(rank);
        *best = rank.min(*best);
    }
}

fn identities(segment: &Segment, query: &CandidateQuery, hits: &mut Hits) {
    for (scheme, values) in &query.identifiers {
        let known = segment.schemes.iter().position(|known| known == scheme);
        let Some(scheme) = known.map(number) else {
            continue;
        };
        for value in bounded(values) {
            for row in segment.holding(Exact::Identifier(scheme), value) {
                hits.add(row, 1);
            }
        }
    }
    for value in bounded(&query.phones) {
        for row in segment.holding(Exact::Phone, value) {
            hits.add(row, 2);
        }
    }
}

fn bounded(values: &[Redacted<String>]) -> impl Iterator<Item = &str> {
    values
        .iter()
        .map(|value| value.reveal().as_str())
        .filter(|value| value.len() <= VALUE_BYTES)
        .take(VALUES)
}

/// The numbers of the wanted values of one column.
struct Wants<'a> {
    column: &'a Column,
    ids: Vec<u32>,
    marks: Vec<u64>,
}

impl<'a> Wants<'a> {
    fn texts(column: &'a Column, values: &[Redacted<String>]) -> Self {
        let ids = bounded(values).filter_map(|value| column.words.find(value.as_bytes()));
        Self::new(column, ids.collect())
    }

    fn dates(column: &'a Column, dates: &[Date]) -> Self {
        let ids = dates.iter().take(VALUES);
        let ids = ids.filter_map(|date| column.words.find(&day(*date)));
        Self::new(column, ids.collect())
    }

    fn new(column: &'a Column, mut ids: Vec<u32>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        let mut marks = vec![0_u64; column.words.len() / 64 + 1];
        for id in &ids {
            if let Some(word) = marks.get_mut(place(*id) / 64) {
                *word |= 1 << (id % 64);
            }
        }
        Self { column, ids, marks }
    }

    fn has(&self, id: u32) -> bool {
        let word = self.marks.get(place(id) / 64).copied().unwrap_or(0);
        word >> (id % 64) & 1 == 1
    }

    fn has_row(&self, row: u32) -> bool {
        self.has(self.column.id(row))
    }

    fn rows(&self) -> impl Iterator<Item = u32> {
        let of = |id: &u32| self.column.rows.rows(place(*id));
        self.ids.iter().flat_map(of).copied()
    }

    fn count(&self) -> usize {
        let of = |id: &u32| self.column.rows.rows(place(*id)).len();
        self.ids.iter().map(of).sum()
    }
}

struct Wanted<'a> {
    segment: &'a Segment,
    surnames: Wants<'a>,
    forenames: Wants<'a>,
    born: Wants<'a>,
    postcodes: Wants<'a>,
    own_surnames: Wants<'a>,
    own_forenames: Wants<'a>,
    own_born: Wants<'a>,
}

impl Wanted<'_> {
    /// The very date with the very name.
    fn own(&self, hits: &mut Hits) {
        for row in self.own_born.rows() {
            match (
                self.own_surnames.has_row(row),
                self.own_forenames.has_row(row),
            ) {
                (true, true) => hits.add(row, 0),
                (true, false) | (false, true) => hits.add(row, 3),
                (false, false) => {}
            }
        }
    }

    fn pairs(&self, hits: &mut Hits) {
        for row in self.born.rows() {
            if self.surnames.has_row(row) || self.forenames.has_row(row) {
                hits.add(row, 4);
            } else if self.postcodes.has_row(row) {
                hits.add(row, 5);
            }
        }
        for row in self.postcodes.rows() {
            if self.surnames.has_row(row) {
                hits.add(row, 5);
            } else if self.forenames.has_row(row) {
                hits.add(row, 6);
            }
        }
        // The rarer of the two names is walked through, the other looked up.
        let (walked, looked_up) = if self.surnames.count() < self.forenames.count() {
            (&self.surnames, &self.forenames)
        } else {
            (&self.forenames, &self.surnames)
        };
        for row in walked.rows() {
            if looked_up.has_row(row) {
                hits.add(row, 7);
            }
        }
    }

    fn other_names(&self, hits: &mut Hits) {
        let aliases = &self.segment.aliases;
        let of = |alias: &u32| aliases.rows.at(place(*alias)).unwrap_or(u32::MAX);
        for id in &self.surnames.ids {
            for alias in aliases.by_surname.rows(place(*id)) {
                let row = of(alias);
                let given = aliases.forenames.at(place(*alias)).unwrap_or(0);
                let is_given = |names: &Wants<'_>| names.has(given) || names.has_row(row);
                if self.own_surnames.has(*id) && self.own_born.has_row(row) {
                    let rank = if is_given(&self.own_forenames) { 0 } else { 3 };
                    hits.add(row, rank);
                } else if self.born.has_row(row) {
                    hits.add(row, 4);
                } else if self.postcodes.has_row(row) {
                    hits.add(row, 5);
                } else if is_given(&self.forenames) {
                    hits.add(row, 7);
                }
            }
        }
        for id in &self.forenames.ids {
            for alias in aliases.by_forename.rows(place(*id)) {
                let row = of(alias);
                if self.own_forenames.has(*id) && self.own_born.has_row(row) {
                    hits.add(row, 3);
                } else if self.born.has_row(row) {
                    hits.add(row, 4);
                } else if self.postcodes.has_row(row) {
                    hits.add(row, 6);
                }
            }
        }
    }
}
