//! What a server over HTTP may bring for one question, all its answers together. What is more is a
//! refusal, never a part of the answer.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Fault;
use crate::limits::Limits;

/// Calls of one question that are under way at once.
pub(super) const AT_ONCE: usize = 4;
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
        less(&self.answers, 1).ok_or_else(|| Fault::TooMuch(format!("more than {ANSWERS} answers")))
    }

    /// Leave to take `more` bytes of an answer of which `before` were taken.
    pub(super) fn bytes(&self, before: usize, more: usize) -> Result<(), Fault> {
        if before.saturating_add(more) > ANSWER_BYTES {
            let most = ANSWER_BYTES / MIB;
            return Err(Fault::TooMuch(format!("an answer longer than {most} MiB")));
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
        less(&self.rows, more).ok_or_else(|| Fault::TooMuch(format!("more than {ROWS} rows")))
    }
}

pub(super) fn too_many_pages(most: usize) -> Fault {
    Fault::TooMuch(format!("more than {most} pages"))
}

/// Takes `some` away, where as much is left.
fn less(left: &AtomicUsize, some: usize) -> Option<()> {
    let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.checked_sub(some)
    });
    taken.ok().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(refused: Result<(), Fault>) -> String {
        match refused {
            Err(Fault::TooMuch(what)) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn refuses_an_answer_more_than_a_thousand_and_a_row_more_than_ten_thousand() {
        let most = Allowance::new(Limits::default());

        for _ in 0..ANSWERS {
            most.answer().unwrap();
        }
        most.rows(ROWS - 1).unwrap();
        most.rows(1).unwrap();

        assert_eq!(told(most.answer()), "more than 1000 answers");
        assert_eq!(told(most.rows(1)), "more than 10000 rows");
        most.rows(0).unwrap();
    }

    #[test]
    fn refuses_a_page_of_more_rows_than_are_left_and_takes_nothing_of_it() {
        let most = Allowance::new(Limits::default());

        most.rows(ROWS - 1).unwrap();

        assert!(most.rows(2).is_err());
        assert!(most.rows(1).is_ok());
    }

    #[test]
    fn refuses_a_byte_more_than_one_answer_or_all_of_them_may_have() {
        let limits = Limits {
            answer_bytes: ANSWER_BYTES + 1,
            ..Limits::default()
        };
        let most = Allowance::new(limits);

        assert_eq!(
            told(most.bytes(ANSWER_BYTES, 1)),
            "an answer longer than 8 MiB"
        );
        most.bytes(0, ANSWER_BYTES).unwrap();
        most.bytes(0, 1).unwrap();

        let all = format!("answers longer than {} bytes together", ANSWER_BYTES + 1);
        assert_eq!(told(most.bytes(1, 1)), all);
    }
}
