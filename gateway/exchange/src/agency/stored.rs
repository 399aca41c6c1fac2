//! What the agency's store keeps of an enquiry, and under which keys.

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::enquiry::Enquiry;
use stile_model::id::{EnquiryId, MemberId};
use stile_model::returns::Return;
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry, Put, Tree};

use super::task::{Task, TaskState};
use crate::error::ExchangeError;

/// An enquiry as answered; its presence makes a retry repeat the first return.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredEnquiry {
    /// Digest of the compact JWS that was admitted.
    pub(super) digest: Digest,
    /// The hub that asked; only it may read the returns.
    pub(super) hub: MemberId,
    /// The question, needed again when people decide.
    pub(super) enquiry: Enquiry,
    /// The rules that ruled first.
    pub(super) policy: Digest,
    /// When they did.
    pub(super) ruled: Timestamp,
    /// The newest return.
    pub(super) n: u32,
}

impl StoredEnquiry {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ExchangeError> {
        serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("enquiry"))
    }

    pub(super) fn put(&self) -> Result<Put, ExchangeError> {
        put(
            Tree::Enquiries,
            self.enquiry.id.as_bytes().to_vec(),
            self,
            &self.enquiry,
            "enquiry",
        )
    }
}

/// A return as released: the exact payload that is signed, and the entry that permitted it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredReturn {
    /// The return's bytes as text; signing them again gives the same document.
    pub(super) payload: String,
}

impl StoredReturn {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ExchangeError> {
        serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("return"))
    }

    /// What it says.
    pub(super) fn answer(&self) -> Result<Return, ExchangeError> {
        serde_json::from_str(&self.payload).map_err(|_| ExchangeError::Stored("return"))
    }

    pub(super) fn put(
        answer: &Return,
        payload: &[u8],
        enquiry: &Enquiry,
    ) -> Result<Put, ExchangeError> {
        let payload =
            String::from_utf8(payload.to_vec()).map_err(|_| ExchangeError::Stored("return"))?;
        let key = return_key(answer.enquiry, answer.n);
        put(Tree::Returns, key, &Self { payload }, enquiry, "return")
    }
}

/// The key of return `n`: enquiry id, then the number, so that a scan gives them in order.
pub(super) fn return_key(enquiry: EnquiryId, n: u32) -> Vec<u8> {
    let mut key = enquiry.as_bytes().to_vec();
    key.extend(n.to_be_bytes());
    key
}

/// An open task is kept in `Tasks`, a decided or lapsed one in `Approvals`: so looking for work never
/// reads the past.
pub(super) fn task_puts(task: &Task) -> Result<[Put; 2], ExchangeError> {
    let value = serde_json::to_vec(task).map_err(|_| ExchangeError::Stored("task"))?;
    let key = task.id.as_bytes().to_vec();
    let case = Some(task.case.clone());
    let (open, done) = if task.state == TaskState::Open {
        (Some(value), None)
    } else {
        (None, Some(value))
    };
    Ok([
        Put {
            tree: Tree::Tasks,
            key: key.clone(),
            value: open,
            case: case.clone(),
        },
        Put {
            tree: Tree::Approvals,
            key,
            value: done,
            case,
        },
    ])
}

/// The batch that closes a task with its entry and the tasks that come of it, unless it is closed
/// already: another replica may hold the same decision, or lapse the same task.
pub(super) fn closing(
    entry: PendingEntry,
    task: &Task,
    further: &[Task],
) -> Result<Batch, ExchangeError> {
    let mut puts = Vec::new();
    for task in std::iter::once(task).chain(further) {
        puts.extend(task_puts(task)?);
    }
    Ok(Batch {
        entries: vec![entry],
        puts,
        require_absent: vec![(Tree::Approvals, task.id.as_bytes().to_vec())],
        refusal_only: false,
    })
}

fn put(
    tree: Tree,
    key: Vec<u8>,
    value: &impl Serialize,
    enquiry: &Enquiry,
    what: &'static str,
) -> Result<Put, ExchangeError> {
    let value = serde_json::to_vec(value).map_err(|_| ExchangeError::Stored(what))?;
    Ok(Put {
        tree,
        key,
        value: Some(value),
        case: Some(enquiry.case.clone()),
    })
}
