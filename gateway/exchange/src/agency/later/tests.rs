//! Tests of what happens without a request.

use super::*;
use crate::agency::tests::task;

#[tokio::test]
async fn a_task_that_cannot_be_lapsed_holds_up_no_other() {
    let overdue = |byte| task(byte, 9);
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
