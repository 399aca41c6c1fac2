//! The lock on a store's folder: one process, and in it one store, has it open at a time.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::error::StoreError;

/// Held for as long as the store is open, or its folder is put back.
#[derive(Debug)]
pub struct FolderLock(File);

impl FolderLock {
    /// Locks the folder.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`] while it is held, or that the file could not be opened or locked.
    pub fn take(dir: &Path) -> Result<Self, StoreError> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(dir.join("lock"))
            .map_err(StoreError::io("open the lock file"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self(file)),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(StoreError::Locked),
            Err(error) => Err(StoreError::io("lock the store's folder")(error)),
        }
    }
}

impl Drop for FolderLock {
    /// Unlocks, and does not leave it to the closing of the file: a child process that is being
    /// started has a copy of every open file until its program is loaded, and the copy would hold
    /// the lock so long.
    fn drop(&mut self) {
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_second_holder_until_the_first_has_gone() {
        let dir = tempfile::tempdir().unwrap();
        let first = FolderLock::take(dir.path()).unwrap();
        let refused = FolderLock::take(dir.path());
        assert!(matches!(refused, Err(StoreError::Locked)));

        drop(first);

        assert!(FolderLock::take(dir.path()).is_ok());
    }

    #[test]
    fn a_copy_of_the_open_file_does_not_hold_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let first = FolderLock::take(dir.path()).unwrap();
        // As a child process has it between fork and exec.
        let copy = first.0.try_clone().unwrap();

        drop(first);

        assert!(FolderLock::take(dir.path()).is_ok());
        drop(copy);
    }
}
