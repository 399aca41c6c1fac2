//! What this agency was asked in the past, read back from what it kept: coded words, nobody's name.
//!
//! The newest enquiries first and no more than a limit, so that memory stays bounded however long the
//! log; how many were left out is said. Of an erased case only that it was answered is known: those
//! are counted from the ledger.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use stile_ledger::{Entry, EntryKind, Pseudonym};
use stile_model::id::RuleId;
use stile_model::time::Timestamp;
use stile_policy::{ApprovalResult, PastApproval, PastEnquiry};
use stile_store::{Query, Tree};

use crate::agency::{Agency, Task, TaskState, TaskSubject};
use crate::error::ExchangeError;

/// Rows read at once.
const PAGE: usize = 1_000;

/// Past enquiries, and what is known of those that are not among them.
#[derive(Debug, Default)]
pub(super) struct PastLog {
    /// Newest first.
    pub(super) past: Vec<PastEnquiry>,
    /// Older ones, left out by the limit.
    pub(super) left_out: u64,
    /// Answered in the time asked about; the details were erased since.
    pub(super) erased: u64,
    /// In how many returns each rule let something out.
    pub(super) released: BTreeMap<RuleId, u64>,
    /// Older entries lie in an archive and were not looked at.
    pub(super) archived: bool,
}

impl Agency {
    /// The newest `limit` enquiries ruled on since `since`.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub(super) fn past_log(
        &self,
        since: Option<Timestamp>,
        limit: usize,
    ) -> Result<PastLog, ExchangeError> {
        let mut log = PastLog::default();
        let mut held: HashSet<Pseudonym> = HashSet::new();
        let mut seen = 0_u64;
        self.each_row(Tree::Enquiries, |bytes| {
            let (past, case) = Self::past_enquiry(bytes)?;
            held.insert(Pseudonym::of_case(&self.pseudonym_key, &case));
            if since.is_none_or(|since| past.ruled >= since) {
                seen = seen.saturating_add(1);
                log.past.push(past);
            }
            if log.past.len() > limit.saturating_mul(2) {
                newest(&mut log.past, limit);
            }
            Ok(())
        })?;
        newest(&mut log.past, limit);
        let kept = u64::try_from(log.past.len()).unwrap_or(u64::MAX);
        log.left_out = seen.saturating_sub(kept);
        self.permits(since, &held, &mut log)?;
        Ok(log)
    }

    /// Counts what the ledger's permits say: rules that released, and answers whose case is gone.
    fn permits(
        &self,
        since: Option<Timestamp>,
        held: &HashSet<Pseudonym>,
        log: &mut PastLog,
    ) -> Result<(), ExchangeError> {
        let mut query = Query {
            kinds: BTreeSet::from([EntryKind::Permit]),
            from: since,
            limit: PAGE,
            ..Query::default()
        };
        loop {
            let page = self.store.find(&query)?;
            for (_, leaf) in &page.entries {
                let Entry {
                    rules,
                    concerns,
                    case,
                    ..
                } = &leaf.entry;
                for rule in rules {
                    let count = log.released.entry(rule.clone()).or_insert(0);
                    *count = count.saturating_add(1);
                }
                // A later return concerns the one before it.
                if concerns.is_none() && case.is_none_or(|case| !held.contains(&case)) {
                    log.erased = log.erased.saturating_add(1);
                }
            }
            log.archived |= page.archived;
            if page.next.is_none() {
                return Ok(());
            }
            query.before = page.next;
        }
    }

    /// Every approval asked for in these enquiries, and what became of it.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub(super) fn past_approvals(
        &self,
        past: &[PastEnquiry],
    ) -> Result<Vec<PastApproval>, ExchangeError> {
        let of: HashSet<_> = past.iter().map(|one| one.id).collect();
        let mut approvals = Vec::new();
        for tree in [Tree::Tasks, Tree::Approvals] {
            self.each_row(tree, |bytes| {
                let task: Task =
                    serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("task"))?;
                if of.contains(&task.enquiry) {
                    approvals.extend(result_of(&task));
                }
                Ok(())
            })?;
        }
        Ok(approvals)
    }

    fn each_row(
        &self,
        tree: Tree,
        mut take: impl FnMut(&[u8]) -> Result<(), ExchangeError>,
    ) -> Result<(), ExchangeError> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = self.store.scan(tree, &[], after.as_deref(), PAGE)?;
            for (_, bytes) in &page {
                take(bytes)?;
            }
            let full = page.len() == PAGE;
            after = page.into_iter().next_back().map(|(key, _)| key);
            if !full {
                return Ok(());
            }
        }
    }
}

/// Keeps the newest `limit`, newest first.
fn newest(past: &mut Vec<PastEnquiry>, limit: usize) {
    past.sort_by(|one, other| other.ruled.cmp(&one.ruled).then(one.id.cmp(&other.id)));
    past.truncate(limit);
}

fn result_of(task: &Task) -> Option<PastApproval> {
    let TaskSubject::Approval(approval) = &task.subject else {
        return None;
    };
    let agreed = if approval.any_of {
        !approval.agreed_by.is_empty()
    } else {
        let mut roles = approval.roles.iter();
        roles.all(|role| approval.agreed_by.contains_key(role))
    };
    Some(PastApproval {
        enquiry: task.enquiry,
        subject: approval.if_agreed.subject.clone(),
        category: approval.if_agreed.category.clone(),
        result: match task.state {
            TaskState::Closed if agreed => ApprovalResult::Agreed,
            TaskState::Closed => ApprovalResult::Refused,
            TaskState::Lapsed => ApprovalResult::Lapsed,
            TaskState::Open => ApprovalResult::Open,
        },
    })
}
