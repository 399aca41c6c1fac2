//! Guesses at secrets that are no account's are slowed by the same measure.

use std::sync::{Mutex, MutexGuard, PoisonError};

use stile_model::time::Timestamp;

use super::slow::{Attempt, Secret, Slow, Source};

/// Who guesses at what, from where.
#[derive(Debug, Default)]
pub(crate) struct Guesses(Mutex<Slow>);

impl Guesses {
    /// Counts an attempt at the secret of this name before it is looked at, or gives the seconds to
    /// wait.
    pub(crate) fn attempt(&self, name: &str, source: Source, now: Timestamp) -> Result<(), u32> {
        self.slow().attempt(at(name, source), now)
    }

    /// What was given was right: it was no guess.
    pub(crate) fn was_right(&self, name: &str, source: Source, now: Timestamp) {
        self.slow().take_back(at(name, source), now);
    }

    fn slow(&self) -> MutexGuard<'_, Slow> {
        // They are counts, right also when another thread stopped while it held them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn at(name: &str, source: Source) -> Attempt<'_> {
    Attempt {
        user: name,
        source,
        device: None,
        secret: Secret::Password,
    }
}
