//! Notices who is no longer in a source, from its keys alone.

use std::fmt;

use stile_model::redact::Redacted;

use super::segment::Exact;
use super::wiped::{Wiped, place};
use super::{Index, Spot, marked};

/// Marks the people of one index whose keys a source still holds.
pub struct Sweep {
    main: Wiped<u64>,
    delta: Wiped<u64>,
}

impl Sweep {
    /// Nobody has been seen yet. Use it with this very index only.
    pub fn new(index: &Index) -> Self {
        Self {
            main: Wiped::zeros(index.main.len() / 64 + 1),
            delta: Wiped::zeros(index.delta.len() / 64 + 1),
        }
    }

    /// Notes that the source holds `key`; false when the index does not.
    pub fn see(&mut self, index: &Index, key: &Redacted<String>) -> bool {
        let spots = index.holding(Exact::Key, key.reveal());
        for spot in &spots {
            let (marks, row) = match spot {
                Spot::Main(row) => (&mut self.main, row),
                Spot::Delta(row) => (&mut self.delta, row),
            };
            if let Some(word) = marks.at_mut(place(*row) / 64) {
                *word |= 1 << (row % 64);
            }
        }
        !spots.is_empty()
    }

    /// The keys that were not seen.
    pub fn unseen(&self, index: &Index) -> Vec<Redacted<String>> {
        let seen = |spot: &Spot| match spot {
            Spot::Main(row) => marked(&self.main, *row),
            Spot::Delta(row) => marked(&self.delta, *row),
        };
        let unseen = index.everybody().filter(|spot| !seen(spot));
        unseen.map(|spot| index.person(spot).key).collect()
    }
}

impl fmt::Debug for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sweep").finish_non_exhaustive()
    }
}
