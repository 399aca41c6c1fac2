//! Memory for batches on their way to the writer: three groups' worth, whoever waits for them.
//!
//! A caller that stops waiting does not stop its commit, so that callers alone bound nothing: what
//! they leave behind holds its room until the writer has answered it.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::batch::{Batch, MAX_WEIGHT};
use crate::error::StoreError;

/// Bytes of one permit.
const UNIT: usize = 1_024;
/// Groups that may be in memory at once: one is planned, one flushed, one shown or waiting.
const GROUPS: usize = 3;
const UNITS: usize = GROUPS * MAX_WEIGHT / UNIT;

/// The room that is left.
pub(crate) struct Room(Arc<Semaphore>);

impl Room {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(UNITS)))
    }

    /// Waits for the room that the batch takes; first come, first served.
    pub(crate) async fn take(&self, batch: &Batch) -> Result<OwnedSemaphorePermit, StoreError> {
        let units = batch.weight().div_ceil(UNIT).clamp(1, UNITS);
        let units = u32::try_from(units).map_err(|_| StoreError::Unwritable)?;
        let taken = Arc::clone(&self.0).acquire_many_owned(units).await;
        taken.map_err(|_| StoreError::Unwritable)
    }
}
