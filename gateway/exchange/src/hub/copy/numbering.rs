//! One after the other within a case: numbers have no gaps, and of two who want the same copy the
//! second gets the first one's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use stile_model::id::CaseId;
use tokio::sync::OwnedMutexGuard;

/// Whose turn it is to number a copy, case by case.
///
/// Of this process only: of several gateways on one store, the store itself refuses the second.
#[derive(Debug, Default)]
pub(in crate::hub) struct Numbering(Mutex<HashMap<CaseId, Weak<tokio::sync::Mutex<()>>>>);

impl Numbering {
    /// Waits for the others who number a copy of this case.
    pub(in crate::hub) async fn turn(&self, case: &CaseId) -> OwnedMutexGuard<()> {
        self.of(case).lock_owned().await
    }

    fn of(&self, case: &CaseId) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(case).and_then(Weak::upgrade) {
            return turn;
        }
        // What nobody holds any more goes: the map is as long as there are cases being numbered.
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        turns.insert(case.clone(), Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn case(text: &str) -> CaseId {
        CaseId::new(text).unwrap()
    }

    #[tokio::test]
    async fn waits_for_the_same_case_and_for_no_other() {
        let numbering = Numbering::default();
        let first = numbering.turn(&case("MASH-2026-00001")).await;

        let other = numbering.turn(&case("MASH-2026-00002")).await;
        let same = case("MASH-2026-00001");
        let waiting = tokio::time::timeout(Duration::from_millis(20), numbering.turn(&same)).await;

        assert!(waiting.is_err());
        drop((first, other));
        numbering.turn(&same).await;
    }

    #[tokio::test]
    async fn forgets_cases_that_nobody_numbers() {
        let numbering = Numbering::default();
        for number in 0..50 {
            numbering
                .turn(&case(&format!("MASH-2026-{number:05}")))
                .await;
        }

        assert_eq!(numbering.0.lock().unwrap().len(), 1);
    }
}
