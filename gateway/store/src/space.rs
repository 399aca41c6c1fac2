//! Free space: the low-space mark, and the ballast that keeps room to record refusals.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate, statvfs};

use crate::error::StoreError;

/// Free bytes below which the index is left alone, whatever the mark: sled grows by 512 KiB.
const INDEX_NEEDS: u64 = 2 * 1024 * 1024;

/// Watches the free space of the store's folder.
#[derive(Clone)]
pub(crate) struct Space {
    dir: PathBuf,
    low: u64,
}

impl Space {
    pub(crate) fn new(dir: &Path, low: u64) -> Self {
        Self {
            dir: dir.to_owned(),
            low,
        }
    }

    /// Is less left than the low-space mark? Unknown counts as low.
    pub(crate) fn is_low(&self) -> bool {
        self.free().is_none_or(|free| free < self.low)
    }

    /// Is there too little for the index to grow safely?
    pub(crate) fn is_low_for_index(&self) -> bool {
        self.free()
            .is_none_or(|free| free < self.low.max(INDEX_NEEDS))
    }

    /// Gives the ballast's space back to the file system.
    pub(crate) fn release(&self) -> bool {
        fs::remove_file(self.ballast()).is_ok()
    }

    /// Lays the ballast down again once there is plenty of space. Best effort.
    pub(crate) fn restore(&self) {
        let size = self.ballast_bytes();
        let plenty = self.low.saturating_mul(2).saturating_add(size);
        if self.ballast().exists() || self.free().is_none_or(|free| free < plenty) {
            return;
        }
        let Ok(file) = File::create_new(self.ballast()) else {
            return;
        };
        if fallocate(&file, FallocateFlags::empty(), 0, size).is_err() {
            self.release();
        }
    }

    fn free(&self) -> Option<u64> {
        let facts = statvfs(&self.dir).ok()?;
        Some(facts.f_bavail.saturating_mul(facts.f_frsize))
    }

    fn ballast(&self) -> PathBuf {
        self.dir.join("ballast")
    }

    fn ballast_bytes(&self) -> u64 {
        (self.low / 4).clamp(256 * 1024, 16 * 1024 * 1024)
    }
}

/// Gives `file` real space for `bytes`, or says that there is none.
pub(crate) fn reserve(file: &File, bytes: u64) -> Result<(), StoreError> {
    match fallocate(file, FallocateFlags::empty(), 0, bytes) {
        // Some file systems cannot preallocate; growing as we write is slower, not less safe.
        Err(rustix::io::Errno::OPNOTSUPP) => file
            .set_len(bytes)
            .map_err(StoreError::io("size a journal segment")),
        other => other.map_err(StoreError::io("preallocate a journal segment")),
    }
}
