//! The end of a draft: submitted, discarded or lapsed, once.

use serde::{Deserialize, Serialize};
use stile_model::id::CaseId;
use stile_store::{Batch, Put, StoreError, Tree};

use super::{DraftId, KeptDraft};
use crate::error::ExchangeError;
use crate::hub::{Case, Hub};
use crate::people::Person;

/// Most keys of drafts that one erasure of cases takes along.
const GONE_MAX: usize = 400;

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::hub::desk) enum Gone {
    /// It was added to a case that was open.
    Added,
    /// A case was opened from it.
    Became(CaseId),
    /// It was discarded, or has lapsed.
    Dropped,
}

/// The end of a draft, to be written with whatever it becomes.
pub(in crate::hub::desk) struct Going {
    pub(in crate::hub::desk) puts: Vec<Put>,
    /// The key that must be absent: a draft ends once.
    pub(in crate::hub::desk) once: (Tree, Vec<u8>),
}

impl Hub {
    /// Takes away the drafts whose time is over; says how many.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written.
    pub async fn lapse_drafts(&self) -> Result<usize, ExchangeError> {
        let now = self.clock.now();
        let over = self.all_drafts()?;
        let over: Vec<_> = over
            .into_iter()
            .filter(|kept| self.draft_lapses(kept) <= now)
            .collect();
        let mut lapsed = 0;
        for kept in &over {
            let gone = self.draft_gone(kept, &Gone::Dropped)?;
            let batch = Batch {
                puts: gone.puts,
                require_absent: vec![gone.once],
                ..Batch::default()
            };
            match self.store.commit(batch).await {
                // Submitted or discarded at the same moment.
                Err(StoreError::AlreadyThere(_)) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => lapsed += 1,
            }
        }
        Ok(lapsed)
    }

    /// Labels of keys that sealed drafts which are gone: the next erasure takes them along.
    pub(crate) fn gone_drafts(&self) -> Result<Vec<CaseId>, ExchangeError> {
        let rows = self.store.scan(Tree::Desk, b"gone/", None, GONE_MAX)?;
        let labels = rows.iter().map(|(key, _)| {
            let label = key.get(5..).and_then(|text| std::str::from_utf8(text).ok());
            let label = label.and_then(|text| CaseId::new(text).ok());
            label.ok_or(ExchangeError::Stored("draft"))
        });
        labels.collect()
    }

    /// The case that a draft of this person became.
    pub(in crate::hub::desk) fn became(
        &self,
        person: &Person,
        id: DraftId,
    ) -> Result<Option<Case>, ExchangeError> {
        let Some(bytes) = self.store.get(Tree::Desk, &gone_key(&id.label()?))? else {
            return Ok(None);
        };
        let gone: Gone =
            serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("draft"))?;
        let Gone::Became(case) = gone else {
            return Ok(None);
        };
        match self.case(&case) {
            Ok(case) => Ok(Some(case).filter(|case| case.opened_by == person.user)),
            // Erased since.
            Err(ExchangeError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Has this draft ended?
    pub(in crate::hub::desk) fn is_gone(&self, id: DraftId) -> Result<bool, ExchangeError> {
        Ok(self
            .store
            .get(Tree::Desk, &gone_key(&id.label()?))?
            .is_some())
    }

    /// The draft's row goes, and a mark says that its key is of no more use.
    pub(in crate::hub::desk) fn draft_gone(
        &self,
        kept: &KeptDraft,
        gone: &Gone,
    ) -> Result<Going, ExchangeError> {
        let label = kept.id.label()?;
        let mark = serde_json::to_vec(gone).map_err(|_| ExchangeError::Stored("draft"))?;
        let key = gone_key(&label);
        Ok(Going {
            once: (Tree::Desk, key.clone()),
            puts: vec![
                Put {
                    tree: Tree::Desk,
                    key: self.draft_key(&kept.owner, kept.id),
                    value: None,
                    case: Some(label.clone()),
                },
                Put {
                    tree: Tree::Desk,
                    key,
                    value: Some(mark),
                    case: Some(label),
                },
            ],
        })
    }
}

/// Where the mark of a draft that ended stands.
pub(super) fn gone_key(label: &CaseId) -> Vec<u8> {
    format!("gone/{label}").into_bytes()
}
