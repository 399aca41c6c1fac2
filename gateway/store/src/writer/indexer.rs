//! The thread that brings the index up to date, after the flush; nobody waits for it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::backlog::{Backlog, Follower};
use crate::error::StoreError;
use crate::index::{Index, Row};
use crate::poster::{post, posted};
use crate::postings::BLOCK;
use crate::space::Space;
use crate::store::Shared;

/// How often space is looked at while there is too little.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Without a frame for so long, the store is not busy, and postings take nobody's time.
const CALM: Duration = Duration::from_millis(20);
/// Blocks without postings from which on they are made though the store is busy: a search looks at
/// their entries one by one.
const BEHIND: u64 = 16;

/// The rows of one flushed frame.
pub(crate) struct Indexed {
    pub(crate) number: u64,
    /// Entries in the ledger after it.
    pub(crate) size: u64,
    pub(crate) rows: Vec<Row>,
}

impl Indexed {
    /// Memory that it takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        let rows = self.rows.iter();
        // Twice, for the rows are also in what readers see.
        rows.map(|row| 2 * (row.key.len() + row.value.as_ref().map_or(0, Vec::len) + 96))
            .sum()
    }
}

/// What the thread knows.
///
/// sled does not recover from a full disk until it is opened again. So it is flushed and left alone
/// while space is low; rows wait in memory, where readers see them, and refusals go on being recorded.
pub(crate) struct Indexer {
    pub(crate) shared: Arc<Shared>,
    index: Arc<Index>,
    pub(crate) space: Space,
    backlog: Arc<Backlog>,
    waiting: VecDeque<Indexed>,
    paused: bool,
    /// Blocks whose entries are all in the index, and those of them that have their postings.
    finished: u64,
    posted: u64,
    /// Has sled failed? Then it is replayed or rebuilt at the next start.
    failed: bool,
}

impl Indexer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        index: Arc<Index>,
        space: Space,
        backlog: Arc<Backlog>,
    ) -> Self {
        // Whatever was recorded before has been replayed.
        let finished = shared.view().head.size / BLOCK;
        Self {
            shared,
            index,
            space,
            backlog,
            waiting: VecDeque::new(),
            paused: false,
            finished,
            posted: finished,
            failed: false,
        }
    }

    /// Applies frames in order until the writer ends.
    pub(crate) fn run(&mut self, frames: &Receiver<Indexed>) {
        // However this thread ends, the writer must not wait for it.
        let _last = Last(Arc::clone(&self.backlog));
        self.posted = posted(&self.index).unwrap_or(0);
        let mut calm = false;
        loop {
            match frames.recv_timeout(self.patience(calm)) {
                Ok(frame) => {
                    self.waiting.push_back(frame);
                    calm = false;
                }
                Err(RecvTimeoutError::Timeout) => calm = true,
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if let Err(error) = self.catch_up().and_then(|()| self.post_one(calm)) {
                tracing::error!(%error, "the index is left behind until the gateway restarts");
                self.failed = true;
                self.backlog.say(Follower::Stopped);
            }
        }
        if !self.failed
            && let Err(error) = self.index.flush()
        {
            tracing::warn!(%error, "the index was not flushed; it is replayed at the next start");
        }
    }

    /// How long to wait for a frame before something else is done.
    fn patience(&self, calm: bool) -> Duration {
        if self.failed || self.paused || self.unposted() == 0 {
            LOOK_AGAIN
        } else if calm || self.unposted() >= BEHIND {
            Duration::ZERO
        } else {
            CALM
        }
    }

    const fn unposted(&self) -> u64 {
        self.finished.saturating_sub(self.posted)
    }

    /// Makes the postings of one block, where there is one without, and time for it.
    fn post_one(&mut self, calm: bool) -> Result<(), StoreError> {
        let unposted = self.unposted();
        if self.failed || self.paused || unposted == 0 || (unposted < BEHIND && !calm) {
            return Ok(());
        }
        post(&self.shared, &self.index, self.posted)?;
        self.posted += 1;
        Ok(())
    }

    fn catch_up(&mut self) -> Result<(), StoreError> {
        if self.failed || (self.waiting.is_empty() && !self.paused) {
            return Ok(());
        }
        let low = self.space.is_low_for_index();
        if low != self.paused {
            if low {
                tracing::warn!("disk space is low; the index waits");
                self.index.flush()?;
                self.backlog.say(Follower::NeedsSpace);
            } else {
                self.backlog.say(Follower::Follows);
            }
        }
        self.paused = low;
        while !low && let Some(frame) = self.waiting.front() {
            self.index.apply(&frame.rows)?;
            self.shared.view_mut().settle(frame.number, &frame.rows);
            self.backlog.done(frame.weight());
            self.finished = frame.size / BLOCK;
            self.waiting.pop_front();
        }
        Ok(())
    }
}

struct Last(Arc<Backlog>);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.say(Follower::Stopped);
    }
}
