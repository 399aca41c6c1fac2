//! The one thread that writes.
//!
//! Order of effects, for every group of batches: seal and sign; write the frame; `fdatasync`; show it to
//! readers; acknowledge; hand its rows to the indexer. A failed write or flush is never tried again:
//! the store is poisoned, and only recovery at the next start decides what is on disk.

mod backlog;
mod draft;
mod group;
mod indexer;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, mpsc as std_mpsc};
use std::thread;

use stile_ledger::frame::{Encoded, Frame, Head, Record};
use stile_ledger::tree::leaf_hash;
use stile_ledger::{Checkpoint, LedgerKey};
use stile_model::digest::Digest;
use tokio::sync::{mpsc, oneshot};

use crate::batch::Batch;
use crate::error::StoreError;
use crate::index::{Applied, Index, index_origin, rows_with};
use crate::journal::Journal;
use crate::space::Space;
use crate::store::{Shared, Threads};
use backlog::{Backlog, Follower};
use indexer::{Indexed, Indexer};

pub(crate) use draft::{Answer, Draft, Nodes, Pending, Prepared};
pub(crate) use group::{erased_in, fail, group_length, refuse, signed_head};

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
}

/// Where the next frame goes.
pub(crate) struct Tail {
    pub(crate) file: Option<Arc<File>>,
    pub(crate) segment: u64,
    pub(crate) offset: u64,
    pub(crate) capacity: u64,
    pub(crate) number: u64,
    pub(crate) previous: Digest,
}

/// The writer's own state.
pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) key: Arc<LedgerKey>,
    pub(crate) tail: Tail,
    pub(crate) space: Space,
    pub(crate) segment_bytes: u64,
    pub(crate) indexed: Indexing,
}

/// The way to the indexer.
pub(crate) struct Indexing {
    frames: std_mpsc::Sender<Indexed>,
    backlog: Arc<Backlog>,
}

/// Starts the writer and the indexer.
pub(crate) fn start(
    shared: &Arc<Shared>,
    index: Arc<Index>,
    make: impl FnOnce(Indexing) -> Writer,
) -> Result<Threads, StoreError> {
    // Unbounded: the backlog is what bounds it.
    let (frames, rows) = std_mpsc::channel();
    let backlog = Arc::new(Backlog::new());
    let (jobs, queue) = mpsc::channel(WAITING);
    let mut writer = make(Indexing {
        frames,
        backlog: Arc::clone(&backlog),
    });
    let mut follower = Indexer::new(Arc::clone(shared), index, writer.space.clone(), backlog);
    let spawn = |name: &str| thread::Builder::new().name(name.to_owned());
    let following = spawn("stile-indexer")
        .spawn(move || follower.run(&rows))
        .map_err(StoreError::io("start the indexer"))?;
    let writing = spawn("stile-writer")
        .spawn(move || writer.run(queue))
        .map_err(StoreError::io("start the writer"))?;
    Ok(Threads {
        jobs: Some(jobs),
        handles: vec![writing, following],
        stop: Arc::default(),
    })
}

impl Writer {
    fn run(&mut self, mut queue: mpsc::Receiver<Job>) {
        raise_priority();
        // A panic in this thread must not leave a store that seems to work.
        let _guard = PoisonOnPanic(Arc::clone(&self.shared));
        let mut waiting = Vec::with_capacity(GROUP);
        while queue.blocking_recv_many(&mut waiting, GROUP) > 0 {
            while !waiting.is_empty() {
                let rest = waiting.split_off(group_length(&waiting));
                self.group(std::mem::replace(&mut waiting, rest));
            }
        }
    }

    /// Commits one group of batches and answers each.
    fn group(&mut self, jobs: Vec<Job>) {
        if self.shared.is_poisoned() {
            return refuse(jobs, || StoreError::Unwritable);
        }
        match self.indexed.backlog.room() {
            Follower::Follows => {}
            Follower::NeedsSpace => return refuse(jobs, || StoreError::DiskFull),
            Follower::Stopped => {
                tracing::error!("too much is not indexed; restart the gateway");
                self.shared.poison();
                return refuse(jobs, || StoreError::Unwritable);
            }
        }
        self.space.restore();
        let mut low = self.space.is_low();
        let (allowed, refused) = jobs
            .into_iter()
            .partition(|job| !low || job.batch.refusal_only);
        refuse(refused, || StoreError::DiskFull);
        let mut draft = Draft::new(&self.shared);
        let mut pending: Vec<Pending> = allowed
            .into_iter()
            .filter_map(|job| draft.take(job, &self.shared))
            .collect();
        while !pending.is_empty() {
            match self.write(&mut draft, low) {
                Ok(written) => return self.acknowledge(draft, pending, written),
                Err(error) if error.is_full() && !self.shared.is_poisoned() => {
                    // Nothing was written. Refusals alone try again: in a small segment, then with
                    // the ballast's space.
                    let (refusals, full): (Vec<_>, Vec<_>) =
                        pending.into_iter().partition(|job| job.batch.refusal_only);
                    fail(full, || StoreError::DiskFull);
                    if low && !self.space.release() {
                        fail(refusals, || StoreError::DiskFull);
                        return;
                    }
                    low = true;
                    draft = Draft::new(&self.shared);
                    let jobs = refusals.into_iter().map(Pending::into_job);
                    pending = jobs
                        .filter_map(|job| draft.take(job, &self.shared))
                        .collect();
                }
                Err(error) => {
                    tracing::error!(%error, "the journal cannot be written");
                    self.shared.poison();
                    fail(pending, || StoreError::Unwritable);
                    return;
                }
            }
        }
    }

    /// Writes and flushes the draft as one frame.
    ///
    /// An error that [`StoreError::is_full`] without poison means that nothing was written.
    fn write(&mut self, draft: &mut Draft, low: bool) -> Result<Written, StoreError> {
        let head = signed_head(&self.shared.vkey, &self.key, &draft.tree)?;
        let records = std::mem::take(&mut draft.records);
        let (number, previous) = (self.tail.number, self.tail.previous);
        let mut frame = Frame {
            number,
            previous,
            records,
            head,
        };
        let written = self.append(&mut frame, low);
        draft.records = frame.records;
        let (encoded, at) = written?;
        Ok(Written {
            encoded,
            head: frame.head,
            at,
            number: frame.number,
        })
    }

    /// Appends `frame` and flushes it, in a new segment where it does not fit.
    fn append(
        &mut self,
        frame: &mut Frame,
        low: bool,
    ) -> Result<(Encoded, (u64, u64)), StoreError> {
        let mut encoded = frame.encode(&self.key)?;
        let room = self.tail.capacity.saturating_sub(self.tail.offset);
        let needed = length(&encoded.bytes);
        if self.tail.file.is_none() || self.tail.offset == 0 || needed > room {
            self.start_segment(needed, low)?;
            (frame.number, frame.previous) = (self.tail.number, self.tail.previous);
            encoded = frame.encode(&self.key)?;
        }
        let at = (self.tail.segment, self.tail.offset);
        self.flush(&encoded)?;
        Ok((encoded, at))
    }

    /// Starts a segment that has room for `needed` bytes by restating the head in it, so that
    /// recovery can start there.
    ///
    /// That frame is flushed by itself: if one flush covered two frames, a power cut could leave the
    /// second without the first, which is what tampering looks like.
    fn start_segment(&mut self, needed: u64, low: bool) -> Result<(), StoreError> {
        let opening = self.opening()?;
        let needed = length(&opening.bytes).saturating_add(needed);
        let mut capacity = self.segment_size(needed, low);
        let file = match &self.tail.file {
            // Made by a process that ended before it wrote a frame to it.
            Some(file) if self.tail.offset == 0 => {
                if capacity > self.tail.capacity {
                    self.journal.enlarge(file, capacity)?;
                }
                capacity = capacity.max(self.tail.capacity);
                Arc::clone(file)
            }
            _ => self.journal.create(self.tail.number, capacity)?,
        };
        (self.tail.segment, self.tail.offset) = (self.tail.number, 0);
        (self.tail.file, self.tail.capacity) = (Some(file), capacity);
        self.flush(&opening)
    }

    /// Writes the next frame and flushes it; a failure is final.
    fn flush(&mut self, frame: &Encoded) -> Result<(), StoreError> {
        let file = self.tail.file.as_ref().ok_or(StoreError::Unwritable)?;
        let flushed = file
            .write_all_at(&frame.bytes, self.tail.offset)
            .and_then(|()| file.sync_data());
        if let Err(source) = flushed {
            self.shared.poison();
            return Err(StoreError::Io {
                doing: "write and flush a frame",
                source,
            });
        }
        self.tail.offset = self.tail.offset.saturating_add(length(&frame.bytes));
        self.tail.number += 1;
        self.tail.previous = frame.hash();
        Ok(())
    }

    /// The frame that restates the current head.
    fn opening(&self) -> Result<Encoded, StoreError> {
        let tree = self.shared.view().tree.clone();
        let (number, previous) = (self.tail.number, self.tail.previous);
        let head = signed_head(&self.shared.vkey, &self.key, &tree)?;
        Ok(Frame {
            number,
            previous,
            records: Vec::new(),
            head,
        }
        .encode(&self.key)?)
    }

    /// A whole segment, or just enough when space is low.
    fn segment_size(&self, needed: u64, low: bool) -> u64 {
        if low {
            needed.next_multiple_of(64 * 1024)
        } else {
            self.segment_bytes.max(needed)
        }
    }

    /// Shows the frame to readers, answers the callers, and lets the indexer have the rows.
    fn acknowledge(&self, draft: Draft, pending: Vec<Pending>, written: Written) {
        let Draft {
            tree,
            records,
            keys,
            nodes,
            size_before,
            ..
        } = draft;
        let (origin, size) = (self.shared.vkey.name().clone(), tree.size());
        let head = Checkpoint {
            origin,
            size,
            root: written.head.root,
        };
        let mut view = self.shared.view_mut();
        let spans = &written.encoded.spans;
        let erased = erased_in(&records);
        // The tree of the draft has hashed every leaf.
        let hash = |index, leaf: &[u8]| {
            let known = nodes.get(&(0, index)).copied();
            known.unwrap_or_else(|| leaf_hash(leaf))
        };
        let edge = &mut view.edge;
        let mut rows = rows_with(&records, spans, written.at, size_before, edge, hash);
        rows.push(written.applied(&head).row());
        view.show(written.number, &rows);
        view.tree = tree;
        view.head = head.clone();
        view.note.clone_from(&written.head.checkpoint);
        drop(view);
        for (label, key) in &keys {
            self.shared.keyring.remember(label, key);
        }
        self.shared.keyring.forget_erased(&erased);
        let nodes = Arc::new(Nodes {
            roots: nodes,
            head,
            note: written.head.checkpoint,
        });
        for job in pending {
            job.answer(&nodes);
        }
        let indexed = Indexed {
            number: written.number,
            size,
            rows,
        };
        self.indexed.backlog.add(indexed.weight());
        if self.indexed.frames.send(indexed).is_err() {
            self.shared.poison();
        }
    }
}

/// A frame that is flushed.
struct Written {
    encoded: Encoded,
    head: Head,
    at: (u64, u64),
    number: u64,
}

impl Written {
    fn applied(&self, head: &Checkpoint) -> Applied {
        Applied {
            number: self.number,
            segment: self.at.0,
            hash: self.encoded.hash(),
            size: head.size,
            origin: index_origin(&head.origin),
        }
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Best effort: without the privilege the writer runs at the usual priority.
fn raise_priority() {
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), -5);
}

pub(crate) struct PoisonOnPanic(pub(crate) Arc<Shared>);

impl Drop for PoisonOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.poison();
        }
    }
}
