//! One group behind the other: what is seen and answered while a flush is held, and when it fails.

use std::io;
use std::sync::mpsc::RecvTimeoutError;
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::*;
use crate::index::{state_key, wrapped_key};
use crate::read::past_prefix;
use crate::writer::{Hold, Step};
use crate::{Committed, Tree};

/// Long enough that a step that never comes is a failure.
const SOON: Duration = Duration::from_secs(20);

pub(super) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap()
}

pub(super) fn commit(
    runtime: &Runtime,
    store: &Store,
    batch: Batch,
) -> JoinHandle<Result<Committed, StoreError>> {
    let store = store.clone();
    runtime.spawn(async move { store.commit(batch).await })
}

/// Waits for a step of the line.
pub(super) fn until(hold: &Hold, wanted: Step) {
    while hold.steps.recv_timeout(SOON).unwrap() != wanted {}
}

/// The first commit is written, its flush held; the second is prepared and waits behind it.
pub(super) fn two_in_line(
    runtime: &Runtime,
    store: &Store,
    (first, second): (Batch, Batch),
) -> (Hold, [JoinHandle<Result<Committed, StoreError>>; 2]) {
    let hold = store.shared.gate.hold();
    let first = commit(runtime, store, first);
    until(&hold, Step::Written);
    let second = commit(runtime, store, second);
    until(&hold, Step::Prepared);
    (hold, [first, second])
}

pub(super) fn once(key: &str) -> Batch {
    let mut batch = batch(key);
    batch.puts = Batch::put(Tree::Replay, key, Some(vec![1])).puts;
    batch.require_absent = vec![(Tree::Replay, key.as_bytes().to_vec())];
    batch
}

pub(super) fn failed() -> io::Result<()> {
    Err(io::Error::from_raw_os_error(5))
}

/// Bytes of the journal that are in use.
pub(super) fn used(dir: &Path) -> usize {
    let used = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        bytes
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1)
    };
    segments(dir).iter().map(used).sum()
}

#[test]
fn what_waits_behind_a_flush_is_neither_written_nor_seen_nor_acknowledged() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = reopen(dir.path());
    fill(&store, 0, 2);
    let (before, head) = (used(dir.path()), store.signed_head());

    let (hold, [first, second]) = two_in_line(&runtime, &store, (batch("body 2"), once("body 3")));
    let with_one = used(dir.path());
    assert!(with_one > before, "the first frame is not written");
    let no_step = hold.steps.recv_timeout(Duration::from_millis(50));
    assert_eq!(no_step, Err(RecvTimeoutError::Timeout));

    assert!(!first.is_finished() && !second.is_finished());
    assert_eq!((store.head().size, store.signed_head()), (2, head));
    assert!(matches!(store.entry(2), Err(StoreError::NoEntry(2))));
    assert!(store.receipt_for(2).is_err());
    assert!(store.consistency_to(2, 3).is_err());

    hold.verdicts.send(Ok(())).unwrap();
    let first = runtime.block_on(first).unwrap().unwrap();
    until(&hold, Step::Written);
    assert!(!second.is_finished());
    assert_eq!((store.head(), store.head().size), (first.head, 3));
    assert_eq!(store.get(Tree::Replay, b"body 3").unwrap(), None);
    assert!(used(dir.path()) > with_one);

    hold.verdicts.send(Ok(())).unwrap();
    let second = runtime.block_on(second).unwrap().unwrap();
    assert_eq!(second.receipts[0].index(), 3);
    assert_eq!(store.head(), second.head);
    drop(hold);
    assert_holds(&store, 4);
    drop(store);
    assert!(verified(dir.path()).is_sound());
    assert_holds(&reopen(dir.path()).0, 4);
}

#[test]
fn failed_flush_fails_what_waits_behind_it_and_nothing_of_that_is_written() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = reopen(dir.path());
    fill(&store, 0, 2);

    let (hold, [first, second]) = two_in_line(&runtime, &store, (batch("body 2"), once("body 3")));
    let (with_one, head) = (used(dir.path()), store.signed_head());
    hold.verdicts.send(failed()).unwrap();

    for commit in [first, second] {
        let error = runtime.block_on(commit).unwrap().unwrap_err();
        assert!(matches!(error, StoreError::Unwritable), "{error}");
    }
    assert!(store.is_poisoned());
    drop(hold);
    let later = run(store.commit(batch("later"))).unwrap_err();
    assert!(matches!(later, StoreError::Unwritable), "{later}");
    assert_eq!(store.signed_head(), head);
    assert_eq!(
        used(dir.path()),
        with_one,
        "something was written behind it"
    );
    drop(store);

    // Whether the failed frame is there only the disk knows; what waited behind it is not.
    let (store, report) = reopen(dir.path());
    let size = u32::try_from(report.head.size).unwrap();
    assert!((2..=3).contains(&size), "{size}");
    assert_holds(&store, size);
    assert_eq!(store.get(Tree::Replay, b"body 3").unwrap(), None);
    assert!(verified(dir.path()).is_sound());
}

#[test]
fn second_use_of_a_key_on_its_way_is_refused_only_once_the_first_is_durable() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = reopen(dir.path());

    let (hold, [first, second]) = two_in_line(&runtime, &store, (once("id"), once("id")));
    std::thread::sleep(Duration::from_millis(20));
    assert!(!second.is_finished(), "refused for what may yet fail");
    hold.verdicts.send(Ok(())).unwrap();

    runtime.block_on(first).unwrap().unwrap();
    let refused = runtime.block_on(second).unwrap().unwrap_err();
    assert!(matches!(refused, StoreError::AlreadyThere(Tree::Replay)));
    assert_eq!(store.get(Tree::Replay, b"id").unwrap(), Some(vec![1]));
    assert_eq!(store.head().size, 1);
}

#[test]
fn second_use_of_a_key_whose_first_use_fails_is_not_told_that_it_is_there() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = reopen(dir.path());

    let (hold, [first, second]) = two_in_line(&runtime, &store, (once("id"), once("id")));
    hold.verdicts.send(failed()).unwrap();

    for commit in [first, second] {
        let error = runtime.block_on(commit).unwrap().unwrap_err();
        assert!(matches!(error, StoreError::Unwritable), "{error}");
    }
}

#[test]
fn key_whose_removal_is_on_its_way_counts_as_absent() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = reopen(dir.path());
    run(store.commit(once("id"))).unwrap();

    let removed = Batch::put(Tree::Replay, "id", None);
    let (hold, [first, second]) = two_in_line(&runtime, &store, (removed, once("id")));
    drop(hold);

    runtime.block_on(first).unwrap().unwrap();
    runtime.block_on(second).unwrap().unwrap();
    assert_eq!(store.head().size, 2);
}

#[test]
fn case_gets_one_key_though_its_first_frame_is_still_on_its_way() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = reopen(dir.path());
    let keys = |store: &Store| {
        let mut first = wrapped_key(&[0; 16]);
        first.truncate(1);
        let end = past_prefix(&first);
        store.merged(first..end, 100).unwrap().len()
    };
    let own = keys(&store);

    let (hold, [first, second]) = two_in_line(&runtime, &store, (batch("body 0"), batch("body 1")));
    drop(hold);

    runtime.block_on(first).unwrap().unwrap();
    runtime.block_on(second).unwrap().unwrap();
    assert_eq!(keys(&store), own + 1);
    drop(store);
    assert_holds(&reopen(dir.path()).0, 2);
}

#[test]
fn new_segment_begins_only_after_everything_before_it_is_durable() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = Store::open(config(dir.path(), 4 * 1024)).unwrap();
    let big = Batch::entry(permit("body 1"), vec![7; 8 * 1024], Some(case(1)));

    let hold = store.shared.gate.hold();
    let first = commit(&runtime, &store, batch("body 0"));
    until(&hold, Step::Written);
    let second = commit(&runtime, &store, big);
    until(&hold, Step::Segment);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(
        segments(dir.path()).len(),
        1,
        "restates a head that may not be"
    );
    hold.verdicts.send(Ok(())).unwrap();
    runtime.block_on(first).unwrap().unwrap();
    // The frame that opens the segment has a flush of its own.
    until(&hold, Step::Written);
    assert_eq!(segments(dir.path()).len(), 2);
    hold.verdicts.send(Ok(())).unwrap();
    until(&hold, Step::Written);
    assert!(!second.is_finished());
    drop(hold);

    runtime.block_on(second).unwrap().unwrap();
    drop(store);
    assert!(verified(dir.path()).is_sound());
    let (store, _) = reopen(dir.path());
    assert_eq!(store.body(0).unwrap(), b"body 0");
    assert_eq!(store.body(1).unwrap(), vec![7; 8 * 1024]);
}

#[test]
fn callers_wait_while_the_disk_does_and_all_are_recorded_once() {
    const CALLERS: usize = 7_000;
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = Store::open(config(dir.path(), 1024 * 1024)).unwrap();
    let hold = store.shared.gate.hold();
    let put = |n: usize| Batch::put(Tree::Tasks, n.to_be_bytes(), Some(vec![1]));

    let first = commit(&runtime, &store, put(0));
    until(&hold, Step::Written);
    let others = (1..CALLERS).map(|n| commit(&runtime, &store, put(n)));
    let calls: Vec<_> = [first].into_iter().chain(others).collect();
    until(&hold, Step::Prepared);
    while store.room() > 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(calls.iter().all(|call| !call.is_finished()));
    drop(hold);

    for call in calls {
        runtime.block_on(call).unwrap().unwrap();
    }
    let kept = store.scan(Tree::Tasks, &[], None, CALLERS + 1).unwrap();
    assert_eq!(kept.len(), CALLERS);
}

#[test]
fn what_callers_leave_behind_takes_no_more_memory_than_three_groups() {
    let (dir, runtime) = (folder(), runtime());
    let (store, _) = reopen(dir.path());
    let big = |n: u8| {
        let mut batch = Batch::put(Tree::Tasks, vec![b'b', n, 0], Some(vec![n; 31 << 19]));
        let other = Batch::put(Tree::Tasks, vec![b'b', n, 1], Some(vec![n; 31 << 19]));
        batch.puts.extend(other.puts);
        batch
    };
    let hold = store.shared.gate.hold();
    let first = commit(
        &runtime,
        &store,
        Batch::put(Tree::Tasks, "a", Some(vec![1])),
    );
    until(&hold, Step::Written);

    let mut calls: Vec<_> = (0..10).map(|n| Box::pin(store.commit(big(n)))).collect();
    for call in &mut calls {
        let mut context = Context::from_waker(Waker::noop());
        assert!(call.as_mut().poll(&mut context).is_pending());
    }
    // All ten stop waiting, which stops no commit that the writer has.
    drop(calls);
    drop(hold);

    runtime.block_on(first).unwrap().unwrap();
    let later = Batch::put(Tree::Tasks, "c", Some(vec![1]));
    run(store.commit(later)).unwrap();
    let first = state_key(Tree::Tasks.number(), b"b");
    let end = past_prefix(&first);
    let rows = store.merged(first..end, 100).unwrap();
    assert_eq!(rows.len(), 3 * 2, "three were taken, each whole");
    for n in 10..14 {
        run(store.commit(big(n))).unwrap();
    }
}
