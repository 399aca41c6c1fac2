//! The thread that writes the postings of finished blocks, after the acknowledgement.
//!
//! Replicas may write the same block at the same time: its rows are the same, whoever makes them.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use super::commit::put_rows;
use super::link::database;
use crate::backing::Backing;
use crate::error::StoreError;
use crate::poster::{block_of, read_count};
use crate::postings::{BLOCK, POSTED};
use crate::store::Shared;

/// Starts the thread; it ends when the sender is dropped.
pub(super) fn start(shared: Arc<Shared>) -> Result<(Sender<u64>, JoinHandle<()>), StoreError> {
    let (sizes, told) = channel();
    let posting = Builder::new()
        .name("stile-poster".to_owned())
        .spawn(move || run(&shared, &told))
        .map_err(StoreError::io("start the poster"))?;
    Ok((sizes, posting))
}

/// Brings the postings up to the newest size told; what fails is tried again at the next.
fn run(shared: &Shared, told: &Receiver<u64>) {
    let mut done = 0;
    while let Ok(size) = told.recv() {
        let size = told.try_iter().last().unwrap_or(size);
        if size / BLOCK <= done {
            continue;
        }
        match catch_up(shared, size / BLOCK) {
            Ok(blocks) => done = blocks,
            Err(error) => tracing::warn!(%error, "postings wait; searches take longer"),
        }
    }
}

fn catch_up(shared: &Shared, finished: u64) -> Result<u64, StoreError> {
    let Backing::Postgres(pg) = &shared.backing else {
        return Ok(finished);
    };
    let mut next = read_count(pg.row(POSTED)?)?;
    while next < finished {
        // An erasure gives persons new words; what is half made under the old must not be counted.
        let Ok(_between) = shared.erasing.try_lock() else {
            return Ok(next);
        };
        let rows = Arc::new(block_of(shared, next)?.rows(next));
        pg.link.read(move |session| {
            let rows = Arc::clone(&rows);
            async move {
                let begun = session.client.batch_execute("BEGIN").await;
                begun.map_err(database("begin a transaction"))?;
                put_rows(&session, &rows).await?;
                let ended = session.client.batch_execute("COMMIT").await;
                ended.map_err(database("end a transaction"))
            }
        })?;
        next = read_count(pg.row(POSTED)?)?.max(next.saturating_add(1));
    }
    Ok(next)
}
