//! What happens without a request: tasks lapse, long polls wait, deliveries are closed.

use std::time::Duration;

use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::{EnquiryId, MemberId};
use stile_store::{Batch, StoreError, Tree};

use super::Agency;
use super::record::Ground;
use super::release::Released;
use super::stored::{StoredReturn, return_key, task_puts};
use super::task::{Task, TaskState, TaskSubject};
use crate::error::{ExchangeError, refuse};
use crate::wire::Acknowledgement;

/// Longest a hub may wait in one long poll, in seconds.
pub const WAIT_MAX_S: u64 = 60;

impl Agency {
    /// The first return after number `after`, waiting up to `wait_s` seconds for one.
    ///
    /// # Errors
    ///
    /// `unknown_enquiry` when this hub made no such enquiry here.
    pub async fn returns_after(
        &self,
        hub: &MemberId,
        id: EnquiryId,
        after: u32,
        wait_s: u64,
        confirmed: u64,
    ) -> Result<Option<Released>, ExchangeError> {
        let wait = Duration::from_secs(wait_s.min(WAIT_MAX_S));
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            // Registered before the look, so that a return recorded in between still wakes us.
            let woken = self.live.returned.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            let stored = self.of_hub(hub, id)?;
            if stored.n > after {
                return self.released(id, after + 1, confirmed);
            }
            if tokio::time::timeout_at(deadline, woken).await.is_err() {
                return Ok(None);
            }
        }
    }

    /// Closes the record of a delivery on the hub's word that it holds exactly this return.
    ///
    /// # Errors
    ///
    /// `unknown_enquiry`, or `digest_differs` when the hub holds something else.
    pub async fn acknowledged(
        &self,
        hub: &MemberId,
        word: &Acknowledgement,
    ) -> Result<(), ExchangeError> {
        let stored = self.of_hub(hub, word.enquiry)?;
        let key = return_key(word.enquiry, word.n);
        let bytes = self.store.get(Tree::Returns, &key)?;
        let bytes =
            bytes.ok_or_else(|| refuse("unknown_return", 404, "there is no such return"))?;
        let held = Digest::of(StoredReturn::read(&bytes)?.payload.as_bytes());
        if held != word.digest {
            return Err(refuse(
                "digest_differs",
                409,
                "the hub holds another return than was released",
            ));
        }
        if self.store.get(Tree::Progress, &key)?.is_some() {
            return Ok(());
        }
        let entry = Entry {
            purpose: Some(stored.enquiry.purpose.clone()),
            member: Some(hub.clone()),
            // Not the return's digest: that one names the permit.
            ..Entry::new(EntryKind::Delivered, self.clock.now())
        };
        let body =
            serde_json::to_vec(word).map_err(|_| ExchangeError::Stored("acknowledgement"))?;
        let mut batch = Batch::entry(entry, body, Some(stored.enquiry.case));
        let mut mark = Batch::put(Tree::Progress, key.clone(), Some(b"delivered".to_vec()));
        batch.puts.append(&mut mark.puts);
        batch.require_absent = vec![(Tree::Progress, key)];
        match self.store.commit(batch).await {
            // Two words about one return at the same time: one entry is enough.
            Err(StoreError::AlreadyThere(_)) => Ok(()),
            other => Ok(other.map(|_| ())?),
        }
    }

    fn of_hub(
        &self,
        hub: &MemberId,
        id: EnquiryId,
    ) -> Result<super::stored::StoredEnquiry, ExchangeError> {
        let stored = self.stored_enquiry(id)?;
        if stored.hub == *hub {
            Ok(stored)
        } else {
            Err(refuse("unknown_enquiry", 404, "there is no such enquiry"))
        }
    }

    /// Lapses every task whose time has run out, telling the hub what policy says then.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written; what was lapsed before stays lapsed.
    pub async fn lapse_overdue(&self) -> Result<usize, ExchangeError> {
        let now = self.clock.now();
        let overdue: Vec<_> = self
            .open_tasks()?
            .into_iter()
            .filter(|task| task.due <= now)
            .collect();
        let mut lapsed = 0;
        for task in overdue {
            self.lapse(task).await?;
            lapsed += 1;
        }
        Ok(lapsed)
    }

    async fn lapse(&self, task: Task) -> Result<(), ExchangeError> {
        let turn = self.live.turn(task.enquiry).await;
        let _held = turn.lock().await;
        let now = self.clock.now();
        let findings = match &task.subject {
            // An alert nobody acknowledged stays open: it must be seen, however late.
            TaskSubject::Alert(_) => return Ok(()),
            TaskSubject::Approval(approval) => vec![approval.if_lapsed.clone()],
            TaskSubject::Match(_) => Vec::new(),
        };
        let stored = self.stored_enquiry(task.enquiry)?;
        let task = Task {
            state: TaskState::Lapsed,
            ..task
        };
        if self.store.get(Tree::Tasks, task.id.as_bytes())?.is_none() {
            return Ok(());
        }
        let more = self.others_open(&task)?;
        if findings.is_empty() && more {
            let puts = task_puts(&task)?.into();
            self.store
                .commit(Batch {
                    puts,
                    ..Batch::default()
                })
                .await?;
            return Ok(());
        }
        let answer = self.next_return(&stored, Vec::new(), findings, more, now);
        let ground = Ground {
            decision: None,
            actor: None,
            task: &task,
            further: &[],
        };
        self.record_later(&stored, &answer, ground).await?;
        self.live.returned.notify_waiters();
        Ok(())
    }
}
