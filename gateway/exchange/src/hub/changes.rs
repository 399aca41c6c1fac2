//! Which version of each case is the newest, and who waits for the next.
//!
//! A change of one case wakes those who watch it, and nobody else: what is shown of a case is put
//! together anew for each of them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use stile_model::id::CaseId;
use tokio::sync::watch;

/// The versions of the cases that were watched or changed since this process began: numbers only.
#[derive(Debug)]
pub(super) struct Changes {
    /// The version of a case that has not changed since.
    start: u64,
    cases: Mutex<HashMap<CaseId, watch::Sender<u64>>>,
}

impl Changes {
    /// `start` makes versions grow across restarts.
    pub(super) fn new(start: u64) -> Self {
        Self {
            start,
            cases: Mutex::default(),
        }
    }

    /// Hears of the next versions of a case.
    pub(super) fn watch(&self, case: &CaseId) -> watch::Receiver<u64> {
        let mut cases = self.cases();
        let sender = cases
            .entry(case.clone())
            .or_insert_with(|| watch::Sender::new(self.start));
        sender.subscribe()
    }

    /// A case changed.
    pub(super) fn touch(&self, case: &CaseId) {
        let mut cases = self.cases();
        let sender = cases
            .entry(case.clone())
            .or_insert_with(|| watch::Sender::new(self.start));
        sender.send_modify(|version| *version += 1);
    }

    fn cases(&self) -> MutexGuard<'_, HashMap<CaseId, watch::Sender<u64>>> {
        self.cases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(number: &str) -> CaseId {
        CaseId::new(number).unwrap()
    }

    #[test]
    fn a_change_wakes_whoever_watches_the_case_and_nobody_else() {
        let changes = Changes::new(7);
        let mut mine = changes.watch(&case("MASH-2026-00001"));
        let other = changes.watch(&case("MASH-2026-00002"));

        changes.touch(&case("MASH-2026-00001"));

        assert!(mine.has_changed().unwrap());
        assert_eq!(*mine.borrow_and_update(), 8);
        assert!(!other.has_changed().unwrap());
    }

    #[test]
    fn a_change_that_nobody_watched_is_not_lost() {
        let changes = Changes::new(7);

        changes.touch(&case("MASH-2026-00001"));

        assert_eq!(*changes.watch(&case("MASH-2026-00001")).borrow(), 8);
        assert_eq!(*changes.watch(&case("MASH-2026-00002")).borrow(), 7);
    }
}
