//! Does anything else of an enquiry wait for a person, so that more returns may follow? Told without
//! reading every open task for each decision.
//!
//! Which tasks are open is always asked of the store, by their keys. Which enquiry a task belongs to
//! never changes, so each is read once by this process and known for as long as it is open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stile_model::id::EnquiryId;
use stile_store::{Store, Tree};

use super::Agency;
use super::task::{Task, TaskSubject};
use crate::error::ExchangeError;
use crate::stored::every_key;

/// By the key of a task, the enquiry of which a later return waits for it; none for an alert, for which
/// no return waits.
type Known = HashMap<Vec<u8>, Option<EnquiryId>>;

/// What open tasks belong to, as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<Known>);

impl Agency {
    /// Are other tasks of this enquiry still open, so that more returns may follow?
    pub(super) async fn others_open(&self, task: &Task) -> Result<bool, ExchangeError> {
        let (store, waiting) = (self.store.clone(), Arc::clone(&self.live.waiting));
        let (enquiry, besides) = (task.enquiry, task.id);
        // Thousands may be open, and after a start none of them is known.
        let told = tokio::task::spawn_blocking(move || waiting.others(&store, enquiry, besides));
        told.await.map_err(|_| ExchangeError::Stored("task"))?
    }
}

impl Waiting {
    /// Is any task of this enquiry open, besides this one and alerts?
    fn others(
        &self,
        store: &Store,
        enquiry: EnquiryId,
        besides: EnquiryId,
    ) -> Result<bool, ExchangeError> {
        let open = every_key(store, Tree::Tasks, &[])?;
        let others = open.iter().filter(|key| *key != besides.as_bytes());
        let mut unread = Vec::new();
        {
            let known = self.known();
            for key in others {
                match known.get(key) {
                    Some(of) if *of == Some(enquiry) => return Ok(true),
                    Some(_) => {}
                    None => unread.push(key),
                }
            }
        }
        let mut fresh = Known::new();
        for key in unread {
            // Another gateway may have closed it a moment ago.
            if let Some(task) = store.get(Tree::Tasks, key)? {
                fresh.insert(key.clone(), awaiting(&task)?);
            }
        }
        let found = fresh.values().any(|of| *of == Some(enquiry));
        self.learn(fresh, &open);
        Ok(found)
    }

    /// Keeps what was read, and forgets what is open no more; `open` is in order.
    fn learn(&self, fresh: Known, open: &[Vec<u8>]) {
        let mut known = self.known();
        known.extend(fresh);
        known.retain(|key, _| open.binary_search(key).is_ok());
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Each row is right by itself, also when another thread stopped while it held them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The enquiry of which a later return waits for this task, if one does.
fn awaiting(task: &[u8]) -> Result<Option<EnquiryId>, ExchangeError> {
    let task: Task = serde_json::from_slice(task).map_err(|_| ExchangeError::Stored("task"))?;
    Ok(match task.subject {
        TaskSubject::Alert(_) => None,
        TaskSubject::Approval(_) | TaskSubject::Match(_) => Some(task.enquiry),
    })
}

#[cfg(test)]
mod tests;
