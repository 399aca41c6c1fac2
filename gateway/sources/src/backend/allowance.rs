//! What a server over HTTP may bring for one question, all its answers together. What is more is a
//! refusal, never a part of the answer.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Fault;
use crate::limits::Limits;

/// Longest single answer in bytes.
const ANSWER_BYTES: usize = 8 * MIB;
/// Most answers to one question.
const ANSWERS: usize = 1_000;
/// Most rows, or resources, in the answers to one question.
const ROWS: usize = 10_000;

const MIB: usize = 1_024 * 1_024;

/// What is left of it; shared by the calls of one question that are under way at once.
pub(super) struct Allowance {
    answers: AtomicUsize,
    bytes: AtomicUsize,
    rows: AtomicUsize,
    most_bytes: usize,
}

impl Allowance {
    pub(super) const fn new(limits: Limits) -> Self {
        Self {
            answers: AtomicUsize::new(ANSWERS),
            bytes: AtomicUsize::new(limits.answer_bytes),
            rows: AtomicUsize::new(ROWS),
            most_bytes: limits.answer_bytes,
        }
    }

    /// Leave to fetch one answer more.
    pub(super) fn answer(&self) -> Result<(), Fault> {
        less(&self.answers, 1).ok_or_else(|| too_much("more than 1000 answers"))
    }

    /// Leave to take `more` bytes of an answer of which `before` were taken.
    pub(super) fn bytes(&self, before: usize, more: usize) -> Result<(), Fault> {
        if before.saturating_add(more) > ANSWER_BYTES {
            return Err(too_much("an answer longer than 8 MiB"));
        }
        less(&self.bytes, more).ok_or_else(|| {
            Fault::TooMuch(format!(
                "answers longer than {} bytes together",
                self.most_bytes
            ))
        })
    }

    /// Leave to take the rows, or resources, of an answer.
    pub(super) fn rows(&self, more: usize) -> Result<(), Fault> {
        less(&self.rows, more).ok_or_else(|| too_much("more than 10000 rows"))
    }
}

pub(super) fn too_much(what: &str) -> Fault {
    Fault::TooMuch(what.to_owned())
}

/// Takes `some` away, where as much is left.
fn less(left: &AtomicUsize, some: usize) -> Option<()> {
    let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.checked_sub(some)
    });
    taken.ok().map(|_| ())
}
