//! What the store is opened with, and what it reports when it has opened.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom, SystemRandom};
use stile_ledger::{Checkpoint, LedgerKey};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::StoreError;

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

/// The 32 secret bytes that wrap every data key; wiped from memory when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct EpochKey([u8; 32]);

impl EpochKey {
    /// Takes 32 secret random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads a key file made by [`EpochKey::create_file`].
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not 32 bytes, or others than its owner may read it.
    pub fn read_file(path: &Path) -> Result<Self, StoreError> {
        let mut file = File::open(path).map_err(StoreError::io("open the epoch key file"))?;
        let facts = file
            .metadata()
            .map_err(StoreError::io("look at the epoch key file"))?;
        if facts.permissions().mode() & 0o077 != 0 {
            return Err(StoreError::Config(
                "the epoch key file may be read by others; set its mode to 0600",
            ));
        }
        if facts.len() != 32 {
            return Err(StoreError::Config(
                "the epoch key file is not exactly 32 bytes",
            ));
        }
        let mut key = Self([0; 32]);
        file.read_exact(&mut key.0)
            .map_err(StoreError::io("read the epoch key file"))?;
        Ok(key)
    }

    /// Makes a new key in a new file that only its owner may read, and flushes it.
    ///
    /// # Errors
    ///
    /// When the file is there already or cannot be written.
    pub fn create_file(path: &Path) -> Result<Self, StoreError> {
        let mut key = Self([0; 32]);
        SystemRandom::new()
            .fill(&mut key.0)
            .map_err(|_| StoreError::Config("the system gives no random bytes"))?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(StoreError::io("make the epoch key file"))?;
        file.write_all(&key.0)
            .map_err(StoreError::io("write the epoch key file"))?;
        file.sync_all()
            .map_err(StoreError::io("flush the epoch key file"))?;
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            let folder = File::open(parent).map_err(StoreError::io("open the key's folder"))?;
            folder
                .sync_all()
                .map_err(StoreError::io("flush the key's folder"))?;
        }
        Ok(key)
    }

    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EpochKey(‹redacted›)")
    }
}

/// A folder that only its owner may enter.
pub(crate) fn private_folder(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(StoreError::io("make the store's folder"))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
        .map_err(StoreError::io("close the store's folder to others"))
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
