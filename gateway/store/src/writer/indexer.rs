//! The thread that brings the index up to date, after the acknowledgement.

use std::sync::mpsc::Receiver;

use crate::index::Row;
use crate::store::Shared;

/// The rows of one flushed frame.
pub(crate) struct Indexed {
    pub(crate) number: u64,
    pub(crate) rows: Vec<Row>,
}

/// Applies frames in order. When the index fails, the store is poisoned: the rows stay visible to
/// readers, nothing more is recorded, and the next start rebuilds the index from the journal.
pub(crate) fn run(shared: &Shared, frames: &Receiver<Indexed>) {
    for frame in frames {
        if let Err(error) = shared.index.apply(&frame.rows) {
            tracing::error!(%error, "the index cannot be brought up to date");
            shared.poison();
            return;
        }
        shared.view_mut().settle(frame.number, &frame.rows);
    }
    if let Err(error) = shared.index.flush() {
        tracing::warn!(%error, "the index was not flushed; it is replayed at the next start");
    }
}
