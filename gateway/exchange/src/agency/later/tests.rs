//! Tests of what happens without a request.

use stile_model::id::{CaseId, EnquiryId};
use stile_model::time::Timestamp;

use super::*;

fn overdue(byte: u8) -> Task {
    Task {
        id: EnquiryId::from_bytes([byte; 16]),
        enquiry: EnquiryId::from_bytes([9; 16]),
        case: CaseId::new("MASH-2026-00417").unwrap(),
        made: Timestamp::from_millis(0),
        due: Timestamp::from_millis(1),
        subject: TaskSubject::Match(Box::new(crate::agency::MatchQuestion {
            subject: stile_model::id::SubjectId::new("s1").unwrap(),
            asked: crate::agency::AskedPerson {
                names: Vec::new(),
                born: None,
                sex: None,
                addresses: Vec::new(),
                phones: Vec::new(),
                identifiers: Vec::new(),
            },
            candidates: Vec::new(),
        })),
        state: TaskState::Open,
        ended: None,
    }
}

#[tokio::test]
async fn a_task_that_cannot_be_lapsed_holds_up_no_other() {
    let mut tried = Vec::new();

    let lapsed = each(vec![overdue(1), overdue(2), overdue(3)], |task| {
        tried.push(task.id);
        let fails = task.id == overdue(1).id;
        async move {
            if fails {
                return Err(ExchangeError::Stored("enquiry"));
            }
            Ok(())
        }
    })
    .await;

    assert_eq!(lapsed, 2);
    assert_eq!(tried, [1, 2, 3].map(|byte| overdue(byte).id));
}
