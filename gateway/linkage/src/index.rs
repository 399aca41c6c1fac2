//! An agency's people in memory, for finding candidates without asking a database.
//!
//! The same questions as a source's candidate statement, with the same answers in the same order:
//! best pairs first, and then the order in which the people were given. Everything is held in
//! lists that are wiped when they are dropped; nothing of it can be written anywhere.
//!
//! ```text
//! surname, forenames, date of birth, postcode   number of the distinct value; value -> rows
//! key, phone, household, identifiers            packed with the person; hash -> rows
//! address, school, sex, flags, other names      packed with the person
//! ```
//!
//! Changes make a new index that shares the great part with the old one: a small second part holds
//! who is new or changed, and a mark stands on who is no longer current in the first.

mod build;
mod counts;
mod error;
mod packed;
mod postings;
mod search;
mod segment;
mod sweep;
#[cfg(test)]
mod tests;
mod wiped;
mod words;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use stile_model::redact::Redacted;
use stile_model::subject::{CandidateQuery, PersonRow};

pub use self::build::IndexBuilder;
pub use self::error::IndexError;
pub use self::sweep::Sweep;

use self::segment::{Exact, Segment};
use self::wiped::{Wiped, number, place};

/// The people of one source, held in memory; cheap to share, never changed in place.
pub struct Index {
    source: String,
    most_bytes: usize,
    main: Arc<Segment>,
    /// One bit for each person of `main` who is gone or has changed.
    dead: Wiped<u64>,
    dead_count: usize,
    /// Who is new or has changed.
    delta: Segment,
    /// Where each person of `delta` stands in the order of all.
    orders: Wiped<u32>,
    /// The place of the next new person.
    next: u32,
}

/// What has changed in a source.
#[derive(Debug, Default)]
pub struct Changes {
    /// People who are new, or who may have changed, as they are held now.
    pub current: Vec<PersonRow>,
    /// Keys of people who are gone.
    pub gone: Vec<Redacted<String>>,
}

/// Where one person is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Main(u32),
    Delta(u32),
}

impl Index {
    /// Starts an index of the people of `source`, which may take `most_bytes` of memory.
    pub fn builder(source: &str, most_bytes: usize) -> IndexBuilder {
        IndexBuilder::new(source, most_bytes)
    }

    /// People who fit `query`, best pairs first, at most `most`.
    ///
    /// A person qualifies when an identifier or the phone is equal, or two of surname, forename,
    /// date of birth and postcode are in the lists; other names count as names. Nothing equals an
    /// empty value.
    pub fn candidates(&self, query: &CandidateQuery, most: usize) -> Vec<PersonRow> {
        let mut found: Vec<(u8, u32, Spot)> = search::search(&self.main, query)
            .into_iter()
            .filter(|(row, _)| !self.is_dead(*row))
            .map(|(row, rank)| (rank, row, Spot::Main(row)))
            .collect();
        let changed = search::search(&self.delta, query);
        found.extend(changed.into_iter().map(|(row, rank)| {
            let spot = Spot::Delta(row);
            (rank, self.order(spot), spot)
        }));
        found.sort_unstable();
        let best = found.into_iter().take(most);
        best.map(|(_, _, spot)| self.person(spot)).collect()
    }

    /// Everyone of one household, in their order, at most `most`.
    pub fn household(&self, household: &Redacted<String>, most: usize) -> Vec<PersonRow> {
        let spots = self.holding(Exact::Household, household.reveal());
        let some = spots.into_iter().take(most);
        some.map(|spot| self.person(spot)).collect()
    }

    /// People held.
    pub fn people(&self) -> usize {
        self.main.len() - self.dead_count + self.delta.len()
    }

    /// Bytes of memory taken.
    pub fn bytes(&self) -> usize {
        self.main.bytes() + self.delta.bytes() + self.dead.bytes() + self.orders.bytes()
    }

    /// Is somebody of this key held?
    pub fn holds(&self, key: &Redacted<String>) -> bool {
        !self.holding(Exact::Key, key.reveal()).is_empty()
    }

    /// Is this very row held?
    pub fn holds_as(&self, row: &PersonRow) -> bool {
        let spots = self.holding(Exact::Key, row.key.reveal());
        spots.into_iter().any(|spot| self.person(spot) == *row)
    }

    /// This index with `changes` made. The old one stays as it is for whoever still reads it.
    ///
    /// # Errors
    ///
    /// [`IndexError::Full`] when the people no longer fit.
    pub fn apply(&self, changes: &Changes) -> Result<Self, IndexError> {
        let mut current: BTreeMap<&Redacted<String>, Vec<&PersonRow>> = BTreeMap::new();
        for row in &changes.current {
            current.entry(&row.key).or_default().push(row);
        }
        // Most of what is read again has not changed.
        current.retain(|key, rows| !self.is_unchanged(key, rows));
        let left: HashSet<&Redacted<String>> =
            changes.gone.iter().chain(current.keys().copied()).collect();
        let mut dead = self.dead.clone();
        let mut dead_count = self.dead_count;
        let mut next = self.next;
        let mut placed: Vec<(u32, PersonRow)> = Vec::new();
        for row in 0..number(self.delta.len()) {
            let spot = Spot::Delta(row);
            let person = self.person(spot);
            if !left.contains(&person.key) {
                placed.push((self.order(spot), person));
            }
        }
        for key in &left {
            for row in self.main.holding(Exact::Key, key.reveal()) {
                if !self.is_dead(row) {
                    dead_count += 1;
                }
                if let Some(word) = dead.at_mut(place(row) / 64) {
                    *word |= 1 << (row % 64);
                }
            }
        }
        for (key, rows) in current {
            let before = self.first_order(key);
            for row in rows {
                let order = before.unwrap_or_else(|| {
                    next = next.saturating_add(1);
                    next - 1
                });
                placed.push((order, row.clone()));
            }
        }
        placed.sort_by_key(|(order, _)| *order);
        self.with(placed, dead, dead_count, next)
    }

    fn is_unchanged(&self, key: &Redacted<String>, rows: &[&PersonRow]) -> bool {
        match (self.holding(Exact::Key, key.reveal()).as_slice(), rows) {
            ([spot], [row]) => self.person(*spot) == **row,
            _ => false,
        }
    }

    /// The place that somebody of this key has or had; they keep it.
    fn first_order(&self, key: &Redacted<String>) -> Option<u32> {
        let main = self.main.holding(Exact::Key, key.reveal());
        let delta = || self.delta.holding(Exact::Key, key.reveal());
        let first = main.first().copied();
        first.or_else(|| Some(self.order(Spot::Delta(*delta().first()?))))
    }

    fn with(
        &self,
        placed: Vec<(u32, PersonRow)>,
        dead: Wiped<u64>,
        dead_count: usize,
        next: u32,
    ) -> Result<Self, IndexError> {
        if placed.len().saturating_add(dead_count) > self.main.len() / SHARE + LEAST {
            return self.rebuilt(placed, &dead);
        }
        let mut delta = Segment::new();
        let mut orders = Wiped::new();
        for (order, row) in placed {
            delta.push(&row);
            orders.push(order);
        }
        let changed = Self {
            source: self.source.clone(),
            most_bytes: self.most_bytes,
            main: Arc::clone(&self.main),
            dead,
            dead_count,
            delta: delta.finish(),
            orders,
            next,
        };
        build::within(changed.bytes(), self.most_bytes, changed.people())?;
        Ok(changed)
    }

    /// Everybody in one part again.
    fn rebuilt(
        &self,
        placed: Vec<(u32, PersonRow)>,
        dead: &Wiped<u64>,
    ) -> Result<Self, IndexError> {
        let mut builder = IndexBuilder::new(&self.source, self.most_bytes);
        let mut placed = placed.into_iter().peekable();
        for row in 0..number(self.main.len()) {
            if !marked(dead, row) {
                builder.push(&self.main.person(row, &self.source))?;
            }
            while let Some((_, person)) = placed.next_if(|(order, _)| *order <= row) {
                builder.push(&person)?;
            }
        }
        for (_, person) in placed {
            builder.push(&person)?;
        }
        builder.finish()
    }

    fn holding(&self, exact: Exact, value: &str) -> Vec<Spot> {
        let main = self.main.holding(exact, value).into_iter();
        let delta = self.delta.holding(exact, value).into_iter();
        let mut spots: Vec<Spot> = main
            .filter(|row| !self.is_dead(*row))
            .map(Spot::Main)
            .chain(delta.map(Spot::Delta))
            .collect();
        spots.sort_by_key(|spot| self.order(*spot));
        spots
    }

    fn order(&self, spot: Spot) -> u32 {
        match spot {
            Spot::Main(row) => row,
            Spot::Delta(row) => self.orders.at(place(row)).unwrap_or(u32::MAX),
        }
    }

    fn person(&self, spot: Spot) -> PersonRow {
        match spot {
            Spot::Main(row) => self.main.person(row, &self.source),
            Spot::Delta(row) => self.delta.person(row, &self.source),
        }
    }

    fn is_dead(&self, row: u32) -> bool {
        marked(&self.dead, row)
    }

    /// Everybody, in no order.
    fn everybody(&self) -> impl Iterator<Item = Spot> {
        let main = (0..number(self.main.len())).filter(|row| !self.is_dead(*row));
        let delta = (0..number(self.delta.len())).map(Spot::Delta);
        main.map(Spot::Main).chain(delta)
    }
}

/// The first part is made anew when more than one in this many of it has changed.
const SHARE: usize = 16;
/// And more than this many people.
const LEAST: usize = 1_000;

fn marked(marks: &Wiped<u64>, row: u32) -> bool {
    let word = marks.at(place(row) / 64).unwrap_or(0);
    word >> (row % 64) & 1 == 1
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index")
            .field("source", &self.source)
            .field("people", &self.people())
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}
