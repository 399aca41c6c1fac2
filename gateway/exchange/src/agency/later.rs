//! What happens without a request: tasks lapse, long polls wait, deliveries are closed.

use std::time::Duration;

use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::{EnquiryId, MemberId};
use stile_model::time::Timestamp;
use stile_policy::Decider;
use stile_store::{Batch, PendingEntry, StoreError, Tree};
use stile_trust::peer::Peer;

use super::decide::open_tasks;
use super::record::Ground;
use super::release::Released;
use super::stored::{StoredEnquiry, StoredReturn, closing, return_key};
use super::task::{Ended, Task, TaskState, TaskSubject};
use super::unsettled::is_awaited;
use super::{Agency, overtaken};
use crate::error::{ExchangeError, refuse};
use crate::evidence::{pending, reason};
use crate::wire::Acknowledgement;

/// Longest a hub may wait in one long poll, in seconds.
pub const WAIT_MAX_S: u64 = 60;
/// How long a long poll rests between looks where replicas share the store.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Agency {
    /// The first return after number `after`, waiting up to `wait_s` seconds for one. Whether the peer
    /// is still a hub that may be told is asked at every look, since much may change while it waits.
    ///
    /// # Errors
    ///
    /// `unknown_enquiry` when this hub made no such enquiry here; `untrusted` and the refusals of an
    /// agreement when it may not be told, or not any more.
    pub async fn returns_after(
        &self,
        peer: &Peer,
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
            let stored = self.of_hub(&self.still_hub(peer)?, id)?;
            if stored.n > after {
                return self.released_later(&stored, after + 1, confirmed);
            }
            // Another replica may record the return; nothing here is woken by that.
            let again = tokio::time::Instant::now() + LOOK_AGAIN;
            if self.store.is_shared() && again < deadline {
                let _ = tokio::time::timeout_at(again, woken).await;
            } else if tokio::time::timeout_at(deadline, woken).await.is_err() {
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
        let permit = self.store.permit_index(&held)?;
        let entry = Entry {
            member: Some(hub.clone()),
            recipients: [hub.clone()].into(),
            // Not the return's digest: that one names the permit.
            concerns: permit,
            ..self
                .scribe()
                .of_enquiry(EntryKind::Delivered, &stored.enquiry, self.clock.now())
        };
        let body =
            serde_json::to_vec(word).map_err(|_| ExchangeError::Stored("acknowledgement"))?;
        let batch = Batch {
            entries: vec![pending(entry, body, &stored.enquiry)],
            require_absent: vec![(Tree::Progress, key.clone())],
            ..Batch::put(Tree::Progress, key, Some(b"delivered".to_vec()))
        };
        match self.store.commit(batch).await {
            // Two words about one return at the same time: one entry is enough.
            Err(StoreError::AlreadyThere(_)) => Ok(()),
            other => Ok(other.map(|_| ())?),
        }
    }

    /// The hub behind a connection that may have been open for a while: a member to this moment, with
    /// a certificate that was not revoked meanwhile.
    fn still_hub(&self, peer: &Peer) -> Result<MemberId, ExchangeError> {
        let revocations = self.witnessing.tls().revocations().load();
        revocations.check(peer, self.clock.now())?;
        self.hub_of(peer)
    }

    /// Return `n`. One that tells anything of anybody goes out under an agreement of today alone,
    /// whenever it was recorded; that nothing will be told may always be said.
    pub(super) fn released_later(
        &self,
        stored: &StoredEnquiry,
        n: u32,
        confirmed: u64,
    ) -> Result<Option<Released>, ExchangeError> {
        let (id, now) = (stored.enquiry.id, self.clock.now());
        if !self.may_be_told(stored, now)
            && let Some(bytes) = self.store.get(Tree::Returns, &return_key(id, n))?
            && StoredReturn::read(&bytes)?.answer()?.tells()
        {
            self.agreed(&stored.hub, &stored.enquiry.purpose, now.date())?;
        }
        self.released(id, n, confirmed)
    }

    fn of_hub(&self, hub: &MemberId, id: EnquiryId) -> Result<StoredEnquiry, ExchangeError> {
        let stored = self.stored_enquiry(id)?;
        if stored.hub == *hub {
            Ok(stored)
        } else {
            Err(refuse("unknown_enquiry", 404, "there is no such enquiry"))
        }
    }

    /// Lapses every task whose time has run out, telling the hub what policy says then. A task that
    /// cannot be lapsed stays open until it is tried again, and holds up no other. An alert that
    /// nobody acknowledged stays open: it must be seen, however late. Uses of break-glass that nobody
    /// reviewed in time are put on record.
    ///
    /// # Errors
    ///
    /// When the open tasks cannot be read, or a late review cannot be recorded.
    pub async fn lapse_overdue(&self) -> Result<usize, ExchangeError> {
        let (questions, mut others) = self.overdue().await?;
        // Questions of identity first: what they leave behind lapses at the same moment.
        let asked = each(questions, |task| self.lapse_in_force(task)).await;
        if asked > 0 {
            (_, others) = self.overdue().await?;
        }
        let lapsed = each(others, |task| self.lapse_in_force(task)).await;
        self.alarm_of_glass().await?;
        Ok(asked + lapsed)
    }

    /// The overdue questions of identity, and everything else that is overdue and lapses. Thousands of
    /// tasks may be open, so they are read where nobody waits for it.
    async fn overdue(&self) -> Result<(Vec<Task>, Vec<Task>), ExchangeError> {
        let (store, now) = (self.store.clone(), self.clock.now());
        let read = tokio::task::spawn_blocking(move || {
            let mut overdue = open_tasks(&store)?;
            overdue
                .retain(|task| task.due <= now && !matches!(task.subject, TaskSubject::Alert(_)));
            Ok::<_, ExchangeError>(overdue)
        });
        let overdue = read.await.map_err(|_| ExchangeError::Stored("task"))??;
        let is_question = |task: &Task| matches!(task.subject, TaskSubject::Match(_));
        Ok(overdue.into_iter().partition(is_question))
    }

    /// Lapses one task under the policy in force, whichever that is by the time it is recorded.
    async fn lapse_in_force(&self, task: Task) -> Result<(), ExchangeError> {
        match self.lapse(task.clone()).await {
            Err(error) if overtaken(&error) => {
                self.follow_policy().await?;
                self.lapse(task).await
            }
            other => other,
        }
    }

    async fn lapse(&self, task: Task) -> Result<(), ExchangeError> {
        let turn = self.live.turn(task.enquiry).await;
        let _held = turn.lock().await;
        let now = self.clock.now();
        let (stored, footing) = (self.stored_enquiry(task.enquiry)?, self.footing());
        let (findings, further) = match &task.subject {
            TaskSubject::Alert(_) => return Ok(()),
            TaskSubject::Approval(approval) => {
                let still = self.still(&stored, approval, (&footing, now));
                let finding = still.reduced(approval.if_lapsed.clone(), &approval.fields);
                (vec![finding], Vec::new())
            }
            TaskSubject::Match(question) => {
                let further = self.unsettled(&stored, &question.subject, now)?;
                (Vec::new(), further)
            }
        };
        let task = Task {
            state: TaskState::Lapsed,
            ended: Some(ended(now, None)),
            ..task
        };
        if self.store.get(Tree::Tasks, task.id.as_bytes())?.is_none() {
            return Ok(());
        }
        let lapsed = self.lapsed(&stored, &task, now)?;
        let more = is_awaited(&further) || self.others_open(&task).await?;
        if findings.is_empty() && more {
            return match self.store.commit(closing(lapsed, &task, &further)?).await {
                // Another replica lapsed it, or somebody decided there: what came of that stands.
                Err(StoreError::AlreadyThere(Tree::Approvals)) => Ok(()),
                other => Ok(other.map(|_| ())?),
            };
        }
        let answer = self.next_return(&stored, Vec::new(), findings, more, (&footing.policy, now));
        let task = Task {
            ended: Some(ended(now, Some(answer.n))),
            ..task
        };
        let ground = Ground {
            decision: Some(lapsed),
            actor: None,
            by: Decider::Time,
            task: &task,
            further: &further,
            footing: &footing,
        };
        self.record_later(&stored, &answer, ground).await?;
        self.live.returned.notify_waiters();
        Ok(())
    }

    /// That nobody decided in time.
    fn lapsed(
        &self,
        stored: &StoredEnquiry,
        task: &Task,
        now: Timestamp,
    ) -> Result<PendingEntry, ExchangeError> {
        let word = match &task.subject {
            TaskSubject::Alert(_) => "alert_lapsed",
            TaskSubject::Approval(_) => "approval_lapsed",
            TaskSubject::Match(_) => "match_lapsed",
        };
        let entry = Entry {
            member: Some(stored.hub.clone()),
            reason: reason(word),
            concerns: self.permit_of(stored.enquiry.id, 1)?,
            ..self
                .scribe()
                .of_enquiry(EntryKind::Lapse, &stored.enquiry, now)
        };
        let body = serde_json::to_vec(&(task.id, stored.enquiry.id, task.due));
        let body = body.map_err(|_| ExchangeError::Stored("task"))?;
        Ok(pending(entry, body, &stored.enquiry))
    }
}

/// Time ran out, and the hub was told by this return, if it was.
const fn ended(at: Timestamp, told: Option<u32>) -> Ended {
    Ended { at, by: None, told }
}

/// Lapses each of these, and says how many were: one that fails is logged and left for the next time.
async fn each<F>(overdue: Vec<Task>, mut lapse: impl FnMut(Task) -> F) -> usize
where
    F: Future<Output = Result<(), ExchangeError>>,
{
    let mut lapsed = 0;
    for task in overdue {
        let id = task.id;
        match lapse(task).await {
            Ok(()) => lapsed += 1,
            Err(error) => tracing::error!(task = %id, %error, "an overdue task was not lapsed"),
        }
    }
    lapsed
}

#[cfg(test)]
mod tests;
