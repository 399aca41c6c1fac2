//! Why the store did not do what was asked.

use stile_ledger::LedgerError;
use stile_ledger::verify::Finding;
use stile_token::TokenError;

use crate::batch::Tree;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A key that had to be absent is there. Nothing of the batch was written.
    #[error("a key that had to be absent is already in `{0:?}`; read it instead of writing again")]
    AlreadyThere(Tree),
    /// The entry's segment was moved to an archive. Its place in the tree is still proved here.
    #[error("entry `{0}` lies in an archived part of the journal; look in the archive")]
    Archived(u64),
    /// The batch is outside the store's bounds. Nothing was written.
    #[error("the batch was not accepted: {0}")]
    Batch(&'static str),
    /// A setting is out of range. Nothing was opened.
    #[error("the store's setting is out of range: {0}")]
    Config(&'static str),
    /// The journal is damaged where it may not be. Nothing was changed; restore from a mirror.
    #[error("the journal is damaged at {0}; do not delete anything, restore it from a copy")]
    Damaged(Finding),
    /// The database did not do what was asked. Nothing was written; the store works on when it answers.
    #[error(
        "the database cannot {doing} (`{code}`); nothing was recorded, see the database's own log"
    )]
    Database {
        /// What was being done.
        doing: &'static str,
        /// Its SQLSTATE code, or that there was no connection.
        code: String,
    },
    /// The database is not one that may hold the ledger. Nothing was changed.
    #[error("the database may not hold the ledger: {0}")]
    Unfit(&'static str),
    /// Too little space is left. Nothing was written; the store works on once there is space.
    #[error("too little disk space is left; nothing was recorded, free some space")]
    DiskFull,
    /// The key of this value was destroyed on purpose. The entry itself still stands and is proved.
    #[error("what was kept here was erased; only the entry that commits to it is left")]
    Erased,
    /// The index does not hold a row it should. No evidence is lost; a mark in its folder makes the
    /// next start rebuild it.
    #[error("the index is broken ({0}); restart the gateway, it is rebuilt from the journal")]
    Index(&'static str),
    /// The index has seen frames that the journal no longer has. Nothing was changed.
    #[error(
        "the index knows frame `{index}` but the journal ends before `{journal}`: recorded evidence \
         is missing; restore the journal from a copy"
    )]
    IndexAhead {
        /// Number of the newest frame the index has applied.
        index: u64,
        /// Number the journal's next frame would have.
        journal: u64,
    },
    /// No whole segment is old enough. Nothing was archived.
    #[error(
        "no whole segment of the journal is that old, so nothing was archived; give a later day"
    )]
    NothingToArchive,
    /// The store keeps nothing under a key of that case. Nothing was erased.
    #[error("nothing is kept here of one of these cases; check the case numbers")]
    NothingToErase,
    /// The operating system refused a file operation.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Bytes of the ledger were refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Another process has this folder open. Nothing was opened.
    #[error("the store's folder is in use by another process; stop it first")]
    Locked,
    /// The ledger has no entry of that index.
    #[error("the ledger holds no entry `{0}`")]
    NoEntry(u64),
    /// A sealed value does not open: changed, moved, or its key is gone.
    #[error("a sealed value does not open under its key")]
    Sealed,
    /// A hardware token, or the key in it, is not as it should be. Nothing was changed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The check after the start did not find the store's files whole. No key was destroyed; what was
    /// begun goes on after a restart.
    #[error(
        "the store's files were not found whole since the start, so no key is destroyed; see the log, \
         mend them and restart the gateway"
    )]
    Unverified,
    /// Writing has failed; the batch may or may not be on disk and was not acknowledged. Every later
    /// commit fails at once. Restart the gateway, which recovers from the journal.
    #[error("the journal cannot be written; nothing more is recorded until the gateway restarts")]
    Unwritable,
    /// The epoch key is not the one this store was sealed under. Nothing was changed.
    #[error("the epoch key is not the one this store was sealed under; check the key file's path")]
    WrongEpochKey,
    /// The journal was signed by another ledger key or for another origin. Nothing was changed.
    #[error("the journal was signed by another ledger key or origin; check both settings")]
    WrongLedgerKey,
}

impl StoreError {
    /// Turns a system error into one that says what was being done.
    pub(crate) fn io<E: Into<std::io::Error>>(doing: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::Io {
            doing,
            source: source.into(),
        }
    }

    /// Is this the system saying that no space is left?
    pub(crate) fn is_full(&self) -> bool {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        matches!(self, Self::Io { source, .. } if matches!(source.kind(), QuotaExceeded | StorageFull))
    }
}
