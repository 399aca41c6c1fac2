//! The mark of a damaged index: a file in the index's folder, so that it goes with the folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::StoreError;

const NAME: &str = "rebuild";

/// Was the index found damaged, now or before? Then the next start builds it anew.
pub(super) struct Mark {
    folder: PathBuf,
    made: AtomicBool,
}

impl Mark {
    pub(super) fn of(folder: &Path) -> Self {
        // What cannot be told counts as a mark: building anew costs time only.
        let made = folder.join(NAME).try_exists().unwrap_or(true);
        Self {
            folder: folder.to_owned(),
            made: AtomicBool::new(made),
        }
    }

    pub(super) fn is_made(&self) -> bool {
        self.made.load(Ordering::SeqCst)
    }

    /// Makes the mark durable, once.
    pub(super) fn make(&self, error: &StoreError) {
        if self.made.swap(true, Ordering::SeqCst) {
            return;
        }
        let written =
            File::create(self.folder.join(NAME)).and_then(|_| File::open(&self.folder)?.sync_all());
        match written {
            Ok(()) => tracing::error!(%error, "the index is rebuilt at the next start"),
            Err(cause) => {
                // No space, perhaps. Whoever meets the damage next tries again.
                self.made.store(false, Ordering::SeqCst);
                tracing::error!(%error, %cause, "the broken index could not be marked");
            }
        }
    }
}
