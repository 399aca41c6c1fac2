//! What the store is opened with, and what it reports when it has opened.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use stile_ledger::{Checkpoint, LedgerKey};

use crate::error::StoreError;
use crate::keys::EpochKey;

/// What the store is opened with.
#[derive(Debug)]
pub struct StoreConfig {
    /// The store's folder; made when missing, readable by its owner only.
    pub dir: PathBuf,
    /// The ledger's name, also the name of its key; never changes for a folder.
    pub origin: String,
    /// Signs heads and frames.
    pub ledger_key: LedgerKey,
    /// Wraps the data keys; its file lies outside `dir`.
    pub epoch_key: EpochKey,
    /// Bytes a segment is preallocated with; 4 KiB to 1 GiB.
    pub segment_bytes: u64,
    /// Below this many free bytes only refusals are recorded.
    pub low_space_bytes: u64,
}

impl StoreConfig {
    /// The usual segment size, 64 MiB.
    pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
    /// The usual low-space mark, 256 MiB.
    pub const LOW_SPACE_BYTES: u64 = 256 * 1024 * 1024;
}

/// A folder that only its owner may enter, whose name a power cut does not take back.
pub(crate) fn private_folder(path: &Path) -> Result<(), StoreError> {
    let missing = path.ancestors().take_while(|folder| !folder.exists());
    let missing = missing.count();
    fs::create_dir_all(path).map_err(StoreError::io("make the store's folder"))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
        .map_err(StoreError::io("close the store's folder to others"))?;
    // Also when it was there: the process that made it may have ended before the flush.
    for folder in path.ancestors().skip(1).take(missing.max(1)) {
        sync_folder(folder)?;
    }
    Ok(())
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let here = path.as_os_str().is_empty();
    match File::open(if here { Path::new(".") } else { path }) {
        // A parent that we may pass through and not read is the system's, and so are its names.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        opened => opened
            .and_then(|folder| folder.sync_all())
            .map_err(StoreError::io("flush a folder")),
    }
}

/// What opening found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReport {
    /// The verified head. Compare it with the highest checkpoint that others have cosigned.
    pub head: Checkpoint,
    /// Frames in the journal.
    pub frames: u64,
    /// A torn tail that was cut.
    pub torn: Option<Torn>,
    /// What became of the index.
    pub index: IndexState,
}

/// The unfinished, never acknowledged end of the journal, as a crash leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn {
    /// Segment number.
    pub segment: u64,
    /// Offset of the cut, in bytes.
    pub offset: u64,
    /// Bytes set aside.
    pub bytes: u64,
}

/// What became of the index at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexState {
    /// It had everything.
    Current,
    /// It was missing, and was built.
    Made,
    /// It was broken or foreign; it was set aside and rebuilt.
    Rebuilt,
    /// It was behind; this many frames were applied.
    Replayed(u64),
}

/// How far reading the journal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Segments done.
    pub done: u64,
    /// Segments to do.
    pub total: u64,
}
