//! Counts the people of the town into the agency's rows, and picks whom is asked about.

use stile_model::subject::PersonRow;
use stile_model::time::Date;

use super::asked::Asked;
use super::town::{Person, Town};
use crate::demo::SEED;
use crate::demo::world::Random;
use crate::run::Failure;

/// Rows given at once.
const BATCH: usize = 10_000;

/// Gives the agency's rows a batch at a time, so that five million are never held at once.
pub(super) struct Census {
    town: Town,
    random: Random,
    /// Rows that the agency holds when all are given.
    rows: u32,
    given: u32,
    /// One person in so many is asked about.
    every: u32,
    /// People asked about so far.
    pub(super) asked: Vec<Asked>,
}

impl Census {
    /// An agency of `rows` rows, of whose town about `queries` people are asked about.
    pub(super) fn new(rows: u32, queries: u32, today: Date) -> Result<Self, Failure> {
        Ok(Self {
            town: Town::new(SEED, rows, today)?,
            random: Random::new(SEED, 41),
            rows,
            given: 0,
            every: (rows / queries.max(1)).max(1),
            asked: Vec::new(),
        })
    }

    /// The next rows; none when the agency is complete.
    pub(super) fn next_rows(&mut self) -> Result<Vec<PersonRow>, Failure> {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH && self.given < self.rows {
            for person in self.town.household() {
                self.count_in(&person, &mut batch)?;
            }
        }
        Ok(batch)
    }

    fn count_in(&mut self, person: &Person, batch: &mut Vec<PersonRow>) -> Result<(), Failure> {
        let asked = person.number.is_multiple_of(self.every);
        // Every second person asked about is not held, though the family is.
        let held = !asked || (person.number / self.every).is_multiple_of(2);
        if held {
            // One person in sixty-six is on the system twice.
            for copy in 0..=u32::from(self.random.chance(15)) {
                if self.given < self.rows {
                    batch.push(self.town.held(person, copy, &mut self.random));
                    self.given += 1;
                } else if copy == 0 {
                    return Ok(());
                }
            }
        }
        if asked {
            let one = Asked::new(person, held, &self.town, &mut self.random)?;
            self.asked.push(one);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::town::person_of;
    use super::*;

    #[test]
    fn half_of_those_asked_about_are_held_and_the_others_are_not() {
        let today = jiff::civil::date(2026, 3, 11);
        let mut census = Census::new(25_000, 250, today).unwrap();
        let mut keys = std::collections::HashSet::new();
        let mut rows = 0;
        loop {
            let batch = census.next_rows().unwrap();
            if batch.is_empty() {
                break;
            }
            rows += batch.len();
            keys.extend(batch.iter().filter_map(|row| person_of(row.key.reveal())));
        }

        let held = census.asked.iter().filter(|asked| asked.held).count();
        assert_eq!(rows, 25_000);
        assert!(census.asked.len().abs_diff(2 * held) <= 1);
        let asked = census.asked.len();
        assert!((240..=260).contains(&asked), "{asked}");
        for asked in &census.asked {
            assert_eq!(keys.contains(&asked.person), asked.held);
        }
    }
}
