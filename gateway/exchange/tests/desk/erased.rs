//! What is erased, and what goes with it.

use serde_json::{Value, json};
use stile_exchange::hub::desk::QueueFilter;
use stile_store::StoreError;

use crate::room::{Room, about_mali, person, refusal};

pub async fn erase(room: &Room, case: &str) {
    let order = json!({"cases": [case], "reason": "recorded_in_error"});
    let proposal = room.says("g.green", "/api/v1/erasures", order).await;
    let id = proposal["id"].as_str().unwrap();
    let path = format!("/api/v1/erasures/{id}/approval");
    let done = room.says("g.gable", &path, Value::Null).await;
    assert_eq!(done["state"], "done", "{done}");
}

#[tokio::test]
async fn what_was_written_in_drafts_that_are_gone_is_erased_with_the_next_case() {
    let room = Room::new();
    let (hub, me) = (&room.hub, person("r.adams"));
    let thrown = room.draft(about_mali()).await;
    let begun = room.size() - 1;
    hub.discard_draft(&me, thrown.id).await.unwrap();
    hub.store.body(begun).unwrap();
    let kept = room.draft(about_mali()).await;
    let id = room.case(about_mali()).await.matter.id;

    erase(&room, id.as_str()).await;

    assert!(matches!(hub.store.body(begun), Err(StoreError::Erased)));
    assert!(hub.store.subjects(begun).unwrap().is_empty());
    // A draft that still stands is not touched.
    assert_eq!(hub.draft(&me, kept.id).unwrap().referral, about_mali());
}

#[tokio::test]
async fn an_erased_case_is_in_no_queue_search_or_page() {
    let room = Room::new();
    let (hub, me) = (&room.hub, person("r.adams"));
    let id = room.case(about_mali()).await.matter.id;
    let draft = room.draft(about_mali()).await;
    assert_eq!(hub.alike(&me, draft.id).await.unwrap().len(), 1);

    erase(&room, id.as_str()).await;

    let queue = hub.queue(&me, &QueueFilter::default()).await.unwrap();
    assert_eq!((queue.counts.all, queue.lines.len()), (0, 0));
    assert!(hub.alike(&me, draft.id).await.unwrap().is_empty());
    assert_eq!(refusal(hub.case_page(&me, &id).await), "unknown_case");
}
