//! The thread that brings the index up to date, after the acknowledgement.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::error::StoreError;
use crate::index::{Index, Row};
use crate::poster::{post, posted};
use crate::postings::BLOCK;
use crate::space::Space;
use crate::store::Shared;

/// Rows kept in memory while the index cannot take them, before recording stops; about 50 MiB.
const MOST_UNINDEXED: usize = 250_000;

/// The rows of one flushed frame.
pub(crate) struct Indexed {
    pub(crate) number: u64,
    /// Entries in the ledger after it.
    pub(crate) size: u64,
    pub(crate) rows: Vec<Row>,
}

/// What the thread knows.
///
/// sled does not recover from a full disk until it is opened again. So it is flushed and left alone
/// while space is low; rows wait in memory, where readers see them, and refusals go on being recorded.
pub(crate) struct Indexer {
    pub(crate) shared: Arc<Shared>,
    index: Arc<Index>,
    pub(crate) space: Space,
    waiting: VecDeque<Indexed>,
    paused: bool,
    /// Has sled failed? Then it is replayed or rebuilt at the next start.
    failed: bool,
}

impl Indexer {
    pub(crate) fn new(shared: Arc<Shared>, index: Arc<Index>, space: Space) -> Self {
        Self {
            shared,
            index,
            space,
            waiting: VecDeque::new(),
            paused: false,
            failed: false,
        }
    }

    /// Applies frames in order until the writer ends.
    pub(crate) fn run(&mut self, frames: &Receiver<Indexed>) {
        for frame in frames {
            self.waiting.push_back(frame);
            if let Err(error) = self.catch_up() {
                tracing::error!(%error, "the index is left behind until the gateway restarts");
                self.failed = true;
            }
            if self.shared.view().overlay.len() > MOST_UNINDEXED {
                tracing::error!("too much is not indexed; free space and restart the gateway");
                self.shared.poison();
                return;
            }
        }
        if !self.failed
            && let Err(error) = self.index.flush()
        {
            tracing::warn!(%error, "the index was not flushed; it is replayed at the next start");
        }
    }

    fn catch_up(&mut self) -> Result<(), StoreError> {
        if self.failed {
            return Ok(());
        }
        let low = self.space.is_low_for_index();
        if low && !self.paused {
            tracing::warn!("disk space is low; the index waits");
            self.index.flush()?;
        }
        self.paused = low;
        while !low && let Some(frame) = self.waiting.front() {
            self.index.apply(&frame.rows)?;
            self.shared.view_mut().settle(frame.number, &frame.rows);
            let finished = frame.size / BLOCK;
            self.waiting.pop_front();
            while posted(&self.index)? < finished {
                post(&self.shared, &self.index, posted(&self.index)?)?;
            }
        }
        Ok(())
    }
}
