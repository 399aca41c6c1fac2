//! Epoch keys: what wraps every data key, and where it lives.
//!
//! ```text
//! id        first 8 bytes of SHA-256("stile-epoch-key-v1" LF ‖ key), or of the same over
//!           "stile-epoch-token-v1" LF ‖ CKA_ID for a key that a hardware token never gives out
//! wrapped   id 8 ‖ nonce 12 ‖ data key, sealed with AES-256-GCM ‖ tag 16
//! ```
//!
//! An epoch ends with an erasure: survivors are wrapped again under the next key, and the old one is
//! destroyed with everything that only it could open. So at most two are on hand: the key in use and,
//! while an erasure is unfinished, the next.

mod file;
mod kek;

use std::path::{Path, PathBuf};

pub use kek::EpochId;
pub(crate) use kek::{Kek, aes, epoch_of};

use crate::error::StoreError;

/// The epoch key on hand, its successor while an erasure is unfinished, and where both are kept.
#[derive(Clone)]
pub struct EpochKey {
    home: Home,
    on_hand: Vec<Kek>,
}

/// Where an epoch key is kept.
#[derive(Clone)]
enum Home {
    /// A file that the gateway may replace; the next key stands beside it.
    File(PathBuf),
    /// In this process only: nothing can be erased.
    Memory,
}

impl EpochKey {
    /// Takes 32 secret random bytes that are kept nowhere. A store opened with it cannot erase.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self {
            home: Home::Memory,
            on_hand: vec![Kek::from_secret(&bytes)],
        }
    }

    /// Reads a key file made by [`EpochKey::create_file`], and the next key when it stands beside it.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, is not 32 bytes, or others than its owner may read it.
    pub fn read_file(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            home: Home::File(path.to_owned()),
            on_hand: file::read_both(path)?,
        })
    }

    /// Makes a new key in a new file that only its owner may read, and flushes it.
    ///
    /// # Errors
    ///
    /// When the file is there already or cannot be written.
    pub fn create_file(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            home: Home::File(path.to_owned()),
            on_hand: vec![file::create(path)?],
        })
    }

    /// Ids of the keys on hand, the one named by the configuration first.
    pub fn ids(&self) -> Vec<EpochId> {
        self.on_hand.iter().map(Kek::id).collect()
    }

    pub(crate) fn first(&self) -> Option<&Kek> {
        self.on_hand.first()
    }

    pub(crate) fn of_id(&self, id: EpochId) -> Option<&Kek> {
        self.on_hand.iter().find(|kek| kek.id() == id)
    }
}

impl std::fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EpochKey(‹redacted›)")
    }
}
