//! What comes of groups in line when a thread breaks, a segment cannot be had, a case is erased under
//! them, or the store is closed.

use std::sync::mpsc::channel;
use std::time::Duration;

use super::erase::erasure;
use super::full::Mounted;
use super::line::{commit, failed, once, runtime, two_in_line, until, used};
use super::*;
use crate::Tree;
use crate::writer::Step;

/// Neither is acknowledged, the store takes nothing more, and the next start has `sizes` entries, sound.
fn assert_stopped(dir: &TempDir, store: Store, sizes: std::ops::RangeInclusive<u32>) {
    assert!(store.is_poisoned());
    let later = run(store.commit(batch("later"))).unwrap_err();
    assert!(matches!(later, StoreError::Unwritable), "{later}");
    drop(store);
    let (store, report) = reopen(dir.path());
    let size = u32::try_from(report.head.size).unwrap();
    assert!(sizes.contains(&size), "{size}");
    assert_holds(&store, size);
    drop(store);
    assert!(verified(dir.path()).is_sound());
}

fn is_unwritable(result: &Result<crate::Committed, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unwritable))
}

#[test]
fn thread_that_breaks_while_preparing_takes_nothing_from_the_flush_before_it() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = reopen(dir.path());
    let hold = store.shared.gate.hold();
    let first = commit(&runtime, &store, batch("body 0"));
    until(&hold, Step::Prepared);
    until(&hold, Step::Written);
    store.shared.gate.break_at(Step::Prepared);

    let second = commit(&runtime, &store, batch("body 1"));
    assert!(is_unwritable(&runtime.block_on(second).unwrap()));
    assert!(!first.is_finished());
    hold.verdicts.send(Ok(())).unwrap();

    runtime.block_on(first).unwrap().unwrap();
    assert_holds(&store, 1);
    assert_stopped(&dir, store, 1..=1);
}

#[test]
fn thread_that_breaks_between_write_and_flush_fails_what_waits_behind_it() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = reopen(dir.path());
    fill(&store, 0, 1);
    let head = store.signed_head();
    let (hold, [first, second]) = two_in_line(&runtime, &store, (batch("body 1"), batch("body 2")));
    let with_one = used(dir.path());
    store.shared.gate.break_at(Step::Flushing);
    drop(hold);

    assert!(is_unwritable(&runtime.block_on(first).unwrap()));
    assert!(is_unwritable(&runtime.block_on(second).unwrap()));
    assert_eq!(store.signed_head(), head);
    assert_eq!(used(dir.path()), with_one);
    assert_stopped(&dir, store, 1..=2);
}

#[test]
fn thread_that_breaks_while_showing_acknowledges_nothing_and_neither_does_the_next() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = reopen(dir.path());
    let (hold, [first, second]) = two_in_line(&runtime, &store, (batch("body 0"), batch("body 1")));
    store.shared.gate.break_at(Step::Shown);
    drop(hold);

    assert!(is_unwritable(&runtime.block_on(first).unwrap()));
    assert!(is_unwritable(&runtime.block_on(second).unwrap()));
    assert_stopped(&dir, store, 1..=2);
}

#[test]
fn store_that_is_closed_with_groups_in_line_waits_until_they_are_on_the_disk() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = reopen(dir.path());
    let (hold, callers) = two_in_line(&runtime, &store, (batch("body 0"), batch("body 1")));
    let third = commit(&runtime, &store, batch("body 2"));
    while store.room() == crate::writer::WAITING {
        std::thread::sleep(Duration::from_millis(1));
    }
    // Nobody waits for an answer any more, and the last handle goes.
    for caller in callers.into_iter().chain([third]) {
        caller.abort();
        assert!(runtime.block_on(caller).unwrap_err().is_cancelled());
    }
    let (closed, is_closed) = channel();
    let closing = std::thread::spawn(move || {
        drop(store);
        closed.send(()).unwrap();
    });

    assert!(is_closed.recv_timeout(Duration::from_millis(50)).is_err());
    assert!(
        open_in(dir.path()).is_err(),
        "closed before its frames are flushed"
    );
    drop(hold);

    closing.join().unwrap();
    assert_holds(&reopen(dir.path()).0, 3);
    assert!(verified(dir.path()).is_sound());
}

/// One that needs a segment of its own.
fn big(about: &str) -> Batch {
    Batch::entry(permit(about), vec![7; 8 * 1024], Some(case(1)))
}

#[test]
fn segment_that_cannot_be_made_takes_nothing_from_the_flush_before_it() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = Store::open(config(dir.path(), 4 * 1024)).unwrap();
    fill(&store, 0, 1);
    let hold = store.shared.gate.hold();
    let first = commit(&runtime, &store, batch("body 1"));
    until(&hold, Step::Written);
    let second = commit(&runtime, &store, big("body 2"));
    until(&hold, Step::Segment);
    // Nothing can be made in the folder: it is another.
    let (journal, aside) = (dir.path().join("journal"), dir.path().join("aside"));
    std::fs::rename(&journal, &aside).unwrap();
    drop(hold);

    runtime.block_on(first).unwrap().unwrap();
    assert!(is_unwritable(&runtime.block_on(second).unwrap()));
    assert_eq!(store.head().size, 2);
    std::fs::rename(&aside, &journal).unwrap();
    assert_stopped(&dir, store, 2..=2);
}

#[test]
fn new_segment_is_not_begun_behind_a_failed_flush() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = Store::open(config(dir.path(), 4 * 1024)).unwrap();
    let hold = store.shared.gate.hold();
    let first = commit(&runtime, &store, batch("body 0"));
    until(&hold, Step::Written);
    let with_one = used(dir.path());
    let second = commit(&runtime, &store, big("body 1"));
    until(&hold, Step::Segment);
    hold.verdicts.send(failed()).unwrap();

    for caller in [first, second] {
        assert!(is_unwritable(&runtime.block_on(caller).unwrap()));
    }
    drop(hold);
    assert_eq!(
        (segments(dir.path()).len(), used(dir.path())),
        (1, with_one)
    );
    assert_stopped(&dir, store, 0..=1);
}

#[test]
fn disk_that_fills_under_a_flush_takes_nothing_from_it_and_still_takes_refusals() {
    let Some(disk) = Mounted::tmpfs("16m") else {
        return;
    };
    let (dir, runtime) = (disk.path().join("store"), runtime());
    let (store, _) = Store::open(config(&dir, 64 * 1024)).unwrap();
    fill(&store, 0, 1);
    let hold = store.shared.gate.hold();
    let first = commit(&runtime, &store, batch("body 1"));
    until(&hold, Step::Written);
    let _ = std::fs::write(disk.path().join("filler"), vec![1; 16 * 1024 * 1024]);
    let large = |about, size| Batch::entry(permit(about), vec![7; size], Some(case(1)));
    // Too large for what is kept back, too.
    let second = commit(&runtime, &store, large("second", 1024 * 1024));
    let third = Batch {
        refusal_only: true,
        ..large("third", 100 * 1024)
    };
    let third = commit(&runtime, &store, third);
    until(&hold, Step::Segment);
    assert!(!first.is_finished());
    drop(hold);

    runtime.block_on(first).unwrap().unwrap();
    let full = runtime.block_on(second).unwrap().unwrap_err();
    assert!(matches!(full, StoreError::DiskFull), "{full}");
    let index = runtime.block_on(third).unwrap().unwrap().receipts[0].index();
    assert!(!store.is_poisoned());
    assert_eq!((index, store.head().size), (2, 3));
    drop(store);
    std::fs::remove_file(disk.path().join("filler")).unwrap();
    let (store, _) = Store::open(config(&dir, 64 * 1024)).unwrap();
    assert_eq!(store.body(1).unwrap(), b"body 1");
    assert_eq!(store.body(2).unwrap(), vec![7; 100 * 1024]);
    drop(store);
    assert!(verified(&dir).is_sound());
}

#[test]
fn failed_flush_of_the_frame_that_opens_a_segment_is_final_and_nothing_follows_it() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = Store::open(config(dir.path(), 4 * 1024)).unwrap();
    let hold = store.shared.gate.hold();
    let first = commit(&runtime, &store, batch("body 0"));
    until(&hold, Step::Written);
    let second = commit(&runtime, &store, big("body 1"));
    until(&hold, Step::Segment);
    hold.verdicts.send(Ok(())).unwrap();
    until(&hold, Step::Written);
    hold.verdicts.send(failed()).unwrap();

    runtime.block_on(first).unwrap().unwrap();
    assert!(is_unwritable(&runtime.block_on(second).unwrap()));
    drop(hold);
    assert_stopped(&dir, store, 1..=1);
}

/// A store whose epoch key is in a file, so that it can be replaced.
fn open_with(dir: &Path, key: &Path) -> Store {
    let from = StoreConfig {
        epoch_key: EpochKey::read_file(key).unwrap(),
        ..config(dir, 64 * 1024)
    };
    Store::open(from).unwrap().0
}

#[test]
fn what_is_sealed_behind_an_erasure_on_its_way_gets_a_new_key_and_stays() {
    let (dir, runtime) = (folder(), runtime());
    let keys = folder();
    let key = keys.path().join("epoch.key");
    EpochKey::create_file(&key).unwrap();
    let open = || open_with(dir.path(), &key);
    let store = open();
    run(store.commit(batch("erased"))).unwrap();

    let hold = store.shared.gate.hold();
    let erasing = store.clone();
    let erasing = runtime.spawn(async move { erasing.erase(&erasure(&[1])).await });
    until(&hold, Step::Written);
    let mut after = once("state");
    after.entries = batch("kept").entries;
    after
        .puts
        .iter_mut()
        .for_each(|put| put.case = Some(case(1)));
    let after = commit(&runtime, &store, after);
    until(&hold, Step::Prepared);
    drop(hold);

    let index = runtime.block_on(after).unwrap().unwrap().receipts[0].index();
    runtime.block_on(erasing).unwrap().unwrap();
    let check = |store: &Store| {
        assert!(matches!(store.body(0), Err(StoreError::Erased)));
        assert_eq!(store.body(index).unwrap(), b"kept");
        assert_eq!(store.get(Tree::Replay, b"state").unwrap(), Some(vec![1]));
    };
    check(&store);
    drop(store);
    check(&open());
}

#[test]
fn failed_erasure_fails_what_is_sealed_behind_it() {
    let (dir, runtime) = (folder(), runtime());
    let keys = folder();
    let key = keys.path().join("epoch.key");
    EpochKey::create_file(&key).unwrap();
    let open = || open_with(dir.path(), &key);
    let store = open();
    run(store.commit(batch("body 0"))).unwrap();

    let hold = store.shared.gate.hold();
    let erasing = store.clone();
    let erasing = runtime.spawn(async move { erasing.erase(&erasure(&[1])).await });
    until(&hold, Step::Written);
    let after = commit(&runtime, &store, batch("body 1"));
    until(&hold, Step::Prepared);
    hold.verdicts.send(failed()).unwrap();

    assert!(runtime.block_on(erasing).unwrap().is_err());
    assert!(is_unwritable(&runtime.block_on(after).unwrap()));
    drop(hold);
    // What readers see is as before: the order to erase may not be durable.
    assert_eq!(store.body(0).unwrap(), b"body 0");
    assert!(store.is_poisoned());
    drop(store);
    assert_eq!(open().head().size, 1);
}
