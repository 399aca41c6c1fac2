//! Groups of batches on their way to the disk, one behind the other.
//!
//! A few threads do the same. Each takes a group through three places, one after the other:
//!
//! ```text
//! plan   collect, seal, hash, sign, encode      while the group before is written and flushed
//! disk   write, fdatasync
//! show   show to readers, hand over to the indexer; then acknowledge
//! ```
//!
//! There is room for one in each place, and who is in one enters the next before leaving it: so groups
//! never overtake one another, and at most one waits for the disk.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, mpsc as std_mpsc};

use stile_ledger::LedgerKey;
use stile_ledger::frame::Encoded;

use super::backlog::{Backlog, Follower};
use super::draft::{Draft, Nodes, Refused};
use super::group::{again, refuse};
use super::indexer::Indexed;
use super::pace::Pace;
use super::plan::{Group, Plan, Ready, length};
use super::{Job, PoisonOnPanic, ready_thread};
use crate::error::StoreError;
use crate::journal::Journal;
use crate::space::Space;
use crate::store::Shared;

/// What the writing threads share.
pub(super) struct Line {
    pub(super) shared: Arc<Shared>,
    pub(super) journal: Arc<Journal>,
    pub(super) key: Arc<LedgerKey>,
    pub(super) space: Space,
    pub(super) segment_bytes: u64,
    pub(super) frames: std_mpsc::Sender<Indexed>,
    pub(super) backlog: Arc<Backlog>,
    pub(super) pace: Pace,
    pub(super) plan: Mutex<Plan>,
    pub(super) disk: Mutex<()>,
    pub(super) show: Mutex<()>,
    /// Readers see every frame below this number.
    pub(super) shown: AtomicU64,
}

impl Line {
    /// Takes groups through until no more jobs come.
    pub(super) fn run(&self) {
        ready_thread();
        // A panic in this thread must not leave a store that seems to work.
        let _guard = PoisonOnPanic(Arc::clone(&self.shared));
        while self.next().is_some() {}
    }

    /// Takes one group through; `None` when no more will come.
    fn next(&self) -> Option<()> {
        let mut plan = self.enter(&self.plan);
        plan.wait()?;
        let low = match self.may_write() {
            Ok(low) => low,
            Err(error) => {
                refuse(plan.group(), error);
                return Some(());
            }
        };
        let due = self.pace.due();
        let jobs = plan.group();
        let mut disk = None;
        let Some(group) = self.prepare(&mut plan, jobs, low, &mut disk) else {
            return Some(());
        };
        if disk.is_none() {
            self.pace.ready(due);
        }
        #[cfg(test)]
        self.shared.gate.say(super::Step::Prepared);
        let disk = disk.unwrap_or_else(|| self.enter(&self.disk));
        let flushed = self.flush_group(&group, plan);
        let show = self.enter(&self.show);
        drop(disk);
        self.finish(group, flushed, show);
        Some(())
    }

    /// Enters a place of the line. One that a panic left is in no known state.
    fn enter<'a, T>(&self, place: &'a Mutex<T>) -> MutexGuard<'a, T> {
        place.lock().unwrap_or_else(|left| {
            self.shared.poison();
            left.into_inner()
        })
    }

    fn still_writable(&self) -> Result<(), StoreError> {
        if self.shared.is_poisoned() {
            return Err(StoreError::Unwritable);
        }
        Ok(())
    }

    /// Is space low? An error when nothing can be recorded.
    fn may_write(&self) -> Result<bool, fn() -> StoreError> {
        if self.shared.is_poisoned() {
            return Err(|| StoreError::Unwritable);
        }
        match self.backlog.room() {
            Follower::Follows => {}
            Follower::NeedsSpace => return Err(|| StoreError::DiskFull),
            Follower::Stopped => {
                tracing::error!("too much is not indexed; restart the gateway");
                self.shared.poison();
                return Err(|| StoreError::Unwritable);
            }
        }
        self.space.restore();
        Ok(self.space.is_low())
    }

    /// Makes a frame of the jobs. `None` when each has its answer.
    ///
    /// Where a new segment is needed, the disk is entered for it, and kept.
    fn prepare<'a>(
        &'a self,
        plan: &mut Plan,
        jobs: Vec<Job>,
        mut low: bool,
        disk: &mut Option<MutexGuard<'a, ()>>,
    ) -> Option<Group> {
        let mut jobs = allowed(jobs, low);
        loop {
            let mut draft = plan.draft(self.shown.load(Ordering::SeqCst));
            let (pending, refused) = draft.take(jobs, &self.shared);
            if pending.is_empty() {
                return (!refused.is_empty()).then_some(Group {
                    frame: None,
                    pending,
                    refused,
                });
            }
            match self.frame(plan, draft, low, disk) {
                Ok(frame) => {
                    return Some(Group {
                        frame: Some(frame),
                        pending,
                        refused,
                    });
                }
                Err(error) if error.is_full() && !self.shared.is_poisoned() => {
                    // Nothing was written. Refusals alone try again: in a small segment, then with
                    // the ballast's space.
                    jobs = allowed(again(pending, refused), true);
                    if low && !self.space.release() {
                        refuse(jobs, || StoreError::DiskFull);
                        return None;
                    }
                    low = true;
                }
                Err(error) => {
                    self.give_up(&error);
                    refuse(again(pending, refused), || StoreError::Unwritable);
                    return None;
                }
            }
        }
    }

    /// The draft's frame at its place, in a new segment where it does not fit.
    ///
    /// An error that [`StoreError::is_full`] without poison means that nothing was written.
    fn frame<'a>(
        &'a self,
        plan: &mut Plan,
        mut draft: Draft,
        low: bool,
        disk: &mut Option<MutexGuard<'a, ()>>,
    ) -> Result<Ready, StoreError> {
        let signer = (&self.shared.vkey, self.key.as_ref());
        let mut framed = plan.frame(&mut draft, signer)?;
        let needed = length(&framed.1.bytes);
        if !plan.has_room(needed) {
            #[cfg(test)]
            self.shared.gate.say(super::Step::Segment);
            // The head before is restated: every frame up to it must be on the disk.
            if disk.is_none() {
                *disk = Some(self.enter(&self.disk));
            }
            self.still_writable()?;
            self.start_segment(plan, needed, low)?;
            framed = plan.frame(&mut draft, signer)?;
        }
        plan.send(draft, framed, &self.shared.vkey)
    }

    /// Starts a segment that has room for `needed` bytes by restating the head in it, so that
    /// recovery can start there.
    ///
    /// That frame is flushed by itself: if one flush covered two frames, a power cut could leave the
    /// second without the first, which is what tampering looks like.
    fn start_segment(&self, plan: &mut Plan, needed: u64, low: bool) -> Result<(), StoreError> {
        let opening = plan.opening(&self.key)?;
        let needed = length(&opening.bytes).saturating_add(needed);
        let mut capacity = self.segment_size(needed, low);
        let tail = &mut plan.tail;
        let file = match &tail.file {
            // Made by a process that ended before it wrote a frame to it.
            Some(file) if tail.offset == 0 => {
                if capacity > tail.capacity {
                    self.journal.enlarge(file, capacity)?;
                }
                capacity = capacity.max(tail.capacity);
                Arc::clone(file)
            }
            _ => self.journal.create(tail.number, capacity)?,
        };
        (tail.segment, tail.offset) = (tail.number, 0);
        (tail.file, tail.capacity) = (Some(Arc::clone(&file)), capacity);
        self.flush(&file, 0, &opening)?;
        plan.advance(&opening);
        Ok(())
    }

    /// A whole segment, or just enough when space is low.
    fn segment_size(&self, needed: u64, low: bool) -> u64 {
        if low {
            needed.next_multiple_of(64 * 1024)
        } else {
            self.segment_bytes.max(needed)
        }
    }

    /// Writes and flushes the group's frame, if it has one; others may plan meanwhile.
    fn flush_group(&self, group: &Group, plan: MutexGuard<'_, Plan>) -> Result<(), StoreError> {
        // Frames before may have failed, and with them what this group rests on.
        self.still_writable()?;
        let Some(frame) = &group.frame else {
            return Ok(());
        };
        self.pace.begin();
        drop(plan);
        let flushed = self.flush(&frame.file, frame.offset, &frame.encoded);
        self.pace.end();
        flushed
    }

    /// Writes a frame and flushes it. A failure is final, and never tried again.
    fn flush(&self, file: &File, offset: u64, frame: &Encoded) -> Result<(), StoreError> {
        let written = file.write_all_at(&frame.bytes, offset);
        #[cfg(test)]
        let written = written.and_then(|()| self.shared.gate.wait());
        let flushed = written.and_then(|()| file.sync_data());
        flushed.map_err(|source| {
            self.shared.poison();
            StoreError::Io {
                doing: "write and flush a frame",
                source,
            }
        })
    }

    fn give_up(&self, error: &StoreError) {
        if !matches!(error, StoreError::Unwritable) {
            tracing::error!(%error, "the journal cannot be written");
        }
        self.shared.poison();
    }

    /// Shows a flushed frame to readers and answers the callers; or tells all that nothing is sure.
    fn finish(&self, group: Group, flushed: Result<(), StoreError>, show: MutexGuard<'_, ()>) {
        let Group {
            frame,
            pending,
            refused,
        } = group;
        let flushed = match flushed {
            // A panic left readers with half a frame.
            Ok(()) if self.show.is_poisoned() => Err(StoreError::Unwritable),
            flushed => flushed,
        };
        if let Err(error) = flushed {
            self.give_up(&error);
            drop(show);
            return refuse(again(pending, refused), || StoreError::Unwritable);
        }
        let nodes = frame.map(|frame| self.show(frame));
        #[cfg(test)]
        self.shared.gate.say(super::Step::Shown);
        drop(show);
        refused.into_iter().for_each(Refused::answer);
        if let Some(nodes) = nodes {
            for job in pending {
                job.answer(&nodes);
            }
        }
    }

    /// Shows a flushed frame to readers, and lets the indexer have its rows.
    fn show(&self, frame: Ready) -> Arc<Nodes> {
        let mut view = self.shared.view_mut();
        view.show(frame.number, &frame.rows);
        for leaf in frame.leaves {
            view.edge.append(leaf);
        }
        let size = frame.tree.size();
        view.tree = frame.tree;
        view.head.clone_from(&frame.nodes.head);
        view.note.clone_from(&frame.nodes.note);
        drop(view);
        for (label, key) in &frame.effects.keys {
            self.shared.keyring.remember(label, key);
        }
        self.shared.keyring.forget_erased(&frame.erased);
        self.shown
            .store(frame.number.saturating_add(1), Ordering::SeqCst);
        let indexed = Indexed {
            number: frame.number,
            size,
            rows: frame.rows,
        };
        self.backlog.add(indexed.weight());
        if self.frames.send(indexed).is_err() {
            self.shared.poison();
        }
        frame.nodes
    }
}

/// The jobs that may be recorded; the others are told.
fn allowed(jobs: Vec<Job>, low: bool) -> Vec<Job> {
    let (allowed, refused) = jobs
        .into_iter()
        .partition(|job| !low || job.batch.refusal_only);
    refuse(refused, || StoreError::DiskFull);
    allowed
}
