//! When an answer leaves, and what tests of tasks begin with.

use stile_model::id::{CaseId, Code, EnquiryId, SubjectId};
use stile_model::subject::Subject;
use stile_model::time::Timestamp;

use super::{AskedPerson, MatchQuestion, Task, TaskState, TaskSubject, until_step};

/// A child of whom nothing is known.
pub(super) fn child() -> Subject {
    Subject {
        id: SubjectId::new("s1").unwrap(),
        role: Code::new("child").unwrap(),
        names: Vec::new(),
        born: None,
        sex: None,
        addresses: Vec::new(),
        phones: Vec::new(),
        identifiers: Vec::new(),
    }
}

/// Who is this child?
pub(super) fn question() -> TaskSubject {
    let child = child();
    TaskSubject::Match(Box::new(MatchQuestion {
        asked: AskedPerson::of(&child),
        subject: child.id,
        candidates: Vec::new(),
    }))
}

/// A task of this enquiry: such a question, open and long overdue.
pub(super) fn task(id: u8, enquiry: u8) -> Task {
    Task {
        id: EnquiryId::from_bytes([id; 16]),
        enquiry: EnquiryId::from_bytes([enquiry; 16]),
        case: CaseId::new("MASH-2026-00417").unwrap(),
        made: Timestamp::from_millis(0),
        due: Timestamp::from_millis(1),
        subject: question(),
        state: TaskState::Open,
        ended: None,
    }
}

#[test]
fn every_answer_leaves_on_a_step_of_the_grid_after_its_work() {
    for grid in [1, 7, 250, 10_000] {
        for taken in (0..1_000).chain([u64::MAX / 2]) {
            let leaves = taken + until_step(grid, taken);

            assert_eq!(leaves % grid, 0, "{taken} ms on {grid}");
            assert!(leaves > taken && leaves - taken <= grid);
        }
    }
}
