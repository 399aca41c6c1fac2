//! How much is flushed but not indexed yet: the writer waits for the indexer rather than outrun it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes of rows that may wait in memory.
const MOST: usize = 64 * 1024 * 1024;

/// Rows on their way to the index.
pub(crate) struct Backlog {
    state: Mutex<State>,
    moved: Condvar,
    most: usize,
}

struct State {
    bytes: usize,
    follower: Follower,
}

/// What the indexer is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follower {
    /// It applies rows.
    Follows,
    /// It waits for disk space.
    NeedsSpace,
    /// It has failed or ended; only a restart brings the index up to date.
    Stopped,
}

impl Backlog {
    pub(crate) fn new() -> Self {
        Self::bounded(MOST)
    }

    fn bounded(most: usize) -> Self {
        let state = State {
            bytes: 0,
            follower: Follower::Follows,
        };
        Self {
            state: Mutex::new(state),
            moved: Condvar::new(),
            most,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many bytes of rows wait from now on.
    pub(crate) fn add(&self, bytes: usize) {
        let mut state = self.state();
        state.bytes = state.bytes.saturating_add(bytes);
    }

    /// So many bytes of rows are in the index.
    pub(crate) fn done(&self, bytes: usize) {
        let mut state = self.state();
        state.bytes = state.bytes.saturating_sub(bytes);
        self.moved.notify_all();
    }

    pub(crate) fn say(&self, follower: Follower) {
        self.state().follower = follower;
        self.moved.notify_all();
    }

    /// Waits until there is room for more. Otherwise says why there will be none soon.
    pub(crate) fn room(&self) -> Follower {
        let waits =
            |state: &mut State| state.bytes > self.most && state.follower == Follower::Follows;
        let state = self
            .moved
            .wait_while(self.state(), waits)
            .unwrap_or_else(PoisonError::into_inner);
        if state.bytes > self.most {
            state.follower
        } else {
            Follower::Follows
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn writer_waits_until_the_indexer_has_caught_up() {
        let backlog = Arc::new(Backlog::bounded(100));
        backlog.add(150);
        let waiting = Arc::clone(&backlog);
        let writer = thread::spawn(move || waiting.room());

        assert!(!writer.is_finished());
        backlog.done(60);

        assert_eq!(writer.join().unwrap(), Follower::Follows);
    }

    #[test]
    fn writer_is_told_why_nothing_moves() {
        for follower in [Follower::NeedsSpace, Follower::Stopped] {
            let backlog = Backlog::bounded(100);
            backlog.say(follower);
            assert_eq!(backlog.room(), Follower::Follows);

            backlog.add(101);

            assert_eq!(backlog.room(), follower);
        }
    }
}
