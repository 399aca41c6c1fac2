//! Writing, in one order, by a few threads in line.
//!
//! Order of effects, for every group of batches: seal and sign; write the frame; `fdatasync`; show it to
//! readers; hand its rows to the indexer; acknowledge. While one group is written and flushed, the next
//! is collected, sealed and signed, but stays in memory until the one before is on the disk: nobody sees
//! it, its head or its signature earlier. A failed write or flush is never tried again: the store is
//! poisoned, what waits behind it fails with it, and only recovery at the next start decides what is on
//! disk.

mod backlog;
mod draft;
mod effects;
#[cfg(test)]
mod gate;
mod group;
mod indexer;
mod line;
mod pace;
mod plan;
mod room;

use std::num::NonZeroU64;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, mpsc as std_mpsc};
use std::thread;

use stile_ledger::LedgerKey;
use stile_ledger::frame::{Head, Record};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use crate::batch::Batch;
use crate::error::StoreError;
use crate::index::Index;
use crate::journal::Journal;
use crate::space::Space;
use crate::store::{Shared, Threads};
use backlog::Backlog;
use indexer::Indexer;
use line::Line;
use pace::Pace;
use plan::Plan;

pub(crate) use draft::{Answer, Draft, Nodes, Pending, Prepared, Refused};
#[cfg(test)]
pub(crate) use gate::{Gate, Hold, Step};
pub(crate) use group::{again, erased_in, group_length, refuse, signed_head};
pub(crate) use plan::Tail;
pub(crate) use room::Room;

/// Threads that write in turn: one plans, one flushes, one shows and acknowledges.
const WRITERS: usize = 3;
/// Batches waiting for the writer.
pub(crate) const WAITING: usize = 4_096;
/// Most batches in one frame.
pub(crate) const GROUP: usize = 1_024;
/// Most records that batches may add to a group that has some already.
const GROUP_RECORDS: usize = 20_000;

/// A batch on its way to the writer.
pub(crate) struct Job {
    pub(crate) batch: Batch,
    /// Records of the store's own, written before those of the batch.
    pub(crate) own: Vec<Record>,
    /// One for every entry of the batch: made by the caller, off the way of other callers.
    pub(crate) leaves: Vec<Prepared>,
    pub(crate) reply: oneshot::Sender<Result<Answer, StoreError>>,
    /// The memory it takes, given back with the answer.
    pub(crate) held: OwnedSemaphorePermit,
}

/// What the writer starts from.
pub(crate) struct Start {
    pub(crate) journal: Arc<Journal>,
    pub(crate) key: Arc<LedgerKey>,
    pub(crate) tail: Tail,
    pub(crate) space: Space,
    pub(crate) segment_bytes: u64,
}

/// Starts the writing threads and the indexer.
pub(crate) fn start(
    shared: &Arc<Shared>,
    index: Arc<Index>,
    from: Start,
) -> Result<Threads, StoreError> {
    // Unbounded: the backlog is what bounds it.
    let (frames, rows) = std_mpsc::channel();
    let backlog = Arc::new(Backlog::new());
    let (jobs, queue) = mpsc::channel(WAITING);
    let mut follower = Indexer::new(
        Arc::clone(shared),
        index,
        from.space.clone(),
        Arc::clone(&backlog),
    );
    let line = Arc::new(Line {
        shared: Arc::clone(shared),
        journal: from.journal,
        key: from.key,
        space: from.space,
        segment_bytes: from.segment_bytes,
        frames,
        backlog,
        pace: Pace::new(),
        shown: AtomicU64::new(from.tail.number),
        plan: Mutex::new(plan(shared, from.tail, queue)),
        disk: Mutex::default(),
        show: Mutex::default(),
    });
    let spawn = |name: &str| thread::Builder::new().name(name.to_owned());
    let mut handles = Vec::new();
    for _ in 0..WRITERS {
        let line = Arc::clone(&line);
        let writing = spawn("stile-writer").spawn(move || line.run());
        handles.push(writing.map_err(StoreError::io("start a writer"))?);
    }
    // The indexer ends when the last writer has let go of the line.
    drop(line);
    let following = spawn("stile-indexer").spawn(move || follower.run(&rows));
    handles.push(following.map_err(StoreError::io("start the indexer"))?);
    Ok(Threads {
        jobs: Some(jobs),
        room: Room::new(),
        handles,
        stop: Arc::default(),
        ended: watch::Sender::new(()),
    })
}

/// The plan after everything that was recovered.
fn plan(shared: &Shared, tail: Tail, queue: mpsc::Receiver<Job>) -> Plan {
    let view = shared.view();
    let head = Head {
        size: view.head.size,
        root: view.head.root,
        peaks: view.tree.peaks().to_vec(),
        checkpoint: view.note.clone(),
    };
    Plan::new(queue, tail, (view.tree.clone(), view.edge.clone()), head)
}

/// Best effort: without the privilege a writer runs at the usual priority, and its timers are late.
fn ready_thread() {
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), -5);
    let _ = rustix::thread::set_current_timer_slack(Some(NonZeroU64::MIN));
}

pub(crate) struct PoisonOnPanic(pub(crate) Arc<Shared>);

impl Drop for PoisonOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.poison();
        }
    }
}
