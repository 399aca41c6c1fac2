//! Tests of what is told of open tasks, and of what is read for it.

use stile_model::id::{Code, SubjectId};
use stile_store::Batch;

use super::super::stored::task_puts;
use super::*;
use crate::agency::tests::{question, task};
use crate::agency::{Alert, Occasion, TaskState};
use crate::tests::opened;

fn id(byte: u8) -> EnquiryId {
    EnquiryId::from_bytes([byte; 16])
}

fn alert() -> TaskSubject {
    TaskSubject::Alert(Alert {
        subject: SubjectId::new("s1").unwrap(),
        category: None,
        contact: Code::new("caldicott_guardian").unwrap(),
        occasion: Occasion::Enquiry,
    })
}

/// Task `byte` of this enquiry.
async fn keep(store: &Store, byte: u8, enquiry: u8, subject: TaskSubject, state: TaskState) {
    let task = Task {
        subject,
        state,
        ..task(byte, enquiry)
    };
    let batch = Batch {
        puts: task_puts(&task).unwrap().to_vec(),
        ..Batch::default()
    };
    store.commit(batch).await.unwrap();
}

#[tokio::test]
async fn tells_of_other_open_tasks_of_the_enquiry_and_neither_of_alerts_nor_of_other_enquiries() {
    let folder = tempfile::tempdir().unwrap();
    let (store, waiting) = (opened(&folder), Waiting::default());
    let others = |enquiry, besides| waiting.others(&store, id(enquiry), id(besides)).unwrap();
    keep(&store, 1, 91, question(), TaskState::Open).await;
    keep(&store, 2, 91, question(), TaskState::Open).await;
    keep(&store, 3, 91, alert(), TaskState::Open).await;
    keep(&store, 4, 92, question(), TaskState::Open).await;

    assert!(others(91, 1));
    assert!(others(91, 2));
    assert!(!others(92, 4));

    keep(&store, 2, 91, question(), TaskState::Closed).await;
    assert!(
        !others(91, 1),
        "it is closed, and nothing waits for an alert"
    );
    keep(&store, 5, 92, question(), TaskState::Open).await;
    assert!(others(92, 4), "it was opened later");
}

#[tokio::test]
async fn reads_each_open_task_once_and_forgets_it_when_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (store, waiting) = (opened(&folder), Waiting::default());
    let put = |value| {
        let key = id(2).as_bytes().to_vec();
        store.commit(Batch::put(Tree::Tasks, key, value))
    };
    keep(&store, 1, 91, question(), TaskState::Open).await;
    keep(&store, 2, 91, question(), TaskState::Open).await;
    assert!(waiting.others(&store, id(91), id(1)).unwrap());

    put(Some(b"what cannot be read".to_vec())).await.unwrap();
    assert!(waiting.others(&store, id(91), id(1)).unwrap());
    assert!(Waiting::default().others(&store, id(91), id(1)).is_err());

    put(None).await.unwrap();
    assert!(!waiting.others(&store, id(91), id(1)).unwrap());
    assert!(waiting.known().is_empty());
}
