//! A bound on who waits for a token.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Signatures that may be under way or waiting at one key. Strangers cause them, each holds a thread,
/// and a token may hang.
pub(super) const MOST: usize = 64;

/// Counts who waits.
#[derive(Debug, Default)]
pub(super) struct Queue(AtomicUsize);

/// A place in the queue, given back when it is dropped.
pub(super) struct Waiting<'a>(&'a AtomicUsize);

impl Queue {
    /// A place, if there is one left.
    pub(super) fn enter(&self) -> Option<Waiting<'_>> {
        let before = self.0.fetch_add(1, Ordering::AcqRel);
        // Dropped again at once when it is one too many.
        let waiting = Waiting(&self.0);
        (before < MOST).then_some(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_away_whoever_finds_no_place_and_takes_the_next_once_one_is_left() {
        let queue = Queue::default();
        let mut inside: Vec<_> = (0..MOST).map(|_| queue.enter().unwrap()).collect();

        assert!(queue.enter().is_none());
        assert!(queue.enter().is_none());
        inside.pop();
        let last = queue.enter();
        assert!(last.is_some());
        assert!(queue.enter().is_none());
    }
}
