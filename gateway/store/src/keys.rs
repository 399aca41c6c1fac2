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

mod credential;
mod file;
mod kek;
mod token;

use std::path::{Path, PathBuf};

pub use kek::EpochId;
pub(crate) use kek::{Kek, aes, epoch_of};

use stile_token::TokenPlace;

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
    /// Credentials that the service manager hands in, read only.
    Credential(credential::Names),
    /// A file that the gateway may replace; the next key stands beside it.
    File(PathBuf),
    /// In this process only: nothing can be erased.
    Memory,
    /// In a hardware token.
    Token(token::Token),
}

/// Where a configuration says that the epoch key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EpochPlace {
    /// A credential of systemd, and the one an erasure goes to.
    Credential {
        /// `$CREDENTIALS_DIRECTORY`, where the service manager gave one.
        dir: Option<PathBuf>,
        /// The credential in use.
        name: String,
        /// The one that follows it.
        next: Option<String>,
    },
    /// A file made by [`EpochKey::create_file`].
    File(PathBuf),
    /// A hardware token.
    Token(TokenPlace),
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

    /// Takes the credential `name` in `dir` (`$CREDENTIALS_DIRECTORY` of systemd), and `next` when an
    /// erasure is to go from one to the other.
    ///
    /// # Errors
    ///
    /// When the credential cannot be read, is not 32 bytes, or others may read it.
    pub fn credential(dir: &Path, name: &str, next: Option<&str>) -> Result<Self, StoreError> {
        let names = credential::Names::new(dir, name, next)?;
        Ok(Self {
            on_hand: names.read()?,
            home: Home::Credential(names),
        })
    }

    /// Opens a hardware token. Its keys never come out of it.
    ///
    /// # Errors
    ///
    /// When the module, the token or the PIN is not right, or there is no key under the label, or one
    /// that the token would give out.
    pub fn token(place: &TokenPlace) -> Result<Self, StoreError> {
        let token = token::Token::open(place)?;
        let on_hand = token.keys()?;
        if on_hand.is_empty() {
            return Err(StoreError::Config(
                "the token holds no AES key under the label that was given; make one first",
            ));
        }
        Ok(Self {
            on_hand,
            home: Home::Token(token),
        })
    }

    /// Makes a first key in a token that holds none under the label; it can never leave it.
    ///
    /// # Errors
    ///
    /// When there is one already, or the module, the token or the PIN is not right.
    pub fn create_in_token(place: &TokenPlace) -> Result<EpochId, StoreError> {
        let token = token::Token::open(place)?;
        if !token.keys()?.is_empty() {
            return Err(StoreError::Config(
                "the token holds a key under the label already; nothing was made",
            ));
        }
        Ok(token.make()?.id())
    }

    /// Opens the key where the configuration says it is.
    ///
    /// # Errors
    ///
    /// As the function for that place.
    pub fn open(place: &EpochPlace) -> Result<Self, StoreError> {
        match place {
            EpochPlace::Credential {
                dir: Some(dir),
                name,
                next,
            } => Self::credential(dir, name, next.as_deref()),
            EpochPlace::Credential { dir: None, .. } => Err(StoreError::Config(
                "the epoch key is a credential, and the service manager gave none \
                 ($CREDENTIALS_DIRECTORY is not set); run this with `systemd-run` and \
                 `LoadCredentialEncrypted`, as the guide's `install` says",
            )),
            EpochPlace::File(path) => Self::read_file(path),
            EpochPlace::Token(place) => Self::token(place),
        }
    }

    /// Ids of the keys on hand, the one named by the configuration first.
    pub fn ids(&self) -> Vec<EpochId> {
        self.on_hand.iter().map(Kek::id).collect()
    }

    /// The key of the next epoch: made now, or found where an unfinished erasure left it.
    pub(crate) fn prepare_next(&mut self, current: EpochId) -> Result<EpochId, StoreError> {
        let kek = match &self.home {
            Home::Credential(names) => names.next()?,
            Home::File(path) => file::next(path)?,
            Home::Memory => {
                return Err(StoreError::Config(
                    "the epoch key is kept nowhere, so nothing can be erased",
                ));
            }
            Home::Token(token) => {
                let mut others = token.keys()?;
                others.retain(|kek| kek.id() != current);
                match others.as_slice() {
                    [] => token.make()?,
                    [one] => one.clone(),
                    _ => {
                        return Err(StoreError::Config(
                            "the token holds more than one key besides the one in use under the \
                             label; destroy those that nothing was ever sealed with",
                        ));
                    }
                }
            }
        };
        let id = kek.id();
        if self.of_id(id).is_none() {
            self.on_hand.push(kek);
        }
        Ok(id)
    }

    /// Destroys the key `old`, which nothing is wrapped under any more, in favour of `new`. Called
    /// again after a crash, it goes on from where it was.
    pub(crate) fn retire(&mut self, old: EpochId, new: EpochId) -> Result<Destroyed, StoreError> {
        let destroyed = match &self.home {
            Home::Credential(names) => names.retire(old)?,
            Home::File(path) => file::retire(path, new)?,
            Home::Memory => Destroyed::Yes,
            Home::Token(token) => {
                token.destroy(old)?;
                Destroyed::Yes
            }
        };
        self.on_hand.retain(|kek| kek.id() != old);
        Ok(destroyed)
    }

    pub(crate) fn first(&self) -> Option<&Kek> {
        self.on_hand.first()
    }

    pub(crate) fn of_id(&self, id: EpochId) -> Option<&Kek> {
        self.on_hand.iter().find(|kek| kek.id() == id)
    }
}

/// Is the old epoch key gone?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destroyed {
    /// The gateway may not destroy a credential: remove the old one and restart the gateway.
    RemoveCredential,
    /// It is gone.
    Yes,
}

impl std::fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EpochKey(‹redacted›)")
    }
}
