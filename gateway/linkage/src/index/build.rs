//! Takes people in, one after the other.

use std::fmt;
use std::sync::Arc;

use stile_model::subject::PersonRow;

use super::segment::Segment;
use super::wiped::{Wiped, number};
use super::{Index, IndexError};

/// An index that is being made.
pub struct IndexBuilder {
    source: String,
    most_bytes: usize,
    pub(super) people: Segment,
}

impl IndexBuilder {
    pub(super) fn new(source: &str, most_bytes: usize) -> Self {
        // Places in memory are kept as 32 bits.
        let most_bytes = most_bytes.min(usize::try_from(u32::MAX).unwrap_or(usize::MAX));
        Self {
            source: source.to_owned(),
            most_bytes,
            people: Segment::new(),
        }
    }

    /// Takes one person in. Their order is the order of candidates of one rank.
    ///
    /// # Errors
    ///
    /// [`IndexError::Full`] before the memory allowed is exceeded.
    pub fn push(&mut self, row: &PersonRow) -> Result<(), IndexError> {
        within(self.people.bytes(), self.most_bytes, self.people.len())?;
        self.people.push(row);
        Ok(())
    }

    /// People taken in.
    pub fn people(&self) -> usize {
        self.people.len()
    }

    /// Sorts the people, so that they can be found.
    ///
    /// # Errors
    ///
    /// [`IndexError::Full`] when they do not fit.
    pub fn finish(self) -> Result<Index, IndexError> {
        within(self.people.bytes(), self.most_bytes, self.people.len())?;
        let main = self.people.finish();
        let people = main.len();
        Ok(Index {
            source: self.source,
            most_bytes: self.most_bytes,
            main: Arc::new(main),
            dead: Wiped::zeros(people / 64 + 1),
            dead_count: 0,
            delta: Segment::new(),
            orders: Wiped::new(),
            next: number(people),
        })
    }
}

/// Refuses what takes more memory than it may.
pub(super) fn within(bytes: usize, most_bytes: usize, people: usize) -> Result<(), IndexError> {
    if bytes <= most_bytes {
        return Ok(());
    }
    Err(IndexError::Full {
        most_mb: u64::try_from(most_bytes / 1_000_000).unwrap_or(u64::MAX),
        people: u64::try_from(people).unwrap_or(u64::MAX),
    })
}

impl fmt::Debug for IndexBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexBuilder")
            .field("source", &self.source)
            .field("people", &self.people())
            .finish_non_exhaustive()
    }
}
