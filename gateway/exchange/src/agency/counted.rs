//! How often each name, date and postcode is held, as each source was last counted.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use stile_linkage::Frequencies;
use stile_model::subject::PersonCounts;
use tokio::task::spawn_blocking;

use super::Agency;

/// The last counts of each source, in memory only.
#[derive(Default)]
pub(super) struct Counted(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    names: Vec<String>,
    /// In the order of `names`.
    counts: Vec<PersonCounts>,
}

impl Counted {
    /// Puts `counts` in place of those that `source` had.
    fn take(&self, source: &str, counts: PersonCounts) {
        // Replaced whole, so a panic elsewhere does not spoil it.
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = inner.names.iter().position(|name| name == source) {
            if let Some(old) = inner.counts.get_mut(place) {
                *old = counts;
            }
            return;
        }
        inner.names.push(source.to_owned());
        inner.counts.push(counts);
    }

    /// How common everything is by all of them together; a million names take seconds.
    fn frequencies(&self) -> Frequencies {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Frequencies::new(&inner.counts)
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counted").finish_non_exhaustive()
    }
}

impl Agency {
    /// Remembers what was counted in a source, for when it cannot be counted again.
    pub fn take_counts(&self, source: &str, counts: PersonCounts) {
        self.live.counted.take(source, counts);
    }

    /// Counts names, dates and postcodes again: people who arrive must be found. A source that cannot
    /// be counted leaves its own old counts in force, and no other's.
    pub async fn recount(&self) {
        for source in &self.sources {
            match self.held.of(source).counts().await {
                Ok(counts) => self.take_counts(source.name(), counts),
                Err(error) => {
                    tracing::warn!(source = source.name(), %error, "the people of a source were not counted again; its old counts stay");
                }
            }
        }
        let (counted, weights) = (Arc::clone(&self.live.counted), self.weights.weights);
        // Others are to be answered meanwhile.
        let sorted = spawn_blocking(move || counted.frequencies().with_weights(weights));
        match sorted.await {
            Ok(frequencies) => self.frequencies.store(Arc::new(frequencies)),
            Err(error) => tracing::warn!(%error, "people were not counted again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(people: u64) -> PersonCounts {
        PersonCounts {
            people,
            ..PersonCounts::default()
        }
    }

    #[test]
    fn a_source_that_is_counted_again_replaces_its_own_counts_and_no_others() {
        let counted = Counted::default();
        counted.take("niche", of(10));
        counted.take("records", of(5));

        counted.take("records", of(7));

        assert_eq!(counted.frequencies().people(), 17);
        assert_eq!(format!("{counted:?}"), "Counted { .. }");
    }
}
