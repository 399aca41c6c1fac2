//! A changed byte in an old segment, which a start does not read: found while serving, and nothing
//! is released until the journal is put right.

use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use stile_ledger::Entry;
use stile_store::{Batch, PendingEntry, Store};

use super::*;

/// Somewhere in the middle of the first segment of 1 MiB, beyond what the gateway itself recorded.
const PLACE: u64 = 600_000;

/// Records so much that the first segment is an old one.
async fn fill(lab: &Lab) {
    let (store, _) = Store::open(store_of(lab, Kind::Police)).unwrap();
    for number in 0..12_u8 {
        let entry = PendingEntry {
            entry: Entry::new(EntryKind::AccessToLog, Clock::system().now()),
            body: vec![number; 4_000],
            case: None,
            subjects: Vec::new(),
        };
        let batch = Batch {
            entries: vec![entry; 50],
            ..Batch::default()
        };
        store.commit(batch).await.unwrap();
    }
}

fn flip(lab: &Lab) {
    let name = format!("store/journal/{:020}.seg", 0);
    let path: PathBuf = lab.agency_dir(Kind::Police).join(name);
    let file = fs::OpenOptions::new().read(true).write(true).open(path);
    let file = file.unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, PLACE).unwrap();
    file.write_all_at(&[byte[0] ^ 1], PLACE).unwrap();
}

async fn order_release(lab: &Lab, halt: &Halt) {
    let order = json!({ "reason": "Read and understood by the officer", "confirm": halt.confirm });
    let officer = person(lab, &police(), OFFICER);
    let done = officer.post("/api/v1/ledger/resume", &order).await.unwrap();
    assert_eq!(done.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_changed_in_an_old_segment_halts_until_it_is_put_right_and_an_officer_says_so() {
    let mut lab = lab(&[Kind::Police], false).await;
    lab.stop_one(&police()).await;
    fill(&lab).await;
    flip(&lab);

    lab.start_one(&police()).await;

    let seen = wait_for(&lab, &police(), |seen| seen.halt.is_some()).await;
    let halt = seen.halt.unwrap();
    let Cause::DamagedJournal { finding } = &halt.cause else {
        panic!("halted by {:?}", halt.cause);
    };
    assert!(finding.starts_with("segment `0`, offset `"), "{finding}");
    assert_eq!(refusal(&lab).await, "ledger_halted");
    // An order does not mend it: nothing is released for a moment, either.
    order_release(&lab, &halt).await;
    assert_eq!(refusal(&lab).await, "ledger_halted");
    let seen = wait_for(&lab, &police(), |seen| seen.halt.is_some()).await;

    lab.stop_one(&police()).await;
    flip(&lab);
    lab.start_one(&police()).await;
    assert_eq!(refusal(&lab).await, "ledger_halted");
    assert_eq!(witnesses(&lab, &police()).await.halt, seen.halt);
    order_release(&lab, &seen.halt.unwrap()).await;

    let hub = lab.raw_hub();
    let enquiry = hub.enquiry(Kind::Police, &tale("red"));
    let asked = hub.sign(&enquiry).into_bytes();
    let reply = hub.post(Kind::Police, asked).await.unwrap();
    assert!(reply.status.is_success(), "{}", reply.status);
    lab.stop().await;
}
