//! What other gateways of this member changed: several may share one store.
//!
//! Every change of a case that a page shows has its entry in the ledger, so the ledger says which
//! cases to read again. What has no entry, that an agency cannot be reached, is read anew for the few
//! lines of a page.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use stile_ledger::{EntryKind, Leaf, Pseudonym};
use stile_model::id::CaseId;
use stile_store::StoreError;

use crate::error::ExchangeError;
use crate::hub::{Hub, OpenCase};

/// How far the ledger was followed.
#[derive(Debug, Default)]
pub(in crate::hub) struct Followed(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Entries looked at; none before the first look.
    seen: Option<u64>,
    cases: HashMap<Pseudonym, CaseId>,
}

impl Hub {
    /// Marks the cases that anybody changed since the last look.
    pub(super) fn follow(&self) -> Result<(), ExchangeError> {
        // Whoever holds the lines may ask for this lock, so it is let go before they are touched.
        for case in self.changed_since()? {
            self.live.board.touch(&case);
            self.live.crowd.touch(&case);
        }
        Ok(())
    }

    fn changed_since(&self) -> Result<BTreeSet<CaseId>, ExchangeError> {
        let mut changed = BTreeSet::new();
        let mut inner = self.live.followed.lock();
        let size = self.store.head().size;
        let Inner { seen, cases } = &mut *inner;
        let mut next = seen.unwrap_or(size);
        while next < size {
            let leaves = match self.store.entries(next..size) {
                Ok(leaves) if !leaves.is_empty() => leaves,
                // Archived while nobody looked: what this gateway did itself is marked anyway.
                Ok(_) | Err(StoreError::Archived(_)) => break,
                Err(error) => return Err(error.into()),
            };
            for bytes in leaves {
                let entry = Leaf::parse(&bytes).map_err(|_| ExchangeError::Stored("entry"))?;
                let entry = entry.entry;
                if entry.kind == EntryKind::CaseOpened {
                    self.learn(cases, next, entry.case)?;
                }
                let known = entry.case.and_then(|case| cases.get(&case));
                if let (Some(case), true) = (known, changes(entry.kind)) {
                    changed.insert(case.clone());
                }
                next += 1;
            }
        }
        // Only now: what could not be read is looked at again the next time.
        *seen = Some(size);
        Ok(changed)
    }

    /// Remembers under which pseudonym the entries of these cases stand.
    pub(super) fn follow_cases<'a>(&self, cases: impl Iterator<Item = &'a CaseId>) {
        let mut inner = self.live.followed.lock();
        let named = cases.map(|case| {
            let key = Pseudonym::of_case(&self.pseudonym_key, case);
            (key, case.clone())
        });
        inner.cases.extend(named);
    }

    /// A case that somebody opened: its sealed body has the number.
    fn learn(
        &self,
        cases: &mut HashMap<Pseudonym, CaseId>,
        index: u64,
        case: Option<Pseudonym>,
    ) -> Result<(), ExchangeError> {
        let Some(key) = case.filter(|key| !cases.contains_key(key)) else {
            return Ok(());
        };
        match self.store.body(index) {
            Ok(body) => {
                let opened: OpenCase =
                    serde_json::from_slice(&body).map_err(|_| ExchangeError::Stored("case"))?;
                cases.insert(key, opened.id);
                Ok(())
            }
            // Erased meanwhile: there is nothing to show.
            Err(StoreError::Erased) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Followed {
    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// May an entry of this kind change what is shown of a case? Readings do not.
fn changes(kind: EntryKind) -> bool {
    !matches!(
        kind,
        EntryKind::AccessToLog | EntryKind::Combination | EntryKind::Consultation
    )
}
