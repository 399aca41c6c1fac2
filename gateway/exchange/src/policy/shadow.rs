//! One ruling in so many is put to Casbin after it was served, away from the answer.
//!
//! ```text
//! ruling served ──1 in N──► bounded queue ──► Casbin over the published form of the same policy,
//!                            (full: counted)  and the evaluator with grounds
//!                                                   same ──► nothing
//!                                                   other, or failed ──► suspended
//! ```
//!
//! Of each N rulings one is drawn: an enquiry always makes its rulings in the same order, so every
//! Nth would often be the same one of each.
//!
//! While a policy is suspended nothing leaves under it by itself. What it would release at once is
//! referred to a person, whether or not anything is held; in a category of which nobody may hear
//! that anything is held, it looks like no record, and a hit alerts the named person. An answer that
//! was ruled on before and is not recorded yet is ruled on again. A return that was recorded before
//! still goes out to the hub that asks for it: it is in the ledger as released.
//!
//! A suspension is of what the rules say, not of how their text is laid out. It stays across restarts
//! until rules that say something else are activated, or a gateway of another version has proved
//! them afresh.
//!
//! **Order of effects:** suspend in memory, then the durable mark with its entry. A mark that cannot
//! be written still suspends this process, and is tried again every second.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use serde::Serialize;
use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::Code;
use stile_model::time::Date;
use stile_policy::{Outcome, PolicyError, PolicySet, Question, SecondOpinion, Spot};
use stile_store::{Batch, Store, StoreError, Tree};
use tokio::sync::{mpsc, watch};

use super::kept::{self, SUSPENDED};
use crate::clock::Clock;
use crate::error::ExchangeError;

/// Rulings that wait to be put to Casbin; more are left out, and counted.
const WAITING: usize = 256;
/// How soon a suspension by another gateway on the same store is heeded.
const HEED: Duration = Duration::from_secs(1);
/// Most marks read; each is a policy that was found wrong.
const MARKS: usize = 10_000;

/// The check of served rulings against Casbin. Clones are one.
#[derive(Debug, Clone)]
pub struct Shadow(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Clock,
    every: u64,
    /// Varies which of each `every` rulings is checked.
    seed: u64,
    served: AtomicU64,
    checked: AtomicU64,
    left_out: AtomicU64,
    /// By what their rules say.
    suspended: ArcSwap<BTreeSet<Digest>>,
    /// Suspensions whose mark could not be written yet, with why.
    unmarked: Mutex<BTreeMap<Doubted, String>>,
    queue: mpsc::Sender<Asked>,
    /// Taken by whoever runs the check.
    waiting: Mutex<Option<mpsc::Receiver<Asked>>>,
}

/// A ruling, with the policy that gave it.
#[derive(Debug)]
struct Asked {
    policy: Arc<PolicySet>,
    spot: Spot,
}

/// How many rulings were served, put to Casbin, and left out because too many waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShadowCounts {
    /// Served since the gateway started.
    pub served: u64,
    /// Of those, compared with Casbin.
    pub checked: u64,
    /// Of those, due but left out.
    pub left_out: u64,
}

/// A policy that Casbin did not confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Doubted {
    /// What its rules say: that is what was disproved.
    rows: Digest,
    /// The text they say it in.
    rules: Digest,
}

impl Doubted {
    fn of(policy: &PolicySet) -> Self {
        Self {
            rows: policy.rows_digest(),
            rules: policy.digest(),
        }
    }
}

/// What is recorded of a disagreement: coded words, nothing of a person.
#[derive(Serialize)]
struct Found {
    policy: Digest,
    rows: Digest,
    reason: String,
}

impl Shadow {
    /// Checks one ruling in `every` (at least 1: the check cannot be turned off); reads which
    /// policies are suspended.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn new(store: Store, clock: Clock, every: u32) -> Result<Self, ExchangeError> {
        let (queue, waiting) = mpsc::channel(WAITING);
        let shadow = Self(Arc::new(Inner {
            store,
            every: u64::from(every.max(1)),
            seed: clock.now().millis().unsigned_abs(),
            clock,
            served: AtomicU64::new(0),
            checked: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
            suspended: ArcSwap::default(),
            unmarked: Mutex::default(),
            queue,
            waiting: Mutex::new(Some(waiting)),
        }));
        shadow.heed()?;
        Ok(shadow)
    }

    /// Takes note of a ruling that is about to be used; never waits.
    pub(crate) fn observe(
        &self,
        policy: &Arc<PolicySet>,
        question: &Question<'_>,
        outcome: &Outcome,
        on: Date,
    ) {
        let nth = self.0.served.fetch_add(1, Ordering::Relaxed);
        if !is_due(nth, self.0.every, self.0.seed) {
            return;
        }
        let asked = Asked {
            policy: Arc::clone(policy),
            spot: policy.spot(question, outcome, on),
        };
        if self.0.queue.try_send(asked).is_err() {
            self.0.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// May nothing leave by itself under this policy?
    pub(crate) fn is_suspended(&self, policy: &PolicySet) -> bool {
        self.0.suspended.load().contains(&policy.rows_digest())
    }

    /// The mark that must not be there when an answer under `policy` is recorded; none where the
    /// answer was ruled on as under a suspended policy. Asked last before the record is written.
    ///
    /// # Errors
    ///
    /// As if the mark were there, where this process suspended the policy after the answer was
    /// ruled on: the mark may not be written yet.
    pub(crate) fn must_be_absent(
        &self,
        policy: &PolicySet,
        ruled_as_suspended: bool,
    ) -> Result<Option<(Tree, Vec<u8>)>, StoreError> {
        if ruled_as_suspended {
            return Ok(None);
        }
        if self.is_suspended(policy) {
            return Err(StoreError::AlreadyThere(Tree::Policies));
        }
        let mark = kept::suspended(&policy.rows_digest());
        Ok(Some((Tree::Policies, mark)))
    }

    /// What was served and checked since the start.
    pub fn counts(&self) -> ShadowCounts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ShadowCounts {
            served: count(&self.0.served),
            checked: count(&self.0.checked),
            left_out: count(&self.0.left_out),
        }
    }

    /// Puts what waits to Casbin, and heeds other gateways on the store, until `stop` turns true.
    /// A second call at the same time returns at once.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let taken = self.waiting().take();
        let Some(mut waiting) = taken else {
            return;
        };
        let (mut opinion, mut told) = (None, 0);
        let mut heed = tokio::time::interval(HEED);
        loop {
            tokio::select! {
                () = stopped(&mut stop) => break,
                _ = heed.tick() => {
                    if let Err(error) = self.heed() {
                        tracing::error!(%error, "the marks of suspended policies cannot be read");
                    }
                    self.mark_again().await;
                    told = self.tell_left_out(told);
                }
                Some(asked) = waiting.recv() => opinion = self.check(opinion, asked).await,
            }
        }
        *self.waiting() = Some(waiting);
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Option<mpsc::Receiver<Asked>>> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts one ruling to Casbin; whatever is not plain agreement suspends the policy.
    async fn check(&self, opinion: Option<SecondOpinion>, asked: Asked) -> Option<SecondOpinion> {
        if self.is_suspended(&asked.policy) {
            return opinion;
        }
        let doubted = Doubted::of(&asked.policy);
        let compared = tokio::task::spawn_blocking(move || compare(opinion, asked)).await;
        self.0.checked.fetch_add(1, Ordering::Relaxed);
        let (opinion, said) = match compared {
            Ok((opinion, said)) => (opinion, said.map_err(|error| error.to_string())),
            Err(_) => (None, Err("casbin did not come to an end".to_owned())),
        };
        if let Err(reason) = said {
            self.suspend(doubted, reason).await;
        }
        opinion
    }

    async fn suspend(&self, doubted: Doubted, reason: String) {
        self.0.suspended.rcu(|known| {
            let mut known = BTreeSet::clone(known);
            known.insert(doubted.rows);
            known
        });
        tracing::error!(
            policy = %doubted.rules,
            reason,
            "casbin does not confirm a ruling that was served; nothing leaves under this policy \
             without a person until rules that say something else are activated: report this"
        );
        if let Err(error) = self.mark(doubted, reason.clone()).await {
            tracing::error!(%error, "the suspension was not recorded; it holds, and this is tried again");
            self.unmarked().insert(doubted, reason);
        }
    }

    /// Writes the marks that could not be written.
    async fn mark_again(&self) {
        let unmarked = self.unmarked().clone();
        for (doubted, reason) in unmarked {
            if self.mark(doubted, reason).await.is_ok() {
                self.unmarked().remove(&doubted);
                tracing::warn!(policy = %doubted.rules, "the suspension is recorded now");
            }
        }
    }

    fn unmarked(&self) -> std::sync::MutexGuard<'_, BTreeMap<Doubted, String>> {
        self.0
            .unmarked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that rulings were left out, each time there are twice as many; how many were told.
    fn tell_left_out(&self, told: u64) -> u64 {
        let ShadowCounts {
            checked, left_out, ..
        } = self.counts();
        if left_out == 0 || left_out < told.saturating_mul(2) {
            return told;
        }
        tracing::warn!(
            left_out,
            checked,
            "rulings that were due were not put to casbin, too many waited; raise \
             `policy.shadow_every` or give the gateway more processors"
        );
        left_out
    }

    async fn mark(&self, doubted: Doubted, reason: String) -> Result<(), ExchangeError> {
        let now = self.0.clock.now();
        let found = Found {
            policy: doubted.rules,
            rows: doubted.rows,
            reason,
        };
        let body = serde_json::to_vec(&found).map_err(|_| ExchangeError::Stored("suspension"))?;
        let entry = Entry {
            policy: Some(doubted.rules),
            reason: Code::new("policy_disagreement").ok(),
            ..Entry::new(EntryKind::Halt, now)
        };
        let key = kept::suspended(&doubted.rows);
        let mut batch = Batch::entry(entry, body, None);
        batch.puts = vec![kept::put(key.clone(), &now)?];
        batch.require_absent = vec![(Tree::Policies, key)];
        // It says that less is disclosed, so it may use the space kept back.
        batch.refusal_only = true;
        match self.0.store.commit(batch).await {
            // Another gateway on the same store was first.
            Ok(_) | Err(StoreError::AlreadyThere(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the durable marks; what this process itself has found stays.
    pub(crate) fn heed(&self) -> Result<(), ExchangeError> {
        let marks = self
            .0
            .store
            .scan(Tree::Policies, SUSPENDED.as_bytes(), None, MARKS)?;
        let marked: Vec<Digest> = marks
            .iter()
            .filter_map(|(key, _)| {
                std::str::from_utf8(key)
                    .ok()?
                    .strip_prefix(SUSPENDED)?
                    .parse()
                    .ok()
            })
            .collect();
        let known = self.0.suspended.load();
        if marked.iter().all(|rows| known.contains(rows)) {
            return Ok(());
        }
        self.0.suspended.rcu(|known| {
            let mut known = BTreeSet::clone(known);
            known.extend(marked.iter().copied());
            known
        });
        tracing::error!("a policy is suspended: casbin did not confirm a ruling of it");
        Ok(())
    }
}

/// Is the `nth` ruling since the start the one drawn of its `every`?
const fn is_due(nth: u64, every: u64, seed: u64) -> bool {
    // `SplitMix64`'s last step: spread, not secret.
    let mut drawn = (nth / every)
        .wrapping_add(seed)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (drawn ^ (drawn >> 31)) % every == nth % every
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means that the gateway is going, too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Casbin's word on one ruling; loads the policy anew where the last one asked about was another.
fn compare(
    opinion: Option<SecondOpinion>,
    Asked { policy, spot }: Asked,
) -> (Option<SecondOpinion>, Result<(), PolicyError>) {
    let opinion = match opinion {
        Some(opinion) if opinion.is_of(&policy, spot.on()) => opinion,
        Some(_) | None => match SecondOpinion::of(policy, spot.on()) {
            Ok(opinion) => opinion,
            Err(error) => return (None, Err(error)),
        },
    };
    let said = opinion.confirms(&spot);
    (Some(opinion), said)
}

#[cfg(test)]
mod tests;
